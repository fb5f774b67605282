"""The operations of a template, by the words a trace keeps them under, and what Jinja itself
owns.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from jinja2 import ChainableUndefined, Environment, StrictUndefined, Undefined, pass_context
from jinja2.defaults import DEFAULT_NAMESPACE
from jinja2.filters import FILTERS, _GroupTuple
from jinja2.sandbox import SandboxedEnvironment
from jinja2.tests import TESTS
from jinja2.utils import Namespace

from ..trace.cells import PLAIN
from .objects import JINJA_TYPES

# What is asked. An attribute is asked for by its name; every other word is none that an attribute
# can have.
ITEM = "[]"
CALL = "()"
ITERATE = "iter()"
LENGTH = "len()"
TRUTH = "bool()"
TEXT = "str()"
ESCAPE = "escape()"
SPREAD = "**"
READ_ATTRIBUTE = "."
METHOD = ".()"
JOIN = "~"
SLICE = "[:]"
MARKUP = "Markup()"
TEMPLATE = "template()"
MODULE = "module()"
ARGUMENTS = "arguments()"
CONCAT = "concat()"
VALUE = "value()"
EXTENSION = "extension()"
FINALIZE = "finalize()"
UNDEFINED = "undefined()"
AUTOESCAPE = "autoescape()"

SEQUENCES: dict[type, str] = {
    list: "list", tuple: "tuple", set: "set", frozenset: "frozenset", _GroupTuple: "tuple",
}  # fmt: skip
"""Containers that a template's own expressions make, and Jinja's functions."""

PAIRS: type = type({}.items())
VIEWS = frozenset({type({}.keys()), type({}.values()), PAIRS})

COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda item, container: item in container,
    "not in": lambda item, container: item not in container,
}
BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
}
UNARY: dict[str, Callable[[Any], Any]] = {"-": operator.neg, "+": operator.pos}

UNDEFINED_KINDS: dict[str, type[Undefined]] = {
    kind.__name__: kind for kind in (Undefined, ChainableUndefined, StrictUndefined)
}
"""Undefined values of these exact types say the same everywhere; others are the app's code."""

LIVE = PLAIN | JINJA_TYPES | frozenset(UNDEFINED_KINDS.values())
"""Types whose instances need no record: operations on them alone are done again in a replay."""

SILENT = LIVE - JINJA_TYPES
"""Types whose text tells no address."""

RECORDED_FILTERS = frozenset({"random", "tojson"})
RECORDED_TESTS = frozenset({"filter", "test"})
"""Jinja's own, but their answers are not in their arguments: chance, the app's JSON, its filters.
"""

NAMING_FILTERS = frozenset({"map", "select", "reject", "selectattr", "rejectattr"})
"""Filters that take the name of a filter or test, which may be the app's."""

LIVE_GLOBALS = {id(value): name for name, value in DEFAULT_NAMESPACE.items() if name != "lipsum"}
"""Jinja's own global functions, by identity; ``lipsum`` is chance, so its answers are recorded."""


def tells_identity(text: Any) -> bool:
    """Whether a text may hold the address of an object: what Python says of one that has no text of
    its own.

    Each process has addresses of its own, so such a text is noted, whoever made the object.
    """
    return isinstance(text, str) and " at 0x" in text


def reads_its_own_way(environment: Environment) -> bool:
    """Whether an environment of the app's reads attributes or items otherwise than Jinja's own
    do.
    """
    ways: tuple[tuple[str, tuple[object, ...]], ...] = (
        ("getattr", (Environment.getattr, SandboxedEnvironment.getattr)),
        ("getitem", (Environment.getitem, SandboxedEnvironment.getitem)),
    )
    return any(
        name in vars(environment) or getattr(type(environment), name) not in usual
        for name, usual in ways
    )


_AT_REST = frozenset({Undefined, str, bytes, int, float, complex, Decimal, tuple, frozenset})
"""Types whose truth never changes, and is asked of no code of the app's."""


def truth_at_rest(value: Any) -> bool | None:
    """Return the truth of a value if it stays so and asking is no code of the app's, else
    ``None``.
    """
    for name in (
        "__bool__",
        "__len__",
    ):  # the order in which Python looks, past what a metaclass or a proxy has
        owner = next((kind for kind in type(value).__mro__ if name in vars(kind)), None)
        if owner is not None:
            return bool(value) if owner in _AT_REST else None
    return True


def held(value: Any) -> tuple[Any, ...]:
    """Return what a container of the template's holds, ``()`` for anything else."""
    kind = type(value)
    if kind is Namespace:
        value, kind = value._Namespace__attrs, dict
    if kind is dict or kind is PAIRS:
        return tuple(
            item for pair in tuple(value.items() if kind is dict else value) for item in pair
        )
    return tuple(value) if kind in SEQUENCES or kind in VIEWS else ()


FILLING = frozenset(
    {"update", "extend", "difference_update", "intersection_update", "symmetric_difference_update"}
)
"""Methods that fill a container from another one. What a page's own container holds after them is
noted.
"""

CHANGING = frozenset(
    {
        "append",
        "insert",
        "add",
        "pop",
        "popitem",
        "remove",
        "discard",
        "setdefault",
        "clear",
        "sort",
        "reverse",
    }
)
"""Methods that a replay runs on a page's own container even where it has their answer."""


def is_own_filter(name: str, function: object) -> bool:
    """Whether a filter is Jinja's own and gives the same answer everywhere."""
    return FILTERS.get(name) is function and name not in RECORDED_FILTERS


def is_own_test(name: str, function: object) -> bool:
    """Whether a test is Jinja's own and gives the same answer everywhere."""
    return TESTS.get(name) is function and name not in RECORDED_TESTS


@pass_context
def postponed(*arguments: Any) -> Any:
    """Stand for a function of the app's where a template is compiled.

    Jinja runs what it can while it compiles, but never what asks for the context.
    """
    raise RuntimeError("this function belongs to the app")
