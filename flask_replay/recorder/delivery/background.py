"""Work that a caller waits for only briefly; after that it goes on in the background."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Errand:
    """Does work in a thread of its own, one piece at a time: no call of a store's can be ended from
    outside.

    Where threads run only while a request is answered (uWSGI without ``--enable-threads``), it goes
    on then.
    """

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None

    def run(self, work: Callable[[], None], seconds: float) -> bool:
        """Begin, or go on with what was begun, and wait until it is done.

        :param work: raises nothing.
        :param seconds: to wait at most.
        :returns: whether it is done.
        :raises RuntimeError: there can be no thread any more: the process ends.
        """
        thread = self._thread
        if thread is None or not thread.is_alive():
            thread = threading.Thread(target=work, name="flask-replay-errand", daemon=True)
            thread.start()
            self._thread = thread
        thread.join(seconds)
        return not thread.is_alive()
