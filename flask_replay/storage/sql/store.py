"""Recordings in a database of the app, which many machines may share.

A recording has a row in ``replay_recordings`` from its first entry on. An append takes a shared
lock on it; finalizing or dropping the recording takes an exclusive lock. So finalizing sees every
append, and nothing is appended to a finished recording.
"""

from __future__ import annotations

import time
from typing import Any

import sqlalchemy as sa

from ..names import checked_id
from .archive import ArchiveTables
from .engine import Database, check_address
from .journal import JournalTables
from .tables import Now


class SQLAlchemyStorage(JournalTables, ArchiveTables):
    """Journal and archive in a database of the app: SQLite, PostgreSQL or MariaDB.

    Its tables are in the metadata of ``db``, so ``db.create_all()`` and Flask-Migrate create them.
    It uses its own connections and short transactions, and leaves the app's session and
    transactions alone.

    :param db: the app's ``flask_sqlalchemy.SQLAlchemy``.
    :param bind_key: the bind of the database, if it is not the app's default.
    """

    def for_app(self, app: Any) -> SQLAlchemyStorage:
        """Return a store for the database of one app, which needs no application context. A store
        that already has an app returns itself.
        """
        if self._database.bound:
            return self
        bound = SQLAlchemyStorage(self.db, bind_key=self.bind_key)
        bound._database = Database(self.db, self.bind_key, app)
        return bound

    def check(self, app: Any) -> None:
        """Check an app's database settings, without connecting.

        :raises ConfigError: the bind does not exist, its driver is missing, or it is a database in
            memory.
        """
        check_address(app.config, self.bind_key)

    @property
    def identity(self) -> str:
        """Return a text with the database's location, without user and options."""
        return f"database {self._database.address}"

    # Leases, by the database's clock

    def lease(self, recording_id: str, owner: str, seconds: float) -> bool:
        """Take the right to finalize a recording. An expired lease is taken over."""
        table = self.tables.leases
        mine = table.c.recording_id == checked_id(recording_id)
        until = Now() + seconds

        def work(connection: sa.Connection, again: bool) -> bool:
            free = sa.or_(table.c.owner == owner, table.c.until <= Now())
            if connection.execute(
                sa.update(table).where(mine, free).values(owner=owner, until=until)
            ).rowcount:
                return True
            if connection.scalar(sa.select(table.c.owner).where(mine)) is not None:
                return False
            connection.execute(
                sa.insert(table).values(recording_id=recording_id, owner=owner, until=until)
            )
            return True

        return self._database.write(work)

    def release(self, recording_id: str, owner: str) -> None:
        """Release the right to finalize a recording, unless another owner has taken it over."""
        table = self.tables.leases
        mine = sa.and_(table.c.recording_id == checked_id(recording_id), table.c.owner == owner)
        self._database.write(lambda connection, _: connection.execute(sa.delete(table).where(mine)))

    def sweep(self, before: float) -> None:
        """Delete leases that expired before a given time. Transactions leave nothing else
        behind.
        """
        table = self.tables.leases
        late = table.c.until < Now() - max(0.0, time.time() - before)
        self._database.write(lambda connection, _: connection.execute(sa.delete(table).where(late)))
