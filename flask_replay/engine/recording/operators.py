"""Record the results of the template's operators: truth, comparison, arithmetic."""

from __future__ import annotations

from typing import Any

from jinja2.runtime import Context

from ...trace.cells import PLAIN
from .. import operations as op
from ..loops import RuntimeLoop
from ..operations import LIVE
from .log import BOUND_METHODS, Log


class RecordedOperators(Log):
    """The part of a tracer that evaluates operators."""

    untraced: bool

    def truth(self, value: Any) -> Any:
        """Test the truth of a value if only the app knows it. The caller tests the result again."""
        kind = type(value)
        if (
            kind is bool
            or kind in LIVE
            or self.answers_itself(value)
            or (kind in BOUND_METHODS and not self.opaque(value))
        ):
            return value
        answer = bool(value)
        self.log.extend((value, op.TRUTH, answer))
        return answer

    def compare(self, sign: str, left: Any, right: Any) -> Any:
        """Compare two values."""
        answer = op.COMPARE[sign](left, right)
        if type(left) in PLAIN and type(right) in PLAIN and not self.secret:
            return answer
        if self.opaque(left) or self.opaque(right):
            if sign in {"in", "not in"} and type(right) is RuntimeLoop:
                self.untraced = True  # the loop has lost its items
            return self.note(sign, (left, right), answer)
        return answer

    def binary(self, sign: str, left: Any, right: Any) -> Any:
        """Do an arithmetic operation on two operands."""
        answer = op.BINARY[sign](left, right)
        if type(left) in PLAIN and type(right) in PLAIN and not self.secret:
            return answer
        if self.opaque(left) or self.opaque(right):
            return self.note(sign, (left, right), answer)
        if type(answer) not in LIVE:
            self.made(answer)
        return self.stable_text(sign, (left, right), answer) if sign == "%" else answer

    def unary(self, sign: str, value: Any) -> Any:
        """Do an arithmetic operation on one operand."""
        result = op.UNARY[sign](value)
        return self.note(f"unary {sign}", (value,), result) if self.opaque(value) else result

    def intercepted(self, context: Context, sign: str, *operands: Any) -> Any:
        """Do an operation that a sandboxed environment intercepts."""
        base: Any = self.base
        call = base.call_binop if len(operands) == 2 else base.call_unop
        result = call(context, sign, *operands)
        return self.note(sign if len(operands) == 2 else f"unary {sign}", operands, result)
