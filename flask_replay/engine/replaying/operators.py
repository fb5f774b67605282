"""Answer the template's operators from the trace if the app answered them: truth, comparison and
arithmetic.
"""

from __future__ import annotations

from typing import Any

from .. import operations as op
from .answers import ABSENT
from .environment import check_product
from .standins import StandIn
from .values import ReplayedValues


class ReplayedOperators(ReplayedValues):
    """The part of a replay that evaluates operators."""

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

    def compare(self, sign: str, left: Any, right: Any) -> Any:
        if self.has_stand_in(left) or self.has_stand_in(right):
            return self.ask(sign, (left, right), lambda: op.COMPARE[sign](left, right))
        return op.COMPARE[sign](left, right)

    def binary(self, sign: str, left: Any, right: Any) -> Any:
        if self.has_stand_in(left) or self.has_stand_in(right):
            return self.ask(sign, (left, right), lambda: op.BINARY[sign](left, right))
        check_product(sign, left, right)
        answer = op.BINARY[sign](left, right)
        return self.stable_text(sign, (left, right), answer) if sign == "%" else answer

    def unary(self, sign: str, value: Any) -> Any:
        if self.has_stand_in(value):
            return self.ask(f"unary {sign}", (value,), lambda: op.UNARY[sign](value))
        return op.UNARY[sign](value)

    def intercepted(self, context: Any, sign: str, *operands: Any) -> Any:
        word = sign if len(operands) == 2 else f"unary {sign}"
        table: Any = op.BINARY if len(operands) == 2 else op.UNARY
        return self.ask(word, operands, lambda: table[sign](*operands))
