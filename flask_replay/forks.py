"""Locks for what a process shares with those that are forked from it."""

from __future__ import annotations

import os
import threading


class ForkLock:
    """A reentrant lock that is free in a forked process, whoever held it in the parent.

    A thread that holds a lock is not there in a forked process, and would never release it.
    """

    __slots__ = ("_held", "_locks")

    def __init__(self) -> None:
        self._locks: dict[int, threading.RLock] = {}
        self._held = threading.RLock()

    def __enter__(self) -> None:
        """Wait until no other thread of this process holds it."""
        process = os.getpid()
        lock = self._locks.get(process)
        if lock is None:  # two threads may find that at once
            lock = self._locks.setdefault(process, threading.RLock())
        lock.acquire()
        self._held = lock

    def __exit__(self, *_: object) -> None:
        """Let the next thread have it."""
        self._held.release()
