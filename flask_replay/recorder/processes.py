"""Callbacks for forks, for the end of the process and for the end of an object. None of them keeps
the callback's object alive.
"""

from __future__ import annotations

import atexit

# A library that is imported when the process ends may need this module, which can be imported for
# the first time only before.
import concurrent.futures.thread  # noqa: F401
import os
import threading
import weakref
from collections.abc import Callable


def after_fork(method: Callable[[], None]) -> None:
    """Call a bound method in every forked child, unless its object is gone by then."""
    if hasattr(os, "register_at_fork"):  # Windows cannot fork
        os.register_at_fork(after_in_child=_weakly(method))


def at_exit(method: Callable[[], None]) -> None:
    """Call a bound method when the process ends, unless its object is gone by then."""
    atexit.register(_weakly(method))


def when_gone(other: object, method: Callable[[], None]) -> None:
    """Call a bound method when another object is gone, unless the method's own object is gone, too.

    The garbage collector may call it in any thread and at any point, so the method must not wait
    for a lock.
    """
    weakref.finalize(other, _weakly(method)).atexit = False


def _weakly(method: Callable[[], None]) -> Callable[[], None]:
    reference = weakref.WeakMethod(method)

    def call() -> None:
        bound = reference()
        if bound is not None:
            bound()

    return call


def start_threads(**loops: Callable[[], None]) -> bool:
    """Start daemon threads, each named after its loop.

    :returns: whether all of them could be started.
    """
    threads = [
        threading.Thread(target=loop, name=f"flask-replay-{name}", daemon=True)
        for name, loop in loops.items()
    ]
    try:
        for thread in threads:
            thread.start()
    except RuntimeError:
        return False
    return True


def runs_without_threads() -> bool:
    """Whether this is uWSGI without ``--enable-threads``. Its threads run only while it handles a
    request.
    """
    try:
        import uwsgi  # type: ignore[import-not-found]
    except ImportError:
        return False
    return not any(
        option in uwsgi.opt
        for option in ("enable-threads", b"enable-threads", "threads", b"threads")
    )
