"""Callbacks for when the process forks or ends, or an object is gone; none of them keeps its owner
alive.
"""

from __future__ import annotations

import atexit
import os
import threading
import weakref
from collections.abc import Callable


def after_fork(method: Callable[[], None]) -> None:
    """Call a bound method in every child that this process forks, unless its object is gone by
    then.
    """
    if hasattr(os, "register_at_fork"):  # not on Windows, where nothing forks
        os.register_at_fork(after_in_child=_weakly(method))


def at_exit(method: Callable[[], None]) -> None:
    """Call a bound method when the process ends, unless its object is gone by then."""
    atexit.register(_weakly(method))


def when_gone(thing: object, method: Callable[[], None]) -> None:
    """Call a bound method once nobody has a thing any more, unless its object is gone by then, too.

    The garbage collector calls it, in any thread and in the middle of anything: it must not wait
    for a lock.
    """
    weakref.finalize(thing, _weakly(method)).atexit = False


def _weakly(method: Callable[[], None]) -> Callable[[], None]:
    reference = weakref.WeakMethod(method)

    def call() -> None:
        bound = reference()
        if bound is not None:
            bound()

    return call


def start_threads(**loops: Callable[[], None]) -> bool:
    """Start threads that don't keep the process, each named after what it does.

    :returns: whether there can be some here, and so many more.
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
    """Whether this is uWSGI without ``--enable-threads``: threads run there only while a request is
    answered.
    """
    try:
        import uwsgi  # type: ignore[import-not-found]
    except ImportError:
        return False
    return not any(
        option in uwsgi.opt
        for option in ("enable-threads", b"enable-threads", "threads", b"threads")
    )
