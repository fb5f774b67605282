"""Cache the words of running recordings, so that each batch is decoded once while somebody
searches.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from ...codec import decode_batch, decode_recording
from ...errors import DecodeError, RecordingNotFound
from ...expiring import Expiring
from ...recording.batch import Batch
from ...recording.summary import Summary
from ...recording.words import words_of
from ..protocols import Journal, Segments

_REMEMBERED = 20_000
_SECONDS = 300.0

_Entries = frozenset[tuple[str, int]]
"""Workers with the numbers of their entries."""


class _Known(NamedTuple):
    """The words of a recording.

    :ivar state: changes with the recording.
    :ivar entries: those that were read.
    """

    state: tuple[int, int] = (0, 0)
    entries: _Entries = frozenset()
    words: frozenset[str] = frozenset()


class LiveWords:
    """Caches the words of recordings, and reads only what is new in one that has changed."""

    def __init__(self) -> None:
        self._known: Expiring[str, _Known] = Expiring(_SECONDS, _REMEMBERED)

    def of(self, storage: Journal, summary: Summary) -> frozenset[str]:
        """Return the words of a running recording; none if it cannot be read or is no longer
        running.

        :param summary: tells whether it has changed.
        """
        state = summary.size, summary.tally.events
        known = self._known.get(summary.id) or _Known()
        if known.state != state:
            known = _read(storage, summary.id, known)._replace(state=state)
            self._known.put(summary.id, known)
        return known.words


def _read(storage: Journal, recording_id: str, known: _Known) -> _Known:
    """Return the words of a recording. Those of several batches at once cost far less than those of
    one after the other, because pages repeat most of their texts.
    """
    try:
        segments = storage.read(recording_id)
    except (DecodeError, RecordingNotFound):
        return _Known()
    entries = frozenset(
        (worker, entry.number)
        for worker, entry in zip(segments.workers, segments.entries, strict=True)
    )
    found = words_of(_batches(segments, known.entries))
    return _Known(entries=entries, words=known.words.union(found))


def _batches(segments: Segments, known: _Entries) -> Iterator[Batch]:
    """Yield the batches that are not known and can be read."""
    for worker, entry in zip(segments.workers, segments.entries, strict=True):
        if (worker, entry.number) not in known:
            with suppress(DecodeError):
                yield decode_batch(entry.payload, segments.head.format)


def words_in(document: bytes) -> dict[str, None]:
    """Return the words of a finished recording; none if it cannot be read."""
    try:
        return words_of(decode_recording(document).batches)
    except DecodeError:
        return {}
