"""Whether a render gave its context, or another object of Jinja's own, to the app, which may keep
it, and with it the macros.
"""

from __future__ import annotations

from types import BuiltinMethodType, FunctionType, MethodType
from typing import Any

from jinja2 import Environment
from jinja2.runtime import Context
from jinja2.utils import Cycler, Joiner, Namespace

from ...trace.type_sets import TypeSet, definer_of, dictionary_of
from .. import operations as op
from ..objects import JINJA_TYPES

_MARK = "jinja_pass_arg"
"""The attribute that ``pass_context`` and its like set on a function."""

_MAX_NESTING = 16
KNOWN = TypeSet({*op.SEQUENCES.keys(), dict, *op.VIEWS, Cycler, Joiner, Namespace})
"""Types of values of a template of which :func:`~.operations.reached` returns all that they hold.
Iterators of filters are not among them.
"""


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
    return finalize is not None and _may_take_context(finalize)


def gives_context(log: list[Any]) -> bool:
    """Whether a callee in a log may have been passed a context."""
    called = zip(log[0::3], log[1::3], strict=True)
    callees = {id(callee): callee for callee, word in called if word is op.CALL}
    return any(map(_may_take_context, callees.values()))


def _may_take_context(callee: Any) -> bool:
    """Whether Jinja may pass its context to a callee. No code of the app runs, so an object that
    computes its attributes counts as one that takes it.
    """
    kind = type(callee)
    if kind is BuiltinMethodType:
        return False
    if kind is MethodType:
        return _may_take_context(callee.__func__)
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
