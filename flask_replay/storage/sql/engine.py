"""Short transactions on our own connections, with errors that say what to do."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.pool import StaticPool

from ...errors import ConfigError, StorageError
from .address import discreet, shown_address

if TYPE_CHECKING:
    from flask_sqlalchemy import SQLAlchemy

T = TypeVar("T")
DatabaseWork = Callable[[sa.Connection, bool], T]
"""The work of a transaction: called with its connection, and whether it was tried before."""

_IN_MEMORY = (
    "the database of recordings must be a file or a server. A database in memory has a single "
    "connection, which the app's "
    "transactions use: configure another bind for recordings (bind_key=...)"
)
_ATTEMPTS = 5
_WRITES = "replay_writes"

_CONFLICTS: set[object] = {"40001", "40P01", 1020, 1205, 1213, "SQLITE_BUSY"}
"""The codes of conflicting transactions in PostgreSQL (SQLSTATE), MariaDB (number) and SQLite.

SQLite gives up after five seconds. It is not fair, so one of several constant writers may be
starved.
"""

_NO_TABLE: set[object] = {"42P01", 1146}
_NO_COLUMN: set[object] = {"42703", 1054}


class Database:
    """A database of the app, reached through connections that the app does not use.

    They come from our own pool, configured like the app's. So a request that holds a connection
    never waits for one of ours, listeners on the app's queries do not see ours, and open
    transactions of the app are not touched.

    :param db: the app's ``flask_sqlalchemy.SQLAlchemy``.
    :param app: the app, held until the first use. By default it is the current app at that time.
    :ivar bound: whether it was made for an app.
    """

    def __init__(self, db: SQLAlchemy, bind_key: str | None, app: Any = None) -> None:
        self.db = db
        self.bind_key = bind_key
        self.app = app
        self.bound = app is not None
        self._engine: sa.Engine | None = None
        self._process = 0

    @property
    def engine(self) -> sa.Engine:
        """Return the engine of this process.

        :raises StorageError: the app has no such database, or one that cannot be shared.
        """
        app = self.app  # first: another thread that makes the engine clears it afterwards
        if self._engine is None:
            self._engine = _private(self._apps_engine(app))
            self.app = None  # the recordings of an app must not keep it alive
        elif self._process != os.getpid():
            # the parent continues to use its connections
            self._engine.dispose(close=False)
        self._process = os.getpid()
        return self._engine

    @property
    def address(self) -> str:
        """Return where the database is, without user, password and options; ``""`` while that is
        unknown.

        No engine is made for this, because the app may not have set up its ``SQLAlchemy`` yet.
        """
        url = self._engine.url if self._engine is not None else _configured(self.app, self.bind_key)
        if url is None:
            return ""
        return f"{url.get_backend_name()}://{url.host or ''}:{url.port or ''}/{url.database or ''}"

    def _apps_engine(self, app: Any) -> sa.Engine:
        context = contextlib.nullcontext() if app is None else app.app_context()
        try:
            with context:
                return self.db.engines[self.bind_key]
        except RuntimeError as error:
            raise StorageError(f"no database: {str(error).splitlines()[0]}") from error
        except KeyError:
            raise StorageError(f"no database: SQLALCHEMY_BINDS has no {self.bind_key!r}") from None

    def write(self, work: DatabaseWork[T]) -> T:
        """Run a transaction that writes. Retry it after a conflict or a lost connection.

        :param work: must be harmless to repeat, because the first attempt may have been committed.
        :raises StorageError: the database fails.
        """
        return self._run(work, {_WRITES: True})

    def read(self, work: Callable[[sa.Connection], T], *, together: bool = False) -> T:
        """Run a transaction that only reads.

        :param together: whether it has several statements.
        :raises StorageError: the database fails.
        """
        options: dict[str, Any] = {_WRITES: False}
        if not together and self.engine.dialect.driver == "psycopg":
            # one statement needs no BEGIN and COMMIT, which take as long as most of ours
            options["isolation_level"] = "AUTOCOMMIT"
        return self._run(lambda connection, _: work(connection), options)

    def _run(self, work: DatabaseWork[T], options: dict[str, Any]) -> T:
        engine = self.engine
        with _explained(engine):
            for attempt in range(_ATTEMPTS):
                try:
                    with (
                        engine.connect().execution_options(**options) as connection,
                        connection.begin(),
                    ):
                        return work(connection, attempt > 0)
                except exc.DBAPIError as error:
                    if attempt == _ATTEMPTS - 1 or not _passes(error):
                        raise
        raise AssertionError  # the last attempt returns or raises


def _url_of_bind(config: Mapping[str, Any], bind_key: str | None) -> Any:
    """Return the URL of a bind in an app's settings.

    :raises KeyError: there is no such bind.
    """
    binds = {None: config.get("SQLALCHEMY_DATABASE_URI"), **(config.get("SQLALCHEMY_BINDS") or {})}
    url = binds[bind_key]
    return url.get("url") if isinstance(url, Mapping) else url


def check_address(config: Mapping[str, Any], bind_key: str | None) -> None:
    """Check the URL of a database in Flask-SQLAlchemy's settings. A URL that is set later is not
    checked.

    :param config: the app's configuration.
    :raises ConfigError: the bind does not exist, its driver is missing, or it is a database in
        memory.
    """
    try:
        address = _url_of_bind(config, bind_key)
    except KeyError:
        names = ", ".join(map(repr, config.get("SQLALCHEMY_BINDS") or {})) or "none"
        text = f"bind_key must be one of SQLALCHEMY_BINDS ({names}), got {bind_key!r}"
        raise ConfigError(text) from None
    if address is None:
        return
    try:
        url = sa.make_url(address)
    except (exc.ArgumentError, ValueError):  # its message may contain the URL with the password
        rule = "dialect://user:password@host/name, with special characters quoted"
        raise ConfigError(
            f"the database of the app cannot be used: its address must be {rule}"
        ) from None
    try:
        url.get_dialect().import_dbapi()
    except (exc.ArgumentError, exc.NoSuchModuleError, ImportError) as error:
        raise ConfigError(
            f"the database of the app cannot be used: {error}; is its driver installed?"
        ) from None
    if url.get_backend_name() == "sqlite" and (url.database or ":memory:") == ":memory:":
        raise ConfigError(f"{_IN_MEMORY}, got {shown_address(url)}")


def _configured(app: Any, bind_key: str | None) -> sa.URL | None:
    """Return the URL of a bind in an app's settings; ``None`` if it is missing or malformed."""
    try:
        url = sa.make_url(_url_of_bind(app.config, bind_key))  # fails if the app is not known yet
    except (AttributeError, KeyError, ValueError, exc.ArgumentError):
        return None
    if url.get_backend_name() == "sqlite" and url.database:
        # as Flask-SQLAlchemy resolves it
        return url.set(database=str(Path(app.instance_path) / url.database))
    return url


