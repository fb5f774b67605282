"""Recordings for those who look at them: the list, one of them, and getting rid of some."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

from ..codec import decode_batch, decode_recording
from ..errors import RecordingNotFound
from ..recording.model import Recording, Summary
from . import retention
from .merging import summarize
from .protocols import ALL, Filter, Storage
from .retention import Progress

_SEARCHED = 1_000
"""Running recordings that are looked at together for those that a filter finds."""


class Recordings:
    """The recordings of a store, finished and in progress.

    :param storage: where they are.
    :param max_recordings: how many finished ones :meth:`cleanup` leaves.
    :param max_age: how old it lets them be, in seconds.
    """

    def __init__(self, storage: Storage, max_recordings: int, max_age: float) -> None:
        self.storage = storage
        self.max_recordings = max_recordings
        self.max_age = max_age

    def summaries(
        self, *, before: str | None = None, limit: int = 50, where: Filter = ALL
    ) -> builtins.list[Summary]:
        """List recordings newest first, running ones among them; no event is decoded.

        :param before: only older ones than this id: the last of the page before.
        :param limit: at most so many.
        :param where: only those that it matches.
        """
        running = list(islice(self._running(before, limit, where), limit))
        known = {summary.id for summary in running}
        finished = self.storage.summaries(before=before, limit=limit, where=where)
        both = running + [summary for summary in finished if summary.id not in known]
        return sorted(both, key=lambda summary: summary.id, reverse=True)[:limit]

    def _running(self, before: str | None, limit: int, where: Filter) -> Iterator[Summary]:
        """Give running recordings, newest first, reading as few as that takes."""
        size = max(limit, _SEARCHED) if where.reads else limit
        while page := self.storage.active(before=before, limit=size):
            yield from (summary for summary in page if where.matches(summary))
            before = page[-1].id

    def list(self) -> builtins.list[Summary]:
        """List all finished recordings, newest first."""
        return self.storage.summaries(limit=max(1, len(self.storage.ids())))

    def get(self, recording_id: str) -> Recording:
        """Give a recording, a running one with everything so far.

        :raises RecordingNotFound: there is none with this id.
        :raises DecodeError: it cannot be read.
        """
        with suppress(RecordingNotFound):
            return self._finished(recording_id)
        with suppress(RecordingNotFound):
            return self.get_active(recording_id)
        return self._finished(recording_id)  # it was finished between the two looks, or there is none

    def _finished(self, recording_id: str) -> Recording:
        return decode_recording(self.storage.load(recording_id))

    def active(self) -> builtins.list[Summary]:
        """List the running recordings, newest first."""
        return self.storage.active()

    def get_active(self, recording_id: str) -> Recording:
        """Give a running recording.

        :raises RecordingNotFound: none with this id is running.
        :raises DecodeError: it cannot be read.
        """
        segments = self.storage.read(recording_id)
        batches = [decode_batch(entry.payload, segments.head.format, entry.offset_ms) for entry in segments.entries]
        return Recording(summary=summarize(segments), batches=batches)

    def document(self, key: str) -> bytes:
        """Give a template or setup by its content hash.

        :raises RecordingNotFound: it is not kept.
        """
        return self.storage.get_template(key)

    def delete(self, recording_id: str) -> None:
        """Delete a recording, also one that is running.

        :raises RecordingNotFound: there is none with this id.
        """
        running = recording_id in self.storage.touched()
        if not running and not self.storage.finished(recording_id):
            raise RecordingNotFound(f"there is no recording {recording_id}")
        self.storage.drop(recording_id)
        self.storage.delete(recording_id)

    def clear(self, progress: Progress | None = None) -> int:
        """Delete all finished recordings; running ones stay. Returns how many there were."""
        ids = self.storage.ids()
        retention.delete(self.storage, ids, progress)
        return len(ids)

    def cleanup(self, progress: Progress | None = None) -> int:
        """Delete what is too old or too many. Returns how many recordings went."""
        return retention.cleanup(self.storage, self.max_recordings, self.max_age, progress=progress)
