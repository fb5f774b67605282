"""A store that answers within a time limit or fails, for callers that keep somebody waiting."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import copy_context
from typing import Any, cast

from ..errors import StorageError
from .protocols import Storage

ANSWERS = 3.0
"""Seconds that a store may take to answer somebody who waits for a page."""

_METHODS = {name for name in dir(Storage) if not name.startswith("_")} - {"identity"}
"""What a store is asked, whether it has it itself or hands it on."""


class _Call(threading.Thread):
    """One call of a store, in a thread of its own, for no call of Python's can be ended from
    outside.
    """

    def __init__(self, work: Callable[[], Any]) -> None:
        super().__init__(name="flask-replay-asks", daemon=True)
        self.context = copy_context()
        self.work = work
        self.answer: Any = None
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.answer = self.context.run(self.work)
        except BaseException as error:  # noqa: BLE001 - whoever asked is told
            self.error = error
        finally:
            del self.work  # what was given to it is held no longer than it takes


class TimeLimited:
    """Passes calls on to a store, and gives one up that takes too long; all others fail at once
    until that one ends.

    So a page that asks several times waits once, and a store that hangs holds one thread, however
    many ask.

    :param storage: any; its name and what else it has are its own.
    :param seconds: that it may take to answer.
    """

    def __init__(self, storage: Storage, seconds: float) -> None:
        self._storage = storage
        self._seconds = seconds
        self._late: _Call | None = None

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of the store's, a method as one that raises ``StorageError`` when it
        takes too long.
        """
        if name not in _METHODS:
            return getattr(self._storage, name)

        def ask(*arguments: Any, **options: Any) -> Any:
            return self._ask(lambda: getattr(self._storage, name)(*arguments, **options))

        return ask

    def _ask(self, work: Callable[[], Any]) -> Any:
        late = self._late
        if late is not None and late.is_alive():
            raise StorageError(
                "the store does not answer: what it was asked before is under way still"
            )
        call = _Call(work)
        call.start()
        call.join(self._seconds)
        if call.is_alive():
            self._late = call
            raise StorageError(f"the store does not answer within {self._seconds:g} s")
        if call.error is not None:
            raise call.error
        return call.answer


def time_limited(storage: Storage, seconds: float) -> Storage:
    """Return a store that raises ``StorageError`` when it takes longer to answer.

    :param seconds: for each call.
    """
    return cast("Storage", TimeLimited(storage, seconds))
