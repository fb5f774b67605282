"""Make a trace of a log: after the response has left, and sanitized before it is anything else."""

from __future__ import annotations

from datetime import datetime, time
from itertools import compress, count
from operator import is_
from types import BuiltinMethodType, MethodType, ModuleType, NoneType
from typing import Any

import msgspec
from jinja2 import Undefined
from jinja2.runtime import Context
from jinja2.utils import missing
from markupsafe import Markup

from ..sanitize import REDACTED, Sanitizer
from ..sanitize import html as sanitize_html
from ..sanitize.names import sensitive
from ..trace import cells, model
from ..trace import operations as op
from ..trace.cells import PLAIN
from ..trace.frame import GLOBAL, PAGE
from ..trace.model import Trace
from ..trace.types import describe
from .hooks import MIN_SECRET
from .log import FREE, SCOPES, Free, Items, Keywords, Made, Raised

_VALUE_NAMES = frozenset({"data", "raw_data", "object_data", "value", "_value", "default"})
"""Attributes that hold the value of a form field; ``errors`` and ``label`` do not."""

_IGNORED = -4
"""The number of what a replay asks itself: plain values, and what Jinja provides."""

_TIMES = frozenset({datetime, time})

_METHODS = frozenset({MethodType, BuiltinMethodType})

_NAMES = frozenset({str, int})
"""Types of operands that compare as what they are written as; 1 and 1.0 would not."""


class Grouping:
    """Groups one log.

    :param log: as a ``Tracer`` wrote it.
    :param lent: containers of the template's that the app was given, by identity.
    :param sanitizer: decides what is kept of each plain value that was read.
    """

    def __init__(self, log: list[Any], lent: dict[int, tuple[int, Any]], sanitizer: Sanitizer) -> None:
        self.log = log
        self.lent = lent
        self.sanitizer = sanitizer
        self.reads_all = getattr(sanitizer, "reads_all", type(sanitizer).read is not Sanitizer.read)
        self.secrets: set[str] = set(getattr(sanitizer, "secrets", ()))
        self.redacted = False
        self.numbers: dict[Any, int] = {
            id(SCOPES[PAGE]): model.PAGE,
            id(SCOPES[GLOBAL]): model.GLOBAL,
            id(FREE): model.FREE,
        }
        self.objects: list[Any] = []
        self.awaited: dict[int, Any] = {}
        self.keys: dict[Any, list[Any]] = {}
        self.known: dict[tuple[int, Any], Any] = {}
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
        self._gather(subjects, questions, answers)
        secret = self._mark_private()
        trace = self._write(secret, truncated)
        return _scrub(trace, self.secrets) if self.secrets else trace

    def _gather(self, subjects: list[Any], questions: list[Any], answers: list[Any]) -> None:
        """Put the answers to each question together; nothing is written down yet.

        It works on whole columns: this is most of what a recorded page costs. Most questions give
        the very same object again; only where one did not are its answers compared.
        """
        number_of = self._numbers_of(subjects)
        numbers = list(map(number_of.__getitem__, map(id, subjects)))
        if _IGNORED in number_of.values():
            kept = list(map(_IGNORED.__ne__, numbers))
            numbers, questions, answers = (list(compress(column, kept)) for column in (numbers, questions, answers))
        asked = [question if type(question) is str or len(question) == 1 else self._key(question) for question in questions]
        places = list(zip(numbers, asked, strict=True))
        known = self.known = dict(zip(places, answers, strict=True))
        same = list(map(is_, map(known.__getitem__, places), answers))
        if not all(same):
            changing: dict[Any, list[Any]] = {place: [] for place, one in zip(places, same, strict=True) if not one}
            for place, answer in zip(places, answers, strict=True):
                if place in changing:
                    changing[place].append(answer)
            for place, found in changing.items():
                first = found[0]
                known[place] = first if all(_alike(first, other) for other in found) else Sequence(found)

    def _numbers_of(self, subjects: list[Any]) -> dict[int, int]:
        """Give the subjects numbers; what a replay asks itself gets one that is dropped."""
        found: dict[int, int] = {}
        for identity, subject in dict(zip(map(id, subjects), subjects, strict=True)).items():
            kind = type(subject)
            if kind is Free:
                found[identity] = self.numbers[identity]
            elif kind in op.LIVE or subject is cells.EMPTY or (kind in _TIMES and cells.is_plain(subject)):
                found[identity] = _IGNORED
            else:
                found[identity] = self.number(subject)
        return found

    def _mark_private(self) -> dict[Any, str]:
        """Learn which objects were read under sensitive names, before anything of them is written.

        What such an object gives when it is called belongs to it too. Returns the sensitive questions.
        """
        secret = {key: name for _, key in self.known if (name := self._name(key)) and sensitive(name)}
        if not secret:
            return secret
        marked = [(answer, secret[key]) for (_, key), answer in self.known.items() if key in secret]
        while marked:
            answer, name = marked.pop()
            if type(answer) is Sequence:
                marked += ((one, name) for one in answer)
            elif answer is not missing and type(answer) not in op.LIVE and not cells.is_plain(answer):
                number = self.number(answer)
                if number not in self.private:
                    self.private[number] = name
                    given = [found for (subject, _), found in self.known.items() if subject == number]
                    marked += ((one, name) for one in given if callable(one))
        return secret

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
        if _NAMES.issuperset(map(type, question)):
            return question
        key = id(question)
        self.keys[key] = [question[0], *map(self._operand, question[1:])]
        return key

    def _operand(self, operand: Any) -> Any:
        if type(operand) is str and operand.isascii():
            return operand
        if type(operand) is Keywords:
            return ["k", *(part for name, value in operand for part in (name, self.cell(value)))]
        return self.cell(operand)

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
            return cells.write(value)
        if id(value) in self.awaited:
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

    def _read(self, owner: str, name: str, answer: Any, number: int) -> Any:
        """Write what was read under a name, as the sanitizer leaves it."""
        private = name if sensitive(name) else self.private.get(number, "") if name in _VALUE_NAMES else ""
        if type(answer) in PLAIN or cells.is_plain(answer):
            if private or self.reads_all:
                kept = self.sanitizer.read(owner, private or name, answer)
                if kept is not answer:
                    return self._replaced(answer, kept)
            return self._markup(answer) if type(answer) in {str, Markup} and "<" in answer else cells.write(answer)
        return self.cell(answer)

    def _result(self, answer: Any, number: int) -> Any:
        """Write what a question without a name of its own gave."""
        if type(answer) is Items:
            return ["l", "iter", *map(self.cell, answer.values())]
        if type(answer) is Sequence:
            return ["*", *(self._result(one, number) for one in answer)]
        if type(answer) in {str, Markup}:
            if "<" in answer:
                return self._markup(answer)
            if number in self.private and answer:
                return self._replaced(answer, self.sanitizer.read("", self.private[number], answer))
        return self.cell(answer)

    def _markup(self, answer: str) -> Any:
        masked = sanitize_html.mask(answer)
        if masked == answer:
            return cells.write(answer)
        self.redacted = True
        return cells.write(type(answer)(masked))

    def _replaced(self, answer: Any, kept: Any) -> Any:
        if kept is answer:
            return cells.write(answer)
        self.redacted = True
        text = answer if isinstance(answer, str) else str(answer)
        if len(text) >= MIN_SECRET:
            self.secrets.add(str(text))
        if not cells.is_plain(kept):
            kept = str(kept)
        return ["x"] if kept == REDACTED else cells.write(kept)

    # Writing

    def _write(self, secret: dict[Any, str], truncated: bool) -> Trace:
        """Write the columns: cells as they come, objects numbered as something leads to them."""
        known, private, reads_all = self.known, self.private, self.reads_all
        text = "".join([answer for answer in known.values() if type(answer) is str])
        simple = {NoneType, bool, str} if text.isascii() and "<" not in text else {NoneType, bool}
        answers = [
            answer if type(answer) in simple else self._result(answer, subject)
            for (subject, _), answer in known.items()
        ]
        if reads_all or secret or private:
            for place, ((subject, key), answer) in enumerate(known.items()):
                if reads_all or key in secret or subject in private:
                    answers[place] = self._answer(subject, key, answer)
        subjects = [subject for subject, _ in known]
        asked = [key for _, key in known]
        for identity, (order, _) in self.lent.items():
            if identity in self.numbers:
                subjects.append(model.FREE)
                asked.append((op.LENT, order))
                answers.append([self.numbers[identity]])
        for number, value in enumerate(self.objects):
            if type(value) in _METHODS and cells.is_plain(value.__self__):
                subjects.append(number)
                asked.append(op.BOUND)
                answers.append(["l", "list", cells.write(value.__self__), value.__name__])
        order_of = dict(zip(dict.fromkeys(asked), count()))
        kinds = list(map(type, self.objects))
        types = dict(zip(dict.fromkeys(kinds), count()))
        return Trace(
            types=[describe(kind) for kind in types],
            objects=list(map(types.__getitem__, kinds)),
            questions=[self._written(key) for key in order_of],
            subjects=subjects,
            asked=list(map(order_of.__getitem__, asked)),
            answers=answers,
            truncated=truncated,
        )

    def _answer(self, subject: int, key: Any, answer: Any) -> Any:
        """Write an answer that wants a closer look."""
        if type(answer) is Sequence:
            return ["*", *(self._answer(subject, key, one) for one in answer)]
        name = self._name(key)
        if name:
            owner = type(self.objects[subject]).__name__ if subject >= 0 else ""
            return self._read(owner, name, answer, subject)
        return self._result(answer, subject)

    def _written(self, key: Any) -> Any:
        if type(key) is str:
            return cells.write(key)
        return [*map(cells.write, key)] if type(key) is tuple else self.keys[key]


