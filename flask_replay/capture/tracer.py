"""Record what a render reads: a flat log, written while the template runs.

Each entry of the log is three items in a row: subject, question, answer. The subject is the very
object that was asked, or :data:`FREE` for a question that no single object owns, or a scope of
names. Nothing is made of the log before the response has left (see ``grouping``); until then the
log only holds on to the objects.

An operation is noted if one of its operands is opaque, that is: not plain and not made by the
template; or if the callee, filter or test is the app's. All other operations are done again in a
replay. Operands are compared by identity and type only, and asked nothing the template did not ask.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Generator, Iterable, Iterator, Mapping
from datetime import datetime, time
from inspect import isawaitable
from itertools import count
from types import BuiltinMethodType, FunctionType, MethodType, ModuleType
from typing import Any, cast

from jinja2 import Environment, Template, Undefined
from jinja2.runtime import AsyncLoopContext, Context, markup_join, str_join
from jinja2.utils import Cycler, Joiner, Namespace, _PassArg, missing
from markupsafe import Markup, escape

try:
    from markupsafe import _escape_inner as escape_text  # type: ignore[attr-defined]  # what escape() does to a plain text
except ImportError:  # another version of MarkupSafe
    escape_text = escape

from ..trace import operations as op
from ..trace.cells import EMPTY, PLAIN, is_plain
from ..trace.frame import GLOBAL, PAGE, RUNTIME, Compiled, Frame, FrameEnvironment, FrameMacro
from ..trace.operations import LIVE
from .compiling import WrittenSetup


class Free:
    """Stands as the subject of questions that belong to several operands, or to none."""


FREE = Free()
SCOPES = {PAGE: Free(), GLOBAL: Free()}
"""The subjects of names, by scope."""


class Raised:
    """Is the answer of a question that raised an error which the template survives."""

    __slots__ = ("kind",)

    def __init__(self, kind: str) -> None:
        self.kind = kind


class Made:
    """A container that the template made, as it was when it became part of a question."""

    __slots__ = ("items", "kind")

    def __init__(self, kind: str, items: list[Any]) -> None:
        self.kind = kind
        self.items = items


class Items(dict[int, Any]):
    """What an iteration gave, by position, as far as the template took it."""

    __slots__ = ()


class Keywords(tuple[Any, ...]):
    """The keyword arguments of a question, as pairs of name and value."""

    __slots__ = ()


_SEQUENCES: dict[type, str] = {list: "list", tuple: "tuple", set: "set", frozenset: "frozenset"}
_SIZED = frozenset({list, tuple})
_MANY = 10_000
_VIEWS = frozenset({type({}.keys()), type({}.values()), type({}.items())})
_MAKERS = frozenset({Namespace, Cycler, Joiner})
_FRESH = _VIEWS | _SEQUENCES.keys() | {dict}
_MAX_NESTING = 16


class Tracer(Frame):
    """The recording direction of a frame.

    :param base: the app's environment: what its own functions get to see.
    :param find: gives the compiled form of a template that the app's environment found.
    :param limit: entries after which the log stops growing.
    :param setup: of the environment.
    """

    def __init__(
        self, base: Environment, find: Callable[[Template], Compiled | None], limit: int, setup: WrittenSetup
    ) -> None:
        super().__init__(base)
        self.log: list[Any] = []
        self.limit = limit * 3
        self.setup = setup
        self.truncated = False
        self.compiled = find
        self.own: dict[int, Any] = {}
        self.lent: dict[int, tuple[int, Any]] = {}
        self.live_call = False
        self.found: dict[str, str] = {}
        self.untraced = False
        self.environment.undefined = self.undefined
        self.environment.filters = _Functions(self, base.filters, "|", op.is_own_filter)
        self.environment.tests = _Functions(self, base.tests, "is", op.is_own_test)
        self.environment.finalize = self.finalize
        self.sandboxed = getattr(base, "sandboxed", False)
        self._bind()
        self._bind_calls()

    # Which operands are opaque

    def opaque(self, value: Any, nesting: int = 0) -> bool:
        """Tell whether a value is, or holds, what only the app can answer for."""
        kind = type(value)
        if kind in LIVE or value is EMPTY:
            return False
        if id(value) not in self.own:
            return not (kind is datetime or kind is time) or not is_plain(value)
        if nesting > _MAX_NESTING:
            return True
        if kind in _SEQUENCES or kind in _VIEWS:
            return any(self.opaque(item, nesting + 1) for item in tuple(value))
        if kind is dict:
            return any(self.opaque(item, nesting + 1) for pair in tuple(value.items()) for item in pair)
        return False

    def freeze(self, value: Any, nesting: int = 0) -> Any:
        """Give an operand as it is now: containers that the template may still change are copied."""
        kind = type(value)
        if kind in PLAIN or id(value) not in self.own or nesting > _MAX_NESTING:
            return value
        if kind in _SEQUENCES:
            return Made(_SEQUENCES[kind], [self.freeze(item, nesting + 1) for item in tuple(value)])
        if kind is dict:
            pairs = [item for pair in tuple(value.items()) for item in pair]
            return Made("dict", [self.freeze(item, nesting + 1) for item in pairs])
        return Made(kind.__name__, [])

    def made(self, container: Any) -> Any:
        """Learn that the template itself made a container."""
        if len(self.own) < self.limit and container is not EMPTY:
            self.own[id(container)] = container
        return container

    def lend(self, values: Iterable[Any]) -> None:
        """Learn that the app was given containers: from now on it may change them, so they are opaque."""
        for value in values:
            kind = type(value)
            if kind in PLAIN or id(value) not in self.own:
                continue
            if kind in {list, dict, set}:
                del self.own[id(value)]
                self.lent[id(value)] = (len(self.lent), value)
            if kind is dict:
                self.lend(tuple(value.values()))
            elif kind in _SEQUENCES:
                self.lend(tuple(value))

    def note(self, word: str, operands: tuple[Any, ...], keywords: Mapping[str, Any], answer: Any) -> None:
        """Note the answer of an operation that has several operands.

        :param word: what was done.
        :param operands: to what; the first one owns the question if it is opaque itself.
        """
        rest: tuple[Any, ...] = tuple(map(self.freeze, operands))
        names = Keywords((name, self.freeze(value)) for name, value in keywords.items())
        subject: Any = FREE
        if operands:
            first = type(operands[0])
            plain = (
                first in LIVE or first is Made or operands[0] is EMPTY or (first in _TIMES and is_plain(operands[0]))
            )
            if not plain and id(operands[0]) not in self.own and id(operands[0]) not in op.LIVE_GLOBALS:
                subject, rest = operands[0], rest[1:]
        self.log.extend((subject, (word, *rest, names) if names else (word, *rest), answer))
        if type(answer) not in LIVE and self.own and word != op.METHOD:
            self.lend((*operands, *keywords.values()))  # the answer may hold them

    # Coming from the app's code back into the template's

    def entered(self, run: Callable[..., Any], *arguments: Any) -> Any:
        """Run template code; what it reads counts only if the template itself called it.

        A replay does not run app code, so it would not come by here.
        """
        if self.live_call:
            self.live_call = False
            return run(*arguments)
        mark, found = len(self.log), dict(self.found)
        try:
            return run(*arguments)
        finally:
            del self.log[mark:]
            self.found = found

    def find(self, name: Any, parent: str | None) -> Any:
        """Find a template as the app would, and remember what its name meant."""
        template = self.base.get_template(name, parent)
        compiled = self.compiled(template)
        if compiled is None:
            self.untraced = True
            return template
        if isinstance(name, Template | Undefined) or type(name) is not str:
            self.log.extend((name, ("template",), compiled.key))
        elif parent is not None and self.base.join_path(name, parent) != name:
            self.found[f"{parent}\n{name}"] = compiled.key
        else:
            self.found[name] = compiled.key
        return self.bind(compiled)

    def select(self, names: Any, parent: str | None) -> Any:
        """Find the first of several templates as the app would, and remember which it was."""
        template = self.base.select_template(names, parent)
        compiled = self.compiled(template)
        if compiled is None:
            self.untraced = True
            return template
        self.note(op.SELECT, (names,), {}, compiled.key)
        return self.bind(compiled)

    # Rarer questions

    def undefined(self, *arguments: Any, **keywords: Any) -> Undefined:
        """Make an undefined value; one of an app's own type is an object like others."""
        value = self.base.undefined(*arguments, **keywords)
        if type(value) not in LIVE:
            self.note(op.UNDEFINED, (keywords.get("name"),), {}, value)
        return value

    def finalize(self, context: Context, value: Any) -> Any:
        """Ask the app's ``finalize`` what to print for a value."""
        function = cast(Callable[..., Any], self.base.finalize)
        result = function(*_passed(function, context), value)
        self.note(op.FINALIZE, (value,), {}, result)
        return result

    def extension(self, identifier: str, name: str) -> Any:
        """Look up what an extension's tag calls."""
        value = look_up(self.base, identifier, name)
        self.note(op.EXTENSION, (identifier, name), {}, value)
        return value

    def intercepted(self, context: Context, sign: str, *operands: Any) -> Any:
        """Do an operation that a sandboxed environment wants to see."""
        base: Any = self.base
        call = base.call_binop if len(operands) == 2 else base.call_unop
        result = call(context, sign, *operands)
        self.note(sign if len(operands) == 2 else f"unary {sign}", operands, {}, result)
        return result

    def slice(self, value: Any, *bounds: Any) -> Any:
        """Slice a value."""
        result = value[slice(*bounds)]
        if self.opaque(value) or any(map(self.opaque, bounds)):
            self.note(op.SLICE, (value, *bounds), {}, result)
        elif type(result) not in LIVE:
            self.made(result)
        return result

    def spread(self, value: Any) -> Any:
        """Give what ``*value`` passes on."""
        if type(value) in LIVE or id(value) in self.own:
            return cast(Iterable[Any], value)
        items = [*value]  # asks for the length too, as the call itself would
        self.log.extend((value, op.ITERATE, Items(enumerate(items))))
        return items

    def spread_mapping(self, value: Any) -> Any:
        """Give what ``**value`` passes on, as a plain dictionary."""
        if type(value) in LIVE or id(value) in self.own:
            return value
        plain = _keywords(**value)
        self.log.extend((value, ("**",), Made("dict", [item for pair in plain.items() for item in pair])))
        return plain

    def measure(self, value: Any) -> int:
        """Take the length of what a loop runs over."""
        if type(value) in LIVE or id(value) in self.own:
            return len(value)
        try:
            length = len(value)
        except TypeError:
            self.log.extend((value, op.LENGTH, Raised("TypeError")))
            raise
        self.log.extend((value, op.LENGTH, length))
        return length

    def markup_join(self, values: Any) -> str:
        """Do what ``~`` does where output is escaped."""
        result = markup_join(values)
        if any(map(self.opaque, values)):
            self.note(op.JOIN, tuple(values), {}, result)
        return result

    def str_join(self, values: Any) -> str:
        """Do what ``~`` does elsewhere."""
        result = str_join(values)
        if any(map(self.opaque, values)):
            self.note(op.JOIN, tuple(values), {}, result)
        return result

    def unary(self, sign: str, value: Any) -> Any:
        """Do an arithmetic operation on one operand."""
        result = op.UNARY[sign](value)
        if self.opaque(value):
            self.note(f"unary {sign}", (value,), {}, result)
        return result

    # Iteration

    def iterate(self, value: Any) -> Iterable[Any]:
        """Iterate, noting each item as the template takes it."""
        if type(value) in LIVE:
            return cast(Iterable[Any], value)
        if id(value) in self.own:
            return self._over_own(value)
        return self._over(value)

    def _over(self, value: Any) -> Iterator[Any]:
        items = Items()
        self.log.extend((value, op.ITERATE, items))
        if type(value) in _SIZED and len(value) < _MANY:
            # an iterator that keeps what it gives, at the speed of C
            return map(items.setdefault, count(), value)
        return self._over_many(value, items)

    def _over_many(self, value: Any, items: Items) -> Generator[Any, None, None]:
        log, limit = self.log, self.limit
        for item in value:
            if len(log) > limit:
                self._cut()
            elif len(items) < limit:
                items[len(items)] = item
            yield item

    def _over_own(self, value: Any) -> Generator[Any, None, None]:
        for item in value:
            if len(self.log) > self.limit:
                self._cut()
            kind = type(item)
            if (kind in _SEQUENCES or kind is dict) and id(item) not in self.own and not self._answered(item):
                self.made(item)
            yield item

    def _answered(self, item: Any) -> bool:
        """Tell whether a container came from the app: then it was an answer."""
        return any(entry is item for entry in self.log)

    def _cut(self) -> None:
        self.truncated = True
        del self.log[self.limit - self.limit % 3 :]

    def unpack(self, value: Any, shape: tuple[Any, ...]) -> Any:
        """Unpack a value into the names of a target.

        :param shape: one part for each name: ``None``, or a shape for names in parentheses.
        """
        if type(value) in LIVE:
            return value
        items: list[Any] = []
        for item in self.iterate(value):
            items.append(item)
            if len(items) > len(shape):
                break
        if len(items) == len(shape):
            return [item if part is None else self.unpack(item, part) for item, part in zip(items, shape, strict=True)]
        return items

    async def auto_await(self, value: Any) -> Any:
        """Await what a call gave, if it is to be awaited."""
        if type(value) in LIVE or not isawaitable(value):
            return value
        result = await value
        if id(value) not in self.own:
            self.log.extend((value, op.AWAIT, result))
        return result

    def auto_aiter(self, value: Any) -> Any:
        """Iterate in an asynchronous environment, noting each item as it comes."""
        if type(value) in LIVE or id(value) in self.own or not hasattr(value, "__aiter__"):
            return AsyncLoopContext._to_iterator(value if hasattr(value, "__aiter__") else self.iterate(value))
        return self._over_async(value)

    async def _over_async(self, value: Any) -> AsyncIterator[Any]:
        items = Items()
        self.log.extend((value, op.ITERATE, items))
        async for item in value:
            if len(items) < self.limit:
                items[len(items)] = item
            yield item

    # The questions that pages are full of: closures, so that each costs one call

    def _bind(self) -> None:
        """Make the helpers that run for every expression of a template."""
        base, log, own, opaque = self.base, self.log, self.own, self.opaque
        extend = log.extend
        read_attribute, read_item = base.getattr, base.getitem
        undefined = base.undefined
        own_undefined = base.undefined not in LIVE
        jinjas = type(base).getattr is Environment.getattr and not own_undefined

        def getattr_(value: Any, name: str) -> Any:
            # The busiest line of a recorded render. It notes reads of Jinja's own objects and of plain
            # values too: leaving those out is the grouping's work.
            if jinjas:  # what Environment.getattr does, one call less
                try:
                    answer = getattr(value, name)
                except AttributeError:
                    try:
                        answer = value[name]
                    except (TypeError, LookupError, AttributeError):
                        answer = undefined(obj=value, name=name)
            else:
                answer = read_attribute(value, name)
                if own_undefined and type(value) in LIVE:
                    return own_answer(value, name, answer)
            if own and id(value) in own:
                return own_answer(value, name, answer)
            extend((value, name, answer))
            return answer

        def own_answer(value: Any, name: str, answer: Any) -> Any:
            if own_undefined and isinstance(answer, Undefined):
                self.note(op.ATTRIBUTE, (value, name), {}, answer)
            return answer

        def getattr_private(value: Any, name: str) -> Any:
            answer = read_attribute(value, name)
            if type(value) in LIVE or id(value) in own:
                if type(answer) not in RUNTIME:
                    self.note(op.ATTRIBUTE, (value, name), {}, answer)
            elif id(value) in op.LIVE_GLOBALS or is_plain(value):
                self.note(op.ATTRIBUTE, (value, name), {}, answer)
            else:
                extend((value, name, answer))
            return answer

        def getitem(value: Any, key: Any) -> Any:
            answer = read_item(value, key)
            if type(value) in LIVE or id(value) in own:
                asked = own_undefined and isinstance(answer, Undefined)
                asked = asked or (type(key) not in PLAIN and (opaque(key) or opaque(value)))
                if asked or (type(value) is dict and any(map(opaque, tuple(value)))):
                    self.note(op.ITEM, (value, key), {}, answer)
            else:
                extend((value, (op.ITEM, key if type(key) in PLAIN else self.freeze(key)), answer))
            return answer

        def truth(value: Any) -> Any:
            if type(value) in LIVE or id(value) in own:
                return value
            answer = bool(value)
            extend((value, op.TRUTH, answer))
            return answer

        def compare(sign: str, left: Any, right: Any) -> Any:
            answer = op.COMPARE[sign](left, right)
            if type(left) in PLAIN and type(right) in PLAIN:
                return answer
            if opaque(left) or opaque(right):
                self.note(sign, (left, right), {}, answer)
            return answer

        def binary(sign: str, left: Any, right: Any) -> Any:
            answer = op.BINARY[sign](left, right)
            if type(left) in PLAIN and type(right) in PLAIN:
                return answer
            if opaque(left) or opaque(right):
                self.note(sign, (left, right), {}, answer)
            elif type(answer) not in LIVE:
                self.made(answer)
            return answer

        def escape_(value: Any) -> Any:
            # What is escaped is joined with the rest and nothing else, so a plain text will do.
            kind = type(value)
            if kind is str:
                return escape_text(value)
            if kind is Markup:
                return value
            answer = escape(value)
            if kind in LIVE or not opaque(value):
                return answer
            if id(value) in own:
                self.note(op.ESCAPE[0], (value,), {}, answer)
            else:
                extend((value, op.ESCAPE, answer))
            return answer

        def str_(value: Any) -> str:
            answer = str(value)
            if type(value) in LIVE or not opaque(value):
                return answer
            if id(value) in own:
                self.note(op.TEXT[0], (value,), {}, answer)
            else:
                extend((value, op.TEXT, answer))
            return answer

        def markup(value: Any) -> Markup:
            answer = Markup(value)
            if type(value) not in LIVE and opaque(value):
                self.note(op.MARKUP, (value,), {}, answer)
            return answer

        def resolver(context: Any) -> Callable[[str], Any]:
            resolve, variables = context.resolve_or_missing, context.vars
            scope, inputs = SCOPES[context.scope], context.inputs

            def lookup(name: str) -> Any:
                value = resolve(name)
                if name in variables or id(value) in op.LIVE_GLOBALS:
                    return value
                if value is inputs.get(name, missing):
                    extend((scope, name, value))
                return value

            return lookup

        self.getattr, self.getattr_private, self.getitem, self.truth = (
            getattr_,
            getattr_private,
            getitem,
            truth,
        )
        self.compare, self.binary, self.resolver = compare, binary, resolver
        self.escape, self.text_of, self.Markup = escape_, str_, markup

    # Calls

    def _bind_calls(self) -> None:
        """Make the helper that runs for every call of a template."""
        base, log, own = self.base, self.log, self.own
        extend, freeze, lend = log.extend, self.freeze, self.lend
        sandboxed, live_globals = self.sandboxed, op.LIVE_GLOBALS
        plainly = not sandboxed and base.context_class.call is Context.call

        def call(
            context: Context,
            loop_variables: Any,
            block_variables: Any,
            callee: Any,
            /,
            *arguments: Any,
            **keywords: Any,
        ) -> Any:
            kind = type(callee)
            if kind is FrameMacro and plainly:
                self.live_call = True
                return callee(context.eval_ctx, *arguments, **keywords)
            if kind in RUNTIME:
                self.live_call = True
                return self._call(context, callee, arguments, keywords)
            if kind in _NATIVE:
                owner = callee.__self__
                owner_kind = type(owner)
                if owner_kind in RUNTIME or (own and id(owner) in own):
                    return self._call_own(context, callee, arguments, keywords)
                if owner_kind in PLAIN or (owner_kind in _TIMES and is_plain(owner)):
                    return self._call_plain(context, callee, owner, callee.__name__, arguments, keywords)
            elif id(callee) in live_globals or id(callee) in own:
                return self._call_global(context, callee, arguments, keywords)
            elif sandboxed and kind is FunctionType and (method := _sandboxed_method(callee)):
                return self._call_plain(context, callee, method.__self__, method.__name__, arguments, keywords)
            question: tuple[Any, ...] = (op.CALL, *arguments)
            if own:  # before the call, which may change what it is given
                question = tuple(map(freeze, question))
                if keywords:
                    question = (
                        *question,
                        Keywords((name, freeze(value)) for name, value in keywords.items()),
                    )
            elif keywords:
                question = (*question, Keywords(keywords.items()))
            if kind in _FUNCTIONS and plainly and getattr(callee, "jinja_pass_arg", None) is None:
                try:
                    answer = callee(*arguments, **keywords)
                except StopIteration:
                    answer = base.undefined(_STOPPED)
            else:
                if loop_variables is not None:
                    keywords["_loop_vars"] = loop_variables
                if block_variables is not None:
                    keywords["_block_vars"] = block_variables
                answer = self._call(context, callee, arguments, keywords)
            extend((callee, question, answer))
            if own:
                lend((*arguments, *keywords.values()))
            return answer

        self.call = call

    def _call(self, context: Context, callee: Any, arguments: Any, keywords: dict[str, Any]) -> Any:
        if self.sandboxed:
            base: Any = self.base
            return base.call(context, callee, *arguments, **keywords)
        return context.call(callee, *arguments, **keywords)

    def _call_own(self, context: Context, callee: Any, arguments: Any, keywords: dict[str, Any]) -> Any:
        """Call a method of what the template made; it runs in a replay too, for what it changes."""
        self.live_call = True
        answer = self._call(context, callee, arguments, keywords)
        self.live_call = False
        asked = any(map(self.opaque, arguments)) or callee.__name__ == "changed"
        asked = asked or (answer is not None and type(answer) in LIVE and self.opaque(callee.__self__))
        if asked and id(answer) not in self.own:
            owner, name = Made(type(callee.__self__).__name__, []), callee.__name__
            held = self.freeze(callee.__self__) if name in op.FILLING else answer
            self.note(op.METHOD, (owner, name, *arguments), keywords, held)
        elif type(answer) in _FRESH and type(callee.__self__) in _FRESH and not self._answered(answer):
            self.made(answer)
        return answer

    def _call_plain(
        self, context: Context, callee: Any, owner: Any, name: str, arguments: Any, keywords: dict[str, Any]
    ) -> Any:
        """Call a method of a plain value: opaque only through its arguments."""
        answer = self._call(context, callee, arguments, keywords)
        if any(map(self.opaque, arguments)) or any(map(self.opaque, keywords.values())):
            self.note(op.METHOD, (owner, name, *arguments), keywords, answer)
        elif type(answer) not in LIVE:
            self.made(answer)
        return answer

    def _call_global(self, context: Context, callee: Any, arguments: Any, keywords: dict[str, Any]) -> Any:
        """Call one of Jinja's own global functions."""
        answer = self._call(context, callee, arguments, keywords)
        if any(map(self.opaque, arguments)) and type(answer) not in _MAKERS:
            self.note(op.CALL, (op.LIVE_GLOBALS.get(id(callee), ""), *arguments), keywords, answer)
        elif type(answer) not in LIVE and id(callee) in op.LIVE_GLOBALS:
            self.made(answer)
        return answer


