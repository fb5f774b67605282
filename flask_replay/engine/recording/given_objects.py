"""Which objects of Jinja's own a render gave to the app, and whether it gave its context. The app
may keep them, and with a context the macros, or pass them to another template.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import is_
from types import BuiltinMethodType, FunctionType, MethodType
from typing import Any

from jinja2 import Environment
from jinja2.runtime import Context
from jinja2.utils import Cycler, Joiner, Namespace

from ...trace.type_sets import TypeSet, definer_of, dictionary_of
from .. import operations as op
from ..objects import JINJA_TYPES
from .secrets import Secrets

_MARK = "jinja_pass_arg"
"""The attribute that ``pass_context`` and its like set on a function."""

_MAX_NESTING = 16
KNOWN = TypeSet({*op.SEQUENCES.keys(), dict, *op.VIEWS, Cycler, Joiner, Namespace})
"""Types of values of a template of which :func:`~.operations.reached` returns all that they hold.
Iterators of filters are not among them.
"""


class Giving(Secrets):
    """The part of a tracer that notes which objects of Jinja's own the app is given."""

    context_given: list[Any]

    def share(self, value: Any) -> None:
        """Note that the app has an object of Jinja's own."""
        self.shares = True
        self.shared.pop(id(value), None)
        self.shared[id(value)] = value

    def give(self, values: Iterable[Any]) -> None:
        """Note the objects of Jinja's own among values that the app is about to be given. It may
        pass them to another template at once.
        """
        try:
            pending, seen = [*values], set[int]()
            while pending:
                value = pending.pop()
                if type(value) is MethodType or type(value) is BuiltinMethodType:
                    value = value.__self__
                found = id(type(value)) in JINJA_TYPES.identities
                if found:
                    self.share(value)
                if (found or id(value) in self.own) and id(value) not in seen:
                    seen.add(id(value))
                    pending += op.reached(value)
        except Exception as error:
            self.failed(error)

    def give_context(self, context: Any, *variables: Any) -> None:
        """Note the objects of Jinja's own in a context that the app is about to be given.

        :param variables: local variables that Jinja adds to it, if there are any.
        """
        try:
            own, parent = context.vars, context.parent
            given = [context, *own.values()]
            if len(given) != len(self.context_given) or not all(
                map(is_, given, self.context_given)
            ):
                self.context_given[:] = given
                self.give((*own.values(), *map(parent.get, context.given)))
            for added in filter(None, variables):
                self.give(added.values())
        except Exception as error:
            self.failed(error)


def shows(operands: tuple[Any, ...], own: dict[int, Any], nesting: int = 0) -> bool:
    """Whether an object of Jinja's own is among the operands of an operation, or in containers of
    the template. Methods of the app's objects that compute the result are passed it.

    :param own: these containers, by identity.
    """
    if not JINJA_TYPES.identities.isdisjoint(map(id, map(type, operands))):
        return True
    return (
        nesting < _MAX_NESTING
        and not own.keys().isdisjoint(map(id, operands))
        and any(
            shows(op.items_in(value), own, nesting + 1) for value in operands if id(value) in own
        )
    )


def passes_contexts(environment: Environment) -> bool:
    """Whether an environment passes each context to code of the app."""
    finalize = environment.finalize
    if environment.context_class is not Context:
        return True
    return finalize is not None and may_take_context(finalize)


def gives_context(log: list[Any]) -> bool:
    """Whether a callee in a log may have been passed a context."""
    called = zip(log[0::3], log[1::3], strict=True)
    callees = {id(callee): callee for callee, word in called if word is op.CALL}
    return any(map(may_take_context, callees.values()))


def may_take_context(callee: Any) -> bool:
    """Whether Jinja may pass its context to a callee. No code of the app runs, so an object that
    computes its attributes counts as one that takes it.
    """
    kind = type(callee)
    if kind is BuiltinMethodType:
        return False
    if kind is MethodType:
        return may_take_context(callee.__func__)
    if kind is FunctionType:
        return _MARK in callee.__dict__
    if issubclass(kind, type):
        return definer_of(callee, _MARK) is not None
    owner = definer_of(kind, "__call__")
    call = None if owner is None else dictionary_of(owner)["__call__"]
    if type(call) is not FunctionType or _MARK in call.__dict__:
        return True
    if definer_of(kind, "__getattribute__") is not object:
        return True
    if definer_of(kind, "__getattr__") is not None or definer_of(kind, _MARK) is not None:
        return True
    try:
        return _MARK in object.__getattribute__(callee, "__dict__")
    except AttributeError:
        return False
