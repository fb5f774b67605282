"""Tell the other workers, by the roster, that this worker is alive and how it is doing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from ...boundary import Boundary
from ...storage.workers.roster import Presence, Roster, Status

_INTERVAL = 10.0
"""Seconds after which a worker says again how it is doing, while nothing changes."""


class Attendance:
    """Enters one worker in the roster, reports for it, and takes it out.

    :param worker: its name.
    :param status: returns how it is doing; its argument says whether it leaves.
    :ivar since: when the worker began, in seconds since 1970; the earliest that others know of.
    """

    def __init__(
        self, roster: Roster, worker: str, boundary: Boundary, status: Callable[[bool], Status]
    ) -> None:
        self.roster = roster
        self.worker = worker
        self.boundary = boundary
        self.status = status
        self.since = time.time()
        self.lock = threading.Lock()
        self._presence: Presence | None = None
        self._reported = 0.0
        self._failing: float = 0.0
        self._left = False

    def forget(self) -> None:
        """Let go of a parent's presence in a process that was forked: the parent goes on holding
        it.
        """
        if self._presence is not None:
            self._presence.close()

    def register(self) -> None:
        """Register this worker with the others, before it writes anything."""
        with self.lock, self.boundary.guard("tell other workers of this one"):
            if self._presence is None:
                self._presence = self.roster.enter(self.worker)
                self.since = self.roster.since(self.since)
                self.roster.write(self.status(False))

    def report(self, failing: float) -> None:
        """Say how this worker is doing, if that changed, and now and then.

        :param failing: since when the store fails; 0 while it does not.
        """
        now = time.monotonic()
        with self.lock:
            if not self._left and (now - self._reported > _INTERVAL or failing != self._failing):
                self._reported, self._failing = now, failing
                self.roster.write(self.status(False))

    def leave(self) -> None:
        """Say that this worker ended normally; nobody says afterwards that it is there."""
        with self.lock:
            self._left = True
            if self._presence is not None:
                self.roster.write(self.status(True))
                self._presence.close()