_TIMES = frozenset({datetime, time})
_NATIVE = frozenset({BuiltinMethodType, MethodType})
_FUNCTIONS = frozenset({FunctionType, MethodType, BuiltinMethodType})
_STOPPED = "value was undefined because a callable raised a StopIteration exception"


def _keywords(**keywords: Any) -> dict[str, Any]:
    return keywords


def _sandboxed_method(callee: Any) -> Any:
    """Give the method that a sandbox wraps: ``str.format`` of a plain text. ``None`` for another function."""
    original = callee.__dict__.get("__wrapped__")
    return original if type(original) in _NATIVE and is_plain(original.__self__) else None


def _passed(function: Any, context: Context) -> tuple[Any, ...]:
    """Give the argument that a function's mark asks for, if it has one."""
    mark = _PassArg.from_obj(function)
    if mark is _PassArg.context:
        return (context,)
    if mark is _PassArg.eval_context:
        return (context.eval_ctx,)
    if mark is _PassArg.environment:
        return (context.environment,)
    return ()


def look_up(base: Environment, identifier: str, name: str) -> Any:
    """Find what a syntax tree calls ``ExtensionAttribute``."""
    from ..trace import syntax

    if identifier == syntax.ENVIRONMENT:
        return getattr(base, name)
    if identifier == syntax.IMPORTED:
        module, _, attribute = name.rpartition(".")
        imported: ModuleType = __import__(module, fromlist=[attribute])
        return getattr(imported, attribute)
    return getattr(base.extensions[identifier], name)


