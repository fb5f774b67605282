"""What the output of a render consists of: which texts were joined from which pieces."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup

from ...trace.type_sets import TypeSet
from ..ignoring import RegionMark
from .ignored_output import ignored

_TEXTS = TypeSet({str, Markup})
_MAX_NESTING = 10
"""Levels of texts within texts that are split."""


class Composition:
    """The pieces of joined texts, until the trace of the render is written.

    :ivar joined: the pieces of joined texts of the output, by the identity of the text.
    :ivar made_of: the pieces of texts that a macro or a block returned.
    :ivar alike: the texts that were joined from pieces with ignored parts, with the numbers of
        these parts.
    """

    __slots__ = ("alike", "joined", "made_of")

    def __init__(self) -> None:
        self.joined: dict[int, tuple[str, list[str]]] = {}
        self.made_of: dict[str, list[str]] = {}
        self.alike: dict[str, list[int]] = {}

    def apart(self, pieces: Iterable[str], nesting: int = 0) -> list[str]:
        """Split joined texts of an output into their pieces. Each text is split as often as it was
        joined, because a piece may occur twice.
        """
        found: list[str] = []
        for piece in pieces:
            _, inner = self.joined.get(id(piece), ("", None))
            if inner is None and self.made_of and type(piece) in _TEXTS:
                inner = self.made_of.get(piece)  # by value, because macros and blocks return copies
            found += (
                [piece]
                if inner is None or nesting > _MAX_NESTING
                else self.apart(inner, nesting + 1)
            )
        return found

    def unjoined(self, pieces: Iterable[str], nesting: int = 0) -> list[str]:
        """Return the pieces that Jinja's own code would have: without the joining that the recorder
        adds.
        """
        found: list[str] = []
        for piece in pieces:
            _, inner = self.joined.get(id(piece), ("", None))
            split = inner is not None and nesting <= _MAX_NESTING
            found += self.unjoined(inner or (), nesting + 1) if split else [piece]
        return found

    def remember(self, text: str, pieces: Iterable[str]) -> None:
        """Remember the numbers of the ignored parts in a text."""
        regions = [piece.region for piece in pieces if type(piece) is RegionMark and piece.opens]
        if regions:
            self.alike.setdefault(text, []).extend(regions)

    def seen(self, pieces: Iterable[str]) -> set[int]:
        """Return the numbers of the ignored parts in pieces."""
        seen = {piece.region for piece in pieces if type(piece) is RegionMark}
        for regions in self.alike.values():
            if not seen.isdisjoint(regions):  # equal texts of several parts count for all of them
                seen.update(regions)
        return seen

    def ignored_texts(self) -> list[str]:
        """Return the output of ignored parts that the template could pass to functions of the
        app.
        """
        return ["".join(ignored(self.apart(self.made_of[text]))) for text in self.alike]

    def clear(self) -> None:
        """Release the pieces."""
        self.joined.clear()
        self.made_of.clear()
