"""Write values as cells: plain values as themselves, objects as numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, time
from itertools import chain, count
from types import BuiltinMethodType, FunctionType, MethodType
from typing import Any

from jinja2 import Undefined
from jinja2.utils import missing
from markupsafe import Markup

from ...trace import cells
from ...trace.cells import PLAIN
from ...trace.type_sets import TypeMap, TypeSet
from .. import operations as op
from ..kept import KEPT_TYPES, own_kind
from ..objects import JINJA_TYPES
from . import core
from .calls import sandboxed_method
from .entries import Again, Items, Made, Raised, Slot
from .log import Log
from .redaction import Redaction

METHOD_TYPES = TypeSet({MethodType, BuiltinMethodType})
"""Types of bound methods."""

_WRITTEN = PLAIN - {str, Markup}
"""Types of plain values that cannot contain markup."""

_SPECIAL = (
    op.LIVE
    | KEPT_TYPES
    | METHOD_TYPES
    | {Again, Items, Made, Slot, Raised, datetime, time, tuple, type, FunctionType, type(missing)}
)
"""Types of answers that may be written in another form than the number of an object."""

_CELLS = [[number] for number in range(1_000)]
"""The cells of objects. New cells for each trace would burden the garbage collector."""


class CellWriter:
    """Writes the values of one log as cells, and numbers the objects among them.

    :param tracer: the tracer that wrote the log.
    :param redaction: the redacted values of the render.
    """

    def __init__(self, tracer: Log, redaction: Redaction) -> None:
        self.tracer = tracer
        self.shared = tracer.shared
        self.redaction = redaction
        self.replacements = redaction.replacements
        self.cells: dict[int, list[int]] = {}
        self.kinds: list[type] = []
        self.objects: list[Any] = []
        self.fresh: Iterator[list[int]] = chain(_CELLS, map(list, zip(count(len(_CELLS)))))
        self.writers: dict[int, Callable[[Any], Any] | None] = {}
        self.texts: dict[str, Any] = {}
        self.markup: dict[str, Any] = {}
        self.methods: dict[int, list[Any]] = {}

    def kind_of(self, value: Any) -> type:
        """Return the type of a value in the render. What the render gave to the app has another
        type since its end.
        """
        return own_kind(value) if id(value) in self.shared else type(value)

    def number(self, value: Any) -> int:
        """Return the number of an object."""
        return self.reference(value)[0]

    def reference(self, value: Any) -> list[int]:
        """Return the cell of an object, which holds its number."""
        cell = self.cells.get(id(value))
        if cell is None:
            cell = self.cells[id(value)] = next(self.fresh)
            self.kinds.append(self.kind_of(value) if self.shared else type(value))
            self.objects.append(value)
        return cell

    def columns(self, questions: Iterable[Any], answers: list[Any]) -> dict[str, list[Any]]:
        """Return answers as cells, by their questions."""
        numbering = self.cells, self.kinds, self.objects, self.fresh
        return core.group(
            questions, answers, self.writers, self._writer, self.shared_cell, *numbering
        )

    def _writer(self, kind: type) -> Callable[[Any], Any] | None:
        """Return the function that writes values of a type; ``None`` for objects, which are written
        as numbers.
        """
        if not self.tracer.awaited and (
            is_object(kind) or (kind is FunctionType and not self.tracer.sandboxed)
        ):
            return None
        return cells.writer(kind) if kind in _WRITTEN else self.shared_cell

    def _items(self, items: Items) -> list[Any]:
        """Write the items of an iteration."""
        values = [*items.values()]
        if not self.replacements.keys().isdisjoint(map(id, values)):
            return ["l", "iter", *map(self.cell, values)]
        return ["l", "iter", *self.columns([""] * len(values), values).get("", ())]

    def cell(self, value: Any) -> Any:
        """Write any value as a cell."""
        kind = type(value)
        if id(value) in self.replacements:
            return self.reference(value)
        if kind is str and value.isascii():  # most values
            return value
        if id(value) in self.tracer.awaited:
            return self.cell(self.tracer.awaited[id(value)][1])
        if cells.is_plain(value):
            return cells.write(value)
        if value is cells.EMPTY:
            return ["l", "tuple"]
        writer = _WRITERS.find(self.kind_of(value) if self.shared else kind)
        if writer is not None:
            return writer(self, value)
        if kind in op.LIVE and issubclass(kind, Undefined):
            return ["u", value._undefined_hint, _text(value._undefined_name), kind.__name__]
        if id(value) in op.LIVE_GLOBALS:
            return ["g", op.LIVE_GLOBALS[id(value)]]
        return self.reference(value)

    def _method(self, method: Any) -> Any:
        """Return the number of a method. A replay itself calls methods of plain values, and of
        Jinja's own objects that the app was given.
        """
        cell = self.reference(method)
        number = cell[0]
        original = sandboxed_method(method) if type(method) is FunctionType else method
        if original is not None:
            owner = original.__self__
            if id(owner) not in self.replacements and cells.is_plain(owner):
                self.methods[number] = [self.shared_cell(owner), original.__name__]
            elif self.kind_of(owner) in JINJA_TYPES and id(owner) in self.tracer.lent:
                self.methods[number] = [self.reference(owner), original.__name__]
        return cell

    def drop_known_owners(self, log: list[Any]) -> None:
        """Drop the notes on methods that were read from their owners, because a replay has these
        owners.
        """
        methods = METHOD_TYPES.identities
        for subject, answer in zip(log[0::3], log[2::3], strict=True):
            if id(type(answer)) in methods and answer.__self__ is subject:
                self.methods.pop(self.number(answer), None)

    def shared_cell(self, answer: Any) -> Any:
        """Write an answer that may be of any type. Equal texts share a cell, since a page often
        passes one through several macros.
        """
        kind = type(answer)
        if (kind is not Markup and kind is not str) or id(answer) in self.replacements:
            return self.cell(answer)
        known = self.markup if kind is Markup else self.texts
        cell = known.get(answer)
        if cell is None:
            write = self.redaction.markup if "<" in answer else cells.write
            cell = known[answer] = write(answer)
        return cell


def is_object(kind: type) -> bool:
    """Whether all instances of a type are objects, of which only answers are kept."""
    return kind not in _SPECIAL


def _made(writer: CellWriter, made: Made) -> Any:
    return ["l", made.kind, *map(writer.cell, made.items)]


def _again(writer: CellWriter, value: Any) -> Any:
    return writer.reference(value) if id(value) in writer.tracer.lent else ["a"]


_WRITERS: TypeMap[Callable[[CellWriter, Any], Any]] = TypeMap(
    {
        Items: CellWriter._items,
        Made: _made,
        Raised: lambda writer, raised: ["e", raised.kind],
        Slot: lambda writer, place: ["p", place.index],
        type(missing): lambda writer, value: ["?"],
        **dict.fromkeys((MethodType, BuiltinMethodType, FunctionType), CellWriter._method),
        **dict.fromkeys(JINJA_TYPES | {Again}, _again),
    }
)


def _text(value: object) -> str | None:
    return value if type(value) is str else None
