"""Answer the reads of a template: names, attributes and items."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jinja2 import Undefined

from ...trace import cells
from .. import operations as op
from ..objects import JINJA_TYPES
from .answers import ABSENT, NOBODY
from .standins import StandIn
from .values import NAME_OPERATIONS, ReplayedValues, key_at, path_of, place_in


class ReplayedReads(ReplayedValues):
    """The part of a replay that reads."""

    def resolver(self, context: Any) -> Callable[[str], Any]:
        resolve, variables, given = context.resolve_or_missing, context.vars, context.given
        names, once = context.names, not given and not self.sandbox.own_names

        def lookup(name: str) -> Any:
            if name in variables or name in given:
                return resolve(name)
            if once and name in names:
                return names[name]
            cell = self.answers.ask(NOBODY, name)
            if cell is not ABSENT:
                found = self.value(cell, name)
            else:
                found = NAME_OPERATIONS[name] if name in NAME_OPERATIONS else self.nothing(name)
            names[name] = found
            return found

        return lookup

    def extension(self, identifier: str, name: str) -> Any:
        cell = self.look_up(op.EXTENSION, (identifier, name))
        path = f"{identifier}.{name}"
        return self.nothing(path) if cell is ABSENT else self.value(cell, path)

    def undefined(self, *arguments: Any, **keywords: Any) -> Any:
        if self.own_undefined:
            cell = self.look_up(op.UNDEFINED, (keywords.get("name"),))
            if cell is not ABSENT:
                return self.value(cell, str(keywords.get("name")))
        return self.base.undefined(*arguments, **keywords)

    def block_of(self, found: Any) -> Any:
        if self.own_undefined and isinstance(found, Undefined):
            cell = self.look_up(op.UNDEFINED, ("super",))
            if cell is not ABSENT:
                return self.value(cell, "super")
        return super().block_of(found)

    # Attributes and items

    def getattr(self, value: Any, name: str) -> Any:
        value = self.current(value)
        if isinstance(value, StandIn):
            cell = self.answer(value, name)
            if cell is ABSENT and self.answers.mixes_reads:
                cell = self.answers.ask(value._number, [op.ITEM, name])
            path = f"{value._path}.{name}"
            return self.nothing(path) if cell is ABSENT else self.value(cell, path)
        cell = ABSENT
        if (
            (type(value) in op.LIVE and type(value) not in JINJA_TYPES)
            or cells.is_plain(value)
            or self.is_asked(value)
        ):
            cell = self.answer(value, name)
        elif (
            name[:1] == "_"
            or self.own_undefined
            or self.sandbox.own_reads
            or id(value) in self.filled
        ):
            cell = self.look_up(op.READ_ATTRIBUTE, (value, name))
        if cell is ABSENT:
            return self.base.getattr(value, name)
        answer = self.value(cell, name)
        if isinstance(answer, StandIn):
            self.methods[answer._number] = (value, name)
        return answer

    getattr_private = getattr

    def getattr_pair(self, value: Any, first: str, second: str, word: str) -> Any:
        value = self.current(value)
        cell = self.answer(value, word) if self.is_asked(value) else ABSENT
        if cell is not ABSENT:
            return self.value(cell, f"{path_of(value)}.{word}")
        return self.getattr(self.getattr(value, first), second)

    def getattr_loop(self, value: Any, name: str) -> Any:
        return self.base.getattr(value, name)

    def getitem(self, value: Any, key: Any) -> Any:
        value = self.current(value)
        if isinstance(value, StandIn):
            cell = self.look_up(op.ITEM, (value, key))
            if cell is ABSENT and type(key) is str and self.answers.mixes_reads:
                cell = self.answers.ask(value._number, key)
            if type(key) not in op.LIVE:
                self.lend((key,))
            path = f"{value._path}[{key!r}]" if cells.is_plain(key) else f"{value._path}[…]"
            return self.nothing(path) if cell is ABSENT else self.value(cell, path)
        looked_up = self.own_undefined or self.sandbox.own_reads or self.is_asked(value)
        looked_up = looked_up or (
            type(key) not in op.LIVE and (self.has_stand_in(key) or self.has_stand_in(value))
        )
        if looked_up or (type(value) is dict and any(map(self.has_stand_in, value))):
            cell = self.look_up(op.ITEM, (value, key))
            if (place := place_in(cell)) is not None:
                return value[key_at(value, place)]
            return (
                self.base.getitem(value, key) if cell is ABSENT else self.value(cell, path_of(key))
            )
        return self.base.getitem(value, key)

    def slice(self, value: Any, *bounds: Any) -> Any:
        value = self.current(value)
        again: Callable[[], Any] = lambda: value[slice(*bounds)]
        if self.has_stand_in(value) or any(map(self.has_stand_in, bounds)):
            return self.ask(op.SLICE, (value, *bounds), again)
        return again()
