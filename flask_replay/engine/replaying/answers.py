"""The answers of a trace: in order for the recorded template; by object and question for another
version of it.
"""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from typing import Any, NamedTuple

import msgspec

from ...errors import DecodeError
from ...trace.model import Trace
from .. import operations as op

ABSENT: Any = object()
"""The trace has no answer to a question."""

NOBODY = -1
"""The number for questions that belong to no object."""

NO_ANSWER: Any = ["!"]
"""The answer to questions whose recorded answers are doubted."""

OF_PLAIN = -2
"""The number for plain values: a value of the same type may answer differently."""


class Answered(NamedTuple):
    """An answer of a trace, with the question to which it was returned.

    :param word: the word of the question.
    :param place: the index of the answer among those to this word.
    :param number: the number of the object, see :meth:`Answers.ask`.
    :param question: the question with its operands.
    """

    word: str
    place: int
    number: int
    question: Any


_OF_KEPT = frozenset({op.TEXT, op.ESCAPE, op.TRUTH})
_encode = msgspec.json.Encoder().encode


class Answers(ABC):
    """The answers of one trace.

    :param trace: the trace as recorded.
    :param doubted: words whose answers are doubted; all questions with these words get
        ``NO_ANSWER``.
    :raises DecodeError: the trace is inconsistent.
    """

    mixes_reads = False
    """Whether a read of an attribute may get the answer of a read of an item with that name, and
    vice versa.
    """

    def __init__(self, trace: Trace, doubted: frozenset[str] = frozenset()) -> None:
        self.trace = trace
        self.doubted = doubted
        try:
            types = [(str(name), str(letters)) for name, letters in trace.types]
            self.kinds = [types[kind][1] for kind in trace.objects]
        except (LookupError, TypeError, ValueError) as error:
            raise DecodeError(f"the trace is inconsistent: {error}") from error

    def ask(self, number: int, question: Any) -> Any:
        """Return the next answer of an object as a cell, or ``ABSENT``.

        :param number: the number of the object, ``NOBODY`` or ``OF_PLAIN``.
        :param question: a word, or a list of a word and the operands as cells.
        """
        if self.doubted and (question if type(question) is str else question[0]) in self.doubted:
            return NO_ANSWER
        kept = self.trace.kept.get(number, ABSENT)
        if kept is not ABSENT and type(question) is str and question in _OF_KEPT:
            return _of_kept(kept, question)
        cell = self._next(number, question)
        return ABSENT if _is_again(cell) else cell

    @abstractmethod
    def _next(self, number: int, question: Any) -> Any:
        """Return the next cell for a question, or ``ABSENT``."""

    def plain_method(self, number: int) -> tuple[Any, str] | None:
        """Return the plain value to which a method belongs, as a cell, and the method's name;
        ``None`` if the object is not such a method.
        """
        method = self.trace.held.get(number)
        return None if method is None or len(method) != 2 else (method[0], str(method[1]))

    def is_kept(self, cell: Any) -> bool:
        """Whether a cell refers to a secret of which only a placeholder was kept."""
        return bool(cell) and type(cell[0]) is int and cell[0] in self.trace.kept

    def lent_as(self, order: int) -> int | None:
        """Return the number of a container that the template lent to the app."""
        return self.trace.lent.get(order)

    def letters(self, number: int) -> str:
        """Return the capabilities of an object, see ``trace.types``."""
        return self.kinds[number] if 0 <= number < len(self.kinds) else ""


class InOrder(Answers):
    """Answers for the recorded template. It asks the same questions in the same order, so each
    answer is given once.

    Questions with different words are independent of each other.

    :ivar given: the answers so far, with their questions.
    """

    def __init__(self, trace: Trace, doubted: frozenset[str] = frozenset()) -> None:
        super().__init__(trace, doubted)
        self.beyond: set[str] = set()
        self.given: list[Answered] = []
        self.places = dict.fromkeys(trace.answers, 0)

    def _next(self, number: int, question: Any) -> Any:
        word = question if type(question) is str else question[0]
        place = self.places.get(word, 0)
        answers = self.trace.answers.get(word, ())
        if place >= len(answers):
            self.beyond.add(word)  # a word without any answers is not doubted
            return ABSENT
        self.places[word] = place + 1
        self.given.append(Answered(word, place, number, question))
        return answers[place]

    def out_of_step(self) -> frozenset[str]:
        """Return the words with more questions than answers, or fewer. It is unknown which ones do
        not match.

        Each of their answers may have been given to the wrong question.
        """
        left = {
            word for word, place in self.places.items() if place < len(self.trace.answers[word])
        }
        return frozenset((left | self.beyond & self.trace.answers.keys()) - self.doubted)


class ByQuestion(Answers):
    """Answers for any template: by object and question, in the order of recording. The last answer
    is repeated.

    :param given: the questions of the recorded template, as :class:`InOrder` found them.
    """

    mixes_reads = True

    def __init__(self, trace: Trace, given: list[Answered]) -> None:
        super().__init__(trace)
        answers: dict[tuple[int, Any], list[Any]] = {}
        between = itertools.count(-3, -1)
        for one in given:
            number, question = one.number, one.question
            if number == OF_PLAIN:
                continue
            cell = trace.answers[one.word][one.place]
            if type(question) is str and "." in question.strip("."):  # two reads in one step
                if _is_again(cell):
                    continue  # it was split: both reads follow
                first, _, question = question.partition(".")
                inner = answers.setdefault((number, first), [[next(between)]])[-1]
                number = (
                    inner[0]
                    if type(inner) is list and inner and type(inner[0]) is int
                    else OF_PLAIN
                )
            answers.setdefault((number, _canonical(question)), []).append(cell)
        self.answers = {key: _together(found) for key, found in answers.items()}
        self.places: dict[tuple[int, Any], int] = {}

    def _next(self, number: int, question: Any) -> Any:
        key = (number, _canonical(question))
        answers = self.answers.get(key)
        if answers is None:
            return ABSENT
        place = self.places.get(key, 0)
        self.places[key] = place + 1
        return answers[min(place, len(answers) - 1)]


def _is_again(cell: Any) -> bool:
    """Whether a replay must compute the answer itself."""
    return type(cell) is list and bool(cell) and cell[0] == "a"


def _canonical(question: Any) -> Any:
    return question if type(question) is str else _encode(question)


def _together(answers: list[Any]) -> list[Any]:
    """Return the answers to one question: a single one if all are equal."""
    return answers[:1] if len(answers) == 1 or len(set(map(_encode, answers))) == 1 else answers


def _of_kept(cell: Any, word: str) -> Any:
    """Answer for a secret of which only a placeholder was kept."""
    if word == op.TRUTH:
        return True
    is_markup = type(cell) is list and bool(cell) and cell[0] in {"m", "ms"}
    return cell if word == op.TEXT or is_markup else ABSENT
