"""A store that answers within a time limit or fails, for callers that somebody waits for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import copy_context
from typing import Any, cast

from ..errors import StorageError
from .protocols import Storage

ANSWERS = 3.0
"""Seconds that a store may take to answer while somebody waits for a page."""

_METHODS = {name for name in dir(Storage) if not name.startswith("_")} - {"identity"}
"""The methods of a store, whether it has them itself or delegates them."""


class _Call(threading.Thread):
    """One call of a store in its own thread, since a call in Python cannot be aborted from
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
        except BaseException as error:  # noqa: BLE001 - raised in the caller
            self.error = error
        finally:
            del self.work  # release the arguments as soon as possible


class TimeLimited:
    """Passes calls on to a store, and abandons a call that takes too long. While that call runs,
    all others fail at once.

    So a page that makes several calls waits only once, and a hanging store holds one thread,
    whatever the number of callers.

    :param storage: any store. Its other attributes are passed through.
    :param seconds: the time limit of a call.
    """

    def __init__(self, storage: Storage, seconds: float) -> None:
        self._storage = storage
        self._seconds = seconds
        self._late: _Call | None = None
        # asked now, because a store that hangs may not even say what methods it has
        self._methods = _METHODS | {"each"} if hasattr(storage, "each") else _METHODS

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of the store. A method raises ``StorageError`` if it takes too
        long.
        """
        if name not in self._methods:
            return getattr(self._storage, name)

        def ask(*arguments: Any, **options: Any) -> Any:
            return self._ask(lambda: getattr(self._storage, name)(*arguments, **options))

        return ask

    def _ask(self, work: Callable[[], Any]) -> Any:
        late = self._late
        if late is not None and late.is_alive():
            raise StorageError("the store does not answer: an earlier call is still running")
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
    """Return a store whose calls raise ``StorageError`` after a time limit.

    :param seconds: the time limit of each call.
    """
    return cast("Storage", TimeLimited(storage, seconds))
