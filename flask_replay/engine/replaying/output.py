"""Return the texts of values: what a page prints, escapes, joins and marks as safe."""

from __future__ import annotations

from typing import Any

from jinja2.runtime import markup_join, str_join
from markupsafe import Markup, escape

from ...trace import cells
from .. import operations as op
from .answers import ABSENT, NOBODY
from .standins import StandIn
from .values import ReplayedValues, path_of


class ReplayedOutput(ReplayedValues):
    """The part of a replay that converts values to text."""

    def escape(self, value: Any) -> Any:
        value = self.current(value)
        if isinstance(value, StandIn):
            cell = self.answer(value, op.ESCAPE)
            if cell is ABSENT:
                return escape(self.text_of(value))
            found = self.value(cell, value._path)
            return self.escape(found) if isinstance(found, StandIn) else found
        if type(value) not in op.LIVE and self.has_stand_in(value):
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
        if type(value) not in op.LIVE and self.has_stand_in(value):
            return str(self.ask(op.TEXT, (value,), lambda: str(value)))
        return str(self._own_text(op.TEXT, value, str(value)))

    def _own_text(self, word: str, value: Any, text: Any) -> Any:
        return text if type(value) in cells.PLAIN else self.stable_text(word, (value,), text)

    def Markup(self, value: Any) -> Any:
        if self.has_stand_in(value):
            return self.ask(op.MARKUP, (value,), lambda: Markup(value))
        return self.stable_text(op.MARKUP, (value,), Markup(value))

    def markup_join(self, values: Any) -> Any:
        if any(map(self.has_stand_in, values)):
            return self.ask(op.JOIN, tuple(values), lambda: markup_join(map(self.escape, values)))
        return self.stable_text(op.JOIN, tuple(values), markup_join(values))

    def str_join(self, values: Any) -> Any:
        if any(map(self.has_stand_in, values)):
            return self.ask(op.JOIN, tuple(values), lambda: str_join(map(self.text_of, values)))
        return self.stable_text(op.JOIN, tuple(values), str_join(values))

    def settle_escaping(self, context: Any) -> None:
        if self.sandbox.escapes:
            cell = self.answers.ask(NOBODY, op.ESCAPES)
            if type(cell) is bool:
                context.eval_ctx.autoescape = cell

    def escaping(self, value: Any) -> Any:
        """Return whether a part is escaped: ``value`` itself unless it is a stand-in."""
        if not isinstance(self.current(value), StandIn):
            return value
        cell = self.answers.ask(NOBODY, op.AUTOESCAPE)
        return value if cell is ABSENT else cell is True

    def finalize(self, context: Any, value: Any) -> Any:
        cell = self.look_up(op.FINALIZE, (value,))
        self.lend((value,))
        return value if cell is ABSENT else self.value(cell, path_of(value))
