"""The filters and tests of an environment, wrapped to note their results."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from jinja2 import Undefined
from jinja2.runtime import Context
from jinja2.utils import _PassArg

from ...sanitize.names import sensitive
from ...trace.cells import PLAIN
from .. import operations as op
from ..objects import JINJA_TYPES, RuntimeEnvironment
from ..operations import LIVE
from .iteration import TURNS
from .sensitive import RecordedSensitive


def passed_on(function: Any, context: Context) -> tuple[Any, ...]:
    """Return the first argument that a function requests with a decorator such as
    ``pass_context``.
    """
    mark = _PassArg.from_obj(function)
    if mark is _PassArg.context:
        return (context,)
    if mark is _PassArg.eval_context:
        return (context.eval_ctx,)
    if mark is _PassArg.environment:
        return (context.environment,)
    return ()


_WANTED = (None, _PassArg.context, _PassArg.eval_context, _PassArg.environment)
"""The arguments that a function may request, in the order that the compiled core uses."""

_ATTRIBUTE = {"attr": 1, "join": 2, "groupby": 1, "sum": 1, "min": 2, "max": 2, "unique": 2}
"""The position of the attribute's name among the arguments of filters."""

_MANY = 1_000
"""More arguments than any filter has."""


def _attribute_of(name: str, operands: tuple[Any, ...], keywords: dict[str, Any]) -> str:
    """Return the sensitive name of the attribute that a filter reads, ``""`` if there is none."""
    place = _ATTRIBUTE.get(name, len(operands))
    given = keywords.get("attribute", operands[place] if place < len(operands) else "")
    if type(given) is not str:
        return ""
    return (
        next((part for part in given.split(".") if sensitive(part)), "")
        if name in {*_ATTRIBUTE, "map"}
        else ""
    )


_PAIRING = frozenset({"dictsort", "items"})
"""Filters that return the items of a dictionary as pairs."""


def _keeps(owner: Any, value: Any) -> bool:
    """Whether a value was in a module or a cycler before a filter read it there."""
    return type(owner) in op.LEADING and any(
        value is one for kept in op.reached(owner) for one in (kept, *op.items_in(kept))
    )


