"""Let ignored parts of a page run, forget what they read, and tell what the page is without
them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple, Protocol

from markupsafe import Markup, escape

from ..ignoring import BOX, RegionMark
from .log import Log

HUSHED = "_flask_replay_hushed"
"""The attribute of an exception that an ignored part raised: its message may say what was read
there.
"""

_TAG = re.compile(r"<[^<>]*>|[\W_]+")
_MAX_DEPTH = 64
_TELLING = 2
"""Letters of an ignored part that tell it from anything else."""


class Hearing(Protocol):
    """Takes the renders of one request, and knows whether an ignored part runs."""

    ignoring: int


class Ignoring(Log):
    """The part of a tracer that runs ignored parts.

    :ivar sink: of the request; what is rendered while a part runs is not recorded either.
    :ivar depth: ignored parts that run, within each other.
    :ivar regions: ignored parts that gave something.
    :ivar alike: texts that were joined from pieces with such parts in them, with the numbers of
        these.
    """

    def __init__(self, base: Any, limit: int) -> None:
        super().__init__(base, limit)
        self.sink: Hearing | None = None
        self.depth = 0
        self.regions = 0
        self.alike: dict[str, list[int]] = {}
        self._begun: list[Callable[[], None]] = []

    def ignore_begins(self) -> bool:
        """Begin to forget."""
        log, found = len(self.log), dict(self.found)
        lent = len(self.lent)
        modules = {id(template): template._module for template in self.templates.values()}

        def forget() -> None:
            self.drop(log, lent)
            self.found = found
            for template in self.templates.values():
                template._module = modules.get(id(template))

        self._begun.append(forget)
        self.depth += 1
        if self.sink is not None:
            self.sink.ignoring += 1
        return True

    def ignore_ends(self) -> None:
        """Forget what was read since the part began; of what it raised, the message too."""
        error = sys.exc_info()[1]
        if isinstance(error, Exception):
            with suppress(Exception):
                setattr(error, HUSHED, True)
        self.depth -= 1
        if self.sink is not None:
            self.sink.ignoring -= 1
        self._begun.pop()()

    def ignore_opens(self) -> str:
        """Return the mark that stands before what a part gives."""
        self.regions += 1
        return RegionMark.of(self.regions, opens=True)

    def ignore_closes(self) -> str:
        """Return the mark that stands behind it."""
        return RegionMark.of(self.regions, opens=False)

    def unheard(self, resolve: Callable[[str], Any], name: str) -> Any:
        """Look up a name that only ignored parts use, and forget it."""
        log, lent = len(self.log), len(self.lent)
        value = resolve(name)
        self.drop(log, lent)
        return value

    def remember(self, text: str, pieces: Iterable[str]) -> None:
        """Remember which ignored parts a text has in it."""
        regions = [piece.region for piece in pieces if type(piece) is RegionMark and piece.opens]
        if regions:
            self.alike.setdefault(text, []).extend(regions)

    def seen(self, pieces: Iterable[str]) -> set[int]:
        """Return the numbers of the ignored parts that stand in pieces."""
        seen = {piece.region for piece in pieces if type(piece) is RegionMark}
        for regions in self.alike.values():
            if not seen.isdisjoint(regions):  # one text stands for all parts that gave it
                seen.update(regions)
        return seen


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


def as_markup(text: str, *, autoescape: bool) -> str:
    """Return a text as a block that is called gives it."""
    return Markup(text) if autoescape else text
