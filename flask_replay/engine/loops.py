"""The ``loop`` of a template for one render. It asks the runtime for items and their number, and
says when it takes an item before its turn.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from types import AsyncGeneratorType, GeneratorType
from typing import Any

from jinja2.runtime import AsyncLoopContext, LoopContext
from jinja2.utils import missing

from .hooks import Hooks


class RuntimeLoop(LoopContext):
    """The ``loop`` of a template, over the items from the runtime."""

    postponed: list[Any] | None = None
    """What a recorder notes when the template itself asks for the length."""

    ahead = False
    """Whether it is taking items before their turn."""

    turning = False

    def __init__(
        self, runtime: Hooks, iterable: Any, undefined: Any, recurse: Any = None, depth0: int = 0
    ) -> None:
        self._runtime = runtime
        self._iterable = iterable
        self._iterator = iter(runtime.iterate(iterable))
        self._undefined = undefined
        self._recurse = recurse
        self.depth0 = depth0

    @property
    def length(self) -> int:
        """Return the number of items from the runtime."""
        if self._length is None:
            self._runtime.advancing(self, measured=True)
            self.ahead = True
            try:
                self._length = self._runtime.measure(self._iterable)
            except TypeError:
                self._iterable = items = list(self._iterator)
                self._iterator = iter(items)
                self._length = len(items) + self.index + (self._after is not missing)
            finally:
                self.ahead = False
        elif self.postponed is not None:
            self._runtime.advancing(self, measured=True)
        return self._length

    def __repr__(self) -> str:
        if self._runtime.gathers:  # that of an asynchronous environment has an address
            return f"<AsyncLoopContext {self.index} at 0x>"
        return LoopContext.__repr__(self)

    def _peek_next(self) -> Any:
        """Take the next item before its turn. The code of a generator, such as that of
        ``for … if …``, may note what it reads.
        """
        if self._after is missing and type(self._iterable) is GeneratorType:
            self._runtime.advancing(self, measured=False)
        self.ahead = True
        try:
            return LoopContext._peek_next(self)
        finally:
            self.ahead = False

    def __iter__(self) -> LoopContext:
        if self.turning:  # its own ``for`` comes first
            self._runtime.turned(self)
        self.turning = True
        return self

    def __call__(self, iterable: Iterable[Any]) -> Any:
        return self._runtime.given(self._runtime.entered(super().__call__, iterable))

    def _call_simply(self, iterable: Any) -> Any:
        """Call a recursive loop from the template, to the same depth as without a recorder."""
        if self._recurse is None:
            return super().__call__(iterable)
        return self._runtime.given(self._recurse(iterable, self._recurse, self.depth))


class RuntimeAsyncLoop(AsyncLoopContext):
    """The ``loop`` of a template in an asynchronous environment."""

    postponed: list[Any] | None = None
    ahead = turning = False

    def __init__(self, runtime: Hooks, iterable: Any, *arguments: Any) -> None:
        super().__init__(runtime.auto_aiter(iterable), *arguments)
        self._iterable = _Measured(runtime, iterable)  # type: ignore[assignment]
        self._runtime = runtime
        self._from_generator = type(iterable) is AsyncGeneratorType

    @property
    async def length(self) -> int:  # type: ignore[override]
        """Return the number of items from the runtime."""
        if self._length is None or self.postponed is not None:
            self._runtime.advancing(self, measured=True)
        self.ahead = True
        try:
            return await _async_length(self)
        finally:
            self.ahead = False

    async def _peek_next(self) -> Any:
        """Take the next item before its turn, as in other environments."""
        if self._after is missing and self._from_generator:
            self._runtime.advancing(self, measured=False)
        self.ahead = True
        try:
            return await AsyncLoopContext._peek_next(self)
        finally:
            self.ahead = False

    def __iter__(self) -> LoopContext:
        self._runtime.turned(self)
        return self

    def __aiter__(self) -> AsyncLoopContext:
        if self.turning:
            self._runtime.turned(self)
        self.turning = True
        return self

    @staticmethod
    def _to_iterator(iterable: Any) -> Any:
        if hasattr(iterable, "__aiter__"):
            return iterable.__aiter__()
        return AsyncLoopContext._to_iterator(iterable)

    def __call__(self, iterable: Iterable[Any]) -> Any:
        return self._runtime.entered(super().__call__, iterable)


AWAITED = frozenset({"last", "length", "nextitem", "revindex", "revindex0"})
"""Attributes of an asynchronous loop that take no item until they are awaited. No filter does."""

_async_length: Callable[[Any], Awaitable[int]] = AsyncLoopContext.length.fget  # type: ignore[attr-defined]


class _Measured:
    """The items of an asynchronous loop, with the length that the runtime returns."""

    def __init__(self, runtime: Hooks, iterable: Any) -> None:
        self.runtime = runtime
        self.iterable = iterable

    def __len__(self) -> int:
        return self.runtime.measure(self.iterable)
