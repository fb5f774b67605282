"""Tags and notes that people add to recordings, stored beside them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import msgspec

from ..errors import DecodeError, StorageError
from ..recording.remarks import Note, Remarks, decode_remarks, make_note
from ..recording.summary import Summary
from .finding.filters import Filter
from .protocols import Storage

_TRIES = 20
"""How often to retry when another writer is faster."""


class Remarking:
    """The methods of ``Recordings`` for remarks."""

    storage: Storage
    note_change: Callable[[str, str], object]

    def remarks(self, recording_id: str) -> Remarks:
        """Return the tags and notes of a recording. A recording that does not exist has none.

        :raises DecodeError: they cannot be read.
        """
        return decode_remarks(self.storage.remarks([recording_id]).get(recording_id, b""))

    def note(self, recording_id: str, text: str, at: float = 0, author: str = "") -> Note:
        """Write a note at a moment of a recording, even of a running one.

        :param at: the second of the recording.
        :param author: the name of the note's author.
        :raises RecordingNotFound: the recording does not exist.
        :raises ConfigError: the text is empty or too long, or there are too many notes.
        """
        note = make_note(text, round(at * 1000), author)
        self._remark(recording_id, lambda remarks: remarks.noted(note))
        self.note_change("note", recording_id)
        return note

    def unnote(self, recording_id: str, note_id: str) -> None:
        """Delete a note.

        :raises RecordingNotFound: the recording does not exist, or has no such note.
        """
        self._remark(recording_id, lambda remarks: remarks.unnoted(note_id))
        self.note_change("unnote", recording_id)

    def tag(self, recording_id: str, tag: str) -> None:
        """Add a tag to a recording, or several, separated by commas. A tag that it already has, in
        upper or lower case, stays as it is.

        :raises RecordingNotFound: the recording does not exist.
        :raises ConfigError: the tag is malformed, or there are too many.
        """
        self._remark(recording_id, lambda remarks: remarks.tagged(tag))
        self.note_change("tag", recording_id)

    def untag(self, recording_id: str, tag: str) -> None:
        """Remove a tag. If the recording does not have it, this does nothing.

        :raises RecordingNotFound: the recording does not exist.
        """
        self._remark(recording_id, lambda remarks: remarks.untagged(tag))
        self.note_change("untag", recording_id)

    def _remark(self, recording_id: str, change: Callable[[Remarks], Remarks]) -> None:
        for _ in range(_TRIES):
            known = self.storage.remarks([recording_id]).get(recording_id, b"")
            if self.storage.remark(recording_id, change(decode_remarks(known)).encode(), known):
                return
        raise StorageError(f"too many others are writing remarks on {recording_id}: try again")

    def _remarked(self) -> dict[str, Remarks]:
        """Return the readable remarks on all recordings."""
        found: dict[str, Remarks] = {}
        for name, document in self.storage.remarks().items():
            with suppress(DecodeError):
                found[name] = decode_remarks(document)
        return found


def among(where: Filter, remarked: dict[str, Remarks]) -> Filter:
    """Return the filter with the ids of the recordings that have its tag, since a store does not
    know tags.
    """
    if where.tag is None:
        return where
    ids = frozenset(name for name, remarks in remarked.items() if remarks.has(where.tag))
    return msgspec.structs.replace(where, among=ids)


def with_remarks(summary: Summary, remarked: dict[str, Remarks]) -> Summary:
    """Return a summary with its tags and the number of its notes."""
    remarks = remarked.get(summary.id)
    if remarks is None:
        return summary
    return msgspec.structs.replace(summary, tags=remarks.tags, notes=len(remarks.notes))
