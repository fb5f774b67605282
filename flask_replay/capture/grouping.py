"""Make a trace of a log: after the response has left, and sanitized before it is anything else."""

from __future__ import annotations

from collections.abc import Callable
from types import BuiltinMethodType, MethodType, ModuleType
from typing import Any

import msgspec
from jinja2 import Undefined
from jinja2.runtime import missing
from markupsafe import Markup

from ..sanitize import REDACTED, Sanitizer
from ..sanitize import html as sanitize_html
from ..sanitize.names import sensitive
from ..trace import cells
from ..trace import operations as op
from ..trace.cells import PLAIN
from ..trace.frame import GLOBAL, PAGE, RUNTIME
from ..trace.model import Trace
from ..trace.types import describe
from .tracer import FREE, Keywords, Made, Raised

_VALUE_NAMES = frozenset({"data", "raw_data", "object_data", "value", "_value", "default"})
"""Attributes that hold the value of a form field; ``errors`` and ``label`` do not."""

_MIN_SECRET = 6
"""Shorter texts are taken out where they stand, but not looked for elsewhere: they are everywhere."""

_encode = msgspec.json.Encoder().encode


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
        self.secrets: set[str] = set()
        self.redacted = False
        self.numbers: dict[Any, int] = {}
        self.objects: list[Any] = []
        self.answers: list[dict[Any, Any]] = []
        self.private: dict[int, str] = {}
        self.free: dict[Any, Any] = {}
        self.scopes: dict[str, dict[str, Any]] = {PAGE: {}, GLOBAL: {}}
        self.repeats: dict[tuple[int, Any], int] = {}
        self.sequences: set[tuple[int, Any]] = set()
        self.awaited: dict[int, Any] = {}
        self.keys: dict[Any, Any] = {}

    def trace(self, truncated: bool) -> Trace:
        """Give the trace.

        :param truncated: the log was full before the render ended.
        """
        log = self.log
        for index in range(1, len(log), 3):
            if log[index] is op.AWAIT:
                self.awaited[id(log[index - 1])] = log[index + 1]
        for index in range(0, len(log) - 2, 3):
            self._entry(log[index], log[index + 1], log[index + 2])
        trace = self._assemble(truncated)
        return _scrub(trace, self.secrets) if self.secrets else trace

    def _entry(self, subject: Any, question: Any, answer: Any) -> None:
        kind = type(subject)
        if kind is str:
            self._keep(-1 if subject == PAGE else -2, self.scopes[subject], question, self._read("", question, answer, -1))
            return
        if subject is FREE:
            key = self._key(question)
            self._keep(-3, self.free, key, self._result(question, answer, -1))
            return
        if kind in PLAIN or cells.is_plain(subject) or question is op.AWAIT:
            return  # a date: nothing was noted that a replay needs
        number = self.number(subject)
        if type(question) is str:
            owner = kind.__name__
            cell = self._read(owner, question, answer, number)
            self._keep(number, self.answers[number], question, cell)
            return
        if question[0] == op.ITEM and type(question[1]) is str:
            cell = self._read(kind.__name__, question[1], answer, number)
        else:
            cell = self._result(question, answer, number)
        self._keep(number, self.answers[number], self._key(question), cell)

    def _keep(self, number: int, answers: dict[Any, Any], key: Any, cell: Any) -> None:
        """Add an answer: equal ones are kept once, different ones as a sequence."""
        if key not in answers:
            answers[key] = cell
            return
        place = (number, key)
        before = answers[key]
        if place in self.sequences:
            before.append(cell)
        elif _same(before, cell):
            self.repeats[place] = self.repeats.get(place, 1) + 1
        else:
            answers[key] = ["*", *[before] * self.repeats.get(place, 1), cell]
            self.sequences.add(place)

    def _key(self, question: tuple[Any, ...]) -> Any:
        if len(question) == 1:
            return question
        written = [question[0], *map(self._operand, question[1:])]
        key = _encode(written)
        self.keys[key] = written
        return key

    def _operand(self, operand: Any) -> Any:
        if type(operand) is Keywords:
            return ["k", *(part for name, value in operand for part in (name, self.cell(value)))]
        return self.cell(operand)

    def number(self, value: Any) -> int:
        """Give an object its number; methods are the same if owner and function are."""
        kind = type(value)
        if kind is MethodType:
            identity: Any = (id(value.__self__), id(value.__func__))
        elif kind is BuiltinMethodType and not isinstance(value.__self__, ModuleType):
            identity = (id(value.__self__), value.__name__)
        else:
            identity = id(value)
        number = self.numbers.get(identity)
        if number is None:
            number = self.numbers[identity] = len(self.objects)
            self.objects.append(value)
            self.answers.append({})
            if identity in self.lent:
                self.free[self._key((op.LENT, self.lent[identity][0]))] = [number]
        return number

    def cell(self, value: Any) -> Any:
        """Write any value as a cell."""
        kind = type(value)
        if kind in PLAIN or cells.is_plain(value):
            return cells.write(value)
        if id(value) in self.awaited:
            return self.cell(self.awaited[id(value)])
        if kind is Made:
            return ["l", value.kind, *map(self.cell, value.items)]
        if kind is Raised:
            return ["e", value.kind]
        if value is missing:
            return ["?"]
        if kind in op.LIVE:
            if isinstance(value, Undefined):
                return ["u", value._undefined_hint, _text(value._undefined_name)]
            return ["j", kind.__name__, _text(getattr(value, "name", None))]
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
        cell = self.cell(answer)
        if type(cell[0]) is int and (sensitive(name) or number in self.private and _carries(answer)):
            self.private.setdefault(cell[0], name)
        return cell

    def _result(self, question: tuple[Any, ...], answer: Any, number: int) -> Any:
        """Write what a question without a name of its own gave."""
        if question[0] == "iter" and type(answer) is list:
            return ["l", "iter", *map(self.cell, answer)]
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
        if len(text) >= _MIN_SECRET:
            self.secrets.add(str(text))
        if not cells.is_plain(kept):
            kept = str(kept)
        return ["x"] if kept == REDACTED else cells.write(kept)

    # Assembling

    def _assemble(self, truncated: bool) -> Trace:
        types: dict[type, int] = {}
        descriptions: list[list[Any]] = []
        shapes: dict[tuple[Any, ...], int] = {}
        rows: list[list[Any]] = []
        for value, answers in zip(self.objects, self.answers, strict=True):
            kind = type(value)
            if kind not in types:
                types[kind] = len(types)
                descriptions.append(describe(kind))
            shape = shapes.setdefault(tuple(answers), len(shapes))
            rows.append([types[kind], shape, *answers.values()])
        return Trace(
            names={scope: names for scope, names in self.scopes.items() if names},
            types=descriptions,
            shapes=[[self._written(key) for key in shape] for shape in shapes],
            objects=rows,
            calls=[[self._written(key), answer] for key, answer in self.free.items()],
            truncated=truncated,
        )

    def _written(self, key: Any) -> Any:
        if type(key) is str:
            return key if key.isascii() else cells.write(key)
        return list(key) if type(key) is tuple else self.keys[key]


def _carries(answer: object) -> bool:
    """Tell whether an object under a private field may itself give the field's value."""
    return type(answer) not in RUNTIME and callable(answer)


def _text(value: object) -> str | None:
    return value if type(value) is str else None


def _same(first: Any, second: Any) -> bool:
    """Compare cells by type and value: ``1`` is not ``True`` and not ``1.0``."""
    if type(first) is not type(second):
        return False
    if type(first) is list:
        return len(first) == len(second) and all(map(_same, first, second))
    return bool(first == second) if type(first) is not float else repr(first) == repr(second)


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

    return Trace(
        names=clean(trace.names),
        types=trace.types,
        shapes=clean(trace.shapes),
        objects=clean(trace.objects),
        calls=clean(trace.calls),
        truncated=trace.truncated,
    )


