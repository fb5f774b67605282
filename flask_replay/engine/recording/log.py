"""The flat log of a render, and the rule that decides which values it notes: those that only the
app knows.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from types import BuiltinMethodType, CoroutineType, MethodType
from typing import Any

from jinja2 import Environment, Undefined
from jinja2.runtime import Context

from ...trace.cells import EMPTY, PLAIN, TIMES, is_plain
from ...trace.type_sets import TypeSet
from .. import operations as op
from ..objects import JINJA_TYPES, ResolvedNames
from ..operations import LIVE, SEQUENCES
from .entries import AGAIN, FREE, Made, Slot
from .given_objects import KNOWN, Giving, shows

BOUND_METHODS = TypeSet({BuiltinMethodType, MethodType})
TAKEN_APART = LIVE | TIMES | {tuple, type}
"""Types of values that may compute their own answers in a replay. Reads of them are noted step by
step.
"""

_LIVE, _PLAIN, _JINJA_TYPES = LIVE.identities, PLAIN.identities, JINJA_TYPES.identities
_TIMES = TIMES.identities
_MAX_NESTING = 16
_ADVANCES = 1_000
"""The number of loops that are remembered. A template may have millions of loops.
"""
_CONTAINERS = SEQUENCES.keys() | {dict}


class Log(Giving):
    """A runtime that notes answers.

    :param base: the app's environment, which its own functions see.
    :param limit: number of entries after which the log stops growing.
    :ivar keyed: some questions read items by name; such a question is a pair.
    :ivar log: subject, question, answer; subject, question, answer; …
    :ivar awaited: coroutines and their results, by the identity of the coroutine.
    :ivar pending: the coroutines of Jinja's own filters with their operands, by identity; with the
        word of the question if the result is only noted when it contains an address.
    :ivar sandboxed: whether the app's environment intercepts every call.
    :ivar filled: values that objects of the app set in namespaces of the template.
    :ivar helpers: the compiled helpers; ``None`` if all helpers are in Python.
    :ivar reads_usually: whether attributes are read, and undefined values made, as Jinja does.
    :ivar calls_usually: whether functions are called as Jinja does.
    :ivar own_reads: whether the app's environment overrides how attributes and items are read.
    :ivar adopted: the app's modules and macros, by the identity of what replaces them here.
    :ivar adopting: one of these modules is being replaced.
    :ivar led: a filter may have reached containers of the template through Jinja's own objects.
    :ivar context_given: the last context that the app was given, and its values at that time.
    :ivar advanced: the last loops that found out their length or next item, each with the length of
        the log before.
    :ivar lent: containers that the template passed to the app, with the order in which it did.
    :ivar released: the render has ended, and the app runs code that it was given.
    :ivar turns: returns the turns that a loop has left.
    :ivar gives_own: whether what a filter returns of a value contains no values of the app.
    """

    released = False
    turns: Callable[[Any], Any]
    gives_own: Callable[[Any], bool]

    def __init__(self, base: Environment, limit: int) -> None:
        super().__init__(base)
        self.log: list[Any] = []
        self.limit = limit * 3
        self.truncated = False
        self.helpers: Any = None
        self.lent: dict[int, tuple[int, Any]] = {}
        self.filled: dict[int, dict[str, Any]] = {}
        self.own_reads = op.overrides_reads(base)
        self.reads_usually = type(base).getattr is Environment.getattr and base.undefined in op.LIVE
        self.pending: dict[int, tuple[Any, tuple[Any, ...], str]] = {}
        self.awaited: dict[int, tuple[Any, Any]] = {}
        self.sandboxed: bool = getattr(base, "sandboxed", False)
        self.calls_usually = not self.sandboxed and base.context_class.call is Context.call
        self.live_call = False
        self.keyed = False
        self.found: dict[str, str] = {}
        self.sensitive_values: list[tuple[str, Any]] = []
        self.context_given: list[Any] = []
        self.led = False
        self.adopted: dict[int, Any] = {}
        self.adopting = False
        self.advanced: deque[tuple[int, Any]] = deque(maxlen=_ADVANCES)

    def opaque(self, value: Any, nesting: int = 0) -> bool:
        """Whether a value is, or contains, something that only the app knows."""
        try:
            kind = type(value)
            identity = id(kind)
            if self.secret and id(value) in self.secret:
                return True
            if identity in _LIVE or value is EMPTY:
                return False
            if id(value) not in self.own:
                if identity in _TIMES:
                    return not is_plain(value)
                if (kind is MethodType or kind is BuiltinMethodType) and (
                    id(value.__self__) in self.own or type(value.__self__) in JINJA_TYPES
                ):
                    return self.opaque(value.__self__, nesting + 1)
                return id(value) not in op.LIVE_GLOBALS
            if nesting > _MAX_NESTING:
                return True
            return any(self.opaque(item, nesting + 1) for item in op.items_in(value))
        except Exception as error:
            self.failed(error)
            return True

    def answers_itself(self, value: Any) -> bool:
        """Whether a replay has the value itself: it is plain, or the template created it, whatever
        it contains.
        """
        if self.secret and id(value) in self.secret:
            return False
        kind = id(type(value))
        return kind in _LIVE or id(value) in self.own or (kind in _TIMES and is_plain(value))

    def place_of(self, container: Any, answer: Any) -> Slot | None:
        """Return the position of a value in a container, if the template created both; otherwise
        ``None``.

        Only the app knows the key of that position, but a replay has the value.
        """
        try:
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
        except Exception as error:
            self.failed(error)
            return None

    def freeze(self, value: Any, nesting: int = 0) -> Any:
        """Return a value as it is now. Containers that the template may still change are copied."""
        try:
            kind = type(value)
            if kind in PLAIN or id(value) not in self.own or nesting > _MAX_NESTING:
                return value
            if kind in SEQUENCES:
                return Made(
                    SEQUENCES[kind], [self.freeze(item, nesting + 1) for item in tuple(value)]
                )
            if kind is dict:
                pairs = [item for pair in tuple(value.items()) for item in pair]
                return Made("dict", [self.freeze(item, nesting + 1) for item in pairs])
            return Made(kind.__name__, [])
        except Exception as error:
            self.failed(error)
            return value

    def leads(self, operands: tuple[Any, ...]) -> bool:
        """Whether a filter may read values of the app through Jinja's own objects."""
        try:
            found = op.leads(operands)
            self.led = self.led or found
        except Exception as error:
            self.failed(error)
            return False
        return found

    def reached(self, answer: Any) -> Any:
        """Return an answer as a replay gets it. A container of the template that a filter reached
        through one of Jinja's own objects is copied.
        """
        if self.led and id(answer) in self.own and type(answer) in _CONTAINERS:
            return self.freeze(answer)
        return answer

    def made(self, container: Any) -> Any:
        """Note that the template itself created a container, and return it."""
        if len(self.own) < self.limit and container is not EMPTY and id(container) not in self.lent:
            self.own[id(container)] = container
        return container

    def made_whole(self, container: Any, nesting: int = 0) -> None:
        """Note that the template created a container and everything in it, because functions of
        Jinja return nested containers.
        """
        try:
            kind = type(container)
            if (
                kind in LIVE
                or kind in BOUND_METHODS
                or issubclass(kind, Undefined)
                or nesting > _MAX_NESTING
                or id(container) in self.own
                or not self.opaque(container)
            ):
                return
            self.made(container)
            for item in op.items_in(container):
                self.made_whole(item, nesting + 1)
        except Exception as error:
            self.failed(error)

    def is_noted(self, undefined: Any) -> bool:
        """Whether a value is the undefined value that was just noted when it was created."""
        log = self.log
        return len(log) > 2 and log[-1] is undefined and log[-2] is op.UNDEFINED

    def noted_undefined(self, value: Any) -> Any:
        """Return an undefined value of the app that one of Jinja's filters made, and note it."""
        return value if self.is_noted(value) else self.note(op.UNDEFINED, (FREE,), value)

    def lend(self, values: Iterable[Any]) -> None:
        """Note that the template passed values to the app. The app may change these containers from
        now on, so they are opaque.

        Macros and loops may also come back from the app, but they do not change.
        """
        try:
            for given in values:
                kind, value = type(given), given
                if kind is str or id(kind) in _PLAIN:
                    continue
                if kind is MethodType or kind is BuiltinMethodType:
                    value = given.__self__
                    kind = type(value)
                own = self.own.pop(id(value), None) is not None
                if id(kind) in _JINJA_TYPES:
                    self.share(value)
                elif (own and kind not in KNOWN) or issubclass(kind, Context):
                    self.shares = True  # an iterator of a filter may have macros to return
                if id(kind) in _PLAIN or not (own or id(kind) in _JINJA_TYPES):
                    continue
                self.lent.setdefault(id(value), (len(self.lent), value))
                self.lend(op.reached(value))
        except Exception as error:
            self.failed(error)

    def note(self, word: str, operands: tuple[Any, ...], answer: Any, *, app: bool = False) -> Any:
        """Note the result of an operation with several operands.

        :param word: the word for the operation.
        :param operands: the operands.
        :param app: a function of the app returned the result.
        :returns: the result to continue with.
        """
        try:
            if self.secret and (source := self.source(operands)) is not None:
                answer = self.derived(answer, source, app=app)
            if app:
                self.lend(operands)
            again = self.is_again(answer)
            later = type(answer) is CoroutineType and not app
            lends = id(type(answer)) not in _LIVE and word != op.METHOD and not (again or later)
            if lends:
                self.lend(operands)  # the result may contain them, or be one of them
            found = AGAIN if again else self.reached(answer) if self.led else answer
            self.log.extend((operands[0] if operands else FREE, word, found))
            if later:
                self.pending[id(answer)] = (answer, operands, "")
            elif not (lends or self.shares) and len(operands) > 1:
                self.shares = shows(operands, self.own)
        except Exception as error:
            self.failed(error)
        return answer

    def is_again(self, answer: Any) -> bool:
        """Whether a replay repeats an operation, because its result is an object of Jinja's that
        the app never had, or a method of one.
        """
        if type(answer) is MethodType:
            answer = answer.__self__
        return id(type(answer)) in _JINJA_TYPES and id(answer) not in self.lent

    def stable_text(self, word: str, operands: tuple[Any, ...], answer: Any) -> Any:
        """Return the text of values that the template created, and note it if it contains the
        address of an object. A coroutine has no text before it is awaited.
        """
        if type(answer) is CoroutineType:
            self.pending[id(answer)] = (answer, operands, word)
        return self.note(word, operands, answer) if self.has_address(answer) else answer

    def has_address(self, text: Any) -> bool:
        """Whether a text may contain the address of an object."""
        try:
            return op.has_address(text)
        except Exception as error:
            self.failed(error)
            return False

    def note_repeated(self, word: str) -> None:
        """Note a question that a replay answers by itself."""
        self.log.extend((FREE, word, AGAIN))

    def entered(self, run: Callable[..., Any], *arguments: Any) -> Any:
        """Run template code. Its reads count only if the template itself called it.

        A replay does not run code of the app, so it would not call the template code.
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
            if self.released:
                for container in self._noted():
                    container.clear()

    def postpone(self, before: Any) -> None:
        """Drop what was noted while other code ran. What loops noted there is noted again when the
        template itself makes them advance, see ``iteration.py``.
        """

    def drop(self, mark: int, lent: int) -> None:
        """Drop the reads and lendings of app code that used the template's values, because it does
        not run in a replay.

        :param mark: length of the log before the code ran.
        :param lent: number of lent values before the code ran.
        """
        try:
            for place in range(mark, len(self.log) - 2, 3):
                if type(names := self.log[place]) is ResolvedNames:
                    del names[self.log[place + 1]]
            if self.advanced:
                self.postpone(mark)
            if len(self.log) > mark:
                self.shares = True  # that code may have been given a context
                del self.log[mark:]
            while len(self.lent) > lent:
                identity, (_, value) = self.lent.popitem()
                if type(value) not in JINJA_TYPES:
                    self.own[identity] = value
        except Exception as error:
            self.failed(error)

    def cut(self) -> None:
        """Drop entries beyond the limit."""
        self.truncated = True
        del self.log[self.limit - self.limit % 3 :]

    def _noted(self) -> list[Any]:
        """Return the containers that grow while template code runs."""
        named: list[Any] = [self.secret, self._pairs, self._containers, self._copies]
        lent: list[Any] = [self.lent, self.shared, self.modules, self.filled, self.context_given]
        later: list[Any] = [self.pending, self.awaited, self.sensitive_values, self.advanced]
        return [self.log, self.own, *named, *lent, *later]

    def release(self) -> None:
        """Drop what was noted. A macro that the app keeps refers to it, and others to the log."""
        noted = self._noted() if self.shares else [self.log]
        self.released = True
        super().release()
        for container in noted:
            container.clear()
