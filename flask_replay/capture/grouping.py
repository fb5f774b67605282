"""Make a trace of a log: after the response has left, and sanitized before it is anything else."""

from __future__ import annotations

from types import BuiltinMethodType, MethodType, ModuleType
from typing import Any

import msgspec
from jinja2 import Undefined
from jinja2.utils import missing
from markupsafe import Markup

from ..sanitize import REDACTED, Sanitizer
from ..sanitize import html as sanitize_html
from ..sanitize.names import sensitive
from ..trace import cells
from ..trace import operations as op
from ..trace.cells import PLAIN
from ..trace.frame import GLOBAL, PAGE
from ..trace.model import Trace
from ..trace.types import describe
from .tracer import FREE, Items, Keywords, Made, Raised

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
        self.asked: dict[Any, dict[Any, Any]] = {}
        self.private: dict[int, str] = {}
        self.lendings: list[list[Any]] = []
        self.awaited: dict[int, Any] = {}
        self.keys: dict[Any, Any] = {}
        self.varying: set[tuple[Any, Any]] = set()

    def trace(self, truncated: bool) -> Trace:
        """Give the trace.

        :param truncated: the log was full before the render ended.
        """
        log = self.log
        del log[len(log) - len(log) % 3 :]
        questions = log[1::3]
        if op.AWAIT in questions:
            for subject, question, answer in zip(log[0::3], questions, log[2::3], strict=True):
                if question is op.AWAIT:
                    self.awaited[id(subject)] = answer
        self._gather(log[0::3], questions, log[2::3])
        self._mark_private()
        trace = self._assemble(truncated)
        return _scrub(trace, self.secrets) if self.secrets else trace

    def _gather(self, subjects: list[Any], questions: list[Any], answers: list[Any]) -> None:
        """Put the answers of each subject together; nothing is written down yet.

        This loop runs for every read of a page: equal answers are told by identity where that is
        enough, and a question that was answered in different ways is only marked.
        """
        asked = self.asked
        varying: list[tuple[Any, Any]] = []
        find = asked.get
        for subject, identity, question, answer in zip(subjects, map(id, subjects), questions, answers, strict=True):
            known = find(identity)
            if known is None:
                known = self._begin(subject)
            if type(question) is not str and len(question) > 1:
                question = self._key(question)
            before = known.setdefault(question, answer)
            if before is not answer and type(known) is dict and not _alike(before, answer):
                varying.append((identity, question))
        for place in varying:
            self.varying.add(place)
            asked[place[0]][place[1]] = Sequence()
        if varying:
            self._gather_sequences(subjects, questions, answers)

    def _begin(self, subject: Any) -> dict[Any, Any]:
        """Begin the answers of a subject; the same method, bound twice, is one subject."""
        kind = type(subject)
        if subject is not FREE and kind is not str and (kind in op.LIVE or cells.is_plain(subject)):
            ignored = self.asked[id(subject)] = _Ignored()  # a replay asks it itself
            return ignored
        identity = _identity(subject)
        known = self.asked.get(identity)
        if known is None:
            known = self.asked[identity] = {_SUBJECT: subject}
        self.asked[id(subject)] = known
        return known

    def _gather_sequences(self, subjects: list[Any], questions: list[Any], answers: list[Any]) -> None:
        for subject, question, answer in zip(subjects, questions, answers, strict=True):
            if type(question) is not str and len(question) > 1:
                question = self._key(question)
            known = self.asked[id(subject)].get(question)
            if type(known) is Sequence:
                known.append(answer)

    def _mark_private(self) -> None:
        """Learn which objects were read under sensitive names, before anything of them is written.

        What such an object gives when it is called belongs to it too.
        """
        names: set[Any] = set()
        names.update(*self.asked.values())
        secret = {key: name for key in names if (name := self._name(key)) and sensitive(name)}
        if not secret:
            return
        marked: list[tuple[Any, str]] = []
        for known in self.asked.values():
            marked += ((known[key], secret[key]) for key in secret.keys() & known.keys())
        while marked:
            answer, name = marked.pop()
            if type(answer) is Sequence:
                marked += ((one, name) for one in answer)
            elif type(answer) not in op.LIVE and not cells.is_plain(answer):
                number = self.number(answer)
                if number not in self.private:
                    self.private[number] = name
                    found = self.asked.get(_identity(answer), _NOTHING)
                    marked += ((one, name) for one in tuple(found.values())[1:] if callable(one))

    def _name(self, key: Any) -> str:
        """Give the name that a question asks for, ``""`` if it is no such question."""
        if type(key) is str:
            return key
        question = self.keys.get(key, key)
        return question[1] if question[0] == op.ITEM and type(question[1]) is str else ""

    def _key(self, question: tuple[Any, ...]) -> Any:
        if len(question) == 1:
            return question
        written = [question[0], *map(self._operand, question[1:])]
        key = _encode(written)
        self.keys[key] = written
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
            if identity in self.lent:
                self.lendings.append([[op.LENT, self.lent[identity][0]], [number]])
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
        return self.cell(answer)

    def _result(self, question: tuple[Any, ...], answer: Any, number: int) -> Any:
        """Write what a question without a name of its own gave."""
        if type(answer) is Sequence:
            return ["*", *(self._result(question, one, number) for one in answer)]
        if type(answer) is Items:
            return ["l", "iter", *map(self.cell, answer.values())]
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
        """Write everything down: names first, then each object that something led to."""
        scopes = {}
        for scope in (PAGE, GLOBAL):
            names = self.asked.pop(id(scope), None)
            if names:
                del names[_SUBJECT]
                scopes[scope] = {name: self._named("", name, answer, -1) for name, answer in names.items()}
        free = self.asked.pop(id(FREE), {_SUBJECT: FREE})
        del free[_SUBJECT]
        calls = [[self.keys[key], self._result(self.keys[key], answer, -1)] for key, answer in free.items()]
        for identity, (_, container) in self.lent.items():
            if identity in self.asked:
                self.number(container)
        return self._objects(scopes, calls, truncated)

    def _objects(self, scopes: dict[str, Any], calls: list[list[Any]], truncated: bool) -> Trace:
        types: dict[type, int] = {}
        descriptions: list[list[Any]] = []
        shapes: dict[tuple[Any, ...], int] = {}
        rows: list[list[Any]] = []
        written: list[list[Any]] = []
        while len(rows) < len(self.objects):  # writing a row may find more objects
            number = len(rows)
            value = self.objects[number]
            answers = self.asked.get(_identity(value), _NOTHING)
            kind = type(value)
            if kind not in types:
                types[kind] = len(types)
                descriptions.append(describe(kind))
            questions = tuple(answers)[1:]
            shape = shapes.setdefault(questions, len(shapes))
            if shape == len(written):
                written.append([self._written(question) for question in questions])
            row = [types[kind], shape]
            rows.append(row)
            self._row(row, kind.__name__, number, answers)
        return Trace(
            names=scopes,
            types=descriptions,
            shapes=written,
            objects=rows,
            calls=calls + self.lendings,
            truncated=truncated,
        )

    def _row(self, row: list[Any], owner: str, number: int, answers: dict[Any, Any]) -> None:
        pairs = iter(answers.items())
        next(pairs, None)  # the subject
        add = row.append
        careful = self.reads_all or number in self.private
        for question, answer in pairs:
            kind = type(answer)
            if type(question) is str:
                if careful or sensitive(question):
                    add(self._named(owner, question, answer, number))
                elif (kind is str and answer.isascii() and "<" not in answer) or answer is None or kind is bool:
                    add(answer)
                else:
                    add(self._named(owner, question, answer, number))
                continue
            key = question if type(question) is tuple else self.keys[question]
            if key[0] == op.ITEM and type(key[1]) is str:
                add(self._named(owner, key[1], answer, number))
            else:
                add(self._result(key, answer, number))

    def _named(self, owner: str, name: str, answer: Any, number: int) -> Any:
        if type(answer) is Sequence:
            return ["*", *(self._read(owner, name, one, number) for one in answer)]
        return self._read(owner, name, answer, number)

    def _written(self, key: Any) -> Any:
        if type(key) is str:
            return cells.write(key)
        return list(key) if type(key) is tuple else self.keys[key]


class Sequence(list[Any]):
    """Answers of one question in order, for they differ."""


class _Ignored(dict[Any, Any]):
    """The answers of what a replay asks itself; they are dropped."""

    def setdefault(self, question: Any, answer: Any = None) -> Any:
        return answer


_SUBJECT: Any = ("subject",)
"""Key under which the answers of a subject hold on to it, so that its identity stays its own."""

_NOTHING: dict[Any, Any] = {}


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

    return Trace(
        names=clean(trace.names),
        types=trace.types,
        shapes=clean(trace.shapes),
        objects=clean(trace.objects),
        calls=clean(trace.calls),
        truncated=trace.truncated,
    )
