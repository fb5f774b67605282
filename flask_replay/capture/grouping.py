"""Make a trace of a log: after the response has left, and sanitized before it is anything else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from itertools import compress, count
from operator import itemgetter
from types import BuiltinMethodType, MethodType, ModuleType, NoneType
from typing import Any

from jinja2 import Undefined
from jinja2.runtime import Context
from jinja2.utils import missing
from markupsafe import Markup

from ..sanitize import Sanitizer
from ..sanitize.names import VALUE_NAMES, sensitive
from ..trace import cells, model
from ..trace import operations as op
from ..trace.cells import PLAIN
from ..trace.frame import GLOBAL, PAGE
from ..trace.model import Trace
from ..trace.types import describe
from .log import FREE, SCOPES, Free, Items, Keywords, Made, Raised
from .redaction import Redaction, written

_IGNORED = -4
"""The number of what a replay asks itself: plain values, and what Jinja provides."""

_TIMES = frozenset({datetime, time})

_METHODS = frozenset({MethodType, BuiltinMethodType})

_WRITTEN = PLAIN - {str, Markup}
"""Types of plain values in which there can be no markup."""

_NAMES = frozenset({str, int})
"""Types of operands that compare as what they are written as; 1 and 1.0 would not."""


class Grouping:
    """Groups one log.

    :param log: as a ``Tracer`` wrote it.
    :param lent: containers of the template's that the app was given, by identity.
    :param redaction: what is taken out.
    :param sanitizer: decides what is kept of each plain value that was read.
    """

    def __init__(
        self, log: list[Any], lent: dict[int, tuple[int, Any]], redaction: Redaction, sanitizer: Sanitizer
    ) -> None:
        self.log = log
        self.lent = lent
        self.redaction = redaction
        self.stands = redaction.stands
        self.sanitizer = sanitizer
        self.reads_all = getattr(sanitizer, "reads_all", type(sanitizer).read is not Sanitizer.read)
        self.numbers: dict[Any, int] = {
            id(SCOPES[PAGE]): model.PAGE,
            id(SCOPES[GLOBAL]): model.GLOBAL,
            id(FREE): model.FREE,
        }
        self.objects: list[Any] = []
        self.awaited: dict[int, Any] = {}
        self.keys: dict[Any, list[Any]] = {}
        self.private: dict[int, str] = {}

    def trace(self, truncated: bool) -> Trace:
        """Give the trace.

        :param truncated: the log was full before the render ended.
        """
        log = self.log
        del log[len(log) - len(log) % 3 :]
        subjects, questions, answers = log[0::3], log[1::3], log[2::3]
        if op.AWAIT in questions:
            for subject, question, answer in zip(subjects, questions, answers, strict=True):
                if question is op.AWAIT:
                    self.awaited[id(subject)] = answer
        return self._columns(subjects, questions, answers, truncated)

    def _columns(self, subjects: list[Any], questions: list[Any], answers: list[Any], truncated: bool) -> Trace:
        """Write down what was asked, all of it and in order: a reader sees what was asked twice.

        It works on whole columns: this is most of what a recorded page costs.
        """
        number_of = self._numbers_of(subjects)
        for identity in self.awaited:
            self.numbers.pop(identity, None)  # what it gave is written in its place
        numbers = _look_up(number_of, list(map(id, subjects)))
        if _IGNORED in number_of.values():
            kept = list(map(_IGNORED.__ne__, numbers))
            numbers, questions, answers = (list(compress(column, kept)) for column in (numbers, questions, answers))
        asked = [
            question if type(question) is str or len(question) == 1 else self._key(question) for question in questions
        ]
        secret = {key: name for key in dict.fromkeys(asked) if (name := self._name(key)) and sensitive(name)}
        if secret:
            self._mark_private(numbers, asked, answers, secret)
        written = self._write(numbers, asked, answers, secret)
        for number, key, cell in self._added():
            numbers.append(number)
            asked.append(key)
            written.append(cell)
        order_of = dict(zip(dict.fromkeys(asked), count()))
        kinds = list(map(type, self.objects))
        types = dict(zip(dict.fromkeys(kinds), count()))
        trace = Trace(
            types=[describe(kind) for kind in types],
            objects=list(map(types.__getitem__, kinds)),
            questions=[self._question(key) for key in order_of],
            subjects=numbers,
            asked=_look_up(order_of, asked),
            answers=written,
            truncated=truncated,
        )
        return self.redaction.scrub(trace)

    def _numbers_of(self, subjects: list[Any]) -> dict[int, int]:
        """Give the subjects numbers; what a replay asks itself gets one that is dropped."""
        found: dict[int, int] = {}
        numbers, objects = self.numbers, self.objects
        for identity, subject in dict(zip(map(id, subjects), subjects, strict=True)).items():
            kind = type(subject)
            if kind is Free:
                found[identity] = numbers[identity]
            elif identity in self.stands:
                found[identity] = self.number(subject)
            elif kind in op.LIVE or subject is cells.EMPTY or (kind in _TIMES and cells.is_plain(subject)):
                found[identity] = _IGNORED
            elif kind in _METHODS:
                found[identity] = numbers[identity] = self.number(subject)
            else:
                found[identity] = numbers[identity] = len(objects)
                objects.append(subject)
        return found

    def _mark_private(self, numbers: list[int], asked: list[Any], answers: list[Any], secret: dict[Any, str]) -> None:
        """Learn which objects were read under sensitive names, before anything of them is written.

        What such an object gives when it is called belongs to it too.

        :param secret: the sensitive questions, and the name in each.
        """
        marked = [(answer, secret[key]) for key, answer in zip(asked, answers, strict=True) if key in secret]
        while marked:
            answer, name = marked.pop()
            if answer is missing or type(answer) in op.LIVE or cells.is_plain(answer):
                continue
            number = self.number(answer)
            if number not in self.private:
                self.private[number] = name
                given = [found for subject, found in zip(numbers, answers, strict=True) if subject == number]
                marked += ((one, name) for one in given if callable(one))

    def _name(self, key: Any) -> str:
        """Give the name that a question asks for, ``""`` if it is no such question."""
        if type(key) is str:
            return key
        question = self.keys[key] if type(key) is int else key
        return question[1] if question[0] == op.ITEM and type(question[1]) is str else ""

    def _key(self, question: tuple[Any, ...]) -> Any:
        """Give a key for a question with operands: itself if nothing of the app's is asked to compare it.

        Otherwise it is one of its own, and a reader finds out which of them are the same.
        """
        if _NAMES.issuperset(map(type, question)) and not (self.stands and self._tells(question)):
            return question
        key = id(question)
        self.keys[key] = [question[0], *map(self._operand, question[1:])]
        return key

    def _operand(self, operand: Any) -> Any:
        if type(operand) is not Keywords:
            return self.cell(operand)
        parts: list[Any] = ["k"]
        for name, value in operand:
            parts += (name, self.cell(value))
        return parts

    def number(self, value: Any) -> int:
        """Give an object its number; methods are the same if owner and function are."""
        identity = _identity(value)
        number = self.numbers.get(identity)
        if number is None:
            number = self.numbers[identity] = len(self.objects)
            self.objects.append(value)
        return number

    def cell(self, value: Any) -> Any:
        """Write any value as a cell."""
        kind = type(value)
        if kind in PLAIN:
            return [self.number(value)] if id(value) in self.stands else cells.write(value)
        if self.awaited and id(value) in self.awaited:
            return self.cell(self.awaited[id(value)])
        if (number := self.numbers.get(id(value))) is not None:
            return [number]
        if cells.is_plain(value):
            return cells.write(value)
        if value is cells.EMPTY:
            return ["l", "tuple"]
        if kind is Made:
            return ["l", value.kind, *map(self.cell, value.items)]
        if kind is Raised:
            return ["e", value.kind]
        if value is missing:
            return ["?"]
        if kind in op.LIVE:
            if isinstance(value, Undefined):
                return ["u", value._undefined_hint, _text(value._undefined_name), kind.__name__]
            return ["j", kind.__name__, _text(getattr(value, "name", None))]
        if issubclass(kind, Context):
            return ["j", "Context", _text(value.name)]
        if id(value) in op.LIVE_GLOBALS:
            return ["g", op.LIVE_GLOBALS[id(value)]]
        return [self.number(value)]

    # Sanitizing

    def _tells(self, question: tuple[Any, ...]) -> bool:
        return any(id(operand) in self.stands for operand in question[1:])

    def _read(self, owner: str, name: str, answer: Any, number: int) -> Any:
        """Write what was read under a name, as the sanitizer leaves it."""
        private = name if sensitive(name) else self.private.get(number, "") if name in VALUE_NAMES else ""
        if id(answer) in self.stands:
            return [self.number(answer)]
        if type(answer) in PLAIN or cells.is_plain(answer):
            if private or self.reads_all:
                kept = self.sanitizer.read(owner, private or name, answer)
                if kept is not answer:
                    return self.redaction.replaced(answer, kept)
            return (
                self.redaction.markup(answer)
                if type(answer) in {str, Markup} and "<" in answer
                else cells.write(answer)
            )
        return self.cell(answer)

    def _usual(self, answer: Any) -> Any:
        """Write an answer about which nothing is known."""
        if type(answer) is Items:
            return ["l", "iter", *self._items(answer)]
        if type(answer) in {str, Markup} and "<" in answer:
            return self.redaction.markup(answer)
        return self.cell(answer)

    def _result(self, answer: Any, number: int) -> Any:
        """Write what a question without a name of its own gave."""
        text = type(answer) in {str, Markup} and answer and "<" not in answer
        if text and number in self.private and id(answer) not in self.stands:
            return self.redaction.replaced(answer, self.sanitizer.read("", self.private[number], answer))
        return self._usual(answer)

    def _items(self, items: Items) -> list[Any]:
        numbered, cell = self.numbers.get, self.cell
        return [[number] if (number := numbered(id(item))) is not None else cell(item) for item in items.values()]

    # Writing

    def _write(self, numbers: list[int], asked: list[Any], answers: list[Any], secret: dict[Any, str]) -> list[Any]:
        """Write the answers as cells; objects get numbers as something leads to them."""
        text = "".join([answer for answer in answers if type(answer) is str])
        simple = {NoneType, bool, str} if "<" not in text and cells.well_formed(text) else {NoneType, bool}
        write, usual = cells.write, self._usual
        numbered = {identity: [number] for identity, number in self.numbers.items()}.get
        column = [
            answer if (kind := type(answer)) in simple
            else write(answer) if kind in _WRITTEN
            else cell if (cell := numbered(id(answer))) is not None
            else usual(answer)
            for answer in answers
        ]  # fmt: skip
        if self.reads_all or secret or self.private:
            for place, (subject, key, answer) in enumerate(zip(numbers, asked, answers, strict=True)):
                if self.reads_all or key in secret or subject in self.private:
                    column[place] = self._answer(subject, key, answer)
        if hidden := self.redaction.hidden:
            telling = {self.numbers.get(identity) for identity, one in hidden.items() if one.telling}
            for place, (subject, answer) in enumerate(zip(numbers, answers, strict=True)):
                if id(answer) in self.stands:
                    column[place] = [self.number(answer)]
                elif subject in telling:
                    column[place] = self._letters(answer, column[place])
        return column

    def _letters(self, answer: Any, cell: Any) -> Any:
        """Take single letters of a secret out of what it answered."""
        if type(answer) is Items:
            return ["l", "iter", *map(self._letters, answer.values(), cell[2:])]
        return ["x"] if self.redaction.letter(answer) else cell

    def _answer(self, subject: int, key: Any, answer: Any) -> Any:
        """Write an answer that wants a closer look."""
        name = self._name(key)
        if name:
            owner = type(self.objects[subject]).__name__ if subject >= 0 else ""
            return self._read(owner, name, answer, subject)
        return self._result(answer, subject)

    def _added(self) -> Iterator[tuple[int, Any, Any]]:
        """Give what nobody asked but a replay must know: what was lent, and methods of plain values."""
        for identity, (order, _) in self.lent.items():
            if identity in self.numbers:
                yield model.FREE, (op.LENT, order), [self.numbers[identity]]
        for number, value in enumerate(self.objects):
            if (kept := self.stands.get(id(value), missing)) is not missing:
                yield number, op.TEXT, written(kept)
                if type(kept) is Markup:
                    yield number, op.ESCAPE, cells.write(kept)
            elif type(value) in _METHODS and cells.is_plain(value.__self__) and id(value.__self__) not in self.stands:
                yield number, op.BOUND, ["l", "list", cells.write(value.__self__), value.__name__]

    def _question(self, key: Any) -> Any:
        if type(key) is str:
            return cells.write(key)
        return [*map(cells.write, key)] if type(key) is tuple else self.keys[key]


def _identity(value: Any) -> Any:
    kind = type(value)
    if kind is MethodType:
        return (id(value.__self__), id(value.__func__))
    if kind is BuiltinMethodType and type(value.__self__) is not ModuleType:
        return (id(value.__self__), value.__name__)
    return id(value)


def _look_up(table: dict[Any, int], keys: list[Any]) -> list[int]:
    """Give what stands under each key, in the fastest way there is."""
    return list(itemgetter(*keys)(table)) if len(keys) > 1 else [table[key] for key in keys]


def _text(value: object) -> str | None:
    return value if type(value) is str else None
