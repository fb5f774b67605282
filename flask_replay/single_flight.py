"""Let one of several threads make a thing that all of them want, while the others wait for it."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from weakref import WeakValueDictionary


class _Turn:
    def __init__(self) -> None:
        self.lock = threading.RLock()


class SingleFlight:
    """Lets one thread at a time make a thing. It keeps nothing that no thread waits for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turns: WeakValueDictionary[Hashable, _Turn] = WeakValueDictionary()

    @contextmanager
    def of(self, name: Hashable) -> Iterator[None]:
        """Wait until no other thread makes the thing of this name, then keep the others out.

        :param name: the name of the thing, equal for all threads that want it.
        """
        with self._lock:
            turn = self._turns.get(name) or _Turn()
            self._turns[name] = turn
        with turn.lock:
            yield
