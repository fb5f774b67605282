"""Record how the pieces are put together that a block, a macro or a native template gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from jinja2 import Environment
from jinja2.nativetypes import native_concat
from jinja2.utils import internalcode
from markupsafe import Markup

from .. import operations as op
from ..ignoring import RegionMark
from ..natives import gathered
from .ignored_output import ignored
from .log import FREE, Log

_MAX_NESTING = 10
"""Templates and blocks within each other whose pieces are joined."""


class RecordedPieces(Log):
    """The part of a tracer that joins pieces, and knows what of the output was joined of what.

    :ivar through: joins what a block, or another template, adds to the output around it.
    :ivar joins: pages are texts that Jinja joins.
    :ivar joined: what a text of the output was joined of, by its identity.
    :ivar made_of: what a text was made of that a macro gave, or a block.
    :ivar alike: texts that were joined from pieces with ignored parts in them, with the numbers of
        these.
    :ivar regions: ignored parts that gave something.
    """

    through: Callable[[Iterable[str]], Iterable[str]]
    joins = False
    regions: int

    def bind_pieces(self) -> None:
        """Choose how pieces are put together: as the app's environment does."""
        self.joined: dict[int, tuple[str, list[str]]] = {}
        self.made_of: dict[str, list[str]] = {}
        self.alike: dict[str, list[int]] = {}
        self.nesting = 0
        base = self.base
        if base.concat is Environment.concat:
            self.through = self._join
            self._concat_plainly: Callable[[Iterable[str]], str] = base.concat
            self.joins = True
            self.environment.concat = self._concat
        else:
            native = base.concat is native_concat
            self.concat = self._concat_natively if native else self._concat_as_app
            self.environment.concat = self.concat

    @internalcode
    def _join(self, pieces: Iterable[str]) -> Iterable[str]:
        """Join what a block or another template adds: each piece would pass through all that is
        around, one by one.
        """
        if self.nesting >= _MAX_NESTING:
            return (
                pieces  # each level takes a frame of the stack that Jinja's own code does not need
            )
        self.nesting += 1
        try:
            inner = list(pieces)
        finally:
            self.nesting -= 1
        text = "".join(inner)
        if len(inner) < 2 or len(text) < 2:  # Python may have that very text already
            return inner
        self.joined[id(text)] = text, inner
        return (text,)

    def _concat(self, pieces: list[str]) -> str:
        """Join what a macro gave, or a block that is set, called or filtered, and remember what it
        is made of.
        """
        text = self._concat_plainly(pieces)
        if (self.secret or self.letters or self.regions) and len(pieces) > 1:
            self.made_of[text] = pieces
            if self.regions:
                self.remember(text, pieces)
        return text

    def _concat_natively(self, pieces: Iterable[Any]) -> Any:
        """Do what a native environment does with them; a value that stays alone is handed on as it
        is.
        """
        texts: list[Any] = []

        def text_of(piece: Any) -> str:
            texts.append(self.text_of(piece))
            return str(texts[-1])

        values = gathered(pieces, text_of)
        answer = native_concat(values)
        if texts and (self.secret or self.letters):
            self.made_of[values[0]] = texts
        if any(map(self.opaque, values)):
            return self.note(op.CONCAT, tuple(values), answer)
        self.made_whole(answer)
        return answer

    def _concat_as_app(self, pieces: Iterable[Any]) -> Any:
        """Put pieces together in the app's own way; a replay knows what came of it."""
        return self.note(op.CONCAT, (FREE,), self.base.concat(pieces), app=True)

    def called_block(self, block: Any) -> Any:
        """Return the text of a block that the template calls, such as ``super()``, as Jinja's
        ``BlockReference``.
        """
        pieces = block._stack[block._depth](block._context)
        autoescape = bool(block._context.eval_ctx.autoescape)
        if self.base.is_async:
            return self._called_block_later(pieces, autoescape)
        return _as_markup(self._concat(list(pieces)), autoescape=autoescape)

    async def _called_block_later(self, pieces: Any, autoescape: bool) -> Any:
        return _as_markup(self._concat([piece async for piece in pieces]), autoescape=autoescape)

    def output(self, pieces: list[Any], *, joined: bool) -> str:
        """Return the text of what a native template gave.

        :param joined: ``native_concat`` was given the pieces; else who took them has made of them
            what it likes.
        """
        if not joined:
            return "".join(map(self.shown, pieces))
        value = native_concat(pieces)
        if not any(value is piece for piece in pieces):
            self.made_whole(value)  # it is what a text said
        return self.shown(value)

    def shown(self, value: Any) -> str:
        """Return the text of a value that the page gave. It is the app's to ask its objects for
        theirs.
        """
        return "" if self.opaque(value) else self.text_of(value)

    # What the output was made of

    def apart(self, pieces: Iterable[str], nesting: int = 0) -> list[str]:
        """Take apart what was joined of an output, as often as it was; a piece may stand there
        twice.
        """
        found: list[str] = []
        for piece in pieces:
            _, inner = self.joined.get(id(piece), ("", None))
            if inner is None and self.made_of:
                inner = self.made_of.get(piece)  # by its text: macros and blocks give copies
            found += (
                [piece]
                if inner is None or nesting > _MAX_NESTING
                else self.apart(inner, nesting + 1)
            )
        return found

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

    def ignored_texts(self) -> list[str]:
        """Return what ignored parts gave that the template could give to functions of the app's."""
        return ["".join(ignored(self.apart(self.made_of[text]))) for text in self.alike]


def _as_markup(text: str, *, autoescape: bool) -> str:
    """Return a text as a block that is called gives it."""
    return Markup(text) if autoescape else text
