"""Work that a caller waits for only briefly, or not at all."""

from __future__ import annotations

import threading
from collections.abc import Callable


class BackgroundTask:
    """Runs work in its own thread, one piece at a time. The caller waits only for a limited time,
    because a call to a store cannot be aborted.

    Where threads run only during requests (uWSGI without ``--enable-threads``), the work continues
    during the next ones.
    """

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None

    def run(self, work: Callable[[], None], seconds: float) -> bool:
        """Start the work, unless earlier work is still running, and wait for it.

        :param work: a function that does not raise.
        :param seconds: the longest time to wait.
        :returns: whether the work is done.
        :raises RuntimeError: no thread can be started any more, because the process is ending.
        """
        thread = self._thread
        if thread is None or not thread.is_alive():
            thread = threading.Thread(target=work, name="flask-replay-background", daemon=True)
            thread.start()
            self._thread = thread
        thread.join(seconds)
        return not thread.is_alive()


class TryLock:
    """Lets one thread at a time do some work. Other threads skip it instead of waiting."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def run(self, work: Callable[[], None]) -> None:
        """Do the work, unless another thread, or a caller in this one, is already doing it."""
        if self._lock.acquire(blocking=False):
            try:
                work()
            finally:
                self._lock.release()