class _Functions:
    """The filters or tests of an environment, each noting what it answers."""

    def __init__(
        self,
        tracer: Tracer,
        functions: Any,
        word: str,
        is_own: Callable[[str, object], bool],
    ) -> None:
        self.tracer = tracer
        self.functions = functions
        self.word = word
        self.is_own = is_own

    def __getitem__(self, name: str) -> Callable[..., Any]:
        function: Callable[..., Any] = self.functions[name]
        if self.is_own(name, function):
            return self._own(name, function)
        return self._foreign(name, function)

    def __iter__(self) -> Iterator[str]:
        return iter(self.functions)

    def _foreign(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        tracer, word = self.tracer, f"{self.word} {name}"

        def run(context: Context, *operands: Any, **keywords: Any) -> Any:
            question = tuple(map(tracer.freeze, operands))  # before the function may change them
            answer = function(*_passed(function, context), *operands, **keywords)
            tracer.note(word, question, keywords, answer)
            tracer.lend((*operands, *keywords.values()))
            return answer

        return run

    def _own(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        tracer, word = self.tracer, f"{self.word} {name}"
        opaque, all_live = tracer.opaque, LIVE.issuperset
        passed = _PassArg.from_obj(function) is not None
        naming = name in op.NAMING_FILTERS
        table: Any = tracer.base.filters if name == "map" else tracer.base.tests
        owns = op.is_own_filter if name == "map" else op.is_own_test

        def names_foreign(operand: str) -> bool:
            return operand in table and not owns(operand, table[operand])

        def run(*operands: Any, **keywords: Any) -> Any:
            if passed:
                first = tracer.base if isinstance(operands[0], FrameEnvironment) else operands[0]
                operands = operands[1:]
                answer = function(first, *operands, **keywords)
            else:
                answer = function(*operands, **keywords)
            if all_live(map(type, operands)) and not keywords and not naming:
                if type(answer) not in LIVE:
                    tracer.made(answer)
                return answer
            noted = any(map(opaque, operands)) or any(map(opaque, keywords.values()))
            if not noted and naming:  # by name, one reaches the app's functions past this
                noted = any(type(operand) is str and names_foreign(operand) for operand in operands[1:])
            if noted:
                tracer.note(word, operands, keywords, answer)
            elif type(answer) not in LIVE:
                tracer.made(answer)
            return answer

        return run
