"""The present settings of an environment that shape a render. An app may change them at any
time.
"""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Callable
from operator import attrgetter, is_
from typing import Any

import msgspec
from jinja2 import Environment
from jinja2.runtime import Context

from ...codec import digest_key
from ...trace.cells import PLAIN
from .. import operations as op
from ..documents import Setup
from ..instrument import ASKS_AGAIN
from ..natives import concat_of, is_native
from .sources import overrides

_ATTRIBUTE = "_replay_setup"
"""The attribute in which an environment keeps its setup. If it were stored elsewhere, the functions
in it would keep their app alive.
"""


_shape = attrgetter(
    "autoescape", "block_start_string", "block_end_string", "variable_start_string",
    "variable_end_string", "comment_start_string", "comment_end_string", "line_statement_prefix",
    "line_comment_prefix", "trim_blocks", "lstrip_blocks", "newline_sequence",
    "keep_trailing_newline", "optimized", "is_async", "code_generator_class",
)  # fmt: skip
"""The attributes that Jinja's lexer, parser and compiler read of their environment, without
extensions and operators.
"""


_COMPARED = PLAIN | {set, frozenset}
"""Types of settings whose values are compared. The sets contain the signs of operators."""


_BY_NAME = frozenset({"flask.sansio.app", "flask.app", "jinja2.utils"})
"""Modules with functions that choose by a template's name whether it is escaped."""


class WrittenSetup:
    """The settings of an environment, written for a replay.

    :param before: the previous setup of the environment.
    :ivar state: the state of the environment; another state needs another setup.
    :ivar shape: the part of that state that shapes the code of a template.
    :ivar foreign_filters: names of filters that only the app can run, now or earlier: compiled code
        calls a function as it was when the code was compiled.
    :ivar foreign_tests: names of the tests that only the app can run.
    :ivar escapes: whether the app decides anew for each context whether it escapes.
    :ivar twins: twins of templates, or the reason why there is none, by what they were made of.
    :ivar harmless: content hashes of templates whose own text contains no secret; see ``own_text``.
    """

    def __init__(self, environment: Environment, before: WrittenSetup | None = None) -> None:
        self.environment = weakref.ref(environment)
        self.state = _state(environment)
        self.shape = shape_of(environment)
        self.finalize = environment.finalize
        self.filters: dict[str, Any] = dict(environment.filters)
        self.tests: dict[str, Any] = dict(environment.tests)
        self.foreign_filters = _foreign(self.filters, op.is_own_filter)
        self.foreign_tests = _foreign(self.tests, op.is_own_test)
        if overrides(environment, Environment, "call_filter") or overrides(
            environment, Environment, "call_test"
        ):
            # these may call other filters and tests by name
            self.foreign_filters |= op.NAMING_FILTERS & self.filters.keys()
        if before is not None:
            self.foreign_filters |= before.foreign_filters
            self.foreign_tests |= before.foreign_tests
        self.twins: OrderedDict[Any, Any] = OrderedDict()
        self.harmless: dict[str, None] = {}
        self.escapes = _decides_escaping(environment)
        undefined = environment.undefined
        self.document = msgspec.msgpack.encode(
            Setup(
                undefined=next(
                    (name for name, own in op.UNDEFINED_KINDS.items() if own is undefined), ""
                ),
                finalize=environment.finalize is not None,
                filters=sorted(self.foreign_filters),
                tests=sorted(self.foreign_tests),
                binops=sorted(getattr(environment, "intercepted_binops", ())),
                unops=sorted(getattr(environment, "intercepted_unops", ())),
                names=environment.context_class.resolve_or_missing
                is not Context.resolve_or_missing,
                reads=op.overrides_reads(environment),
                asks_again=ASKS_AGAIN,
                formats_in_turn=True,
                native=is_native(environment),
                concat=concat_of(environment),
                gathers=environment.is_async,
                escapes=self.escapes,
                policies={
                    name: value
                    for name, value in sorted(environment.policies.items())
                    if value is None or isinstance(value, str | int | float | bool)
                },
            )
        )
        self.key = digest_key(self.document)


def _decides_escaping(environment: Environment) -> bool:
    """Whether a function of the app decides what is escaped. Those of Flask and Jinja go by names
    alone. A function that wraps one of them may have its name and module.
    """
    decides: Any = environment.autoescape
    return callable(decides) and getattr(decides, "__globals__", {}).get("__name__") not in _BY_NAME


def _foreign(functions: dict[str, Any], is_own: Callable[[str, object], bool]) -> frozenset[str]:
    return frozenset(name for name, function in functions.items() if not is_own(name, function))


def _state(environment: Environment) -> tuple[Any, ...]:
    """Return the state that changes when an app changes its environment, in one flat tuple: it is
    compared at each render.
    """
    filters, tests = environment.filters, environment.tests
    return (
        environment.undefined,
        environment.finalize,
        environment.context_class,
        environment.concat,
        len(filters),
        *filters.values(),
        len(tests),
        *tests.values(),
        *shape_of(environment),
    )


def same_state(one: Any, other: Any) -> bool:
    """Whether two states, or two shapes, are the same.

    Except for plain values, they are compared by identity: a filter of the app may be an object
    that defines how it is compared.
    """
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if type(one) is tuple:
        return len(one) == len(other) and (
            all(map(is_, one, other)) or all(map(same_state, one, other))
        )
    return type(one) in _COMPARED and bool(one == other)


def shape_of(environment: Environment) -> tuple[Any, ...]:
    """Return the settings of an environment that shape the code of its templates."""
    return (
        *_shape(environment),
        getattr(environment, "intercepted_binops", ()),  # of a sandboxed environment
        getattr(environment, "intercepted_unops", ()),
        getattr(environment, "newstyle_gettext", None),  # of Jinja's extension for translations
        *environment.policies.values(),
        *environment.extensions.values(),
    )


def setup_of(environment: Environment) -> WrittenSetup:
    """Return the present setup of an environment, the same object while nothing has changed."""
    setup: WrittenSetup | None = environment.__dict__.get(_ATTRIBUTE)
    # an overlay has a copy of all attributes
    if setup is not None and setup.environment() is not environment:
        setup = None
    if setup is None or not same_state(setup.state, _state(environment)):
        setup = environment.__dict__[_ATTRIBUTE] = WrittenSetup(environment, setup)
    return setup
