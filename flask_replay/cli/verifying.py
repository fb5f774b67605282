"""Verify many frames in several processes. A long recording is divided between them; of many
recordings, each process verifies whole ones.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import ClassVar

from ..engine.replaying.renderer import Renderer
from ..engine.replaying.verify import Verdict, Verification, verify
from ..errors import ReplayError
from ..recording.model import Recording
from ..storage import Recordings

_ALONE = 200
"""Up to this many frames are verified faster than other processes start."""

_MANY = 4
"""With at least this many recordings per process, each recording is verified by one process."""

_FORKS = hasattr(os, "fork") and sys.platform != "darwin"
"""Whether a process can be forked with the app as it is set up. On macOS, system libraries do not
support that.
"""


def default_jobs() -> int:
    """Return the number of available processors, or 1 if processes cannot be forked."""
    if not _FORKS:
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Verifier:
    """Verifies recordings.

    :param then: renders with the recorded templates.
    :param now: renders with the current templates. If given, its results are the verdicts.
    """

    shared: ClassVar[Verifier]
    """The verifier that the processes of one run share."""

    def __init__(self, recordings: Recordings, then: Renderer, now: Renderer | None) -> None:
        self.recordings = recordings
        self.then = then
        self.now = now
        self._last: tuple[str, Recording] | None = None

    def verified(self, names: Sequence[str], jobs: int) -> Iterator[Verification | str]:
        """Yield the result for each recording, in order; for an unreadable one, an error message.

        :param jobs: the most processes. A few frames are verified in this process.
        """
        jobs = jobs if _FORKS else 1
        left = _ALONE
        for place, name in enumerate(names):
            if jobs > 1:
                left -= self._count(name)
                if left < 0:
                    yield from self._by_many(names[place:], jobs)
                    return
            yield self.part(name, 0, 1)

    def part(self, name: str, first: int, step: int) -> Verification | str:
        """Verify a part of a recording.

        :param first: the number of its first frame.
        :param step: the distance from one frame to the next.
        """
        try:
            recording = self._recording(name)
            numbered = islice(enumerate(recording.frames), first, None, step)
            found = [verify(number, frame, self.then, self.now) for number, frame in numbered]
            return Verification(name, tuple(found), recording.summary.tally.literal)
        except ReplayError as error:
            return f"{name}: {error}"

    def _recording(self, name: str) -> Recording:
        if self._last is None or self._last[0] != name:
            self._last = name, self.recordings.get(name)
        return self._last[1]

    def _count(self, name: str) -> int:
        try:
            return sum(1 for _ in self._recording(name).frames)
        except ReplayError:
            return 0

    def _by_many(self, names: Sequence[str], jobs: int) -> Iterator[Verification | str]:
        step = 1 if len(names) >= _MANY * jobs else jobs
        tasks = [(name, first, step) for name in names for first in range(step)]
        Verifier.shared = self
        import multiprocessing  # no other command needs it

        with multiprocessing.get_context("fork").Pool(min(jobs, len(tasks)), _begin) as pool:
            parts = pool.imap(_part, tasks)
            for _ in names:
                yield _whole([*islice(parts, step)])


def _begin() -> None:
    """Leave Ctrl-C to the parent process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _part(task: tuple[str, int, int]) -> Verification | str:
    return Verifier.shared.part(*task)


def _whole(parts: Sequence[Verification | str]) -> Verification | str:
    """Return the result for a recording, joined from the results of its parts."""
    found: list[Verdict] = []
    for part in parts:
        if isinstance(part, str):
            return part
        found += part.verdicts
        whole = part
    found.sort(key=lambda verdict: verdict.frame)
    return Verification(whole.id, tuple(found), whole.literal)
