"""The operations of a template, with the words under which a trace keeps them, and the types and
functions that belong to Jinja.
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
from jinja2.utils import Cycler, Namespace

from ..trace.cells import PLAIN
from ..trace.type_sets import TypeMap, TypeSet, definer_of
from .loops import RuntimeAsyncLoop, RuntimeLoop
from .objects import JINJA_TYPES, RuntimeModule

# The words of questions. A read of an attribute is stored under the attribute's name. None of the
# other words is a valid attribute name.
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
ESCAPES = "escapes()"

SEQUENCES: TypeMap[str] = TypeMap(
    {list: "list", tuple: "tuple", set: "set", frozenset: "frozenset", _GroupTuple: "tuple"}
)
"""Containers that expressions of a template and functions of Jinja create, with the words for
their types.
"""

PAIRS: type = type({}.items())
VIEWS = TypeSet({type({}.keys()), type({}.values()), PAIRS})

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
"""Undefined values of exactly these types behave the same everywhere. Other types are the app's
code.
"""

LIVE = PLAIN | JINJA_TYPES | UNDEFINED_KINDS.values()
"""Types whose instances are not recorded: operations on them alone are repeated in a replay."""

SILENT = LIVE - JINJA_TYPES
"""Types whose text contains no address."""

RECORDED_FILTERS = frozenset({"random", "tojson"})
RECORDED_TESTS = frozenset({"filter", "test"})
"""Filters of Jinja whose results do not depend on their arguments alone: random choice, the app's
JSON encoder, filters of the app.
"""

NAMING_FILTERS = frozenset({"map", "select", "reject", "selectattr", "rejectattr"})
"""Filters that take the name of a filter or test, which may belong to the app."""

TURNING_FILTERS = frozenset({"list", "first", "batch", "slice", "reverse"})
"""Filters that iterate over their operand, and read nothing from its items."""

MOVING_FILTERS = TURNING_FILTERS | {"last", "length", "count", "default", "d", "items"}
"""Filters that read nothing from the items of their operand."""

ATTRIBUTE_FILTERS = frozenset(
    {"attr", "join", "map", "groupby", "sum", "min", "max", "unique", "sort"}
    | {"selectattr", "rejectattr"}
)
"""Filters that read an attribute by name."""


def is_private(name: str, operands: tuple[Any, ...], attribute: object) -> bool:
    """Whether a call of one of the :data:`ATTRIBUTE_FILTERS` names a private attribute, which the
    sandboxed environment of a replay does not read.

    :param operands: the operands of the filter.
    :param attribute: its keyword argument ``attribute``.
    """
    texts = operands[2 if name == "join" else 1 :]  # the text between joined items is no name
    return any(
        type(text) is str and (text[:1] == "_" or "._" in text) for text in (*texts, attribute)
    )


LIVE_GLOBALS = {id(value): name for name, value in DEFAULT_NAMESPACE.items() if name != "lipsum"}
"""Jinja's own global functions, by identity. ``lipsum`` is random, so its results are recorded."""


def has_address(text: Any) -> bool:
    """Whether a text may contain the address of an object, as the default ``repr`` of Python does.

    Addresses differ between processes, so such a text is noted, whoever created the object.
    """
    return issubclass(type(text), str) and str.__contains__(text, " at 0x")


def overrides_reads(environment: Environment) -> bool:
    """Whether an environment of the app overrides how Jinja reads attributes or items."""
    own, kind = vars(environment), type(environment)
    return (
        "getattr" in own
        or "getitem" in own
        or kind.getattr not in (Environment.getattr, SandboxedEnvironment.getattr)
        or kind.getitem not in (Environment.getitem, SandboxedEnvironment.getitem)
    )


_AT_REST = TypeSet({Undefined, str, bytes, int, float, complex, Decimal, tuple, frozenset})
"""Types whose truth never changes, and is computed without code of the app."""


def truth_at_rest(value: Any) -> bool | None:
    """Return the truth of a value if it is constant and computed without code of the app, else
    ``None``.
    """
    # the order in which Python looks, ignoring metaclasses and proxies
    for name in ("__bool__", "__len__"):
        owner = definer_of(type(value), name)
        if owner is not None:
            return bool(value) if owner in _AT_REST else None
    return True


def items_in(value: Any) -> tuple[Any, ...]:
    """Return the items of a container that the template created, ``()`` for other values."""
    kind = type(value)
    if kind is Namespace:
        value, kind = value._Namespace__attrs, dict
    if kind is dict or kind is PAIRS:
        return tuple(
            item for pair in tuple(value.items() if kind is dict else value) for item in pair
        )
    return tuple(value) if kind in SEQUENCES or kind in VIEWS else ()


def reached(value: Any) -> tuple[Any, ...]:
    """Return what the app can reach through a value that the template passed to it: the items of a
    container or a cycler, the exported names of a module.
    """
    if type(value) is RuntimeModule:  # Jinja keeps the names in a set, so they have no order
        return tuple(given for name, given in sorted(vars(value).items()) if name[:1] != "_")
    return (value.items,) if type(value) is Cycler else items_in(value)


LEADING = TypeSet({RuntimeLoop, RuntimeAsyncLoop, RuntimeModule, Cycler})
"""Types of Jinja's own objects through which a filter may read values of the app: the next item of
a loop, a name that a module exports. No container of the template contains these values.
"""
_MAX_NESTING = 16


def leads(operands: tuple[Any, ...]) -> bool:
    """Whether a filter may read values of the app through Jinja's own objects in its operands.

    A replay repeats reads of such an object itself, like any other expression. From a macro, a
    block or ``self``, only names that begin with an underscore lead to values of the app.
    """
    private = any(type(name) is str and (name[:1] == "_" or "._" in name) for name in operands[1:])
    return meets(operands, LEADING | JINJA_TYPES if private else LEADING, within=not private)


def meets(operands: tuple[Any, ...], kinds: TypeSet, *, within: bool = False) -> bool:
    """Whether values of some types are among the operands of a filter or in their containers.

    :param within: only those in containers count.
    """

    def found(value: Any, nesting: int) -> bool:
        if type(value) in kinds:
            return nesting > 0 or not within
        return nesting < _MAX_NESTING and any(found(item, nesting + 1) for item in items_in(value))

    return any(found(operand, 0) for operand in operands if type(operand) not in SILENT)


FILLING = frozenset(
    {"update", "extend", "difference_update", "intersection_update", "symmetric_difference_update"}
)
"""Methods that fill a container from another one. The resulting content of a template's own
container is noted.
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
"""Methods that change a template's own container. A replay calls them even if the trace has their
result.
"""


def is_own_filter(name: str, function: object) -> bool:
    """Whether a filter is Jinja's own and returns the same result everywhere."""
    return FILTERS.get(name) is function and name not in RECORDED_FILTERS


def is_own_test(name: str, function: object) -> bool:
    """Whether a test is Jinja's own and returns the same result everywhere."""
    return TESTS.get(name) is function and name not in RECORDED_TESTS


@pass_context
def postponed(*arguments: Any) -> Any:
    """Replace a function of the app while a template is compiled.

    Jinja evaluates constant calls at compile time, but never those of functions that take the
    context.
    """
    raise RuntimeError("this function belongs to the app")
