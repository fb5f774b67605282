"""Report to the roster that this worker is alive, and its state."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from ...boundary import Boundary
from ...storage.workers.roster import Presence, Roster, Status

_INTERVAL = 10.0
"""Seconds after which a worker reports its state again if nothing changes."""


class Heartbeat:
    """Adds one worker to the roster, reports its state, and removes it again.

    :param worker: the name of the worker.
    :param status: returns the state of the worker; its argument is true if the worker is leaving.
    :ivar since: when the first known worker of the app started, in seconds since 1970.
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
        """Close the parent's presence in a forked process. The parent keeps holding it."""
        if self._presence is not None:
            self._presence.close()

    def register(self) -> None:
        """Register this worker in the roster, before it writes anything."""
        with self.lock, self.boundary.guard("tell other workers of this one"):
            if self._presence is None:
                self._presence = self.roster.enter(self.worker)
                self.since = self.roster.since(self.since)
                self.roster.write(self.status(False))

    def report(self, failing: float) -> None:
        """Report the state of this worker if it has changed or the last report is old.

        :param failing: since when the store fails, in seconds since 1970; 0 while it works.
        """
        now = time.monotonic()
        with self.lock:
            if not self._left and (now - self._reported > _INTERVAL or failing != self._failing):
                self._reported, self._failing = now, failing
                self.roster.write(self.status(False))

    def leave(self) -> None:
        """Report that this worker ended normally. Later reports are ignored."""
        with self.lock:
            self._left = True
            if self._presence is not None:
                self.roster.write(self.status(True))
                self._presence.close()
