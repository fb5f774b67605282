"""Remarks of people on a recording: tags, and notes at moments. A store keeps them beside the
recording, like a pin.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from ..errors import ConfigError, DecodeError, RecordingNotFound
from .numbers import Count, MomentNumber

LONGEST_TAG = 50
LONGEST_NOTE = 4_000
"""Characters of one note."""

MOST_TAGS = 20
MOST_NOTES = 200
"""Notes of one recording."""


class Note(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A comment at a moment.

    :param id: its name among the notes of the recording.
    :param at_ms: milliseconds since the recording began.
    :param author: who wrote it, as the app names them; ``""`` if unknown.
    :param made_at: seconds since 1970.
    """

    id: str
    at_ms: Count
    text: str
    author: str = ""
    made_at: MomentNumber = 0.0


class Remarks(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """All remarks on one recording.

    :param tags: in the order in which they were added.
    :param notes: in the order of their moments.
    """

    tags: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()

    def has(self, tags: str) -> bool:
        """Whether there are all tags in a text, without regard to case."""
        wanted = {tag.casefold() for tag in _tags_in(tags)}
        return bool(wanted) and wanted.issubset(map(str.casefold, self.tags))

    def tagged(self, tags: str) -> Remarks:
        """Return these remarks with one more tag, or with several, separated by commas.

        :raises ConfigError: the text has no tag, or one that is too long, or there are too many.
        """
        new = _tags_in(tags)
        if not new or max(map(len, new)) > LONGEST_TAG:
            raise ConfigError(
                f"a tag must have one or two words of at most {LONGEST_TAG} characters, "
                f"got {tags!r:.80}"
            )
        known = {tag.casefold(): tag for tag in self.tags}
        for tag in new:
            known.setdefault(tag.casefold(), tag)
        if len(known) > max(MOST_TAGS, len(self.tags)):
            raise ConfigError(f"a recording can have at most {MOST_TAGS} tags: remove one")
        return replace(self, tags=tuple(known.values()))

    def untagged(self, tags: str) -> Remarks:
        """Return these remarks without one or several tags."""
        gone = {tag.casefold() for tag in _tags_in(tags)}
        return replace(self, tags=tuple(tag for tag in self.tags if tag.casefold() not in gone))

    def noted(self, note: Note) -> Remarks:
        """Return these remarks with one more note.

        :raises ConfigError: there are too many.
        """
        if len(self.notes) >= MOST_NOTES:
            raise ConfigError(f"a recording can have at most {MOST_NOTES} notes: remove one")
        return replace(self, notes=_in_order((*self.notes, note)))

    def unnoted(self, id: str) -> Remarks:
        """Return these remarks without a note.

        :raises RecordingNotFound: there is no note with this id.
        """
        if id not in (note.id for note in self.notes):
            raise RecordingNotFound(f"the recording has no note {id!r:.40}")
        return replace(self, notes=tuple(note for note in self.notes if note.id != id))

    def joined(self, other: Remarks) -> Remarks:
        """Return these remarks with those of a copy of the recording, up to the limits."""
        found = self
        for tag in other.tags[: max(0, MOST_TAGS - len(self.tags))]:
            found = found.tagged(tag)
        notes = {note.id: note for note in (*self.notes, *other.notes)}
        return replace(found, notes=_in_order(notes.values())[:MOST_NOTES])

    def encode(self) -> bytes:
        """Return the remarks as a store keeps them, ``b""`` if there are none."""
        return msgspec.json.encode(self) if self.tags or self.notes else b""


_decoder = msgspec.json.Decoder(Remarks)
NO_REMARKS = Remarks()


def decode_remarks(document: bytes) -> Remarks:
    """Return the remarks that a store keeps, none for ``b""``.

    Earlier versions kept a text with commas as one tag.

    :raises DecodeError: the document is damaged.
    """
    try:
        kept = _decoder.decode(document) if document else NO_REMARKS
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise DecodeError(f"its remarks cannot be read: {error}") from error
    if "," not in "".join(kept.tags):
        return kept
    tags = {tag.casefold(): tag for text in kept.tags for tag in _tags_in(text)}
    return replace(kept, tags=tuple(tags.values()))


def make_note(text: str, at_ms: int, author: str = "") -> Note:
    """Return a new note.

    :raises ConfigError: the text is empty or too long.
    """
    cleaned = "\n".join(map(_line, text.strip().splitlines()))
    if not cleaned or len(cleaned) > LONGEST_NOTE:
        raise ConfigError(f"a note must have a text of at most {LONGEST_NOTE:,} characters")
    return Note(
        id=secrets.token_hex(4),
        at_ms=max(0, at_ms),
        text=cleaned,
        author=_line(author),
        made_at=time.time(),
    )


def _tags_in(text: str) -> list[str]:
    """Return the tags in a text, separated by commas. So a list of tags reads in one way only."""
    return list(filter(None, map(_line, text.split(","))))


def _line(text: str) -> str:
    """Return a text on one line, with single spaces and without null characters or surrogates."""
    return " ".join(text.encode("utf-8", "replace").decode().replace("\0", "").split())


def _in_order(notes: Iterable[Note]) -> tuple[Note, ...]:
    return tuple(sorted(notes, key=lambda note: (note.at_ms, note.made_at)))
