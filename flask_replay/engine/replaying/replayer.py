"""The replaying direction of a runtime: the same helpers as a recording has, answering from the
trace.

Every operation first looks whether the trace has its answer: that is so when an operand stands for
one of the app's objects, or when the callee, filter or test was the app's. Otherwise it is done
again, on plain values and on what the template itself made. What has neither answer nor operands to
work on is absent: it renders empty, and its path is noted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from jinja2.utils import Namespace

from ...trace import cells
from .. import operations as op
from ..compiled import Compiled
from ..objects import JINJA_TYPES
from .answers import ABSENT, NO_ANSWER, NOBODY, Answers
from .environment import ReplayEnvironment
from .functions import ReplayedFunctions
from .includes import ReplayedIncludes
from .standins import Absent, StandIn
from .values import NAME_OPERATIONS, key_at, path_of, place_in


class Replayer(ReplayedIncludes):
    """A runtime that answers from a trace.

    :param base: the environment of the replay.
    :param answers: of the trace.
    :param find: gives the compiled template that a name meant, or raises ``TemplateNotFound``.
    :param own_undefined: whether the app's undefined values were of a type of its own.
    """

    Namespace = (Namespace, StandIn)

    def __init__(
        self,
        base: ReplayEnvironment,
        answers: Answers,
        find: Callable[[str], Compiled],
        own_undefined: bool,
    ) -> None:
        super().__init__(base, answers)
        self.compiled = find
        self.own_undefined = own_undefined
        self.anew = False
        self.environment.filters = ReplayedFunctions(self, base.filters, "|", op.is_own_filter)
        self.environment.tests = ReplayedFunctions(self, base.tests, "is", op.is_own_test)
        self.environment.finalize = self.finalize
        self.environment.undefined = self.undefined
        if base.concat_of:
            self.environment.concat = self.concat  # type: ignore[assignment]

    # What stand-ins ask, when something asks them directly

    def text(self, stand_in: StandIn) -> str:
        return str(self.text_of(stand_in))

    def html(self, stand_in: StandIn) -> str:
        return str(self.escape(stand_in))

    def holds(self, stand_in: StandIn) -> bool:
        return bool(self.truth(stand_in))

    def count(self, stand_in: StandIn) -> int:
        return self.measure(stand_in)

    def items(self, stand_in: StandIn) -> Iterator[Any]:
        return iter(self.iterate(stand_in))

    def item(self, stand_in: StandIn, key: Any) -> Any:
        return self.getattr(stand_in, key) if type(key) is str else self.getitem(stand_in, key)

    def result(
        self, stand_in: StandIn, arguments: tuple[Any, ...], keywords: dict[str, Any]
    ) -> Any:
        return self.call(None, None, None, stand_in, *arguments, **keywords)

    def comparison(self, sign: str, stand_in: StandIn, other: Any) -> Any:
        if sign in {"==", "!="} and isinstance(other, StandIn):
            cell = self.look_up(sign, (stand_in, other))
            if cell is ABSENT:
                return (stand_in._number == other._number) is (sign == "==")
            return self.value(cell, "")
        cell = self.look_up(sign, (other, stand_in) if sign == "in" else (stand_in, other))
        return sign == "!=" if cell is ABSENT else self.value(cell, "")

    # Names, attributes, items

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

    def getattr(self, value: Any, name: str) -> Any:
        value = self.current(value)
        if isinstance(value, StandIn):
            cell = self.answer(value, name)
            if cell is ABSENT and self.answers.anyhow:
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

    getattr_private = getattr_value = getattr

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
            if cell is ABSENT and type(key) is str and self.answers.anyhow:
                cell = self.answers.ask(value._number, key)
            if type(key) not in op.LIVE:
                self.lend((key,))
            path = f"{value._path}[{key!r}]" if cells.is_plain(key) else f"{value._path}[…]"
            return self.nothing(path) if cell is ABSENT else self.value(cell, path)
        asked = self.own_undefined or self.sandbox.own_reads or self.is_asked(value)
        asked = asked or (type(key) not in op.LIVE and (self.stands(key) or self.stands(value)))
        if asked or (type(value) is dict and any(map(self.stands, value))):
            cell = self.look_up(op.ITEM, (value, key))
            if (place := place_in(cell)) is not None:
                return value[key_at(value, place)]
            return (
                self.base.getitem(value, key) if cell is ABSENT else self.value(cell, path_of(key))
            )
        return self.base.getitem(value, key)

    getitem_named = getitem

    def slice(self, value: Any, *bounds: Any) -> Any:
        value = self.current(value)
        again: Callable[[], Any] = lambda: value[slice(*bounds)]
        if self.stands(value) or any(map(self.stands, bounds)):
            return self.ask(op.SLICE, (value, *bounds), again)
        return again()

    # What an environment has of its own

    def undefined(self, *arguments: Any, **keywords: Any) -> Any:
        if self.own_undefined:
            cell = self.look_up(op.UNDEFINED, (keywords.get("name"),))
            if cell is not ABSENT:
                return self.value(cell, str(keywords.get("name")))
        return self.base.undefined(*arguments, **keywords)

    def finalize(self, context: Any, value: Any) -> Any:
        cell = self.look_up(op.FINALIZE, (value,))
        self.lend((value,))
        return value if cell is ABSENT else self.value(cell, path_of(value))

    def extension(self, identifier: str, name: str) -> Any:
        cell = self.look_up(op.EXTENSION, (identifier, name))
        path = f"{identifier}.{name}"
        return self.nothing(path) if cell is ABSENT else self.value(cell, path)

    # Iteration

    def iterate(self, value: Any) -> Iterable[Any]:
        value = self.current(value)
        found = value
        if self.is_asked(value):
            cell = self.answer(value, op.ITERATE)
            if isinstance(value, StandIn):
                path = f"{value._path}[]"
                found = self.nothing(path) if cell is ABSENT else self.value(cell, path)
        return self._counted(found)

    def _counted(self, items: Iterable[Any]) -> Iterator[Any]:
        for item in items:
            self.step()
            yield item
            if (rest := self.current(items)) is not items:  # lent within the loop
                yield from self.iterate(rest)
                return

    def measure(self, value: Any) -> int:
        value = self.current(value)
        cell = self.answer(value, op.LENGTH) if self.is_asked(value) else ABSENT
        if not isinstance(value, StandIn):
            return len(value)
        if cell is ABSENT:
            raise TypeError("the recording has no length of it")
        return 0 if cell is NO_ANSWER else int(self.value(cell, value._path))

    def unpack(self, value: Any, shape: tuple[Any, ...]) -> Any:
        items = list(self.iterate(value))
        if len(items) == len(shape):
            return [
                item if part is None else self.unpack(item, part)
                for item, part in zip(items, shape, strict=True)
            ]
        if isinstance(value, Absent):
            return [value if part is None else self.unpack(value, part) for part in shape]
        return items

    def spread(self, value: Any) -> Iterable[Any]:
        return self.iterate(value)

    def spread_mapping(self, value: Any) -> Any:
        value = self.current(value)
        cell = self.answer(value, op.SPREAD) if self.is_asked(value) else ABSENT
        if not isinstance(value, StandIn):
            return {} if isinstance(value, Absent) else value
        if cell is ABSENT:
            self.nothing(f"**{value._path}")
            return {}
        return {str(name): item for name, item in self.value(cell, value._path).items()}

    # Templates that others call

    def entered(self, run: Callable[..., Any], *arguments: Any) -> Any:
        """Run template code."""
        self.step()
        return run(*arguments)
