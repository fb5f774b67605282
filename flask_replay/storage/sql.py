"""Recordings in a database of the app's, which many machines may share.

A row of ``replay_recordings`` stands for a recording from its first entry on. Who appends locks it
together with others who append; who finishes or drops the recording locks it alone. So whoever finishes
sees all that was appended, and nothing is appended to what is finished.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..codec import pack, unpack
from ..codec.recordings import Header, decode_header
from ..errors import DecodeError, RecordingFinished, RecordingForgotten, RecordingNotFound
from ..recording.ids import made_at
from ..recording.model import Summary
from .merging import summarize
from .names import checked_hash, checked_id, checked_worker, unreadable
from .protocols import ALL, Entry, Filter, Head, Segments
from .sql_engine import Database
from .sql_rows import ACTIVE, SUMMARY, columns, rows, segments, shown, summary
from .sql_tables import MAX_NAME, Now, Tables

if TYPE_CHECKING:
    from flask_sqlalchemy import SQLAlchemy

_HEADER = ("recording_id", "worker", "written_at", "size", "header")


class SQLAlchemyStorage:
    """Journal and archive in a database of the app's: SQLite, PostgreSQL or MariaDB.

    Its tables are in the metadata of ``db``, so ``db.create_all()`` and Flask-Migrate make them. It uses
    connections and short transactions of its own; the app's session and its transactions are left alone.

    :param db: the app's ``flask_sqlalchemy.SQLAlchemy``.
    :param bind_key: of the database to use, if it is not the app's first.
    """

    def __init__(self, db: SQLAlchemy, *, bind_key: str | None = None) -> None:
        self.db = db
        self.bind_key = bind_key
        self.tables = Tables(db, bind_key)
        self._database = Database(db, bind_key)

    def for_app(self, app: Any) -> SQLAlchemyStorage:
        """Give a store in the database of one app, which needs no application context; one that has its app stays."""
        if self._database.app is not None:
            return self
        bound = SQLAlchemyStorage(self.db, bind_key=self.bind_key)
        bound._database = Database(self.db, self.bind_key, app)
        return bound

    # Journal

    def append(self, head: Head, worker: str, entries: Sequence[Entry]) -> None:
        """Append a worker's entries, in one transaction; what is there already stays as it is.

        :param worker: a name that no other process has.
        :raises RecordingFinished: the recording is archived.
        :raises RecordingForgotten: nothing of it may be kept.
        :raises StorageError: the database fails; nothing was written, or all of it.
        """
        checked_id(head.id)
        written = {row["key"]: row for row in rows(head.id, checked_worker(worker), entries)}
        table = self.tables.entries

        def work(connection: sa.Connection, again: bool) -> None:
            now = self._join(connection, head)
            fresh = written
            if again:  # the first time may have been committed before the connection was lost
                known = set(connection.scalars(sa.select(table.c.key).where(table.c.recording_id == head.id)))
                fresh = {key: row for key, row in written.items() if key not in known}
            if fresh:
                connection.execute(sa.insert(table), [{**row, "written_at": now} for row in fresh.values()])

        self._database.write(work)

    def _join(self, connection: sa.Connection, head: Head) -> float:
        """Lock a recording with others who append to it; begin it if it is new. Give the database's time.

        :raises RecordingFinished: it is archived.
        :raises RecordingForgotten: it is marked so.
        """
        table = self.tables.recordings
        query = sa.select(table.c.finished, table.c.forgotten_at, table.c.format, Now().label("now"))
        row = connection.execute(query.where(table.c.id == head.id).with_for_update(read=True)).one_or_none()
        begun = {"started_at": head.started_at, "format": head.format}
        if row is None:
            connection.execute(sa.insert(table).values(id=head.id, status=ACTIVE, **begun))
            return float(connection.execute(sa.select(Now())).scalar_one())
        if row.forgotten_at is not None:
            raise _forgotten(head.id)
        if row.finished:
            raise RecordingFinished(f"{head.id} is finished; a new recording must be begun")
        if not row.format:  # it was marked before it began
            connection.execute(sa.update(table).where(table.c.id == head.id).values(begun))
        return float(row.now)

    def active(self, *, before: str | None = None, limit: int | None = None) -> list[Summary]:
        """List the recordings in progress, newest first; one that cannot be read is listed as such."""
        entries, recordings = self.tables.entries, self.tables.recordings
        ids = sa.select(entries.c.recording_id).distinct().order_by(entries.c.recording_id.desc()).limit(limit)
        if before is not None:
            ids = ids.where(entries.c.recording_id < before)
        page = ids.subquery()
        query = (
            sa.select(*(entries.c[name] for name in _HEADER), recordings.c.started_at, recordings.c.format)
            .join(page, page.c.recording_id == entries.c.recording_id)
            .join(recordings, recordings.c.id == entries.c.recording_id)
            .order_by(entries.c.recording_id.desc())
        )
        grouped = groupby(self._all(query), lambda row: str(row.recording_id))
        return [_running(recording_id, list(found)) for recording_id, found in grouped]

    def read(self, recording_id: str) -> Segments:
        """Read all entries of a recording.

        :raises RecordingNotFound: none with this id is in progress.
        :raises DecodeError: no entry of it can be read.
        """
        entries, recordings = self.tables.entries, self.tables.recordings
        query = (
            sa.select(entries, recordings.c.started_at, recordings.c.format)
            .join(recordings, recordings.c.id == entries.c.recording_id)
            .where(entries.c.recording_id == checked_id(recording_id))
        )
        found = self._all(query)
        if not found:
            raise RecordingNotFound(f"no recording {recording_id} is in progress")
        return segments(found, payloads=True)

    def touched(self) -> dict[str, float]:
        """Give, per active recording, the time of its last append, as this machine's clock has it."""
        table = self.tables.entries
        query = sa.select(table.c.recording_id, sa.func.max(table.c.written_at), Now()).group_by(table.c.recording_id)
        return {name: time.time() - (now - written) for name, written, now in self._all(query)}

    def writers(self) -> dict[str, dict[str, float]]:
        """Give, per active recording, the workers that appended to it, each with the time of its last append."""
        table = self.tables.entries
        names = (table.c.recording_id, table.c.worker)
        found: dict[str, dict[str, float]] = {}
        query = sa.select(*names, sa.func.max(table.c.written_at), Now()).group_by(*names)
        for recording_id, worker, written, now in self._all(query):
            found.setdefault(recording_id, {})[worker] = time.time() - (now - written)
        return found

    def drop(self, recording_id: str, size: int | None = None) -> bool:
        """Forget a recording in progress.

        :param size: only if this is still its size.
        :returns: whether it is forgotten now.
        """
        checked_id(recording_id)
        entries, recordings = self.tables.entries, self.tables.recordings

        def work(connection: sa.Connection, again: bool) -> bool:
            connection.execute(sa.select(recordings.c.id).where(recordings.c.id == recording_id).with_for_update())
            if size is not None:
                query = sa.select(sa.func.coalesce(sa.func.sum(entries.c.size), 0))
                if connection.scalar(query.where(entries.c.recording_id == recording_id)) != size:
                    return False
            connection.execute(sa.delete(entries).where(entries.c.recording_id == recording_id))
            self._sweep(connection, recording_id)
            return True

        return self._database.write(work)

    def _sweep(self, connection: sa.Connection, recording_id: str) -> None:
        """Delete the row of a recording of which nothing is left: no document, no entry, no mark."""
        entries, table = self.tables.entries, self.tables.recordings
        connection.execute(
            sa.delete(table).where(
                table.c.id == recording_id,
                ~table.c.finished,
                table.c.pinned_at.is_(None),
                table.c.forgotten_at.is_(None),
                ~sa.exists().where(entries.c.recording_id == recording_id),
            )
        )

    def _all(self, query: sa.Select[Any]) -> Sequence[Any]:
        return self._database.read(lambda connection: connection.execute(query).all())

    # Archive

    def save(self, recording_id: str, document: bytes) -> None:
        """Keep a finished recording; from then on nothing can be appended to it.

        :raises RecordingForgotten: nothing of it may be kept.
        """
        try:
            header = decode_header(document)
        except DecodeError:  # it is kept, as whatever it is
            header = Header(unreadable(checked_id(recording_id), "finished"))
        table, values = self.tables.recordings, columns(header, document)
        here = table.c.id == checked_id(recording_id)

        def work(connection: sa.Connection, again: bool) -> None:
            if connection.execute(sa.update(table).where(here, table.c.forgotten_at.is_(None)).values(values)).rowcount:
                return
            if connection.scalar(sa.select(table.c.id).where(here)) is not None:
                raise _forgotten(recording_id)
            connection.execute(sa.insert(table).values(id=recording_id, **values))

        self._database.write(work)

    def load(self, recording_id: str) -> bytes:
        """Give a finished recording's document.

        :raises RecordingNotFound: there is none with this id.
        """
        return bytes(self._finished(recording_id, "document").document)

    def _finished(self, recording_id: str, *names: str) -> sa.Row[Any]:
        """Give columns of a finished recording.

        :raises RecordingNotFound: there is none with this id.
        """
        table = self.tables.recordings
        query = sa.select(*(table.c[name] for name in names))
        query = query.where(table.c.id == checked_id(recording_id), table.c.finished)
        row = self._database.read(lambda connection: connection.execute(query).one_or_none())
        if row is None:
            raise RecordingNotFound(f"there is no finished recording {recording_id}")
        return row

    def finished(self, recording_id: str) -> bool:
        """Tell whether a recording is in the archive."""
        table = self.tables.recordings
        query = sa.select(table.c.id).where(table.c.id == checked_id(recording_id), table.c.finished)
        return self._database.read(lambda connection: connection.scalar(query)) is not None

    def ids(self) -> list[str]:
        """Give the ids of the finished recordings, newest first."""
        table = self.tables.recordings
        query = sa.select(table.c.id).where(table.c.finished).order_by(table.c.id.desc())
        return list(self._database.read(lambda connection: connection.scalars(query).all()))

    def summaries(self, *, before: str | None = None, limit: int = 50, where: Filter = ALL) -> list[Summary]:
        """List finished recordings, newest first; one that cannot be read is listed as such."""
        table = self.tables.recordings
        query = sa.select(*(table.c[name] for name in SUMMARY)).where(table.c.finished)
        if before is not None:
            query = query.where(table.c.id < before)
        if where.name is not None:
            query = query.where(table.c.name == shown(where.name, MAX_NAME))
        if where.errors:
            query = query.where(table.c.failed)
        if where.first:
            query = query.where(table.c.id >= where.first)
        if where.end is not None:
            query = query.where(table.c.id < where.end)
        query = query.order_by(table.c.id.desc()).limit(limit)
        return [summary(row) for row in self._all(query)]

    def documents(self, recording_id: str) -> tuple[str, ...]:
        """Give the content hashes of what a finished recording uses.

        :raises RecordingNotFound: there is none with this id.
        :raises DecodeError: it cannot be read.
        """
        found = self._finished(recording_id, "flags", "documents")
        if "unreadable" in found.flags:
            return decode_header(self.load(recording_id)).documents
        return tuple(found.documents)

    def delete(self, recording_id: str) -> None:
        """Delete a finished recording; what its journal still has is in progress again."""
        table = self.tables.recordings
        here = (table.c.id == checked_id(recording_id), table.c.finished)

        def work(connection: sa.Connection, again: bool) -> None:
            connection.execute(sa.update(table).where(*here).values(finished=False, status=ACTIVE, document=None))
            self._sweep(connection, recording_id)

        self._database.write(work)

    # Marks: columns of the recording's row, which is there for them if need be

    def mark(self, recording_id: str, mark: str, on: bool = True) -> None:
        """Mark a recording, or take the mark back; whoever appends or saves now has it before or sees it.

        :param mark: ``"pinned"`` or ``"forgotten"``.
        """
        table = self.tables.recordings
        here = table.c.id == checked_id(recording_id)
        moment = {f"{mark}_at": Now() if on else None}

        def work(connection: sa.Connection, again: bool) -> None:
            if connection.execute(sa.update(table).where(here).values(moment)).rowcount == 0 and on:
                bare = {"id": recording_id, "status": ACTIVE, "started_at": made_at(recording_id), "format": ""}
                connection.execute(sa.insert(table).values({**bare, **moment}))
            self._sweep(connection, recording_id)

        self._database.write(work)

    def marked(self, mark: str) -> dict[str, float]:
        """Give the ids that have a mark, and when each got it, as this machine's clock has it."""
        table = self.tables.recordings
        moment = table.c[f"{mark}_at"]
        query = sa.select(table.c.id, moment, Now()).where(moment.is_not(None)).order_by(table.c.id)
        return {name: time.time() - (now - written) for name, written, now in self._all(query)}

    # Templates

    def has_template(self, key: str) -> bool:
        """Tell whether a document of this content hash is kept."""
        table = self.tables.templates
        query = sa.select(table.c.key).where(table.c.key == checked_hash(key))
        return self._database.read(lambda connection: connection.scalar(query)) is not None

    def put_template(self, key: str, document: bytes) -> None:
        """Keep a document under its content hash; one that is kept already counts as written now."""
        table, data = self.tables.templates, pack(document)
        here = table.c.key == checked_hash(key)

        def work(connection: sa.Connection, again: bool) -> None:
            if not connection.execute(sa.update(table).where(here).values(written_at=Now())).rowcount:
                connection.execute(sa.insert(table).values(key=key, written_at=Now(), document=data))

        self._database.write(work)

    def get_template(self, key: str) -> bytes:
        """Give a document.

        :raises RecordingNotFound: there is none with this hash.
        :raises DecodeError: it is damaged.
        """
        table = self.tables.templates
        query = sa.select(table.c.document).where(table.c.key == checked_hash(key))
        document = self._database.read(lambda connection: connection.scalar(query))
        if document is None:
            raise RecordingNotFound(f"the template {key} is not kept")
        return unpack(bytes(document))

    def templates(self) -> Iterable[tuple[str, float]]:
        """Give the hash of each kept document, and when it was written, as this machine's clock has it."""
        table = self.tables.templates
        query = sa.select(table.c.key, table.c.written_at, Now()).order_by(table.c.key)
        return [(key, time.time() - (now - written)) for key, written, now in self._all(query)]

    def delete_template(self, key: str) -> None:
        """Delete a document."""
        table = self.tables.templates
        query = sa.delete(table).where(table.c.key == checked_hash(key))
        self._database.write(lambda connection, _: connection.execute(query))

    # Leases, by the database's clock

    def lease(self, recording_id: str, owner: str, seconds: float) -> bool:
        """Take the right to finish a recording; one that ran out is taken over."""
        table = self.tables.leases
        mine = table.c.recording_id == checked_id(recording_id)
        until = Now() + seconds

        def work(connection: sa.Connection, again: bool) -> bool:
            free = sa.or_(table.c.owner == owner, table.c.until <= Now())
            if connection.execute(sa.update(table).where(mine, free).values(owner=owner, until=until)).rowcount:
                return True
            if connection.scalar(sa.select(table.c.owner).where(mine)) is not None:
                return False
            connection.execute(sa.insert(table).values(recording_id=recording_id, owner=owner, until=until))
            return True

        return self._database.write(work)

    def release(self, recording_id: str, owner: str) -> None:
        """Give the right to finish a recording back, unless somebody has taken it over."""
        table = self.tables.leases
        mine = sa.and_(table.c.recording_id == checked_id(recording_id), table.c.owner == owner)
        self._database.write(lambda connection, _: connection.execute(sa.delete(table).where(mine)))


def _running(recording_id: str, found: Sequence[Any]) -> Summary:
    """Sum up a recording in progress."""
    try:
        return summarize(segments(found))
    except DecodeError:
        return unreadable(recording_id, ACTIVE)


def _forgotten(recording_id: str) -> RecordingForgotten:
    return RecordingForgotten(f"the visitor of {recording_id} is to be forgotten: nothing more of it is kept")
