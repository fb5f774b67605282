"""Tell what a page is without its ignored parts, and what these gave."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple

from markupsafe import Markup, escape

from ..ignoring import BOX, RegionMark

_TAG = re.compile(r"<[^<>]*>|[\W_]+")
_MAX_DEPTH = 64
_TELLING = 2
"""Letters of an ignored part that tell it from anything else."""


class ShownOutput(NamedTuple):
    """What of a page is not ignored.

    :ivar pieces: of its output, with a box in the place of each ignored part.
    :ivar parts: how many of these there are.
    """

    pieces: list[str]
    parts: int

    @property
    def text(self) -> str:
        """Return it in one piece."""
        return "".join(self.pieces)

    def hides(self, output: str) -> bool:
        """Whether an output has more than this: what is ignored may be empty."""
        return "".join(piece for piece in self.pieces if piece is not BOX) != output


def shown(pieces: Iterable[str]) -> ShownOutput:
    """Return what stands outside of the marks, and a box for each pair of them."""
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
    """Return what stands between the marks."""
    depth = 0
    for piece in pieces:
        if type(piece) is RegionMark:
            depth += 1 if piece.opens else -1
        elif depth:
            yield piece


def without(
    found: ShownOutput, output: str, box: ShownOutput | None, *, escapes: bool
) -> ShownOutput | None:
    """Return a page without the ignored parts of another render; ``None`` if its output does not
    stand in it.

    :param box: of the other render.
    :param escapes: texts that are no markup are escaped where they are printed.
    """
    if box is None:
        return None
    plain = box.text
    escaped = (str(escape(output)), str(escape(plain)))
    pieces: list[str] = []
    count = 0
    for piece in found.pieces:
        text = str.__str__(piece)
        written, stands = (output, plain) if type(piece) is Markup or not escapes else escaped
        if written not in text and escaped[0] in text:
            written, stands = escaped
        count += text.count(written)
        pieces.append(text.replace(written, stands) if written in text else piece)
    return ShownOutput(pieces, found.parts + count * box.parts) if count else None


def tells(parts: Collection[str], texts: Iterable[str]) -> bool:
    """Whether one of many texts says what ignored parts gave."""
    letters = [core for core in map(_letters, parts) if len(core) >= _TELLING]
    return bool(letters) and any(core in text for text in map(_letters, texts) for core in letters)


def _letters(text: str) -> str:
    """Return the letters and digits of a text, but for tags."""
    return _TAG.sub("", text).casefold()


def texts_in(data: Any, depth: int = 0) -> Iterator[str]:
    """Return the texts in plain data."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, list | tuple | dict) and depth <= _MAX_DEPTH:
        for item in (*data.keys(), *data.values()) if isinstance(data, dict) else data:
            yield from texts_in(item, depth + 1)
