"""The journal in a database: one row for each entry of a running recording."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from ...errors import DecodeError, RecordingFinished, RecordingNotFound
from ...recording.summary import RecordingStatus, Summary
from ..merging import summarize
from ..names import checked_id, checked_worker, unreadable
from ..protocols import Entry, Head, Segments
from .base import Base, forgotten
from .rows import rows, segments
from .tables import Now

_NOW = Now().label("now")
_HEADER = ("recording_id", "worker", "written_at", "size", "header")
_TOGETHER = 500
"""The most recordings in one query for summaries."""


class JournalTables(Base):
    """Running recordings."""

    def append(self, head: Head, worker: str, entries: Sequence[Entry]) -> None:
        """Append a worker's entries in one transaction. Existing entries are left alone.

        :param worker: a name that no other process has.
        :raises RecordingFinished: the recording is archived.
        :raises RecordingForgotten: the recording's visitor was forgotten.
        :raises StorageError: the database fails. Either nothing or everything was written.
        """
        checked_id(head.id)
        written = {row["key"]: row for row in rows(head.id, checked_worker(worker), entries)}
        table = self.tables.entries

        def work(connection: sa.Connection, again: bool) -> None:
            now = self._join(connection, head)
            fresh = written
            if again:  # the first attempt may have been committed before the connection was lost
                known = set(
                    connection.scalars(
                        sa.select(table.c.key).where(table.c.recording_id == head.id)
                    )
                )
                fresh = {key: row for key, row in written.items() if key not in known}
            if fresh:
                connection.execute(
                    sa.insert(table), [{**row, "written_at": now} for row in fresh.values()]
                )

        self._database.write(work)

    def _join(self, connection: sa.Connection, head: Head) -> float:
        """Take a shared lock on a recording, inserting its row if it is new, and return the
        database's time.

        :raises RecordingFinished: it is archived.
        :raises RecordingForgotten: its visitor was forgotten.
        """
        table = self.tables.recordings
        query = sa.select(
            table.c.finished, table.c.forgotten_at, table.c.format, Now().label("now")
        )
        row = connection.execute(
            query.where(table.c.id == head.id).with_for_update(read=True)
        ).one_or_none()
        begun = {"started_at": head.started_at, "format": head.format}
        if row is None:
            connection.execute(
                sa.insert(table).values(id=head.id, status=RecordingStatus.ACTIVE, **begun)
            )
            return float(connection.execute(sa.select(Now())).scalar_one())
        if row.forgotten_at is not None:
            raise forgotten(head.id)
        if row.finished:
            raise RecordingFinished(f"{head.id} is finished; start a new recording")
        if not row.format:  # it was marked before its first entry
            connection.execute(sa.update(table).where(table.c.id == head.id).values(begun))
        return float(row.now)

    def active(self, *, before: str | None = None, limit: int | None = None) -> list[Summary]:
        """List the running recordings, newest first. One that cannot be read is flagged."""
        found: list[Summary] = []
        while limit is None or len(found) < limit:
            rest = None if limit is None else limit - len(found)
            states = self._states(before, rest)
            known = {name: self._live_summaries.get(name, state) for name, state in states.items()}
            for name, summary in self._sum_up(
                [name for name, summary in known.items() if summary is None]
            ):
                known[name] = summary
                self._live_summaries.put(name, states[name], summary)
            # others were finalized meanwhile
            found += [summary for summary in known.values() if summary is not None]
            if rest is None or len(states) < rest:
                break
            before = min(states)
        return found

    def _states(self, before: str | None, limit: int | None) -> dict[str, tuple[int, float]]:
        """Return, for recordings newest first, the number of entries and the time of the last
        one.
        """
        table = self.tables.entries
        written = sa.func.count(), sa.func.max(table.c.written_at)
        query = sa.select(table.c.recording_id, *written).group_by(table.c.recording_id)
        query = query.order_by(table.c.recording_id.desc()).limit(limit)
        if before is not None:
            query = query.where(table.c.recording_id < before)
        return {name: (count, last) for name, count, last in self._all(query)}

    def _sum_up(self, names: Sequence[str]) -> Iterator[tuple[str, Summary]]:
        """Yield the summaries of recordings, computed from the headers of their entries."""
        entries, recordings = self.tables.entries, self.tables.recordings
        query = (
            sa.select(
                *(entries.c[name] for name in _HEADER),
                recordings.c.started_at,
                recordings.c.format,
                _NOW,
            )
            .join(recordings, recordings.c.id == entries.c.recording_id)
            .order_by(entries.c.recording_id)
        )
        for start in range(0, len(names), _TOGETHER):
            some = names[start : start + _TOGETHER]
            rows = self._all(query.where(entries.c.recording_id.in_(some)))
            for name, found in groupby(rows, lambda row: str(row.recording_id)):
                yield name, _running(name, list(found))

    def read(self, recording_id: str) -> Segments:
        """Return all entries of a running recording.

        :raises RecordingNotFound: no recording with this id is running.
        :raises DecodeError: none of its entries can be read.
        """
        entries, recordings = self.tables.entries, self.tables.recordings
        query = (
            sa.select(entries, recordings.c.started_at, recordings.c.format, _NOW)
            .join(recordings, recordings.c.id == entries.c.recording_id)
            .where(entries.c.recording_id == checked_id(recording_id))
        )
        found = self._all(query)
        if not found:
            raise RecordingNotFound(f"no recording {recording_id} is in progress")
        return segments(found, payloads=True)

    def size(self, recording_id: str) -> int:
        """Return the size of a running recording in bytes; 0 if it is not running."""
        table = self.tables.entries
        total = sa.select(sa.func.coalesce(sa.func.sum(table.c.size), 0))
        ((size,),) = self._all(total.where(table.c.recording_id == checked_id(recording_id)))
        return int(size)

    def touched(self) -> dict[str, float]:
        """Return the time of the last append to each running recording, by this machine's clock."""
        table = self.tables.entries
        query = sa.select(table.c.recording_id, sa.func.max(table.c.written_at), Now()).group_by(
            table.c.recording_id
        )
        return {name: time.time() - (now - written) for name, written, now in self._all(query)}

    def writers(self) -> dict[str, dict[str, float]]:
        """Return, for each running recording, the workers that appended to it, with the time of
        each one's last append.
        """
        table = self.tables.entries
        names = (table.c.recording_id, table.c.worker)
        found: dict[str, dict[str, float]] = {}
        query = sa.select(*names, sa.func.max(table.c.written_at), Now()).group_by(*names)
        for recording_id, worker, written, now in self._all(query):
            found.setdefault(recording_id, {})[worker] = time.time() - (now - written)
        return found

    def drop(self, recording_id: str, size: int | None = None) -> bool:
        """Delete a running recording.

        :param size: delete only if it still has this size.
        :returns: whether it is deleted now.
        """
        checked_id(recording_id)
        entries, recordings = self.tables.entries, self.tables.recordings

        def work(connection: sa.Connection, again: bool) -> bool:
            connection.execute(
                sa.select(recordings.c.id).where(recordings.c.id == recording_id).with_for_update()
            )
            if size is not None:
                query = sa.select(sa.func.coalesce(sa.func.sum(entries.c.size), 0))
                if connection.scalar(query.where(entries.c.recording_id == recording_id)) != size:
                    return False
            connection.execute(sa.delete(entries).where(entries.c.recording_id == recording_id))
            self._sweep(connection, recording_id)
            return True

        return self._database.write(work)


def _running(recording_id: str, found: Sequence[Any]) -> Summary:
    """Return the summary of a running recording."""
    try:
        return summarize(segments(found))
    except DecodeError:
        return unreadable(recording_id, RecordingStatus.ACTIVE)
