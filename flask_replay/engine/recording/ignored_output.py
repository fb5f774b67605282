"""Split a page into its ignored parts and the rest."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple

from markupsafe import Markup, escape

from ..ignoring import BOX, RegionMark

_TAG = re.compile(r"<[^<>]*>|[\W_]+")
_MAX_DEPTH = 64
_MIN_LETTERS = 2
"""Letters that an ignored part must have to be recognized elsewhere."""


class ShownOutput(NamedTuple):
    """The part of a page that is not ignored.

    :ivar pieces: pieces of the output, with a box in place of each ignored part.
    :ivar parts: the number of ignored parts.
    """

    pieces: list[str]
    parts: int

    @property
    def text(self) -> str:
        """Return the pieces as one text."""
        return "".join(self.pieces)

    def hides(self, output: str) -> bool:
        """Whether an output contains more than this. It may not, because ignored parts may be
        empty.
        """
        return "".join(piece for piece in self.pieces if piece is not BOX) != output


def shown(pieces: Iterable[str]) -> ShownOutput:
    """Return the output outside of marks, and a box for each pair of marks."""
    kept: list[str] = []
    depth = parts = 0
    for piece in pieces:
        if type(piece) is RegionMark:
            if piece.opens and depth == 0:
                kept.append(BOX)
                parts += 1
            depth += 1 if piece.opens else -1
        elif depth == 0:
            kept.append(piece)
    return ShownOutput(kept, parts)


def ignored(pieces: Iterable[str]) -> Iterator[str]:
    """Return the output between marks."""
    depth = 0
    for piece in pieces:
        if type(piece) is RegionMark:
            depth += 1 if piece.opens else -1
        elif depth:
            yield piece


def without(
    found: ShownOutput, output: str, box: ShownOutput | None, *, escapes: bool
) -> ShownOutput | None:
    """Return a page without the ignored parts of another render; ``None`` if it does not contain
    that render's output.

    :param box: the part of the other render that is not ignored.
    :param escapes: texts are escaped where they are printed.
    """
    if box is None:
        return None
    plain = box.text
    escaped = (str(escape(output)), str(escape(plain)))
    pieces: list[str] = []
    count = 0
    for piece in found.pieces:
        text = str.__str__(piece)
        written, replacement = (output, plain) if type(piece) is Markup or not escapes else escaped
        if written not in text and escaped[0] in text:
            written, replacement = escaped
        count += text.count(written)
        pieces.append(text.replace(written, replacement) if written in text else piece)
    return ShownOutput(pieces, found.parts + count * box.parts) if count else None


def reveals(parts: Collection[str], texts: Iterable[str]) -> bool:
    """Whether one of many texts contains the output of ignored parts."""
    letters = [core for core in map(_letters, parts) if len(core) >= _MIN_LETTERS]
    return bool(letters) and any(core in text for text in map(_letters, texts) for core in letters)


def _letters(text: str) -> str:
    """Return the letters and digits of a text, without tags."""
    return _TAG.sub("", text).casefold()


def texts_in(data: Any, depth: int = 0) -> Iterator[str]:
    """Return the texts in plain data."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, list | tuple | dict) and depth <= _MAX_DEPTH:
        for item in (*data.keys(), *data.values()) if isinstance(data, dict) else data:
            yield from texts_in(item, depth + 1)
