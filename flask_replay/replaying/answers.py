"""What a trace answers: each question to each object, in the order it was asked."""

from __future__ import annotations

from typing import Any

import msgspec

from ..errors import DecodeError
from ..trace.model import Trace

ABSENT: Any = object()
"""The trace has no answer to a question."""

_encode = msgspec.json.Encoder().encode


def canonical(question: Any) -> Any:
    """Give a question as a key: an attribute's name is its own, anything else its exact bytes."""
    return question if type(question) is str else _encode(question)


class Answers:
    """The answers of one trace. Asking moves on in a sequence; its last answer stays.

    :param trace: as recorded.
    :raises DecodeError: the trace does not hold together.
    """

    def __init__(self, trace: Trace) -> None:
        try:
            shapes = [[canonical(question) for question in shape] for shape in trace.shapes]
            self.types = [(str(name), str(letters)) for name, letters in trace.types]
            self.objects = [(row[0], dict(zip(shapes[row[1]], row[2:], strict=True))) for row in trace.objects]
            self.free = {canonical(question): answer for question, answer in trace.calls}
        except (LookupError, TypeError, ValueError) as error:
            raise DecodeError(f"the trace does not hold together: {error}") from error
        self.names = trace.names
        self.asked: dict[tuple[Any, Any], int] = {}

    def ask(self, number: int, question: Any) -> Any:
        """Give the cell that an object answered next, or ``ABSENT``."""
        if not 0 <= number < len(self.objects):
            return ABSENT
        return self._next(number, self.objects[number][1], canonical(question))

    def ask_free(self, question: Any) -> Any:
        """Give the next answer to a question that no object owns."""
        return self._next(-1, self.free, canonical(question))

    def ask_name(self, scope: str, name: str) -> Any:
        """Give what a name meant next, in a scope."""
        return self._next(scope, self.names.get(scope, {}), name)

    def letters(self, number: int) -> str:
        """Give what an object can do, see ``trace.types``."""
        if not 0 <= number < len(self.objects):
            return ""
        kind = self.objects[number][0]
        return self.types[kind][1] if type(kind) is int and 0 <= kind < len(self.types) else ""

    def _next(self, place: Any, answers: dict[Any, Any], key: Any) -> Any:
        cell = answers.get(key, ABSENT)
        if type(cell) is not list or not cell or cell[0] != "*":
            return cell
        asked = self.asked.get((place, key), 0)
        self.asked[place, key] = asked + 1
        return cell[min(asked + 1, len(cell) - 1)]
