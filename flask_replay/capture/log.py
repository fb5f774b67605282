"""The flat log of a render, and which values it must keep: those that only the app can answer for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, time
from typing import Any

from jinja2 import Environment

from ..trace import operations as op
from ..trace.cells import EMPTY, PLAIN, is_plain
from ..trace.frame import GLOBAL, PAGE
from ..trace.operations import LIVE
from .secrets import Secrets


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


SEQUENCES: dict[type, str] = {list: "list", tuple: "tuple", set: "set", frozenset: "frozenset"}
VIEWS = frozenset({type({}.keys()), type({}.values()), type({}.items())})
TIMES = frozenset({datetime, time})
_MAX_NESTING = 16


class Log(Secrets):
    """A frame that notes answers.

    :param base: the app's environment: what its own functions get to see.
    :param limit: entries after which the log stops growing.
    :ivar log: subject, question, answer; subject, question, answer; …
    :ivar lent: containers of the template's that the app was given, with the order in which it was.
    """

    def __init__(self, base: Environment, limit: int) -> None:
        super().__init__(base)
        self.log: list[Any] = []
        self.limit = limit * 3
        self.truncated = False
        self.lent: dict[int, tuple[int, Any]] = {}
        self.live_call = False
        self.found: dict[str, str] = {}

    def opaque(self, value: Any, nesting: int = 0) -> bool:
        """Tell whether a value is, or holds, what only the app can answer for."""
        kind = type(value)
        if self.secret and id(value) in self.secret:
            return True
        if kind in LIVE or value is EMPTY:
            return False
        if id(value) not in self.own:
            return not (kind is datetime or kind is time) or not is_plain(value)
        if nesting > _MAX_NESTING:
            return True
        if kind in SEQUENCES or kind in VIEWS:
            return any(self.opaque(item, nesting + 1) for item in tuple(value))
        if kind is dict:
            return any(self.opaque(item, nesting + 1) for pair in tuple(value.items()) for item in pair)
        return False

    def freeze(self, value: Any, nesting: int = 0) -> Any:
        """Give an operand as it is now: containers that the template may still change are copied."""
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
            elif kind in SEQUENCES:
                self.lend(tuple(value))

    def note(
        self, word: str, operands: tuple[Any, ...], keywords: Mapping[str, Any], answer: Any, *, app: bool = False
    ) -> Any:
        """Note the answer of an operation that has several operands.

        :param word: what was done.
        :param operands: to what; the first one owns the question if it is opaque itself.
        :param app: a function of the app's gave the answer.
        :returns: the answer to go on with.
        """
        own = self.own
        if self.secret and (source := self.source((*operands, *keywords.values()))) is not None:
            answer = self.derived(answer, source, app=app)
        rest = tuple(map(self.freeze, operands)) if own else operands
        if keywords:
            rest = (*rest, Keywords((name, self.freeze(value)) for name, value in keywords.items()))
        subject: Any = FREE
        if operands and self._answers_for_itself(operands[0]):
            subject, rest = operands[0], rest[1:]
        self.log.extend((subject, (word, *rest), answer))
        if own and type(answer) not in LIVE and word != op.METHOD:
            self.lend((*operands, *keywords.values()))  # the answer may hold them
        return answer

    def _answers_for_itself(self, value: Any) -> bool:
        kind = type(value)
        if kind in LIVE:
            return bool(self.secret) and id(value) in self.secret
        if kind is Made or value is EMPTY or (kind in TIMES and is_plain(value)):
            return False
        return id(value) not in self.own and id(value) not in op.LIVE_GLOBALS

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

    def answered(self, item: Any) -> bool:
        """Tell whether a container came from the app: then it was an answer."""
        return any(entry is item for entry in self.log)

    def cut(self) -> None:
        """Let go of what is past the limit."""
        self.truncated = True
        del self.log[self.limit - self.limit % 3 :]