class RecordedFunctions:
    """The filters or tests of an environment, wrapped to note their results."""

    def __init__(
        self,
        tracer: RecordedSensitive,
        functions: Any,
        word: str,
        foreign: frozenset[str],
    ) -> None:
        self.tracer = tracer
        self.functions = functions
        self.word = word
        self.foreign = foreign

    def __getitem__(self, name: str) -> Callable[..., Any]:
        function: Callable[..., Any] = self.functions[name]
        if name in self.foreign:
            return self._foreign(name, function)
        if name in _PAIRING and self.word == "|":
            function = self._pairing(function)
        return self._own(name, function)

    def __iter__(self) -> Iterator[str]:
        return iter(self.functions)

    def _foreign(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        tracer, word, all_plain = self.tracer, f"{self.word} {name}", PLAIN.have_all
        wanted = _WANTED.index(_PassArg.from_obj(function))
        passes_context = _WANTED[wanted] is _PassArg.context
        if passes_context:
            tracer.shares = True

        def run(context: Context, /, *operands: Any, **keywords: Any) -> Any:
            given = (*operands, *keywords.values())
            if not all_plain(given):
                tracer.give(given)
            if passes_context:
                tracer.give_context(context)
            mark, lent = len(tracer.log), len(tracer.lent)
            answer = function(*passed_on(function, context), *operands, **keywords)
            tracer.drop(mark, lent)
            return tracer.note(word, given, answer, app=True)

        if tracer.helpers is None:
            return run
        found: Callable[..., Any] = tracer.helpers.foreign(function, wanted, word, run)
        return found

    def _foreign_names(self, name: str) -> Callable[[Any], bool]:
        """Return a function that tells whether an operand of a filter names a function of the app,
        which is not wrapped.
        """
        base = self.tracer.base
        table: Any = base.filters if name == "map" else base.tests
        owns = op.is_own_filter if name == "map" else op.is_own_test

        def names_foreign(operand: Any) -> bool:
            return type(operand) is str and operand in table and not owns(operand, table[operand])

        return names_foreign

    def _pairing(self, function: Callable[..., Any]) -> Callable[..., Any]:
        paired = self.tracer.paired

        def run(*operands: Any, **keywords: Any) -> Any:
            return paired(operands[0], function(*operands, **keywords))

        return run

    def _reading(self, name: str) -> Callable[[Any, Any], bool]:
        """Return a function that tells whether a filter may read what a replay does not have,
        although the replay has the operands.
        """
        if self.word != "|" or name not in op.ATTRIBUTE_FILTERS:
            return lambda operands, keywords: False
        tracer = self.tracer
        # missing attributes are undefined in the way of the app, and other filters take them
        makes_undefined = tracer.base.undefined not in LIVE and name in {"join", "map"}

        def reads_more(operands: Any, keywords: Any) -> bool:
            given = (*operands, *keywords.values())
            if makes_undefined and not op.meets(given, JINJA_TYPES):
                tracer.led = True
                return True
            return op.is_private(name, operands, keywords.get("attribute"))

        return reads_more

    def _listening(self, name: str) -> Callable[..., Any]:
        """Return a function that notes the result of one of Jinja's own functions, if needed."""
        tracer, word = self.tracer, f"{self.word} {name}"
        opaque, note, note_repeated = tracer.opaque, tracer.note, tracer.note_repeated
        advanced = tracer.advanced
        all_silent = op.SILENT.have_all
        naming = name in op.NAMING_FILTERS
        own_undefined = tracer.base.undefined not in LIVE
        leads = tracer.leads if self.word == "|" and name not in op.MOVING_FILTERS else None
        reads_more: Any = self._reading(name)
        names_foreign: Any = self._foreign_names(name) if naming else None

        def listen(operands: Any, keywords: Any, answer: Any, before: Any) -> Any:
            given = (*operands, *keywords.values())
            noted = any(map(opaque, given)) or reads_more(operands, keywords)
            only_silent = not noted and all_silent(given)
            noted = noted or (leads is not None and not only_silent and leads(given))
            if not noted and naming:
                noted = any(map(names_foreign, operands[1:]))
                if not noted:
                    note_repeated(word)
                tracer.shares = tracer.shares or noted  # it may have been passed the context
            if noted:
                if (advanced or own_undefined) and not tracer.is_again(answer):
                    tracer.postpone(before)
                answer = note(word, given, answer)
                attribute = _attribute_of(name, operands, keywords)
                if attribute and name == "groupby" and type(answer) is list:
                    for group in answer:
                        tracer.named(group[0], attribute)
                return tracer.private(answer, attribute) if attribute else answer
            if own_undefined and issubclass(type(answer), Undefined):
                return answer if _keeps(operands[0], answer) else tracer.noted_undefined(answer)
            if tracer.gives_own(operands[0]):
                tracer.made_whole(answer)
            return answer if only_silent else tracer.stable_text(word, given, answer)

        return listen

    def _own(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        tracer, word, secret = self.tracer, f"{self.word} {name}", self.tracer.secret
        opaque, note, log, extend = tracer.opaque, tracer.note, tracer.log, tracer.log.extend
        all_live, live, silent = LIVE.have_all, LIVE.identities, op.SILENT.identities
        advanced, own_undefined = tracer.advanced, tracer.base.undefined not in LIVE
        simple = name not in op.NAMING_FILTERS
        most = _ATTRIBUTE.get(name, _MANY)
        turning = self.word == "|" and name in op.TURNING_FILTERS
        if tracer.base.is_async:  # only these filters take items of an asynchronous loop
            turning = turning and hasattr(function, "jinja_async_variant")
        listen = self._listening(name)

        def run(first: Any, /, *operands: Any, **keywords: Any) -> Any:
            before = len(log) if own_undefined else advanced[-1] if advanced else None
            if turning and type(first) in TURNS:
                first = tracer.turns(first)
            answer = function(first, *operands, **keywords)
            known = type(first) is str or id(type(first)) in silent
            if known and not keywords and not secret:
                if type(answer) is str or id(type(answer)) in live:
                    if not operands or all_live(operands):
                        return answer
            return listen((first, *operands), keywords, answer, before)

        def run_passed(passed: Any, first: Any, /, *operands: Any, **keywords: Any) -> Any:
            if type(passed) is RuntimeEnvironment:
                passed = tracer.base
            before = len(log) if own_undefined else advanced[-1] if advanced else None
            if turning and type(first) in TURNS:
                first = tracer.turns(first)
            answer = function(passed, first, *operands, **keywords)
            known = not operands or all_live(operands)
            simple_call = simple and len(operands) < most and not (keywords or secret)
            if simple_call and known and opaque(first):
                if (advanced or own_undefined) and not tracer.is_again(answer):
                    tracer.postpone(before)
                if type(answer) is not str and type(answer) not in PLAIN:
                    return note(word, (first, *operands), answer)
                extend((first, word, answer))
                return answer
            return listen((first, *operands), keywords, answer, before)

        return run if _PassArg.from_obj(function) is None else run_passed
