"""Recordings in a database of the app's, which many machines may share.

A row of ``replay_recordings`` stands for a recording from its first entry on. Who appends locks it
together with others who append; who finishes or drops the recording locks it alone. So whoever
finishes sees all that was appended, and nothing is appended to what is finished.
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
    """Journal and archive in a database of the app's: SQLite, PostgreSQL or MariaDB.

    Its tables are in the metadata of ``db``, so ``db.create_all()`` and Flask-Migrate make them. It
    uses connections and short transactions of its own; the app's session and its transactions are
    left alone.

    :param db: the app's ``flask_sqlalchemy.SQLAlchemy``.
    :param bind_key: of the database to use, if it is not the app's first.
    """

    def for_app(self, app: Any) -> SQLAlchemyStorage:
        """Return a store in the database of one app, which needs no application context; one that
        has its app stays.
        """
        if self._database.bound:
            return self
        bound = SQLAlchemyStorage(self.db, bind_key=self.bind_key)
        bound._database = Database(self.db, self.bind_key, app)
        return bound

    def check(self, app: Any) -> None:
        """Check what an app says of its database, without asking the database.

        :raises ConfigError: it cannot be: no such bind, no driver, a database in memory.
        """
        check_address(app.config, self.bind_key)

    @property
    def identity(self) -> str:
        """Return the address of the database, without who asks for it and how."""
        return f"database {self._database.address}"

    # Leases, by the database's clock

    def lease(self, recording_id: str, owner: str, seconds: float) -> bool:
        """Take the right to finish a recording; one that ran out is taken over."""
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
        """Release the right to finish a recording, unless somebody has taken it over."""
        table = self.tables.leases
        mine = sa.and_(table.c.recording_id == checked_id(recording_id), table.c.owner == owner)
        self._database.write(lambda connection, _: connection.execute(sa.delete(table).where(mine)))

    def sweep(self, before: float) -> None:
        """Delete leases that ran out before a moment; a transaction leaves nothing else behind."""
        table = self.tables.leases
        late = table.c.until < Now() - max(0.0, time.time() - before)
        self._database.write(lambda connection, _: connection.execute(sa.delete(table).where(late)))