class Sequence(list[Any]):
    """Answers of one question in order, for they differ."""


def _identity(value: Any) -> Any:
    kind = type(value)
    if kind is MethodType:
        return (id(value.__self__), id(value.__func__))
    if kind is BuiltinMethodType and type(value.__self__) is not ModuleType:
        return (id(value.__self__), value.__name__)
    return id(value)


def _alike(first: Any, second: Any) -> bool:
    """Compare answers without asking them: by type and value if plain, else by identity."""
    if first is second:
        return True
    kind = type(first)
    if kind is not type(second) or kind is Sequence:
        return False
    if kind in PLAIN:
        return bool(first == second) if kind is not float else repr(first) == repr(second)
    if kind is Items:
        return len(first) == len(second) and all(map(_alike, first.values(), second.values()))
    return bool(_identity(first) == _identity(second))


def _text(value: object) -> str | None:
    return value if type(value) is str else None


def _scrub(trace: Trace, secrets: set[str]) -> Trace:
    """Take values that stood under a sensitive name out of everything else the render read."""
    longest = sorted(secrets, key=len, reverse=True)

    def clean(data: Any) -> Any:
        if type(data) is str:
            for secret in longest:
                if secret in data:
                    data = data.replace(secret, REDACTED)
            return data
        if type(data) is list:
            return [clean(item) for item in data]
        if type(data) is dict:
            return {key: clean(value) for key, value in data.items()}
        return data

    return msgspec.structs.replace(trace, questions=clean(trace.questions), answers=clean(trace.answers))
