"""The flat log of a render, and which values it must keep: those that only the app can answer
for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, time
from types import BuiltinMethodType, MethodType
from typing import Any

from jinja2 import Environment
from jinja2.runtime import Context
from jinja2.utils import Cycler

from ...trace.cells import EMPTY, PLAIN, is_plain
from .. import operations as op
from ..objects import JINJA_TYPES, ResolvedNames
from ..operations import LIVE, SEQUENCES
from .secrets import Secrets


class Free:
    """Stands as the subject of questions that no single object owns: names are among them."""


FREE = Free()


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


class Slot:
    """Is the answer that stands in a container of the template's own, under the key in this
    place.
    """

    __slots__ = ("index",)

    def __init__(self, index: int) -> None:
        self.index = index


class Again:
    """Is the answer that a replay finds itself, by doing the same."""


AGAIN = Again()

BOUND_METHODS = frozenset({BuiltinMethodType, MethodType})
TIMES = frozenset({datetime, time})
TAKEN_APART = LIVE | TIMES | {tuple, type}
"""Types of values that may answer in a replay for themselves: what is read of them is noted step by
step.
"""

_MAX_NESTING = 16


class Log(Secrets):
    """A runtime that notes answers.

    :param base: the app's environment: what its own functions get to see.
    :param limit: entries after which the log stops growing.
    :ivar keyed: among the questions are items by their names; such a question is a pair.
    :ivar log: subject, question, answer; subject, question, answer; …
    :ivar awaited: what coroutines gave, by their identity, and they themselves.
    :ivar sandboxed: whether the app's environment wants to see every call.
    :ivar filled: namespaces of the template's that objects of the app's filled, and with what.
    :ivar reads_usually: whether attributes are read, and undefined values made, as Jinja does.
    :ivar calls_usually: whether functions are called as Jinja does.
    :ivar own_reads: whether the app's environment reads attributes and items in a way of its own.
    :ivar lent: what the template made and the app was given, with the order in which it was.
    """

    def __init__(self, base: Environment, limit: int) -> None:
        super().__init__(base)
        self.log: list[Any] = []
        self.limit = limit * 3
        self.truncated = False
        self.lent: dict[int, tuple[int, Any]] = {}
        self.filled: dict[int, dict[str, Any]] = {}
        self.own_reads = op.reads_its_own_way(base)
        self.reads_usually = type(base).getattr is Environment.getattr and base.undefined in op.LIVE
        self.awaited: dict[int, tuple[Any, Any]] = {}
        self.sandboxed: bool = getattr(base, "sandboxed", False)
        self.calls_usually = not self.sandboxed and base.context_class.call is Context.call
        self.live_call = False
        self.keyed = False
        self.found: dict[str, str] = {}
        self.told: list[tuple[str, Any]] = []

    def opaque(self, value: Any, nesting: int = 0) -> bool:
        """Whether a value is, or holds, what only the app can answer for."""
        kind = type(value)
        if self.secret and id(value) in self.secret:
            return True
        if kind in LIVE or value is EMPTY:
            return False
        if id(value) not in self.own:
            if kind is datetime or kind is time:
                return not is_plain(value)
            if kind in BOUND_METHODS and (
                id(value.__self__) in self.own or type(value.__self__) in JINJA_TYPES
            ):
                return self.opaque(value.__self__, nesting + 1)
            return id(value) not in op.LIVE_GLOBALS
        if nesting > _MAX_NESTING:
            return True
        return any(self.opaque(item, nesting + 1) for item in op.held(value))

    def answers_itself(self, value: Any) -> bool:
        """Whether a replay has the value itself: it is plain or the template's own, whatever it
        holds.
        """
        if self.secret and id(value) in self.secret:
            return False
        kind = type(value)
        return (
            kind in LIVE
            or id(value) in self.own
            or ((kind is datetime or kind is time) and is_plain(value))
        )

    def place_of(self, container: Any, answer: Any) -> Slot | None:
        """Return where a container of the template's own holds what else the template has made;
        ``None`` elsewhere.

        Only the app knows under which key that stands, but what it is a replay has itself.
        """
        if id(answer) not in self.own and type(answer) not in JINJA_TYPES:
            return None
        values = (
            container.values()
            if type(container) is dict
            else container
            if type(container) in SEQUENCES
            else ()
        )
        return next((Slot(index) for index, one in enumerate(values) if one is answer), None)

    def freeze(self, value: Any, nesting: int = 0) -> Any:
        """Return a value as it is now: containers that the template may still change are copied."""
        kind = type(value)
        if kind in PLAIN or id(value) not in self.own or nesting > _MAX_NESTING:
            return value
        if kind in SEQUENCES:
            return Made(SEQUENCES[kind], [self.freeze(item, nesting + 1) for item in tuple(value)])
        if kind is dict:
            pairs = [item for pair in tuple(value.items()) for item in pair]
            return Made("dict", [self.freeze(item, nesting + 1) for item in pairs])
        return Made(kind.__name__, [])

    def made(self, container: Any) -> Any:
        """Learn that the template itself made a container."""
        if len(self.own) < self.limit and container is not EMPTY and id(container) not in self.lent:
            self.own[id(container)] = container
        return container

    def made_whole(self, container: Any, nesting: int = 0) -> None:
        """Learn that the template made a container, and all that it holds: Jinja's functions nest
        them.
        """
        kind = type(container)
        if (
            kind in LIVE
            or nesting > _MAX_NESTING
            or id(container) in self.own
            or not self.opaque(container)
        ):
            return
        self.made(container)
        for item in op.held(container):
            self.made_whole(item, nesting + 1)

    def lend(self, values: Iterable[Any]) -> None:
        """Learn that the app was given what the template made: from now on it may change that, so
        it is opaque.

        Macros and loops, too, may come back from it, but they stay what they are.
        """
        for given in values:
            if type(given) in PLAIN:
                continue
            value = given.__self__ if type(given) in BOUND_METHODS else given
            kind = type(value)
            if kind in PLAIN or (self.own.pop(id(value), None) is None and kind not in JINJA_TYPES):
                continue
            self.lent.setdefault(id(value), (len(self.lent), value))
            self.lend(value.items if kind is Cycler else op.held(value))

    def note(self, word: str, operands: tuple[Any, ...], answer: Any, *, app: bool = False) -> Any:
        """Note the answer of an operation that has several operands.

        :param word: what was done.
        :param operands: to what.
        :param app: a function of the app's gave the answer.
        :returns: the answer to go on with.
        """
        if self.secret and (source := self.source(operands)) is not None:
            answer = self.derived(answer, source, app=app)
        if app:
            self.lend(operands)
        found = AGAIN if type(answer) in JINJA_TYPES and id(answer) not in self.lent else answer
        self.log.extend((operands[0] if operands else FREE, word, found))
        if type(answer) not in LIVE and word != op.METHOD:
            self.lend(operands)  # the answer may hold them
        return answer

    def telling(self, word: str, operands: tuple[Any, ...], answer: Any) -> Any:
        """Note a text, if it tells the address of what the template made, and return it."""
        return self.note(word, operands, answer) if op.tells_identity(answer) else answer

    def leave(self, word: str) -> None:
        """Note that a replay will ask this, and is to find the answer itself."""
        self.log.extend((FREE, word, AGAIN))

    def entered(self, run: Callable[..., Any], *arguments: Any) -> Any:
        """Run template code; what it reads counts only if the template itself called it.

        A replay does not run app code, so it would not come by here.
        """
        if self.live_call:
            self.live_call = False
            return run(*arguments)
        mark, lent, found = len(self.log), len(self.lent), dict(self.found)
        modules = {id(template): template._module for template in self.templates.values()}
        try:
            return run(*arguments)
        finally:
            self.drop(mark, lent)
            self.found = found
            for template in self.templates.values():
                template._module = modules.get(id(template))

    def drop(self, mark: int, lent: int) -> None:
        """Let go of what app code asked of the template's own, and lent: in a replay it does not
        run.

        :param mark: length of the log before it ran.
        :param lent: how much was lent before.
        """
        for place in range(mark, len(self.log) - 2, 3):
            if type(names := self.log[place]) is ResolvedNames:
                del names[self.log[place + 1]]
        del self.log[mark:]
        while len(self.lent) > lent:
            identity, (_, value) = self.lent.popitem()
            if type(value) not in JINJA_TYPES:
                self.own[identity] = value

    def cut(self) -> None:
        """Let go of what is past the limit."""
        self.truncated = True
        del self.log[self.limit - self.limit % 3 :]
