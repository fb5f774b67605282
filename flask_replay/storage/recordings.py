"""The interface for viewing recordings: list them, get one, delete some."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import islice
from typing import Any

import msgspec

from ..codec import decode_batch, decode_recording
from ..codec.recordings import MAX_RECORDING
from ..errors import RecordingNotFound
from ..forms import duration, size
from ..recording.model import Recording
from ..recording.summary import UNCONFIRMED, Summary
from .finding.derived import Derived
from .finding.filters import ALL, Filter
from .finding.listing import LISTING_PATIENCE, PAGE_SIZE, listed
from .finding.live_words import Spoken
from .finding.orders import NEWEST, Order, order
from .finding.totals import (
    COUNTED_ERRORS,
    ERRONEOUS,
    ErrorKind,
    Found,
    Opens,
    Totals,
    error_kinds,
    totals,
)
from .lifecycle import forgetting, retention
from .lifecycle.forgetting import Forgotten
from .lifecycle.retention import Cleaned, RetentionProgress
from .lifecycle.revoking import revoke_links
from .merging import summarize
from .protocols import Journal, Storage
from .remarking import Remarking, among, with_remarks


def _counts(summary: Summary) -> bool:
    """Whether a list shows a running recording: something has happened in it, or nobody can
    tell.
    """
    return summary.kept or "unreadable" in summary.flags


_SEARCHED = 1_000
"""Running recordings that are looked at together for those that a filter finds."""


class Recordings(Remarking):
    """The recordings of a store, finished and in progress.

    :param storage: where they are.
    :param max_recordings: how many finished ones :meth:`cleanup` leaves.
    :param max_age: how old it lets them be, in seconds.
    :param max_size: how many bytes it lets them take together; ``None`` for no limit.
    :param max_unconfirmed: how many it lets there be of visitors who never sent our cookie back,
        running ones among them; ``None`` for as many as of others.
    :param largest: bytes that one may decompress to; a larger one is not opened.
    :param spooled: returns what local folders hold that the store has not taken yet; :meth:`forget`
        looks there, too.
    :param told: is told the word for each change and the id of the recording, once it is made.
    """

    def __init__(
        self,
        storage: Storage,
        max_recordings: int,
        max_age: float,
        max_size: int | None = None,
        max_unconfirmed: int | None = None,
        spooled: Callable[[], Iterable[Journal]] = tuple,
        largest: int = MAX_RECORDING,
        told: Callable[[str, str], object] = lambda change, recording_id: None,
    ) -> None:
        self.storage = storage
        self.max_recordings = max_recordings
        self.max_age = max_age
        self.max_size = max_size
        self.max_unconfirmed = max_unconfirmed
        self.spooled = spooled
        self.largest = largest
        self.told = told
        self._spoken = Spoken()
        self._derived = Derived(self.get)

    def summaries(
        self,
        *,
        before: str | None = None,
        limit: int = 50,
        where: Filter = ALL,
        unconfirmed: bool = True,
        sort: str = "start",
    ) -> builtins.list[Summary]:
        """List recordings newest first, among them running ones with interaction; no event is
        decoded.

        :param before: only older ones than this id: the last of the page before. In another order,
            those behind a place, as :meth:`found` gives it.
        :param limit: at most so many.
        :param where: only those that it matches.
        :param unconfirmed: those of visitors who never sent our cookie back, too.
        :param sort: one of ``orders.ORDERS``.
        :raises ConfigError: there is no such order.
        """
        by, remarked = order(sort), self._remarked()
        where = among(where, remarked)

        def shown(summaries: Iterator[Summary]) -> Iterator[Summary]:
            return islice(
                (found for found in summaries if unconfirmed or UNCONFIRMED not in found.flags),
                limit,
            )

        pinned = self.storage.marked("pinned")
        wanted = (
            (lambda summary: (summary.id in pinned) == where.pinned)
            if where.pinned is not None
            else None
        )
        running = builtins.list(shown(filter(wanted, self._running(before, limit, where, by))))
        known = {summary.id for summary in running}
        finished = shown(filter(wanted, self._finished(before, limit, where, by)))
        both = by.sorted([*running, *(summary for summary in finished if summary.id not in known)])
        return [
            with_remarks(msgspec.structs.replace(summary, pinned=summary.id in pinned), remarked)
            for summary in both[:limit]
        ]

    def _running(
        self, before: str | None, limit: int, where: Filter, by: Order
    ) -> Iterator[Summary]:
        """Return running recordings with interaction that are found, reading as few as that
        takes.
        """
        if by != NEWEST:
            yield from by.sorted(
                filter(lambda summary: self._shows(where, summary), self.storage.active()), before
            )
            return
        size = max(limit, _SEARCHED) if where.reads else limit
        while page := self.storage.active(before=before, limit=size):
            yield from (summary for summary in page if self._shows(where, summary))
            before = page[-1].id

    def _shows(self, where: Filter, summary: Summary) -> bool:
        """Whether a list shows a running recording."""
        if not _counts(summary) or not where.matches(summary):
            return False
        return where.text is None or where.matches(summary, self._spoken.of(self.storage, summary))

    def _finished(
        self, before: str | None, limit: int, where: Filter, by: Order
    ) -> Iterator[Summary]:
        """Return finished recordings that are found, reading as few as that takes."""
        sort: dict[str, Any] = {} if by == NEWEST else {"order": by}
        while page := self.storage.summaries(before=before, limit=limit, where=where, **sort):
            yield from page
            before = by.cursor(page[-1])

    def found(
        self,
        where: Filter = ALL,
        *,
        sort: str = "start",
        before: str | None = None,
        limit: int = PAGE_SIZE,
        unconfirmed: bool = True,
        opens: Opens = lambda summary: True,
    ) -> Found:
        """Return a page of the recordings that a filter finds, and what all of these sum up to.

        :param sort: one of ``orders.ORDERS``.
        :param before: the place behind which the page begins: ``older`` of the page before.
        :param opens: whether whoever asks may see one: others are neither listed nor counted.
        :raises ConfigError: there is no such order.
        """
        by, seen = order(sort), dict[str, bool]()
        newest = self.summaries(limit=COUNTED_ERRORS + 1, where=where, unconfirmed=unconfirmed)

        def find(last: str | None, size: int) -> builtins.list[Summary]:
            if last is None and by == NEWEST:
                return newest[:size]
            return self.summaries(
                before=last, limit=size, where=where, unconfirmed=unconfirmed, sort=sort
            )

        def may(summary: Summary) -> bool:
            if summary.id not in seen:
                seen[summary.id] = opens(summary)
            return seen[summary.id]

        page = listed(find, may, before if by.read(before) else None, page=limit, cursor=by.cursor)
        return Found(summaries=page.summaries, older=page.older, totals=totals(newest, may))

    def totals(
        self,
        where: Filter = ALL,
        *,
        unconfirmed: bool = True,
        opens: Opens = lambda summary: True,
        most: int = COUNTED_ERRORS,
        patience: float | None = LISTING_PATIENCE,
    ) -> Totals:
        """Return what the recordings that a filter finds sum up to: the newest, if they are many.

        :param most: recordings that are counted.
        :param patience: seconds after which no more of them are counted; ``None`` for any number.
        """
        newest = self.summaries(limit=most + 1, where=where, unconfirmed=unconfirmed)
        return totals(newest, opens, most, patience)

    def errors(
        self, where: Filter = ALL, *, unconfirmed: bool = True, opens: Opens = lambda summary: True
    ) -> builtins.list[ErrorKind]:
        """Return the kinds of errors in the recordings that a filter finds, the one that was seen
        last first.

        :param opens: whether whoever asks may see a recording: others count for nothing.
        """
        failed = msgspec.structs.replace(where, errors=True)
        seen = filter(opens, self.summaries(limit=ERRONEOUS, where=failed, unconfirmed=unconfirmed))
        return error_kinds(map(self._derived.told, seen))

    def list(self) -> builtins.list[Recording]:
        """List all finished recordings, whole, newest first; :meth:`summaries` takes far less.

        :raises DecodeError: one cannot be read.
        """
        pinned = self.storage.marked("pinned")
        found: builtins.list[Recording] = []
        for name in self.storage.ids():
            with suppress(RecordingNotFound):  # it was deleted meanwhile
                recording = self._load(name)
                summary = msgspec.structs.replace(recording.summary, pinned=name in pinned)
                found.append(msgspec.structs.replace(recording, summary=summary))
        return found

    def get(self, recording_id: str) -> Recording:
        """Return a recording, a running one with everything so far.

        :raises RecordingNotFound: there is none with this id.
        :raises DecodeError: it cannot be read.
        """
        with suppress(RecordingNotFound):
            return self._load(recording_id)
        with suppress(RecordingNotFound):
            return self.get_active(recording_id)
        return self._load(recording_id)  # it was finished between the two looks, or there is none

    def _load(self, recording_id: str) -> Recording:
        return decode_recording(self.storage.load(recording_id), self.largest)

    def active(self) -> builtins.list[Summary]:
        """List the running recordings with interaction, newest first: those that are kept once they
        are finished.
        """
        return [summary for summary in self.storage.active() if _counts(summary)]

    def get_active(self, recording_id: str, known: Recording | None = None) -> Recording:
        """Return a running recording, with everything so far.

        :param known: what was given before: its batches are not decoded again.
        :raises RecordingNotFound: none with this id is running.
        :raises DecodeError: it cannot be read.
        """
        segments = self.storage.read(recording_id)
        pairs = zip(segments.entries, segments.workers, strict=True)
        found = [(entry, worker) for entry, worker in pairs if entry.tally.events]
        keys = [(worker, entry.number) for entry, worker in found]
        decoded = {} if known is None else dict(zip(known.keys, known.batches, strict=True))
        for key, (entry, _) in zip(keys, found, strict=True):
            if key not in decoded:
                decoded[key] = decode_batch(entry.payload, segments.head.format, entry.offset_ms)
        return Recording(
            summary=summarize(segments), batches=[decoded[key] for key in keys], keys=keys
        )

    def document(self, key: str) -> bytes:
        """Return a template or setup by its content hash.

        :raises RecordingNotFound: it is not kept.
        """
        return self.storage.get_template(key)

    def delete(self, recording_id: str) -> None:
        """Delete a recording, also one that is running.

        :raises RecordingNotFound: there is none with this id.
        """
        self._require(recording_id)
        self.storage.drop(recording_id)
        self.storage.delete(recording_id)
        self.storage.mark(recording_id, "pinned", on=False)
        revoke_links(self.storage, {recording_id})
        self.told("delete", recording_id)

    def pin(self, recording_id: str) -> None:
        """Let :meth:`cleanup` and :meth:`clear` spare a recording, also one that is running.

        :raises RecordingNotFound: there is none with this id.
        """
        self._require(recording_id)
        self.storage.mark(recording_id, "pinned")
        self.told("pin", recording_id)

    def unpin(self, recording_id: str) -> None:
        """Let a recording go when its time comes; one that isn't pinned is no error.

        :raises RecordingNotFound: there is none with this id.
        """
        if not self.pinned(recording_id):
            self._require(recording_id)
        self.storage.mark(recording_id, "pinned", on=False)
        self.told("unpin", recording_id)

    def _require(self, recording_id: str) -> None:
        if not self.storage.finished(recording_id) and recording_id not in self.storage.touched():
            raise RecordingNotFound(f"there is no recording {recording_id}")

    def pinned(self, recording_id: str) -> bool:
        """Whether a recording is pinned."""
        return recording_id in self.storage.marked("pinned")

    def clear(self, progress: RetentionProgress | None = None) -> int:
        """Delete all finished recordings; running and pinned ones stay. Returns how many went."""
        gone = retention.clear(self.storage, progress)
        self._tell("clear", gone)
        return len(gone)

    def cleanup(
        self,
        progress: RetentionProgress | None = None,
        *,
        max_recordings: int | None = None,
        max_age: float | str | timedelta | None = None,
        max_size: int | str | None = None,
        dry_run: bool = False,
    ) -> Cleaned | None:
        """Delete what is too old, too many or too much, but nothing that runs or is pinned.

        :param max_recordings: instead of ``REPLAY_MAX_RECORDINGS``, and so on, in the forms that
            settings have.
        :param dry_run: delete nothing, only say what would be.
        :returns: ``None`` when another process is at it.
        """
        cleaned = retention.cleanup(
            self.storage,
            self.max_recordings if max_recordings is None else max_recordings,
            self.max_age if max_age is None else duration().read("max_age", max_age),
            self.max_size if max_size is None else size().read("max_size", max_size),
            max_unconfirmed=self.max_unconfirmed,
            dry_run=dry_run,
            progress=progress,
        )
        if cleaned is not None and not dry_run:
            self._tell("cleanup", [*cleaned.recordings, *cleaned.unreadable])
        return cleaned

    def forget(self, user: str, progress: RetentionProgress | None = None) -> Forgotten:
        """Delete all recordings of a visitor, running and pinned ones too, and keep what is late
        from coming.

        What a process has not flushed of a visitor who came this moment, and whom no recording
        names yet, isn't found: call :meth:`Replay.flush` before.

        :param user: the name that ``identify`` gave.
        """
        forgotten = forgetting.forget(self.storage, user, progress, self.spooled())
        self._tell("forget", forgotten.recordings)
        return forgotten

    def _tell(self, change: str, ids: Iterable[str]) -> None:
        for recording_id in ids:
            self.told(change, recording_id)