_JSON: dict[str, Any] = {"json_deserializer": msgspec.json.decode}
"""For faster JSON columns: lists read a thousand rows with several of them."""


def _private(engine: sa.Engine) -> sa.Engine:
    """Return an engine for the same database with its own pool."""
    if isinstance(engine.pool, StaticPool):
        raise StorageError(f"{_IN_MEMORY}, got {shown_address(engine.url)}")
    # With READ COMMITTED, a statement that waited for a lock sees what the lock's holder wrote.
    level: dict[str, Any] = (
        {} if engine.dialect.name == "sqlite" else {"isolation_level": "READ COMMITTED"}
    )
    own = sa.create_engine(
        engine.url, pool=engine.pool.recreate(), hide_parameters=True, **level, **_JSON
    )
    if engine.dialect.driver == "psycopg":  # its connections have the app's functions for JSON
        event.listen(own, "connect", _use_own_json)
    if engine.dialect.name == "sqlite":
        event.listen(own, "connect", _disable_driver_transactions)
        event.listen(own, "begin", _begin)
    return own


def _use_own_json(connection: Any, record: object) -> None:
    from psycopg.types.json import set_json_dumps, set_json_loads

    set_json_loads(msgspec.json.decode, connection)
    set_json_dumps(_json, connection)


def _json(value: Any) -> str:
    """Return a value as JSON. The first versions of psycopg 3 take no bytes."""
    return msgspec.json.encode(value).decode()


def _disable_driver_transactions(connection: Any, record: object) -> None:
    if hasattr(connection, "autocommit"):
        # sqlite3.LEGACY_TRANSACTION_CONTROL, which isolation_level needs
        connection.autocommit = -1
    connection.isolation_level = None


def _begin(connection: sa.Connection) -> None:
    """Lock an SQLite database before reading, if the transaction will write, so that the data read
    stays valid.
    """
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _codes(error: exc.DBAPIError) -> set[object]:
    """Return the SQLSTATE, number and name of an error, as far as the driver provides them."""
    names = ("sqlstate", "pgcode", "sqlite_errorname")
    found = (*(getattr(error.orig, name, None) for name in names), *_arguments(error)[:1])
    return {code for code in found if isinstance(code, str | int)}


def _arguments(error: exc.DBAPIError) -> tuple[object, ...]:
    return tuple(getattr(error.orig, "args", ()))


def _passes(error: exc.DBAPIError) -> bool:
    """Whether a retry may succeed, because another transaction was in the way or the connection was
    lost.
    """
    return (
        isinstance(error, exc.IntegrityError)
        or error.connection_invalidated
        or bool(_codes(error) & _CONFLICTS)
    )


@contextlib.contextmanager
def _explained(engine: sa.Engine) -> Iterator[None]:
    try:
        yield
    except exc.SQLAlchemyError as error:
        raise StorageError(
            f"{shown_address(engine.url)}: {discreet(_explain(error), engine.url)}"
        ) from error


def _explain(error: exc.SQLAlchemyError) -> str:
    """Return one line that says what was wrong and what to do."""
    if not isinstance(error, exc.DBAPIError):
        return str(error).splitlines()[0]
    reason = str((type(error.orig).__name__, *_arguments(error))[-1]).partition("\n")[0]
    codes = _codes(error)
    if codes & _NO_TABLE or reason.startswith("no such table"):
        return f"{reason}; make the tables with db.create_all() or a migration"
    if codes & _NO_COLUMN or "no such column" in reason or "has no column" in reason:
        return (
            f"{reason}; another version of this package made the tables: generate and run a "
            "migration"
        )
    if error.statement is None:
        if reason.startswith("unable to open database file"):
            return f"{reason}; is its folder there, and writable?"
        return f"{reason}; is the database running, and are address and password right?"
    return reason
