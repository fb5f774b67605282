"""Truth, text, comparison and arithmetic in a replay, and what values are put together to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jinja2.nativetypes import native_concat
from jinja2.runtime import markup_join, str_join
from markupsafe import Markup, escape

from ...trace import cells
from .. import operations as op
from ..natives import NATIVE, gathered
from .answers import ABSENT, NOBODY
from .calls import ReplayedCalls
from .environment import check_product
from .standins import StandIn


class ReplayedOperations(ReplayedCalls):
    """The part of a replay that does what Python does with operands, where the app did it then."""

    # Truth and text

    def truth(self, value: Any) -> Any:
        value = self.current(value)
        if not self.is_asked(value):
            return value
        cell = self.answer(value, op.TRUTH)
        if not isinstance(value, StandIn):
            return value
        if cell is ABSENT:
            cell = self.answer(value, op.LENGTH)
        return True if cell is ABSENT else bool(self.value(cell, value._path))

    def escaping(self, value: Any) -> Any:
        """Return whether a part is escaped: ``value`` itself unless it stands for an object of the
        app's.
        """
        if not isinstance(self.current(value), StandIn):
            return value
        cell = self.answers.ask(NOBODY, op.AUTOESCAPE)
        return value if cell is ABSENT else cell is True

    def escape(self, value: Any) -> Any:
        value = self.current(value)
        if isinstance(value, StandIn):
            cell = self.answer(value, op.ESCAPE)
            if cell is ABSENT:
                return escape(self.text_of(value))
            found = self.value(cell, value._path)
            return self.escape(found) if isinstance(found, StandIn) else found
        if type(value) not in op.LIVE and self.stands(value):
            found = self.ask(op.ESCAPE, (value,), lambda: escape(value))
            return self.escape(found) if isinstance(found, StandIn) else found
        return self._own_text(op.ESCAPE, value, escape(value))

    def text_of(self, value: Any) -> Any:
        value = self.current(value)
        if isinstance(value, StandIn):
            cell = self.answer(value, op.TEXT)
            if cell is ABSENT:
                cell = self.answer(value, op.ESCAPE)
            return str(
                self.nothing(value._path) if cell is ABSENT else self.value(cell, value._path)
            )
        if type(value) not in op.LIVE and self.stands(value):
            return str(self.ask(op.TEXT, (value,), lambda: str(value)))
        return str(self._own_text(op.TEXT, value, str(value)))

    def _own_text(self, word: str, value: Any, text: Any) -> Any:
        return text if type(value) in cells.PLAIN else self.telling(word, (value,), text)

    def Markup(self, value: Any) -> Any:
        if self.stands(value):
            return self.ask(op.MARKUP, (value,), lambda: Markup(value))
        return self.telling(op.MARKUP, (value,), Markup(value))

    def markup_join(self, values: Any) -> Any:
        if any(map(self.stands, values)):
            return self.ask(op.JOIN, tuple(values), lambda: markup_join(map(self.escape, values)))
        return self.telling(op.JOIN, tuple(values), markup_join(values))

    def str_join(self, values: Any) -> Any:
        if any(map(self.stands, values)):
            return self.ask(op.JOIN, tuple(values), lambda: str_join(map(self.text_of, values)))
        return self.telling(op.JOIN, tuple(values), str_join(values))

    # What values are put together to

    def concat(self, pieces: Iterable[Any]) -> Any:
        if self.sandbox.concat_of != NATIVE:
            found = tuple(pieces)
            return self.ask(op.CONCAT, found, lambda: "".join(map(self.text_of, found)))
        values = self._gathered(pieces)
        if any(map(self.stands, values)):
            return self.ask(op.CONCAT, tuple(values), lambda: values[0])
        return native_concat(values)

    def _gathered(self, pieces: Iterable[Any]) -> list[Any]:
        return gathered(list(pieces) if self.sandbox.gathers else pieces, self.text_of)

    def shown(self, value: Any) -> str:
        return "" if self.stands(value) else str(self.text_of(value))

    def output(self, pieces: Iterable[Any]) -> str:
        """Return the text of what a native template gave."""
        joined = self.answers.ask(NOBODY, op.VALUE) is True
        values = [native_concat(self._gathered(pieces))] if joined else list(pieces)
        return "".join(map(self.shown, values))

    # Operators

    def compare(self, sign: str, left: Any, right: Any) -> Any:
        if self.stands(left) or self.stands(right):
            return self.ask(sign, (left, right), lambda: op.COMPARE[sign](left, right))
        return op.COMPARE[sign](left, right)

    def binary(self, sign: str, left: Any, right: Any) -> Any:
        if self.stands(left) or self.stands(right):
            return self.ask(sign, (left, right), lambda: op.BINARY[sign](left, right))
        check_product(sign, left, right)
        return op.BINARY[sign](left, right)

    def unary(self, sign: str, value: Any) -> Any:
        if self.stands(value):
            return self.ask(f"unary {sign}", (value,), lambda: op.UNARY[sign](value))
        return op.UNARY[sign](value)

    def intercepted(self, context: Any, sign: str, *operands: Any) -> Any:
        word = sign if len(operands) == 2 else f"unary {sign}"
        table: Any = op.BINARY if len(operands) == 2 else op.UNARY
        return self.ask(word, operands, lambda: table[sign](*operands))
