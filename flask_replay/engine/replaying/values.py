"""The values of a replay: values read from cells, stand-ins for objects, and questions about
them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import BuiltinMethodType, MethodType
from typing import Any

from jinja2 import Undefined
from jinja2.defaults import DEFAULT_NAMESPACE
from jinja2.utils import missing

from ...sanitize import REDACTED
from ...trace import cells
from .. import operations as op
from ..objects import JINJA_TYPES
from ..runtime import Runtime
from .answers import ABSENT, NOBODY, OF_PLAIN, Answers
from .environment import MAX_STEPS, STOPPED, Exhausted, ReplayEnvironment, Stopped
from .standins import Absent, Answering, StandIn, StandInTypes

_KINDS: dict[str, Callable[[Iterable[Any]], Any]] = {
    "list": list, "tuple": tuple, "set": set, "frozenset": frozenset, "iter": list,
}  # fmt: skip
NAME_OPERATIONS: dict[str, Any] = {
    name: DEFAULT_NAMESPACE[name] for name in op.LIVE_GLOBALS.values()
}
_RAISED: dict[str, type[Exception]] = {"TypeError": TypeError}
_MAX_NESTING = 16
NO_KEYWORDS: Mapping[str, Any] = {}
_BOUND = frozenset({BuiltinMethodType, MethodType})
_HOLD_NOTHING = frozenset({"u", "x"})
"""Tags of answers that contain no operand: an undefined value, a redacted text."""
_RETRIED = frozenset({"==", "!=", "in", "not in"})


class Empty:
    """Written in place of the container of a method call, whose content does not matter."""

    def __init__(self, kind: str) -> None:
        self.kind = kind


class ReplayedValues(Runtime):
    """A runtime that answers from a trace.

    :param base: the environment of the replay.
    :param answers: the answers of the trace.
    :ivar own_undefined: whether the app's undefined values had a type of the app.
    :ivar direct: answers the stand-ins that something reads directly.
    :ivar methods: methods read from plain values, by the numbers of their stand-ins.
    :ivar lent: containers that the template lent to the app, with the stand-ins that replace them.
    :ivar filled: namespaces of the template in which objects of the app set values.
    :ivar absent: the paths that the page reads and the trace does not hold.
    :ivar stopped: the recorded render did not finish, so it never reached what the trace does not
        hold.
    """

    direct: Answering
    own_undefined: bool

    def __init__(self, base: ReplayEnvironment, answers: Answers) -> None:
        super().__init__(base)
        self.sandbox = base
        self.answers = answers
        self.types = StandInTypes()
        self.stand_ins: dict[int, Any] = {}
        self.methods: dict[int, tuple[Any, str]] = {}
        self.lent: dict[int, tuple[Any, StandIn | None]] = {}
        self.filled: dict[int, Any] = {}
        self.absent: dict[str, None] = {}
        self.stopped = False
        self.steps = 0

    # From and to cells

    def value(self, cell: Any, path: str) -> Any:
        """Read a cell.

        :param path: the path of the value in the page, for the report of absent values.
        """
        if type(cell) is not list:
            return cell
        tag = cell[0]
        if type(tag) is int:
            return self.stand_in(tag, path)
        match tag:
            case "x":
                return REDACTED
            case "a" | "!":
                return self.nothing(path)
            case "?":
                return missing
            case "u":
                kind = op.UNDEFINED_KINDS.get(cell[3], self.base.undefined)
                return kind(hint=cell[1], name=cell[2])
            case "g":
                return NAME_OPERATIONS[cell[1]]
            case "j":
                return Absent(name=cell[2])
            case "e":
                raise _RAISED[cell[1]]("raised when the page was recorded")
            case "l":
                return self._container(cell[1], [self.value(item, path) for item in cell[2:]])
        return cells.read(cell)

    @staticmethod
    def _container(kind: str, items: list[Any]) -> Any:
        if kind == "dict":
            return dict(zip(items[::2], items[1::2], strict=True))
        return _KINDS[kind](items)

    def stand_in(self, number: int, path: str) -> Any:
        """Return the stand-in for an object, always the same one."""
        found = self.stand_ins.get(number)
        if found is None:
            kind = self.types.of(self.answers.letters(number))
            found = self.stand_ins[number] = kind(self.direct, number, path)
        return found

    def cell(self, value: Any, nesting: int = 0) -> Any:
        """Write an operand in the form in which the recording wrote it."""
        value = self.current(value)
        if cells.is_plain(value):
            return cells.write(value)
        if isinstance(value, StandIn):
            return [value._number]
        kind = type(value)
        if nesting < _MAX_NESTING:
            if kind in op.SEQUENCES:
                return ["l", op.SEQUENCES[kind], *(self.cell(item, nesting + 1) for item in value)]
            if kind is dict:
                items = (self.cell(item, nesting + 1) for pair in value.items() for item in pair)
                return ["l", "dict", *items]
        if kind is Empty:
            return ["l", value.kind]
        if value is missing:
            return ["?"]
        if isinstance(value, Undefined):
            return ["u", value._undefined_hint, value._undefined_name, kind.__name__]
        if kind in JINJA_TYPES:
            return ["j", kind.__name__, getattr(value, "name", None)]
        if id(value) in op.LIVE_GLOBALS:
            return ["g", op.LIVE_GLOBALS[id(value)]]
        return ["l", kind.__name__]

    def lend(self, values: Iterable[Any]) -> None:
        """Note that the template lent values to the app. From now on, the trace answers for
        them.
        """
        for given in values:
            value = given.__self__ if type(given) in _BOUND else given
            kind = type(value)
            if not self._is_made(value):
                continue
            number = self.answers.lent_as(len(self.lent))
            stand_in = None
            if number is not None and kind in JINJA_TYPES:
                self.stand_ins[number] = value  # the app returned the object itself
            elif number is not None:
                stand_in = self.stand_in(number, "…")
            self.lent[id(value)] = value, stand_in
            self.lend(op.reached(value))

    def _is_made(self, value: Any) -> bool:
        """Whether the template created a value, and has not lent it to the app."""
        if isinstance(value, StandIn | Undefined) or value is cells.EMPTY or id(value) in self.lent:
            return False
        return not cells.is_plain(value) and id(value) not in op.LIVE_GLOBALS

    def lend_to_answer(self, cell: Any, operands: tuple[Any, ...]) -> None:
        """Note that an answer may contain the operands, if its type can."""
        if (
            type(cell) is not list
            or cells.is_written(cell)
            or cell[0] in _HOLD_NOTHING
            or self.answers.is_kept(cell)
        ):
            return
        self.lend(operands)

    def current(self, value: Any) -> Any:
        """Return the stand-in for a container that was lent to the app, else the value itself."""
        if self.lent and id(value) in self.lent:
            stand_in = self.lent[id(value)][1]
            return value if stand_in is None else stand_in  # the caller does not ask for its truth
        return value

    def has_stand_in(self, value: Any, nesting: int = 0) -> bool:
        """Whether a value is, or contains, a stand-in."""
        value = self.current(value)
        if isinstance(value, StandIn):
            return True
        kind = type(value)
        if kind in op.LIVE:
            return False
        if kind in _BOUND:
            owner = value.__self__
            return cells.is_plain(owner) or self.has_stand_in(owner, nesting + 1)
        if nesting > _MAX_NESTING:
            return True
        return any(self.has_stand_in(item, nesting + 1) for item in op.items_in(value))

    # Questions

    def step(self) -> None:
        """Count one step.

        :raises Exhausted: there are more steps than any page needs.
        """
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise Exhausted("the page takes more steps than a replay allows")

    def look_up(
        self, word: str, operands: tuple[Any, ...], keywords: Mapping[str, Any] | None = None
    ) -> Any:
        """Return the cell with the result of an operation, or ``ABSENT``."""
        self.step()
        rest = [self.cell(operand) for operand in operands]
        if keywords:
            rest.append(
                [
                    "k",
                    *(
                        part
                        for name, value in keywords.items()
                        for part in (name, self.cell(value))
                    ),
                ]
            )
        if operands and isinstance(operands[0], StandIn):
            return self.answers.ask(operands[0]._number, [word, *rest[1:]])
        return self.answers.ask(NOBODY, [word, *rest])

    def is_asked(self, value: Any) -> bool:
        """Whether the trace answers for a value itself, regardless of its items."""
        if isinstance(value, StandIn):
            return True
        return value is cells.EMPTY or type(value) in _BOUND or id(value) in op.LIVE_GLOBALS

    def answer(self, value: Any, word: str) -> Any:
        """Return the cell with the answer of a value to a question without operands, or
        ``ABSENT``.
        """
        self.step()
        return self.answers.ask(value._number if isinstance(value, StandIn) else OF_PLAIN, word)

    def ask(
        self,
        word: str,
        operands: tuple[Any, ...],
        again: Callable[[], Any],
        keywords: Mapping[str, Any] = NO_KEYWORDS,
    ) -> Any:
        """Return the recorded result of an operation on objects of the app; repeat the operation if
        there is none.

        :param keywords: keyword arguments of a call, which may have any names.
        """
        cell = self.look_up(word, operands, keywords)
        if word != op.METHOD:
            self.lend_to_answer(cell, (*operands, *keywords.values()))
        if cell is ABSENT:
            if (
                any(isinstance(operand, StandIn) for operand in operands[:1])
                and word not in _RETRIED
            ):
                return self.nothing(f"{path_of(operands[0])} {word}")
            return again()
        return self.value(cell, path_of(operands[0]) if operands else word)

    def stable_text(self, word: str, operands: tuple[Any, ...], text: Any) -> Any:
        """Return the recorded text in place of one that contains the address of an object, because
        addresses differ between processes; any other text as it is.
        """
        if not op.has_address(text):
            return text
        cell = self.look_up(word, operands)
        return text if cell is ABSENT else self.value(cell, "")

    def nothing(self, path: str) -> Absent:
        """Note that a value is absent, and return an empty one.

        :raises Stopped: the recorded render ended here with an exception.
        """
        if self.stopped:
            raise Stopped(STOPPED)
        self.absent[path] = None
        return Absent(name=path)


def path_of(value: Any) -> str:
    """Return the path of a value in the page, for the report of absent values."""
    return value._path if isinstance(value, StandIn) else "…"


def place_in(cell: Any) -> int | None:
    """Return the position in a cell, see :func:`key_at`; ``None`` for other cells."""
    return cell[1] if type(cell) is list and cell[:1] == ["p"] else None


def key_at(container: Any, place: int) -> Any:
    """Return the key of a position in the template's own container. Only the app knew the key.

    :raises IndexError: the container has no such position.
    """
    return list(container)[place] if type(container) is dict else place
