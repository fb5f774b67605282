"""The interface to recordings: list them and read one. Its bases delete them and remark on them."""

from __future__ import annotations

import builtins
import heapq
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

import msgspec

from ..codec import decode_batch, decode_frame, decode_recording
from ..codec.recordings import MAX_RECORDING
from ..errors import RecordingNotFound
from ..recording.events import Frame
from ..recording.model import Recording
from ..recording.summary import UNCONFIRMED, Summary
from .deleting import Deleting
from .finding.derived import DerivedFacets
from .finding.filters import ALL, Filter
from .finding.listing import LISTING_PATIENCE, PAGE_SIZE, listed
from .finding.live_words import LiveWords
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
from .merging import summarize
from .protocols import Journal, Storage
from .remarking import Remarking, among, with_remarks


def _counts(summary: Summary) -> bool:
    """Whether a list shows a running recording: it has interaction, or it is unreadable."""
    return summary.kept or "unreadable" in summary.flags


_SEARCHED = 1_000
"""The number of running recordings that are searched together for those that match a filter."""


class Recordings(Deleting, Remarking):
    """The recordings of a store, finished and running.

    :param storage: the store.
    :param max_recordings: the number of finished recordings that :meth:`cleanup` keeps.
    :param max_age: the age at which it deletes a recording, in seconds.
    :param max_size: the most bytes that it keeps in total; ``None`` for no limit.
    :param max_unconfirmed: the most recordings that it keeps, running ones included, of visitors
        who never sent our cookie back; ``None`` for as many as of others.
    :param largest: the most bytes that a recording may decompress to. A larger one is not opened.
    :param spooled: returns the local folders with data that the store has not taken yet.
        :meth:`forget` deletes there, too.
    :param note_change: called after each change, with the word for the change and the id of the
        recording.
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
        note_change: Callable[[str, str], object] = lambda change, recording_id: None,
    ) -> None:
        self.storage = storage
        self.max_recordings = max_recordings
        self.max_age = max_age
        self.max_size = max_size
        self.max_unconfirmed = max_unconfirmed
        self.spooled = spooled
        self.largest = largest
        self.note_change = note_change
        self._live_words = LiveWords()
        self._derived_facets = DerivedFacets(self.get)

    def summaries(
        self,
        *,
        before: str | None = None,
        limit: int = 50,
        where: Filter = ALL,
        unconfirmed: bool = True,
        sort: str = "start",
    ) -> builtins.list[Summary]:
        """List recordings newest first, including running ones with interaction. No event is
        decoded.

        :param before: list only recordings older than this id, the last one of the previous page.
            In another order: only those after a cursor, as :meth:`found` returns it.
        :param limit: the most recordings to list.
        :param where: list only recordings that it matches.
        :param unconfirmed: whether to include those of visitors who never sent our cookie back.
        :param sort: one of ``orders.ORDERS``.
        :raises ConfigError: there is no such order.
        """
        return builtins.list(
            self._listed(before, limit, where, order(sort), unconfirmed=unconfirmed)
        )

    def _listed(
        self,
        before: str | None,
        limit: int,
        where: Filter,
        by: Order,
        *,
        unconfirmed: bool,
    ) -> Iterator[Summary]:
        """Yield running and finished recordings with their marks and remarks."""
        remarked, pinned = self._remarked(), self.storage.marked("pinned")
        where = among(where, remarked)

        def shown(summaries: Iterator[Summary]) -> Iterator[Summary]:
            if not unconfirmed:
                summaries = (one for one in summaries if UNCONFIRMED not in one.flags)
            if where.pinned is not None:
                summaries = (one for one in summaries if (one.id in pinned) == where.pinned)
            return islice(summaries, limit)

        running = builtins.list(shown(self._running(before, limit, where, by)))
        finished = shown(self._finished(before, limit, where, by))
        for summary in self._both(running, finished, by, limit):
            pin = summary.id in pinned
            marked = (
                summary if summary.pinned is pin else msgspec.structs.replace(summary, pinned=pin)
            )
            yield with_remarks(marked, remarked)

    @staticmethod
    def _both(
        running: builtins.list[Summary], finished: Iterator[Summary], by: Order, limit: int
    ) -> Iterable[Summary]:
        """Return running and finished recordings in order. One that has ended meanwhile is in both,
        and is returned once.
        """
        if not running and by == NEWEST:  # merging would cost time for each of thousands
            return islice(finished, limit)
        known = {summary.id for summary in running}
        others = (summary for summary in finished if summary.id not in known)
        if by == NEWEST:
            return islice(heapq.merge(running, others, key=by.key, reverse=True), limit)
        return by.sorted([*running, *others])[:limit]

    def _running(
        self, before: str | None, limit: int, where: Filter, by: Order
    ) -> Iterator[Summary]:
        """Yield matching running recordings with interaction, reading as few as possible."""
        if by != NEWEST:
            yield from by.sorted(
                filter(lambda summary: self._shows(where, summary), self.storage.active()), before
            )
            return
        size = max(limit, _SEARCHED) if where.reads else limit
        while page := self.storage.active(before=before, limit=size):
            yield from (summary for summary in page if self._shows(where, summary))
            if len(page) < size:
                return
            before = page[-1].id

    def _shows(self, where: Filter, summary: Summary) -> bool:
        """Whether a list shows a running recording."""
        if not _counts(summary) or not where.matches(summary):
            return False
        return where.text is None or where.matches(
            summary, self._live_words.of(self.storage, summary)
        )

    def _finished(
        self, before: str | None, limit: int, where: Filter, by: Order
    ) -> Iterator[Summary]:
        """Yield matching finished recordings, reading as few as possible."""
        sort: dict[str, Any] = {} if by == NEWEST else {"order": by}
        read = getattr(self.storage, "each", self.storage.summaries)
        while page := read(before=before, limit=limit, where=where, **sort):
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
        """Return a page of the recordings that match a filter, with totals over all of them.

        :param sort: one of ``orders.ORDERS``.
        :param before: the cursor after which the page begins: ``older`` of the previous page.
        :param opens: whether the caller may see a recording. Others are neither listed nor counted.
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
        """Return totals over the recordings that match a filter. If there are many, only the newest
        are counted.

        :param most: the most recordings to count.
        :param patience: the number of seconds after which counting stops; ``None`` for no limit.
        """
        newest = self.summaries(limit=most + 1, where=where, unconfirmed=unconfirmed)
        return totals(newest, opens, most, patience)

    def errors(
        self, where: Filter = ALL, *, unconfirmed: bool = True, opens: Opens = lambda summary: True
    ) -> builtins.list[ErrorKind]:
        """Return the kinds of errors in the recordings that match a filter, the most recently seen
        first.

        :param opens: whether the caller may see a recording. Others are not counted.
        """
        failed = msgspec.structs.replace(where, errors=True)
        found = self._listed(None, ERRONEOUS, failed, NEWEST, unconfirmed=unconfirmed)
        return error_kinds(map(self._derived_facets.completed, filter(opens, found)))

    def list(self) -> builtins.list[Recording]:
        """Return all finished recordings in full, newest first. :meth:`summaries` costs far less.

        :raises DecodeError: a recording cannot be read.
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
        """Return a recording. A running one has everything recorded so far.

        :raises RecordingNotFound: no recording has this id.
        :raises DecodeError: it cannot be read.
        """
        with suppress(RecordingNotFound):
            return self._load(recording_id)
        with suppress(RecordingNotFound):
            return self.get_active(recording_id)
        return self._load(recording_id)  # it was finalized between the two reads, or does not exist

    def frame(self, recording_id: str, number: int) -> Frame | None:
        """Return one frame of a finished recording, of which nothing else is decoded; ``None`` if
        there is no such frame.

        :param number: of the frame, from 0.
        :raises RecordingNotFound: no recording with this id is finished.
        :raises DecodeError: it cannot be read.
        """
        return decode_frame(self.storage.load(recording_id), number, self.largest)

    def _load(self, recording_id: str) -> Recording:
        return decode_recording(self.storage.load(recording_id), self.largest)

    def active(self) -> builtins.list[Summary]:
        """List the running recordings with interaction, newest first. These are kept when they are
        finalized.
        """
        return [summary for summary in self.storage.active() if _counts(summary)]

    def get_active(self, recording_id: str, known: Recording | None = None) -> Recording:
        """Return a running recording, with everything recorded so far.

        :param known: the recording returned before, whose batches are not decoded again.
        :raises RecordingNotFound: no recording with this id is running.
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

        :raises RecordingNotFound: it is not stored.
        """
        return self.storage.get_template(key)
