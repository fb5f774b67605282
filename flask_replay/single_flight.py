"""Of several threads that want the same thing made at one time, one makes it, and the others wait
for that.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from weakref import WeakValueDictionary


class _Turn:
    def __init__(self) -> None:
        self.lock = threading.RLock()


class SingleFlight:
    """Gives threads their turns; nothing is kept of what nobody waits for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turns: WeakValueDictionary[Hashable, _Turn] = WeakValueDictionary()

    @contextmanager
    def of(self, name: Hashable) -> Iterator[None]:
        """Wait until no other thread makes what has a name, and keep others from it meanwhile.

        :param name: of what is made, equal for all who want the same.
        """
        with self._lock:
            turn = self._turns.get(name) or _Turn()
            self._turns[name] = turn
        with turn.lock:
            yield
