"""What a trace answers: each question to each object, in the order it was asked."""

from __future__ import annotations

from typing import Any

import msgspec

from ..errors import DecodeError
from ..trace.frame import PAGE as SCOPE_OF_PAGE
from ..trace.model import FREE, GLOBAL, PAGE, Trace

ABSENT: Any = object()
"""The trace has no answer to a question."""

_encode = msgspec.json.Encoder().encode


def canonical(question: Any) -> Any:
    """Give a question as a key: an attribute's name is its own, anything else its exact bytes."""
    return question if type(question) is str else _encode(question)


def _together(answers: list[Any]) -> list[Any]:
    """Give the answers to one question, however often it was asked: one, or as many if they differ."""
    return answers[:1] if len(answers) == 1 or len(set(map(_encode, answers))) == 1 else answers


class Answers:
    """The answers of one trace. Asking moves on in a sequence; its last answer stays.

    :param trace: as recorded.
    :raises DecodeError: the trace does not hold together.
    """

    def __init__(self, trace: Trace) -> None:
        try:
            questions = [canonical(question) for question in trace.questions]
            self.types = [(str(name), str(letters)) for name, letters in trace.types]
            self.kinds = [self.types[kind][1] for kind in trace.objects]
            given: dict[int, dict[Any, list[Any]]] = {}
            for subject, asked, answer in zip(trace.subjects, trace.asked, trace.answers, strict=True):
                given.setdefault(subject, {}).setdefault(questions[asked], []).append(answer)
            self.answers: dict[int, dict[Any, list[Any]]] = {
                subject: {question: _together(answers) for question, answers in asked.items()}
                for subject, asked in given.items()
            }
        except (LookupError, TypeError, ValueError) as error:
            raise DecodeError(f"the trace does not hold together: {error}") from error
        self.given: dict[tuple[int, Any], int] = {}

    def ask(self, number: int, question: Any) -> Any:
        """Give the cell that an object answered next, or ``ABSENT``."""
        return self._next(number, canonical(question))

    def ask_free(self, question: Any) -> Any:
        """Give the next answer to a question that no object owns."""
        return self._next(FREE, canonical(question))

    def ask_name(self, scope: str, name: str) -> Any:
        """Give what a name meant next, in a scope."""
        return self._next(PAGE if scope == SCOPE_OF_PAGE else GLOBAL, name)

    def letters(self, number: int) -> str:
        """Give what an object can do, see ``trace.types``."""
        return self.kinds[number] if 0 <= number < len(self.kinds) else ""

    def _next(self, subject: int, key: Any) -> Any:
        answers = self.answers.get(subject, {}).get(key)
        if answers is None:
            return ABSENT
        if len(answers) == 1:
            return answers[0]
        given = self.given.get((subject, key), 0)
        self.given[subject, key] = given + 1
        return answers[min(given, len(answers) - 1)]
