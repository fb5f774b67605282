"""The calls of a replayed template: results of the app's functions come from the trace; all other
functions are called again.
"""

from __future__ import annotations

from collections.abc import Callable
from types import BuiltinMethodType, FunctionType, MethodType
from typing import Any

from jinja2.utils import Namespace

from ...trace import cells
from .. import operations as op
from ..loops import RuntimeLoop
from ..objects import BLOCKS, JINJA_TYPES, RuntimeMacro
from .answers import ABSENT
from .environment import check_width
from .standins import StandIn
from .values import Empty, ReplayedValues, key_at, path_of, place_in

_CALLED = frozenset({BuiltinMethodType, MethodType, FunctionType})


class ReplayedCalls(ReplayedValues):
    """The part of a replay that makes calls."""

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
        callee = self.current(callee)
        kind = type(callee)
        if kind is RuntimeMacro and len(arguments) == callee._simple_count and not keywords:
            self.step()
            # to the same depth as the recorded page
            return callee._call_simply(context.eval_ctx, arguments)
        if kind is RuntimeLoop and len(arguments) == 1 and not keywords:
            self.step()
            return callee._call_simply(arguments[0])
        if isinstance(callee, StandIn) and (method := self._method_of_plain(callee)) is not None:
            callee, kind = method, type(method)
        owner, name = _method(callee)
        subject = self.current(owner) if name else callee
        if isinstance(subject, StandIn):
            cell = self.look_up(
                op.CALL, (callee if subject is callee else name, *arguments), keywords
            )
            self.lend((*arguments, *keywords.values()))
            path = f"{subject._path}()"
            return self.nothing(path) if cell is ABSENT else self.value(cell, path)
        if kind in BLOCKS and self.sandbox.concat_of and not arguments and not keywords:
            return self.call_block(callee)
        if kind in JINJA_TYPES:
            return self._call(context, callee, arguments, keywords)
        if name:
            return self._call_method(context, callee, owner, name, arguments, keywords)
        if id(callee) in op.LIVE_GLOBALS:
            again: Callable[[], Any] = lambda: self._call_global(
                context, callee, arguments, keywords
            )
            if any(map(self.has_stand_in, arguments)):
                return self.ask(op.CALL, (op.LIVE_GLOBALS[id(callee)], *arguments), again, keywords)
            return again()
        return self._call(context, callee, arguments, keywords)

    def _method_of_plain(self, callee: StandIn) -> Any:
        """Return the method of a plain value that a stand-in replaces; ``None`` for other
        stand-ins.
        """
        known = self.answers.plain_method(callee._number)
        if known is not None:
            return self.base.getattr(self.value(known[0], callee._path), known[1])
        owner, name = self.methods.get(callee._number, (None, ""))
        method = self.base.getattr(owner, name) if name else None
        return method if type(method) in _CALLED else None

    def call_method(
        self,
        context: Any,
        loop_variables: Any,
        block_variables: Any,
        owner: Any,
        name: str,
        word: str,
        /,
        *arguments: Any,
        **keywords: Any,
    ) -> Any:
        owner = self.current(owner)
        if self.is_asked(owner):
            cell = self.look_up(word, (owner, *arguments), keywords)
            if cell is not ABSENT:
                self.lend((*arguments, *keywords.values()))
                return self.value(cell, f"{path_of(owner)}.{word}")
        method = self.getattr(owner, name)
        return self.call(context, loop_variables, block_variables, method, *arguments, **keywords)

    def _call_global(
        self, context: Any, callee: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]
    ) -> Any:
        """Call one of Jinja's own global functions again. Values that objects of the app set in a
        namespace are looked up when they are read.
        """
        known = arguments
        if callee is Namespace:
            known = tuple(one for one in arguments if not isinstance(self.current(one), StandIn))
        made = self._call(context, callee, known, keywords)
        if len(known) < len(arguments):
            self.filled[id(made)] = made
        return made

    def _call(
        self, context: Any, callee: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]
    ) -> Any:
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
        if name != "changed" and not any(
            map(self.has_stand_in, (owner, *arguments, *keywords.values()))
        ):
            answer = self._call(context, callee, arguments, keywords)
            return (
                self.stable_text(op.METHOD, (owner, *arguments), answer)
                if cells.is_plain(owner)
                else answer
            )
        if cells.is_plain(owner):
            return self.ask(
                op.METHOD,
                (owner, name, *arguments),
                lambda: self._call(context, callee, arguments, keywords),
                keywords,
            )
        cell = self.look_up(op.METHOD, (Empty(type(owner).__name__), name, *arguments), keywords)
        if (place := place_in(cell)) is not None:
            return self._call(context, callee, (key_at(owner, place), *arguments[1:]), keywords)
        if cell is not ABSENT and name in op.FILLING and type(owner) in {list, dict, set}:
            content = self.value(cell, name)
            owner.clear()
            return owner.extend(content) if type(owner) is list else owner.update(content)
        if cell is ABSENT or name in op.CHANGING:
            answer = self._call(context, callee, arguments, keywords)
        return answer if cell is ABSENT else self.value(cell, name)

    def entered(self, run: Callable[..., Any], *arguments: Any) -> Any:
        """Run template code."""
        self.step()
        return run(*arguments)


def _method(callee: Any) -> tuple[Any, str]:
    """Return owner and name of a method of a plain value or a container."""
    original = (
        callee.__wrapped__
        if type(callee) is FunctionType and hasattr(callee, "__wrapped__")
        else callee
    )
    if type(original) in {BuiltinMethodType, MethodType}:
        return original.__self__, original.__name__
    return None, ""
