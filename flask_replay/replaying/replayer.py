"""The replaying direction of a frame: the same helpers as a recording has, answering from the trace.

Every operation first looks whether the trace has its answer: that is so when an operand stands for
one of the app's objects, or when the callee, filter or test was the app's. Otherwise it is done
again, on plain values and on what the template itself made. What has neither answer nor operands to
work on is absent: it renders empty, and its path is noted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import BuiltinMethodType, FunctionType, MethodType
from typing import Any

from jinja2 import TemplateNotFound, TemplatesNotFound, Undefined, UndefinedError
from jinja2.defaults import DEFAULT_NAMESPACE
from jinja2.runtime import Context, markup_join, str_join
from jinja2.utils import _PassArg, missing
from markupsafe import Markup, escape

from ..sanitize import REDACTED
from ..trace import cells
from ..trace import operations as op
from ..trace.frame import RUNTIME, Compiled, Frame, FrameEnvironment
from .answers import ABSENT, Answers
from .environment import MAX_STEPS, Exhausted, ReplayEnvironment, check_product, check_width
from .standins import Absent, StandIn, StandInTypes

_SEQUENCES: dict[type, str] = {list: "list", tuple: "tuple", set: "set", frozenset: "frozenset"}
_KINDS: dict[str, Callable[[Iterable[Any]], Any]] = {
    "list": list, "tuple": tuple, "set": set, "frozenset": frozenset, "iter": list,
}  # fmt: skip
_NAMES: dict[str, Any] = {name: DEFAULT_NAMESPACE[name] for name in op.LIVE_GLOBALS.values()}
_RAISED: dict[str, type[Exception]] = {"TypeError": TypeError}
_MAX_NESTING = 16


class Replayer(Frame):
    """A frame that answers from a trace.

    :param base: the environment of the replay.
    :param answers: of the trace.
    :param find: gives the compiled template that a name meant, or raises ``TemplateNotFound``.
    """

    def __init__(
        self, base: ReplayEnvironment, answers: Answers, find: Callable[[str], Compiled], own_undefined: bool
    ) -> None:
        super().__init__(base)
        self.sandbox = base
        self.answers = answers
        self.compiled = find
        self.types = StandInTypes()
        self.stand_ins: dict[int, StandIn] = {}
        self.lent: dict[int, tuple[Any, StandIn | None]] = {}
        self.absent: dict[str, None] = {}
        self.steps = 0
        self.own_undefined = own_undefined
        self.environment.filters = _Functions(self, base.filters, "|", op.is_own_filter)
        self.environment.tests = _Functions(self, base.tests, "is", op.is_own_test)
        self.environment.finalize = self.finalize
        self.environment.undefined = self.undefined

    # From and to cells

    def value(self, cell: Any, path: str) -> Any:
        """Read a cell.

        :param path: what the page calls the value, for the report of what is absent.
        """
        if type(cell) is not list:
            return cell
        tag = cell[0]
        if type(tag) is int:
            return self.stand_in(tag, path)
        match tag:
            case "x":
                return REDACTED
            case "?":
                return missing
            case "u":
                kind = op.UNDEFINED_KINDS.get(cell[3], self.base.undefined)
                return kind(hint=cell[1], name=cell[2])
            case "g":
                return _NAMES[cell[1]]
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

    def stand_in(self, number: int, path: str) -> StandIn:
        """Give the stand-in for an object, always the same one."""
        found = self.stand_ins.get(number)
        if found is None:
            kind = self.types.of(self.answers.letters(number))
            found = self.stand_ins[number] = kind(self, number, path)
        return found

    def cell(self, value: Any, nesting: int = 0) -> Any:
        """Write an operand as the recording wrote it."""
        value = self.current(value)
        if cells.is_plain(value):
            return cells.write(value)
        if isinstance(value, StandIn):
            return [value._number]
        kind = type(value)
        if nesting < _MAX_NESTING:
            if kind in _SEQUENCES:
                return ["l", _SEQUENCES[kind], *(self.cell(item, nesting + 1) for item in value)]
            if kind is dict:
                items = (self.cell(item, nesting + 1) for pair in value.items() for item in pair)
                return ["l", "dict", *items]
        if kind is _Empty:
            return ["l", value.kind]
        if value is missing:
            return ["?"]
        if isinstance(value, Undefined):
            return ["u", value._undefined_hint, value._undefined_name, kind.__name__]
        if isinstance(value, Context):
            return ["j", "Context", value.name]
        if kind in RUNTIME:
            return ["j", kind.__name__, getattr(value, "name", None)]
        if id(value) in op.LIVE_GLOBALS:
            return ["g", op.LIVE_GLOBALS[id(value)]]
        return ["l", kind.__name__]

    def lend(self, values: Iterable[Any], nesting: int = 0) -> None:
        """Learn that the app was given containers: if the page used them again, the trace answers for them."""
        for value in values:
            kind = type(value)
            if kind in {list, dict, set} and id(value) not in self.lent:
                cell = self.answers.ask_free([op.LENT, len(self.lent)])
                self.lent[id(value)] = (value, None if cell is ABSENT else self.stand_in(cell[0], "…"))
            elif (kind is not tuple and kind is not frozenset) or nesting > _MAX_NESTING:
                continue
            self.lend(tuple(value.values()) if kind is dict else tuple(value), nesting + 1)

    def lend_to_answer(self, cell: Any, operands: tuple[Any, ...]) -> None:
        """Learn that an answer may hold the operands, if it is one that can."""
        if type(cell) is list and not cells.is_written(cell):
            self.lend(operands)

    def current(self, value: Any) -> Any:
        """Give the stand-in for a container that the app was given, else the value itself."""
        if self.lent and id(value) in self.lent:
            return self.lent[id(value)][1] or value
        return value

    def stands(self, value: Any, nesting: int = 0) -> bool:
        """Tell whether a value is, or holds, a stand-in."""
        value = self.current(value)
        if isinstance(value, StandIn):
            return True
        kind = type(value)
        if kind in op.LIVE or nesting > _MAX_NESTING:
            return False
        if kind is dict:
            return any(self.stands(item, nesting + 1) for pair in value.items() for item in pair)
        if kind in _SEQUENCES or kind in _VIEWS:
            return any(self.stands(item, nesting + 1) for item in value)
        return False

    # Asking

    def step(self) -> None:
        """Count one step.

        :raises Exhausted: no page takes so many.
        """
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise Exhausted("the page takes more steps than a replay allows")

    def look_up(self, word: str, operands: tuple[Any, ...], keywords: Mapping[str, Any] | None = None) -> Any:
        """Find the cell that answers an operation, or ``ABSENT``."""
        self.step()
        rest = [self.cell(operand) for operand in operands]
        if keywords:
            rest.append(["k", *(part for name, value in keywords.items() for part in (name, self.cell(value)))])
        if operands and isinstance(operands[0], StandIn):
            return self.answers.ask(operands[0]._number, [word, *rest[1:]])
        return self.answers.ask_free([word, *rest])

    def ask(self, word: str, operands: tuple[Any, ...], again: Callable[[], Any], **keywords: Any) -> Any:
        """Answer an operation that the app's objects take part in; do it again if it was not asked."""
        cell = self.look_up(word, operands, keywords)
        self.lend_to_answer(cell, (*operands, *keywords.values()))
        if cell is ABSENT:
            if any(isinstance(operand, StandIn) for operand in operands[:1]) and word not in _RETRIED:
                return self.nothing(f"{_path(operands[0])} {word}")
            return again()
        return self.value(cell, _path(operands[0]) if operands else word)

    def nothing(self, path: str) -> Absent:
        """Note what is absent, and give something empty in its place."""
        self.absent[path] = None
        return Absent(name=path)

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

    def result(self, stand_in: StandIn, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        return self.call(None, None, None, stand_in, *arguments, **keywords)

    def comparison(self, sign: str, stand_in: StandIn, other: Any) -> Any:
        if sign in {"==", "!="} and isinstance(other, StandIn):
            cell = self.look_up(sign, (stand_in, other))
            if cell is ABSENT:
                return (stand_in._number == other._number) is (sign == "==")
            return self.value(cell, "")
        cell = self.look_up(sign, (other, stand_in) if sign == "in" else (stand_in, other))
        return sign == "!=" if cell is ABSENT else self.value(cell, "")

    # Templates

    def is_name(self, value: Any) -> bool:
        """Tell whether a value names one template."""
        if isinstance(value, StandIn):
            return self.answers.ask(value._number, ["template"]) is not ABSENT
        return super().is_name(value)

    def find(self, name: Any, parent: str | None) -> Any:
        """Find what a name meant when the page was recorded."""
        if isinstance(name, StandIn):
            key = self.answers.ask(name._number, ["template"])
            if type(key) is not str:
                raise TemplateNotFound(_path(name))
            return self.bind(self.compiled(f"#{key}"))
        if isinstance(name, Undefined):
            name._fail_with_undefined_error()
        try:
            return self.bind(self.compiled(f"{parent}\n{name}"))
        except TemplateNotFound:
            return self.bind(self.compiled(str(name)))

    def select(self, names: Any, parent: str | None) -> Any:
        """Find which of several templates it was when the page was recorded."""
        cell = self.look_up(op.SELECT, (names,))
        if type(cell) is str:
            return self.bind(self.compiled(f"#{cell}"))
        if isinstance(names, Undefined):
            names._fail_with_undefined_error()
        if isinstance(names, StandIn):
            raise TemplatesNotFound([_path(names)])  # none was found then, or it would be in the trace
        tried = list(self.iterate(names)) if self.truth(names) else []
        for name in tried:
            try:
                return self.find(name, parent)
            except (TemplateNotFound, UndefinedError):
                continue
        raise TemplatesNotFound([str(name) for name in tried])

    # Names, attributes, items

    def resolver(self, context: Any) -> Callable[[str], Any]:
        resolve, scope = context.resolve_or_missing, context.scope

        def lookup(name: str) -> Any:
            value = resolve(name)
            if value is not missing:
                return value
            cell = self.answers.ask_name(scope, name)
            if cell is ABSENT:
                return _NAMES[name] if name in _NAMES else self.nothing(name)
            return self.value(cell, name)

        return lookup

    def getattr(self, value: Any, name: str) -> Any:
        value = self.current(value)
        self.step()
        if isinstance(value, StandIn):
            cell = self.answers.ask(value._number, name)
            if cell is ABSENT:
                cell = self.answers.ask(value._number, [op.ITEM, name])
            path = f"{value._path}.{name}"
            return self.nothing(path) if cell is ABSENT else self.value(cell, path)
        if name[:1] == "_" or self.own_undefined:
            cell = self.look_up(op.ATTRIBUTE, (value, name))
            if cell is not ABSENT:
                return self.value(cell, name)
        return self.base.getattr(value, name)

    getattr_private = getattr

    def getitem(self, value: Any, key: Any) -> Any:
        value = self.current(value)
        if isinstance(value, StandIn):
            cell = self.look_up(op.ITEM, (value, key))
            if cell is ABSENT and type(key) is str:
                cell = self.answers.ask(value._number, key)
            path = f"{value._path}[{key!r}]" if cells.is_plain(key) else f"{value._path}[…]"
            return self.nothing(path) if cell is ABSENT else self.value(cell, path)
        asked = self.own_undefined or (type(key) not in op.LIVE and (self.stands(key) or self.stands(value)))
        if asked or (type(value) is dict and any(map(self.stands, value))):
            return self.ask(op.ITEM, (value, key), lambda: self.base.getitem(value, key))
        return self.base.getitem(value, key)

    def slice(self, value: Any, *bounds: Any) -> Any:
        value = self.current(value)
        again: Callable[[], Any] = lambda: value[slice(*bounds)]
        if self.stands(value) or any(map(self.stands, bounds)):
            return self.ask(op.SLICE, (value, *bounds), again)
        return again()

    # Truth, text, operators

    def truth(self, value: Any) -> Any:
        value = self.current(value)
        if not isinstance(value, StandIn):
            return value
        cell = self.answers.ask(value._number, op.TRUTH)
        if cell is ABSENT:
            cell = self.answers.ask(value._number, op.LENGTH)
        return True if cell is ABSENT else bool(self.value(cell, value._path))

    def escape(self, value: Any) -> Any:
        value = self.current(value)
        if isinstance(value, StandIn):
            cell = self.answers.ask(value._number, op.ESCAPE)
            return escape(self.text_of(value)) if cell is ABSENT else self.value(cell, value._path)
        if type(value) not in op.LIVE and self.stands(value):
            return self.ask(op.ESCAPE[0], (value,), lambda: escape(value))
        return escape(value)

    def text_of(self, value: Any) -> Any:
        value = self.current(value)
        if isinstance(value, StandIn):
            cell = self.answers.ask(value._number, op.TEXT)
            if cell is ABSENT:
                cell = self.answers.ask(value._number, op.ESCAPE)
            return str(self.nothing(value._path) if cell is ABSENT else self.value(cell, value._path))
        if type(value) not in op.LIVE and self.stands(value):
            return self.ask(op.TEXT[0], (value,), lambda: str(value))
        return str(value)

    def Markup(self, value: Any) -> Any:
        if self.stands(value):
            return self.ask(op.MARKUP, (value,), lambda: Markup(value))
        return Markup(value)

    def markup_join(self, values: Any) -> Any:
        if any(map(self.stands, values)):
            return self.ask(op.JOIN, tuple(values), lambda: markup_join(map(self.escape, values)))
        return markup_join(values)

    def str_join(self, values: Any) -> Any:
        if any(map(self.stands, values)):
            return self.ask(op.JOIN, tuple(values), lambda: str_join(map(self.text_of, values)))
        return str_join(values)

    def compare(self, sign: str, left: Any, right: Any) -> Any:
        if self.stands(left) or self.stands(right):
            return self.ask(sign, (left, right), lambda: op.COMPARE[sign](left, right))
        return op.COMPARE[sign](left, right)

    def binary(self, sign: str, left: Any, right: Any) -> Any:
        if self.stands(left) or self.stands(right):
            return self.ask(sign, (left, right), lambda: op.BINARY[sign](left, right))
        check_product(sign, left, right)
        return op.BINARY[sign](left, right)

    def unary(self, sign: str, value: Any) -> Any:
        if self.stands(value):
            return self.ask(f"unary {sign}", (value,), lambda: op.UNARY[sign](value))
        return op.UNARY[sign](value)

    def intercepted(self, context: Any, sign: str, *operands: Any) -> Any:
        word = sign if len(operands) == 2 else f"unary {sign}"
        table: Any = op.BINARY if len(operands) == 2 else op.UNARY
        return self.ask(word, operands, lambda: table[sign](*operands))

    def undefined(self, *arguments: Any, **keywords: Any) -> Any:
        if self.own_undefined:
            cell = self.look_up(op.UNDEFINED, (keywords.get("name"),))
            if cell is not ABSENT:
                return self.value(cell, str(keywords.get("name")))
        return self.base.undefined(*arguments, **keywords)

    def finalize(self, context: Any, value: Any) -> Any:
        return self.ask(op.FINALIZE, (value,), lambda: value)

    def extension(self, identifier: str, name: str) -> Any:
        cell = self.look_up(op.EXTENSION, (identifier, name))
        path = f"{identifier}.{name}"
        return self.nothing(path) if cell is ABSENT else self.value(cell, path)

    # Iteration

    def iterate(self, value: Any) -> Iterable[Any]:
        value = self.current(value)
        if isinstance(value, StandIn):
            cell = self.answers.ask(value._number, op.ITERATE)
            found = self.nothing(f"{value._path}[]") if cell is ABSENT else self.value(cell, f"{value._path}[]")
        else:
            found = value
        return self._counted(found)

    def _counted(self, items: Iterable[Any]) -> Iterator[Any]:
        for item in items:
            self.step()
            yield item

    def measure(self, value: Any) -> int:
        value = self.current(value)
        if not isinstance(value, StandIn):
            return len(value)
        cell = self.answers.ask(value._number, op.LENGTH)
        if cell is ABSENT:
            raise TypeError("the recording has no length of it")
        return int(self.value(cell, value._path))

    def unpack(self, value: Any, shape: tuple[Any, ...]) -> Any:
        items = list(self.iterate(value))
        if len(items) == len(shape):
            return [item if part is None else self.unpack(item, part) for item, part in zip(items, shape, strict=True)]
        if isinstance(value, Absent):
            return [value if part is None else self.unpack(value, part) for part in shape]
        return items

    def spread(self, value: Any) -> Iterable[Any]:
        return self.iterate(value)

    def spread_mapping(self, value: Any) -> Any:
        value = self.current(value)
        if not isinstance(value, StandIn):
            return {} if isinstance(value, Absent) else value
        cell = self.answers.ask(value._number, ["**"])
        if cell is ABSENT:
            self.nothing(f"**{value._path}")
            return {}
        return {str(name): item for name, item in self.value(cell, value._path).items()}

    # Calls

    def call(
        self,
        context: Any,
        loop_variables: Any,
        block_variables: Any,
        callee: Any,
        /,
        *arguments: Any,
        **keywords: Any,
    ) -> Any:
        kind = type(callee)
        if isinstance(callee, StandIn):
            cell = self.look_up(op.CALL, (callee, *arguments), keywords)
            self.lend((*arguments, *keywords.values()))
            path = f"{callee._path}()"
            if cell is ABSENT:
                bound = self.answers.ask(callee._number, op.BOUND)
                if bound is not ABSENT:  # a method of a plain value, which the app handed over
                    owner, name = self.value(bound, path)
                    return self._call(context, self.base.getattr(owner, name), arguments, keywords)
            return self.nothing(path) if cell is ABSENT else self.value(cell, path)
        if kind in RUNTIME:
            return self._call(context, callee, arguments, keywords)
        owner, name = _method(callee)
        if name:
            return self._call_method(context, callee, owner, name, arguments, keywords)
        if id(callee) in op.LIVE_GLOBALS:
            again: Callable[[], Any] = lambda: self._call(context, callee, arguments, keywords)
            if any(map(self.stands, arguments)):
                return self.ask(op.CALL, (op.LIVE_GLOBALS[id(callee)], *arguments), again, **keywords)
            return again()
        return self._call(context, callee, arguments, keywords)

    def _call(self, context: Any, callee: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        self.step()
        return self.sandbox.call(context, callee, *arguments, **keywords)

    def _call_method(
        self,
        context: Any,
        callee: Any,
        owner: Any,
        name: str,
        arguments: tuple[Any, ...],
        keywords: dict[str, Any],
    ) -> Any:
        check_width(name, arguments)
        if name != "changed" and not any(map(self.stands, (owner, *arguments, *keywords.values()))):
            return self._call(context, callee, arguments, keywords)
        if cells.is_plain(owner):
            return self.ask(
                op.METHOD,
                (owner, name, *arguments),
                lambda: self._call(context, callee, arguments, keywords),
                **keywords,
            )
        cell = self.look_up(op.METHOD, (_Empty(type(owner).__name__), name, *arguments), keywords)
        if cell is not ABSENT and name in op.FILLING and type(owner) in {list, dict, set}:
            held = self.value(cell, name)
            owner.clear()
            return owner.extend(held) if type(owner) is list else owner.update(held)
        if cell is ABSENT or name in op.CHANGING:
            answer = self._call(context, callee, arguments, keywords)
        return answer if cell is ABSENT else self.value(cell, name)

    def entered(self, run: Callable[..., Any], *arguments: Any) -> Any:
        """Run template code."""
        self.step()
        return run(*arguments)


_VIEWS = frozenset({type({}.keys()), type({}.values()), type({}.items())})
_RETRIED = frozenset({"==", "!=", "in", "not in"})


class _Empty:
    """Is written as the container of a method call is, whatever it holds."""

    def __init__(self, kind: str) -> None:
        self.kind = kind


def _path(value: Any) -> str:
    return value._path if isinstance(value, StandIn) else "…"


def _method(callee: Any) -> tuple[Any, str]:
    """Give owner and name of a method of a plain value or a container."""
    original = callee.__wrapped__ if type(callee) is FunctionType and hasattr(callee, "__wrapped__") else callee
    if type(original) in {BuiltinMethodType, MethodType}:
        return original.__self__, original.__name__
    return None, ""


class _Functions:
    """Filters or tests: Jinja's own run again unless the trace has the answer, the app's only answer."""

    def __init__(
        self,
        replayer: Replayer,
        functions: Any,
        word: str,
        is_own: Callable[[str, object], bool],
    ) -> None:
        self.replayer = replayer
        self.functions = functions
        self.word = word
        self.is_own = is_own

    def __getitem__(self, name: str) -> Callable[..., Any]:
        function: Any = self.functions.get(name)
        word = f"{self.word} {name}"
        replayer = self.replayer
        own = self.is_own(name, function)
        passed = not own or _PassArg.from_obj(function) is not None
        naming = name in op.NAMING_FILTERS

        def run(*operands: Any, **keywords: Any) -> Any:
            first = operands[:1] if passed else ()
            operands = operands[len(first) :]
            stands = any(map(replayer.stands, operands)) or any(map(replayer.stands, keywords.values()))
            if not own or stands or naming:
                operands = tuple(map(replayer.current, operands))
                cell = replayer.look_up(word, operands, keywords)
                if own:
                    replayer.lend_to_answer(cell, (*operands, *keywords.values()))
                else:
                    replayer.lend((*operands, *keywords.values()))
                if cell is not ABSENT:
                    return replayer.value(cell, f"{_path(operands[0])}|{name}" if operands else name)
            if not own:
                return replayer.nothing(f"{_path(operands[0]) if operands else ''}|{name}")
            if first and isinstance(first[0], FrameEnvironment):
                first = (replayer.base,)
            check_width(name, operands[1:])
            return function(*first, *operands, **keywords)

        return run
