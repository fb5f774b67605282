"""The archive in a database: finished recordings, their marks, and the templates of all
recordings.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

import sqlalchemy as sa

from ...codec import pack, unpack
from ...codec.recordings import Header, decode_header
from ...errors import DecodeError, RecordingNotFound
from ...recording.ids import is_id, made_at
from ...recording.summary import RecordingStatus
from ..finding.terms import terms_in
from ..names import checked_hash, checked_id, unreadable
from .base import REMARKS, forgotten
from .conditions import terms_columns
from .rows import columns
from .search import SearchTables
from .tables import Now


class ArchiveTables(SearchTables):
    """Finished recordings, and the templates of all recordings."""

    def save(self, recording_id: str, document: bytes) -> None:
        """Store a finished recording. From then on nothing can be appended to it.

        :raises RecordingForgotten: the recording's visitor was forgotten.
        """
        checked_id(recording_id)
        try:
            header = decode_header(document)
        except DecodeError:  # it is stored even if it is malformed
            header = Header(unreadable(recording_id, RecordingStatus.FINISHED))
        table = self.tables.recordings
        terms = terms_in(document)
        values = {**columns(header, document), **terms_columns(self._dialect, terms)}
        here = table.c.id == recording_id

        def work(connection: sa.Connection, again: bool) -> None:
            if connection.execute(
                sa.update(table).where(here, table.c.forgotten_at.is_(None)).values(values)
            ).rowcount:
                return
            if connection.scalar(sa.select(table.c.id).where(here)) is not None:
                raise forgotten(recording_id)
            connection.execute(sa.insert(table).values(id=recording_id, **values))

        self._database.write(work)
        self._keep_terms(recording_id, terms)

    def load(self, recording_id: str) -> bytes:
        """Return a finished recording's document.

        :raises RecordingNotFound: no finished recording has this id.
        """
        return bytes(self._finished(recording_id, "document").document)

    def _finished(self, recording_id: str, *names: str) -> sa.Row[Any]:
        """Return columns of a finished recording.

        :raises RecordingNotFound: no finished recording has this id.
        """
        table = self.tables.recordings
        query = sa.select(*(table.c[name] for name in names))
        query = query.where(table.c.id == checked_id(recording_id), table.c.finished)
        row = self._database.read(lambda connection: connection.execute(query).one_or_none())
        if row is None:
            raise RecordingNotFound(f"there is no finished recording {recording_id}")
        return row

    def finished(self, recording_id: str) -> bool:
        """Whether a recording is in the archive."""
        table = self.tables.recordings
        query = sa.select(table.c.id).where(
            table.c.id == checked_id(recording_id), table.c.finished
        )
        return self._database.read(lambda connection: connection.scalar(query)) is not None

    def ids(self) -> list[str]:
        """Return the ids of the finished recordings, newest first."""
        table = self.tables.recordings
        query = sa.select(table.c.id).where(table.c.finished).order_by(table.c.id.desc())
        return list(self._database.read(lambda connection: connection.scalars(query).all()))

    def documents(self, recording_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Return the content hashes of the documents that finished recordings use, with one query.

        :raises DecodeError: a recording cannot be read.
        """
        table = self.tables.recordings
        query = sa.select(table.c.id, table.c.flags, table.c.documents)
        query = query.where(table.c.id.in_(list(filter(is_id, recording_ids))), table.c.finished)
        found: dict[str, tuple[str, ...]] = {}
        for name, flags, documents in self._all(query):
            with suppress(RecordingNotFound):  # deleted since the query
                unread = "unreadable" in flags
                found[name] = (
                    decode_header(self.load(name)).documents if unread else tuple(documents)
                )
        return found

    def delete(self, recording_id: str) -> None:
        """Delete a finished recording, and its lease. If its journal has entries, it is running
        again.
        """
        table, leases = self.tables.recordings, self.tables.leases
        here = (table.c.id == checked_id(recording_id), table.c.finished)

        def work(connection: sa.Connection, again: bool) -> None:
            nothing = dict.fromkeys(("document", "facets", "facts", "words", *REMARKS))
            connection.execute(
                sa.update(table)
                .where(*here)
                .values(finished=False, status=RecordingStatus.ACTIVE, **nothing)
            )
            connection.execute(sa.delete(leases).where(leases.c.recording_id == recording_id))
            self._sweep(connection, recording_id)

        self._database.write(work)
        self._index.delete([recording_id])

    # Marks: columns of the recording's row, which is inserted for them if necessary

    def mark(self, recording_id: str, mark: str, on: bool = True) -> None:
        """Set or remove a mark on a recording. A concurrent append or save happens before it, or
        sees it.

        :param mark: ``"pinned"`` or ``"forgotten"``.
        """
        table = self.tables.recordings
        here = table.c.id == checked_id(recording_id)
        moment = {f"{mark}_at": Now() if on else None}

        def work(connection: sa.Connection, again: bool) -> None:
            if connection.execute(sa.update(table).where(here).values(moment)).rowcount == 0 and on:
                bare = {
                    "id": recording_id,
                    "status": RecordingStatus.ACTIVE,
                    "started_at": made_at(recording_id),
                    "format": "",
                }
                connection.execute(sa.insert(table).values({**bare, **moment}))
            self._sweep(connection, recording_id)

        self._database.write(work)

    def marked(self, mark: str) -> dict[str, float]:
        """Return the ids of the recordings with a mark, and when each was marked, by this machine's
        clock.
        """
        table = self.tables.recordings
        moment = table.c[f"{mark}_at"]
        # With ORDER BY, the database would scan all ids.
        query = sa.select(table.c.id, moment, Now()).where(moment.is_not(None))
        return {
            name: time.time() - (now - written) for name, written, now in sorted(self._all(query))
        }

    def remark(self, recording_id: str, document: bytes, known: bytes = b"") -> bool:
        """Replace the remarks on a recording, if the stored ones are known, and return whether they
        are stored.

        :raises RecordingNotFound: the recording does not exist.
        """
        table, entries = self.tables.recordings, self.tables.entries
        running = sa.exists().where(entries.c.recording_id == table.c.id)
        here = (table.c.id == checked_id(recording_id), sa.or_(table.c.finished, running))
        same = table.c.remarks == known if known else table.c.remarks.is_(None)
        values = {"remarks": document or None, "remarked_at": Now() if document else None}

        def work(connection: sa.Connection, again: bool) -> bool:
            if connection.execute(sa.update(table).where(*here, same).values(values)).rowcount:
                return True
            row = connection.execute(sa.select(table.c.remarks).where(*here)).one_or_none()
            if row is None:
                raise RecordingNotFound(f"there is no recording {recording_id}")
            return again and bytes(row.remarks or b"") == document

        return self._database.write(work)

    def remarks(self, recording_ids: Sequence[str] | None = None) -> dict[str, bytes]:
        """Return the remarks on recordings. All remarks are found by an index that has their ids
        alone; SQLite would read every recording instead of an index that leads to few of them.
        """
        table = self.tables.recordings
        query = sa.select(table.c.id, table.c.remarks).where(table.c.remarked_at.is_not(None))
        if recording_ids is not None:
            query = query.where(table.c.id.in_(list(filter(is_id, recording_ids))))
        else:
            marked = self.tables.recordings_again
            ids = sa.select(marked.c.id).where(marked.c.remarked_at.is_not(None))
            query = query.where(table.c.id.in_(ids))
        return {name: bytes(document) for name, document in self._all(query)}

    # Templates

    def has_template(self, key: str) -> bool:
        """Whether a document with this content hash is stored."""
        table = self.tables.templates
        query = sa.select(table.c.key).where(table.c.key == checked_hash(key))
        return self._database.read(lambda connection: connection.scalar(query)) is not None

    def put_template(self, key: str, document: bytes) -> None:
        """Store a document under its content hash. One that is already stored counts as written
        now.
        """
        table, data = self.tables.templates, pack(document)
        here = table.c.key == checked_hash(key)

        def work(connection: sa.Connection, again: bool) -> None:
            if not connection.execute(
                sa.update(table).where(here).values(written_at=Now())
            ).rowcount:
                connection.execute(
                    sa.insert(table).values(key=key, written_at=Now(), document=data)
                )

        self._database.write(work)

    def get_template(self, key: str) -> bytes:
        """Return a document.

        :raises RecordingNotFound: no document has this hash.
        :raises DecodeError: it is damaged.
        """
        table = self.tables.templates
        query = sa.select(table.c.document).where(table.c.key == checked_hash(key))
        document = self._database.read(lambda connection: connection.scalar(query))
        if document is None:
            raise RecordingNotFound(f"the template {key} is not stored")
        return unpack(bytes(document))

    def templates(self) -> Iterable[tuple[str, float]]:
        """Return the hash of each stored document, and when it was written, by this machine's
        clock.
        """
        table = self.tables.templates
        query = sa.select(table.c.key, table.c.written_at, Now()).order_by(table.c.key)
        return [(key, time.time() - (now - written)) for key, written, now in self._all(query)]

    def delete_template(self, key: str) -> None:
        """Delete a document."""
        table = self.tables.templates
        query = sa.delete(table).where(table.c.key == checked_hash(key))
        self._database.write(lambda connection, _: connection.execute(query))
