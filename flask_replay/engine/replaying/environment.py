"""The environment of a replay: sandboxed, bounded, and without anything of the app."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from jinja2 import Undefined
from jinja2.filters import FILTERS
from jinja2.sandbox import SandboxedEnvironment
from jinja2.tests import TESTS
from jinja2.utils import missing

from ...errors import ReplayError
from ..documents import Setup
from ..loops import AWAITED, RuntimeLoop
from ..operations import UNDEFINED_KINDS, postponed
from .generating import code_generator
from .standins import StandIn

MAX_STEPS = 2_000_000
"""Items, calls and operations of one render."""

MAX_OUTPUT = 32 << 20
"""Characters of one render's output."""

_MAX_NUMBER = 1_000_000
_POLICIES = frozenset(
    (
        "compiler.ascii_str", "urlize.rel", "urlize.target", "urlize.extra_schemes",
        "truncate.leeway", "json.dumps_kwargs", "ext.i18n.trimmed",
    )
)  # fmt: skip


class Exhausted(ReplayError):
    """Raised when a render exceeds what any page needs: the recording is hostile or damaged."""


STOPPED = "the render was not finished when it was recorded"


class Stopped(ReplayError):
    """Raised to end a replay where the recorded render ended."""


class _Known(dict[str, Callable[..., Any]]):
    """Filters or tests. A name that Jinja does not have belongs to the app."""

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name, postponed)


class ReplayEnvironment(SandboxedEnvironment):
    """An environment with Jinja's own filters and tests, which reads stand-ins from the trace.

    :param setup: the settings of the recorded environment.
    """

    def __init__(self, setup: Setup) -> None:
        super().__init__(undefined=UNDEFINED_KINDS.get(setup.undefined, Undefined), cache_size=0)
        self.filters: Any = _Known(
            dict[str, Any](FILTERS) | dict.fromkeys(setup.filters, postponed)
        )
        self.tests: Any = _Known(dict[str, Any](TESTS) | dict.fromkeys(setup.tests, postponed))
        self.intercepted_binops = frozenset(setup.binops)
        self.intercepted_unops = frozenset(setup.unops)
        self.finalize = postponed if setup.finalize else None
        for name, value in setup.policies.items():
            if name in _POLICIES and isinstance(value, type(self.policies.get(name)) | None | str):
                self.policies[name] = value
        self.code_generator_class = code_generator(native=setup.native, gathers=setup.gathers)
        self.native = setup.native
        self.concat_of = setup.concat
        self.gathers = setup.gathers
        self.escapes = setup.escapes
        self.asks_again = setup.asks_again
        self.formats_in_turn = setup.formats_in_turn
        self.own_names = setup.names
        self.own_reads = setup.reads
        self.escaping: dict[str, bool] = {}
        self.autoescape = self._escapes

    def _escapes(self, name: str | None) -> bool:
        return self.escaping.get(name or "", False)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Read an attribute. A stand-in answers from the trace."""
        if isinstance(obj, StandIn):
            return obj._answers.item(obj, attribute)
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Read an item. A stand-in answers from the trace."""
        if isinstance(obj, StandIn):
            return obj._answers.item(obj, argument)
        return super().getitem(obj, argument)

    def is_safe_callable(self, obj: Any) -> bool:
        """Allow calls of stand-ins, which only return answers."""
        return isinstance(obj, StandIn) or super().is_safe_callable(obj)


class Comparing:
    """A replay's environment for a filter that compares loops of an asynchronous environment: what
    it reads of them takes no items.
    """

    def __init__(self, base: ReplayEnvironment) -> None:
        self.base = base
        self.undefined = base.undefined

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Read an item, or an attribute of which ``max`` is given the name."""
        awaited = isinstance(obj, RuntimeLoop) and argument in AWAITED
        return missing if awaited else self.base.getitem(obj, argument)


_WIDE = frozenset(
    {"center", "ljust", "rjust", "zfill", "expandtabs", "indent", "batch", "slice", "round"}
)


def check_width(name: str, operands: Iterable[Any]) -> None:
    """Refuse a method or filter that would make a huge text.

    :raises Exhausted: a number among its operands is too large.
    """
    if name not in _WIDE:
        return
    operands = tuple(operands)
    if name == "batch":  # only a fill value makes a batch longer than its items
        operands = operands[:1] if len(operands) > 1 else ()
    for operand in operands:
        if type(operand) is int and operand > _MAX_NUMBER:
            raise Exhausted(f"the page asks for {name} by more than {_MAX_NUMBER}")


def check_product(sign: str, left: Any, right: Any) -> None:
    """Refuse a multiplication or power whose result would be huge.

    :raises Exhausted: the result would be too large.
    """
    if sign == "*":
        for many, times in ((left, right), (right, left)):
            if isinstance(many, str | bytes | list | tuple) and type(times) is int:
                if len(many) * times > _MAX_NUMBER:
                    raise Exhausted("the page repeats a text or list too often")
        if (
            type(left) is int
            and type(right) is int
            and left.bit_length() + right.bit_length() > _MAX_NUMBER
        ):
            raise Exhausted("the page works with too large a number")
    elif sign == "**" and type(left) is int and type(right) is int:
        if right > 0 and left.bit_length() * right > _MAX_NUMBER:
            raise Exhausted("the page works with too large a number")
