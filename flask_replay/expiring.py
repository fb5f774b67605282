"""A dictionary whose values expire, for visits and other short-lived state."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from typing import Generic, TypeVar

from .forks import ForkLock

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")


class Expiring(Generic[_Key, _Value]):
    """Remembers each value for some time after it was last put.

    With only a limit on the number of values, a process grows until that many have come, which may
    take days. So each ``put`` also drops the values that are too old. It may be used by many
    threads, and by a destructor that runs within one of the methods.

    :param seconds: how long a value is remembered, at least.
    :param most: the most values to remember. Beyond it, the oldest are dropped.
    :param clock: returns the time in seconds.
    """

    def __init__(
        self, seconds: float, most: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.seconds = seconds
        self.most = most
        self.clock = clock
        self._kept: OrderedDict[_Key, tuple[float, _Value]] = OrderedDict()
        self._lock = ForkLock()

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, key: object) -> bool:
        return key in self._kept

    def get(self, key: _Key) -> _Value | None:
        """Return a value, or ``None`` if there is none."""
        found = self._kept.get(key)
        return None if found is None else found[1]

    def put(self, key: _Key, value: _Value) -> None:
        """Remember a value, from now on."""
        now = self.clock()
        with self._lock:
            self._kept[key] = now, value
            self._kept.move_to_end(key)
            while len(self._kept) > self.most or self._oldest() < now - self.seconds:
                self._kept.popitem(last=False)

    def newest(self) -> Iterator[tuple[float, _Value]]:
        """Yield each time at which a value was put with that value, newest first."""
        with self._lock:
            kept = [*self._kept.values()]
        return reversed(kept)

    def clear(self) -> None:
        """Forget all values."""
        with self._lock:
            self._kept.clear()

    def _oldest(self) -> float:
        return next(iter(self._kept.values()))[0]
