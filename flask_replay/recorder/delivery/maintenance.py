"""Maintenance of a store: finalize recordings that have ended, and delete those beyond the limits
of age, count and size.
"""

from __future__ import annotations

import math
import time

from ...errors import RecordingNotFound, StorageError
from ...host import audit
from ...recording.summary import RecordingStatus, Summary
from ...storage import Ending, Storage, ending_by, endings, finalize
from ...storage.lifecycle.retention import cleanup
from ...storage.lifecycle.unconfirmed import thin
from ...storage.workers.roster import Roster
from ..services import Services
from .memory_trimming import trim

_GONE = 3600.0
"""Seconds for which the last state of a worker that is gone is kept, at least."""


class Maintenance:
    """Maintains a store on behalf of one worker.

    :param worker: the name of the worker.
    """

    def __init__(self, services: Services, storage: Storage, roster: Roster, worker: str) -> None:
        self.storage = storage
        self.settings = services.settings
        self.boundary = services.boundary
        self.roster = roster
        self.worker = worker
        self._cleaned = time.monotonic()
        # the first run is due at once: it finalizes recordings of workers that died earlier
        self._begun = -math.inf
        self._failed = False

    @property
    def pause(self) -> float:
        """Return the seconds between two runs."""
        return min(30.0, self.settings.idle_timeout / 2)

    @property
    def is_due(self) -> bool:
        """Whether the last run started long enough ago."""
        return time.monotonic() - self._begun > self.pause

    def begin(self) -> None:
        """Note that a run starts, whatever its result."""
        self._begun = time.monotonic()

    def run(self, since: float) -> None:
        """Finalize recordings that have ended, then clean up.

        It runs after data was saved. If it fails then, the store may have begun to fail, which the
        outbox notices and logs when it saves again. Only a second failure in a row is raised.

        :param since: when the first worker of the app started, in seconds since 1970.
        :raises StorageError: the store failed twice in a row, though it takes data.
        """
        try:
            self._run(since)
        except StorageError:
            if self._failed:
                raise
            self._failed = True
        else:
            self._failed = False

    def _run(self, since: float) -> None:
        settings, fate, idle_timeout = self.settings, self.roster.fate, self.settings.idle_timeout
        how = ending_by(fate, idle_timeout, since)
        ended = endings(self.storage, fate, idle_timeout, since=since)
        for name in ended:
            # one failure must not stop the others
            with self.boundary.guard("finalize a recording"):
                self.finalize(name, how)
        thin(self.storage, settings.max_unconfirmed)
        self.roster.forget(time.time() - max(_GONE, 2 * idle_timeout))
        if time.monotonic() - self._cleaned > settings.cleanup_interval:
            self._cleaned = time.monotonic()
            self._clean()
        trim()  # a busy second takes much memory, and so does finalizing recordings

    def _clean(self) -> None:
        settings = self.settings
        limits = settings.max_recordings, settings.max_age, settings.max_size
        cleaned = cleanup(
            self.storage, *limits, max_unconfirmed=settings.max_unconfirmed, owner=self.worker
        )
        for name in () if cleaned is None else (*cleaned.recordings, *cleaned.unreadable):
            audit.note("cleanup", name, via="recorder")

    def finalize(
        self, recording_id: str, status: str | Ending = RecordingStatus.FINISHED
    ) -> Summary | None:
        """Finalize one recording, with as many retries as the settings allow.

        :param status: the recording's final status, or a function that finds it.
        :returns: the summary of the archived recording, or ``None`` if nothing was archived.
        :raises StorageError: all attempts failed.
        """
        try:
            return finalize(
                self.storage,
                recording_id,
                self.worker,
                status=status,
                attempts=self.settings.retry_attempts,
                delay=self.settings.retry_delay,
                max_size=self.settings.max_recording_size,
            )
        except RecordingNotFound:
            return None  # another process was faster
