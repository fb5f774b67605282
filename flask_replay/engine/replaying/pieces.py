"""Join the pieces of a block, a macro or a native template."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from jinja2.nativetypes import native_concat

from .. import operations as op
from ..natives import NATIVE, gathered
from .answers import NOBODY
from .values import ReplayedValues


class ReplayedPieces(ReplayedValues):
    """The part of a replay that joins pieces."""

    through: Callable[[Iterable[str]], Iterable[str]] = staticmethod(iter)

    def concat(self, pieces: Iterable[Any]) -> Any:
        if self.sandbox.concat_of != NATIVE:
            found = tuple(pieces)
            return self.ask(op.CONCAT, found, lambda: "".join(map(self.text_of, found)))
        values = self._gathered(pieces)
        if any(map(self.has_stand_in, values)):
            return self.ask(op.CONCAT, tuple(values), lambda: values[0])
        return native_concat(values)

    def _gathered(self, pieces: Iterable[Any]) -> list[Any]:
        return gathered(list(pieces) if self.sandbox.gathers else pieces, self.text_of)

    def output(self, pieces: Iterable[Any]) -> str:
        """Return the text of the output of a native template."""
        joined = self.answers.ask(NOBODY, op.VALUE) is True
        values = [native_concat(self._gathered(pieces))] if joined else list(pieces)
        return "".join(map(self.shown, values))

    def shown(self, value: Any) -> str:
        return "" if self.has_stand_in(value) else str(self.text_of(value))
