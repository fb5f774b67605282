"""Record the calls of a template: the results of the app's functions. Jinja's own functions are
called again in a replay.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from inspect import isawaitable
from types import BuiltinMethodType, FunctionType, MethodType
from typing import Any

from jinja2.runtime import Context
from jinja2.utils import Cycler, Joiner, Namespace

from ...trace.cells import PLAIN, TIMES, is_plain
from ...trace.type_sets import TypeSet
from .. import operations as op
from ..loops import RuntimeLoop
from ..natives import concat_of
from ..objects import BLOCKS, JINJA_TYPES, RuntimeMacro
from ..operations import LIVE, SEQUENCES, VIEWS
from .entries import AGAIN, FREE, Slot
from .given_objects import may_take_context
from .log import TAKEN_APART, Log

_MAKERS = TypeSet({Namespace, Cycler, Joiner})
_FRESH = VIEWS | SEQUENCES.keys() | {dict}
_GIVING = frozenset({"get", "pop", "setdefault"})
"""Methods of containers that return an existing item and create nothing."""

_NATIVE = TypeSet({BuiltinMethodType, MethodType})
_STOPPED = "value was undefined because a callable raised a StopIteration exception"


class RecordedCalls(Log):
    """The part of a tracer that makes calls.

    :ivar call: calls a callee of the template.
    :ivar call_method: reads a method and calls it.
    :ivar called_block: returns the text of a block that the template calls.
    :ivar joins: Jinja joins the pieces of the page as texts.
    """

    call: Callable[..., Any]
    call_method: Callable[..., Any]
    called_block: Callable[[Any], Any]
    joins: bool

    @cached_property
    def python_call(self) -> Callable[..., Any]:
        """Return the helper that runs for every call of a template. The compiled core needs it only
        for rare calls.
        """
        base, log, own, secret = self.base, self.log, self.own, self.secret
        extend, lend, lent, call_word = log.extend, self.lend, self.lent, op.CALL
        sandboxed, live_globals = self.sandboxed, op.LIVE_GLOBALS
        jinja_types, plain, times = JINJA_TYPES.identities, PLAIN.identities, TIMES.identities
        plainly = self.calls_usually
        joins, all_plain = bool(concat_of(base)), PLAIN.have_all

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
            if kind is RuntimeMacro and plainly:
                try:
                    if len(arguments) == callee._simple_count and not keywords:
                        return callee._call_simply(context.eval_ctx, arguments)
                    self.live_call = True
                    return callee(context.eval_ctx, *arguments, **keywords)
                except StopIteration:
                    return base.undefined(_STOPPED)
            if kind is RuntimeLoop and plainly and len(arguments) == 1 and not keywords:
                try:
                    return callee._call_simply(arguments[0])
                except StopIteration:
                    return base.undefined(_STOPPED)
            if joins and kind in BLOCKS and not arguments and not keywords:
                return self.call_block(callee)
            if id(kind) in jinja_types:
                if kind in BLOCKS and self.joins and not arguments and not keywords:
                    return self.called_block(callee)
                self.live_call = True
                try:
                    return self._call(context, callee, arguments, keywords)
                finally:
                    self.live_call = False
            native = kind is MethodType or kind is BuiltinMethodType
            if native:
                owner = callee.__self__
                owner_kind = type(owner)
                if id(owner_kind) in jinja_types or (own and id(owner) in own):
                    return self._call_own(context, callee, arguments, keywords)
                if secret and id(owner) in secret:
                    pass  # it is opaque, whatever its type
                elif id(owner_kind) in plain or (id(owner_kind) in times and is_plain(owner)):
                    return self._call_plain(context, callee, owner, arguments, keywords)
            elif id(callee) in live_globals or id(callee) in own:
                return self._call_global(context, callee, arguments, keywords)
            elif sandboxed and kind is FunctionType and (method := sandboxed_method(callee)):
                return self._call_plain(context, callee, method.__self__, arguments, keywords)
            given = (*arguments, *keywords.values()) if keywords or arguments else ()
            lends = bool(given) and not all_plain(given)
            if lends:
                self.give(given)
            mark, borrowed = len(log), len(lent)
            usual = plainly and (native or kind is FunctionType)
            if usual and getattr(callee, "jinja_pass_arg", None) is None:
                try:
                    answer = callee(*arguments, **keywords)
                except StopIteration:
                    answer = base.undefined(_STOPPED)
            else:
                if may_take_context(callee):
                    self.give_context(context, loop_variables, block_variables)
                if loop_variables is not None:
                    keywords["_loop_vars"] = loop_variables
                if block_variables is not None:
                    keywords["_block_vars"] = block_variables
                answer = self._call(context, callee, arguments, keywords)
            if len(log) != mark or len(lent) != borrowed:
                self.drop(mark, borrowed)
            if secret:
                answer = self.called(callee, given, answer)
            extend((callee, call_word, answer))
            if lends:
                lend(given)
            return answer

        return call

    @cached_property
    def python_call_method(self) -> Callable[..., Any]:
        """Return the helper that reads a method and calls it in one step."""
        call = self.python_call
        base, log, own, secret = self.base, self.log, self.own, self.secret
        extend, lend, lent = log.extend, self.lend, self.lent
        plainly, apart = self.calls_usually, TAKEN_APART.identities
        read, noted, all_plain = base.getattr, self.getattr, PLAIN.have_all

        def call_method(
            context: Context,
            loop_variables: Any,
            block_variables: Any,
            owner: Any,
            name: str,
            word: str,
            /,
            *arguments: Any,
            **keywords: Any,
        ) -> Any:
            if id(type(owner)) in apart or secret or id(owner) in own:
                if not self.answers_itself(owner):
                    extend((FREE, word, AGAIN))
                return call(
                    context,
                    loop_variables,
                    block_variables,
                    noted(owner, name),
                    *arguments,
                    **keywords,
                )
            method = read(owner, name)
            simple = plainly and type(method) in _NATIVE and method.__self__ is owner
            if not simple or getattr(method, "jinja_pass_arg", None) is not None:
                extend((FREE, word, AGAIN))
                extend((owner, name, method))
                return call(
                    context, loop_variables, block_variables, method, *arguments, **keywords
                )
            given = (*arguments, *keywords.values()) if keywords or arguments else ()
            lends = bool(given) and not all_plain(given)
            if lends:
                self.give(given)
            mark, borrowed = len(log), len(lent)
            try:
                answer = method(*arguments, **keywords)
            except StopIteration:
                answer = base.undefined(_STOPPED)
            if len(log) != mark or len(lent) != borrowed:
                self.drop(mark, borrowed)
            extend((owner, word, answer))
            if lends:
                lend(given)
            return answer

        return call_method

    def _call(self, context: Context, callee: Any, arguments: Any, keywords: dict[str, Any]) -> Any:
        if self.sandboxed:
            base: Any = self.base
            return base.call(context, callee, *arguments, **keywords)
        return context.call(callee, *arguments, **keywords)

    def _call_own(
        self, context: Context, callee: Any, arguments: Any, keywords: dict[str, Any]
    ) -> Any:
        """Call a method of a container that the template created. A replay calls it too, for its
        effects.
        """
        owner, name = callee.__self__, callee.__name__
        given = any(map(self.opaque, arguments)) or name == "changed"
        holds = self.opaque(owner)
        depends_on_app = given or holds or any(map(self.opaque, keywords.values()))
        before = dict(owner) if depends_on_app and type(owner) is dict and name in _GIVING else {}
        if name in op.FILLING:  # an iterator of the template creates its items now
            arguments = tuple(
                self.iterate(one) if id(one) in self.own and hasattr(type(one), "__next__") else one
                for one in arguments
            )
        self.live_call = True
        answer = self._call(context, callee, arguments, keywords)
        self.live_call = False
        if before and (place := _place_in(before, owner, answer)) is not None:
            self.log.extend((FREE, op.METHOD, place))
            return answer
        if depends_on_app:
            if (given or (holds and answer is not None and type(answer) in LIVE)) and id(
                answer
            ) not in self.own:
                result = self.freeze(owner) if name in op.FILLING else answer
                noted = self.note(op.METHOD, (FREE, *arguments, *keywords.values()), result)
                return noted if result is answer else answer
            self.note_repeated(op.METHOD)
        if type(answer) in _FRESH and type(owner) in _FRESH and name not in _GIVING:
            self.made(answer)
        return answer

    def _call_plain(
        self, context: Context, callee: Any, owner: Any, arguments: Any, keywords: dict[str, Any]
    ) -> Any:
        """Call a method of a plain value. The result is opaque only because of its arguments."""
        answer = self._call(context, callee, arguments, keywords)
        if any(map(self.opaque, arguments)) or any(map(self.opaque, keywords.values())):
            return self.note(op.METHOD, (owner, *arguments, *keywords.values()), answer)
        self.made_whole(answer)
        return self.stable_text(op.METHOD, (owner, *arguments), answer)

    def _call_global(
        self, context: Context, callee: Any, arguments: Any, keywords: dict[str, Any]
    ) -> Any:
        """Call one of Jinja's own global functions."""
        answer = self._call(context, callee, arguments, keywords)
        if id(callee) not in op.LIVE_GLOBALS:
            return answer
        if any(map(self.opaque, arguments)):
            if type(answer) not in _MAKERS:
                return self.note(op.CALL, (FREE, *arguments, *keywords.values()), answer)
            self.note_repeated(op.CALL)
            if type(answer) is Namespace and not all(map(self.answers_itself, arguments)):
                self.filled[id(answer)] = dict(answer._Namespace__attrs)  # type: ignore[attr-defined]
        if type(answer) not in LIVE:
            self.made(answer)
        if type(answer) is Cycler:
            self.made(answer.items)
        return answer

    async def auto_await(self, value: Any) -> Any:
        """Await the result of a call if it is awaitable."""
        if type(value) in LIVE or not isawaitable(value):
            return value
        of_app = bool(self.log) and self.log[-1] is value
        mark, lent = len(self.log), len(self.lent)
        result = await value
        if of_app:
            self.drop(mark, lent)
        _, operands, word = self.pending.pop(id(value), (None, (), ""))
        if word:
            result = self.stable_text(word, operands, result)
        elif operands and type(result) not in LIVE:
            self.lend(operands)  # the result may contain them
        if (found := self.secret.get(id(value))) is not None:
            result = self.hide(result, found.name)
        if id(value) not in self.own:
            self.awaited[id(value)] = (value, result)
        else:
            self.made_whole(result)
        return result


def _place_in(before: dict[Any, Any], after: dict[Any, Any], answer: Any) -> Slot | None:
    """Return the place in a dict from which one of its methods removed and returned a value;
    ``None`` if the value was not in it.
    """
    left = {id(key) for key in after}
    taken = len(after) < len(before)
    places = (
        place
        for place, (key, value) in enumerate(before.items())
        if value is answer and not (taken and id(key) in left)
    )
    return next(map(Slot, places), None)


def sandboxed_method(callee: Any) -> Any:
    """Return the method that a sandbox wraps: ``str.format`` of a plain text. ``None`` for other
    functions.
    """
    original = callee.__dict__.get("__wrapped__")
    return original if type(original) in _NATIVE and is_plain(original.__self__) else None
