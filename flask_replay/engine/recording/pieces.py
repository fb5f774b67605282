"""Record how the pieces of a block, a macro or a native template are joined."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from jinja2 import Environment
from jinja2.nativetypes import native_concat
from jinja2.utils import internalcode
from markupsafe import Markup

from .. import operations as op
from ..natives import gathered
from .composition import Composition
from .entries import FREE
from .log import Log

_MAX_NESTING = 10
"""Levels of nested templates and blocks whose pieces are joined."""


class RecordedPieces(Log):
    """The part of a tracer that joins pieces.

    :ivar through: joins the pieces that a block, or another template, adds to the output around it.
    :ivar joins: Jinja joins the pieces of the page as texts.
    :ivar composition: the pieces of which texts of the output consist.
    :ivar regions: number of ignored parts so far.
    """

    through: Callable[[Iterable[str]], Iterable[str]]
    joins = False
    regions: int

    def bind_pieces(self) -> None:
        """Choose how to join pieces, by the app's environment."""
        self.composition = Composition()
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

    def _noted(self) -> list[Any]:
        """Return the containers that grow while template code runs."""
        composition = self.composition
        return [*super()._noted(), composition.joined, composition.made_of, composition.alike]

    @internalcode
    def _join(self, pieces: Iterable[str]) -> Iterable[str]:
        """Join the pieces of a block or another template, so that they do not pass through all
        levels above it one by one.
        """
        if self.nesting >= _MAX_NESTING:
            return pieces  # each level needs a stack frame that Jinja's own code does not need
        self.nesting += 1
        try:
            inner = list(pieces)
        finally:
            self.nesting -= 1
        try:
            text = "".join(inner)
        except TypeError:  # the code that joins all pieces reports which of them is not a text
            return inner
        if len(inner) < 2 or len(text) < 2:  # Python may share this text with others
            return inner
        self.composition.joined[id(text)] = text, inner
        return (text,)

    def _concat(self, pieces: list[str]) -> str:
        """Join the pieces of a macro, or of a block that is assigned, called or filtered, and
        remember them.
        """
        try:
            text = self._concat_plainly(pieces)
        except TypeError:
            text = None
        if text is None:  # the message says which of Jinja's pieces is not a text
            text = self._concat_plainly(self.composition.unjoined(pieces))
        if (self.secret or self.letters or self.regions) and len(pieces) > 1:
            self.composition.made_of[text] = pieces
            if self.regions:
                self.composition.remember(text, pieces)
        return text

    def _concat_natively(self, pieces: Iterable[Any]) -> Any:
        """Join pieces like a native environment, which returns a single value unchanged."""
        texts: list[Any] = []

        def text_of(piece: Any) -> str:
            texts.append(self.text_of(piece))
            return str(texts[-1])

        values = gathered(pieces, text_of)
        answer = native_concat(values)
        if texts and (self.secret or self.letters):
            self.composition.made_of[values[0]] = texts
        if any(map(self.opaque, values)):
            return self.note(op.CONCAT, tuple(values), answer)
        self.made_whole(answer)
        return answer

    def _concat_as_app(self, pieces: Iterable[Any]) -> Any:
        """Join pieces with the app's function. A replay has the result."""
        return self.note(op.CONCAT, (FREE,), self.base.concat(pieces), app=True)

    def called_block(self, block: Any) -> Any:
        """Return the text of a block that the template calls, such as ``super()``, like Jinja's
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
        """Return the text of the output of a native template.

        :param joined: the pieces were passed to ``native_concat``; otherwise the caller received
            them.
        """
        if not joined:
            return "".join(map(self.shown, pieces))
        value = native_concat(pieces)
        if not any(value is piece for piece in pieces):
            self.made_whole(value)  # parsed from a text
        return self.shown(value)

    def shown(self, value: Any) -> str:
        """Return the text of a value in the output, ``""`` if it is opaque, because only the app
        may ask its objects for their text.
        """
        return "" if self.opaque(value) else self.text_of(value)


def _as_markup(text: str, *, autoescape: bool) -> str:
    """Return a text in the form that a called block has."""
    return Markup(text) if autoescape else text
