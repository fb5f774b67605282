"""Cache the words of running recordings, so that each batch is decoded once while somebody
searches.
"""

from __future__ import annotations

from contextlib import suppress

from ...codec import decode_batch, decode_recording
from ...errors import DecodeError, RecordingNotFound
from ...expiring import Expiring
from ...recording.summary import Summary
from ...recording.words import words_of
from ..protocols import Journal

_REMEMBERED = 20_000
_SECONDS = 300.0

_Name = tuple[str, str, int]


class LiveWords:
    """Caches the words of recordings: those of a whole recording until it changes, and those of
    each entry for longer.
    """

    def __init__(self) -> None:
        self._known: Expiring[_Name, frozenset[str]] = Expiring(_SECONDS, _REMEMBERED)
        self._whole: Expiring[str, tuple[tuple[int, int], frozenset[str]]] = Expiring(
            _SECONDS, _REMEMBERED
        )

    def of(self, storage: Journal, summary: Summary) -> frozenset[str]:
        """Return the words of a running recording; none if it cannot be read or is no longer
        running.

        :param summary: tells whether it has changed.
        """
        state = summary.size, summary.tally.events
        known, found = self._whole.get(summary.id) or (None, frozenset())
        if known != state:
            found = self._read(storage, summary.id)
            self._whole.put(summary.id, (state, found))
        return found

    def _read(self, storage: Journal, recording_id: str) -> frozenset[str]:
        found: set[str] = set()
        with suppress(DecodeError, RecordingNotFound):
            segments = storage.read(recording_id)
            for worker, entry in zip(segments.workers, segments.entries, strict=True):
                name = recording_id, worker, entry.number
                known = self._known.get(name)
                if known is None:
                    with suppress(DecodeError):
                        known = frozenset(
                            words_of([decode_batch(entry.payload, segments.head.format)])
                        )
                    self._known.put(name, known or frozenset())
                found |= known or frozenset()
        return frozenset(found)


def words_in(document: bytes) -> dict[str, None]:
    """Return the words of a finished recording; none if it cannot be read."""
    try:
        return words_of(decode_recording(document).batches)
    except DecodeError:
        return {}
