"""Real database servers for tests, in a folder and on a port of their own, under an account other
than root.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

import sqlalchemy as sa

DEADLINE = 60
"""Seconds that a server may take to start or to stop."""


class Server:
    """A database server, initialized once, then started and stopped as often as tests need.

    :param durable: let commits wait for the disk; no test needs that, for its machine does not lose
        its power.
    :cvar account: the system's user it runs as when the tests run as root.
    :cvar stops_by: the signal that ends it in order, without waiting for its clients.
    """

    account: str
    stops_by: signal.Signals

    def __init__(self, *, durable: bool = False) -> None:
        self.durable = durable
        # short: a socket's path may have 107 bytes
        self.folder = Path(tempfile.mkdtemp(prefix="replay-"))
        self.user = self.group = None
        if os.geteuid() == 0:  # an account under which servers refuse to run
            account = pwd.getpwnam(self.account)
            self.user, self.group = account.pw_uid, account.pw_gid
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.log = self.folder / "log"
        self.names = (f"test{number}" for number in count())
        self.process: subprocess.Popen[bytes] | None = None
        self.initialise()

    def initialise(self) -> None:
        """Create the server's data."""
        raise NotImplementedError

    def command(self) -> list[str]:
        """Return the command that runs the server in the foreground."""
        raise NotImplementedError

    def url(self, database: str) -> sa.URL:
        """Return the address of one of its databases."""
        raise NotImplementedError

    def run(self, *command: str) -> None:
        """Run a program of the server under its account."""
        done = subprocess.run(
            command, cwd=self.folder, env=self._environment(), capture_output=True, text=True, user=self.user,
            group=self.group,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "HOME": str(self.folder), "LC_ALL": "C.UTF-8"}

    def start(self) -> None:
        """Start, and wait until it accepts connections."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command(), cwd=self.folder, env=self._environment(), stdout=log, stderr=log, user=self.user,
                group=self.group,
            )  # fmt: skip
        deadline = time.monotonic() + DEADLINE
        while not self._answers():
            assert self.process.poll() is None and time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)

    def _answers(self) -> bool:
        engine = sa.create_engine(self.url(""), poolclass=sa.NullPool)
        try:
            engine.connect().close()
        except sa.exc.OperationalError:
            return False
        return True

    def stop(self) -> None:
        """Stop normally, so that committed data survives."""
        if self.process is not None:
            self.process.send_signal(self.stops_by)
            self.process.wait(DEADLINE)
            self.process = None

    @contextmanager
    def database(self) -> Iterator[sa.URL]:
        """Create an empty database, and drop it at the end."""
        name = next(self.names)
        engine = sa.create_engine(self.url(""), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
        try:
            yield self.url(name)
        finally:
            with engine.connect() as connection:
                connection.execute(sa.text(self.drop(name)))

    def drop(self, database: str) -> str:
        """Return the statement that drops a database."""
        return f"DROP DATABASE {database}"

    def remove(self) -> None:
        """Stop, and delete all data."""
        self.stop()
        shutil.rmtree(self.folder)


class PostgreSQL(Server):
    """PostgreSQL."""

    account = "postgres"
    stops_by = signal.SIGINT

    def initialise(self) -> None:
        options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
        self.run(
            _program("initdb", "/usr/lib/postgresql"), "-D", str(self.folder / "data"), *options
        )

    def command(self) -> list[str]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "fsync": "on" if self.durable else "off",
        }
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        data = str(self.folder / "data")
        return [
            _program("postgres", "/usr/lib/postgresql"),
            "-D",
            data,
            "-k",
            str(self.folder),
            *options,
        ]

    def url(self, database: str) -> sa.URL:
        return sa.URL.create(
            "postgresql+psycopg",
            "postgres",
            host="127.0.0.1",
            port=self.port,
            database=database or "postgres",
        )

    def drop(self, database: str) -> str:
        return f"DROP DATABASE {database} WITH (FORCE)"


_HASTY = ((), ("--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync"))


class MariaDB(Server):
    """MariaDB."""

    account = "mysql"
    stops_by = signal.SIGTERM

    def initialise(self) -> None:
        options = ["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]
        self.run(_program("mariadb-install-db"), *options, f"--datadir={self.folder / 'data'}")

    def command(self) -> list[str]:
        return [
            _program("mariadbd"), "--no-defaults", f"--datadir={self.folder / 'data'}", f"--port={self.port}",
            "--bind-address=127.0.0.1", f"--socket={self.folder / 'socket'}", f"--pid-file={self.folder / 'pid'}",
            "--character-set-server=latin1", *_HASTY[not self.durable],
        ]  # fmt: skip

    def url(self, database: str) -> sa.URL:
        return sa.URL.create(
            "mariadb+pymysql",
            "root",
            host="127.0.0.1",
            port=self.port,
            database=database or None,
            # else each connection reads all certificates of the system, which takes 0.1 s
            query={"ssl_disabled": "true"},
        )


def _program(name: str, folder: str | None = None) -> str:
    """Return the path of a server's program. Debian has a folder for each version of PostgreSQL."""
    versions = sorted(Path(folder).glob(f"*/bin/{name}")) if folder else []
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    assert versions or found, f"there is no {name}; ./dev test installs it on Debian"
    return str(versions[-1] if versions else found)


SERVERS: dict[str, type[Server]] = {"postgresql": PostgreSQL, "mariadb": MariaDB}


class Services:
    """The servers of a test worker, started when the first test needs them.

    :param durable: let their commits wait for the disk.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self.durable = durable
        self.running: dict[str, Server] = {}
        self.shared: dict[str, str] = {}
        self.exit = ExitStack()

    def server(self, kind: str) -> Server:
        """Return a running server.

        :param kind: ``"postgresql"`` or ``"mariadb"``.
        """
        if kind not in self.running:
            self.running[kind] = SERVERS[kind](durable=self.durable)
            self.running[kind].start()
        return self.running[kind]

    @contextmanager
    def database(self, kind: str, folder: Path) -> Iterator[str]:
        """Create an empty database for a while, and yield its address.

        :param kind: a server's, or ``"sqlite"``.
        :param folder: of SQLite's file.
        """
        if kind == "sqlite":
            yield f"sqlite:///{folder}/recordings.db"
            return
        with self.server(kind).database() as url:
            yield url.render_as_string(hide_password=False)

    def common(self, kind: str) -> str:
        """Return the address of the server's database that tests share, one after the other."""
        if kind not in self.shared:
            self.shared[kind] = self.exit.enter_context(self.database(kind, Path()))
        return self.shared[kind]

    def remove(self) -> None:
        """Stop all."""
        self.exit.close()
        for server in self.running.values():
            server.remove()
