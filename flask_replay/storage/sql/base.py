"""The common base of journal and archive in a database: its tables, its connections, and the rows
of recordings.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ...errors import ConfigError, RecordingForgotten
from ...value_forms import shown
from ..finding.index import Index
from ..finding.live_summaries import LiveSummaries
from .engine import Database
from .tables import Tables

if TYPE_CHECKING:
    from flask_sqlalchemy import SQLAlchemy

REMARKS = ("remarks", "remarked_at")
"""Columns that are cleared with the recording."""

_FILE = "-replay-index"
"""The suffix of the file with the index of terms beside an SQLite database."""


class Base:
    """A part of a store in a database.

    :param db: the app's ``flask_sqlalchemy.SQLAlchemy``.
    :param bind_key: the bind of the database, if it is not the app's default.
    :raises ConfigError: ``db`` is something else.
    """

    def __init__(self, db: SQLAlchemy, *, bind_key: str | None = None) -> None:
        if isinstance(db, type) or not callable(getattr(db, "Table", None)):
            raise ConfigError(
                f"db must be the app's flask_sqlalchemy.SQLAlchemy object, got {shown(db)}"
            )
        self.db = db
        self.bind_key = bind_key
        self.tables = Tables.of(db, bind_key)
        self._database = Database(db, bind_key)
        self._live_summaries = LiveSummaries()
        self._whole_until = 0.0
        self._recent_until = 0.0
        self._index = Index(self._index_file)

    def _index_file(self) -> Path | None:
        """Return the file with the index of terms beside an SQLite database; ``None`` for other
        databases.
        """
        engine = self._database.engine
        path = engine.url.database if engine.dialect.name == "sqlite" else None
        return Path(f"{path}{_FILE}") if path and not path.startswith("file:") else None

    def _sweep(self, connection: sa.Connection, recording_id: str) -> None:
        """Delete the row of a recording that has no document, no entry and no mark."""
        entries, table = self.tables.entries, self.tables.recordings
        running = sa.exists().where(entries.c.recording_id == recording_id)
        gone = (table.c.id == recording_id, ~table.c.finished, ~running)
        marked = sa.or_(table.c.pinned_at.is_not(None), table.c.forgotten_at.is_not(None))
        connection.execute(sa.update(table).where(*gone, marked).values(dict.fromkeys(REMARKS)))
        connection.execute(sa.delete(table).where(*gone, ~marked))

    def _all(self, query: sa.Select[Any]) -> Sequence[Any]:
        return self._database.read(lambda connection: connection.execute(query).all())


def forgotten(recording_id: str) -> RecordingForgotten:
    """Return the error for a recording whose visitor was forgotten."""
    return RecordingForgotten(
        f"the visitor of {recording_id} was forgotten: nothing more of it is stored"
    )
