"""What one request gathers while it runs, with no lock: its renders and its errors."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from ...sanitize import Sanitizer
from ..templates.render import Render
from ..visit import Visit

READS_OF_EVENT = 10
"""A render may read so many times what a recording may have of events."""


class Budget:
    """Bounds what the buffers of a process may hold, together.

    :param limit: bytes.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0
        self.refused = 0
        self.lock = threading.Lock()

    @property
    def full(self) -> bool:
        """Whether new sessions must not be recorded."""
        return self.used >= self.limit

    def add(self, size: int) -> None:
        """Count bytes in, or out when negative."""
        with self.lock:
            self.used = max(0, self.used + size)

    def reset(self) -> None:
        """Begin to count anew: after a fork, what the parent holds is the parent's."""
        self.used = 0
        self.lock = threading.Lock()


class Buffer:
    """The sink of one request.

    :param visit: the recording it belongs to.
    :param max_reads: entries after which the log of a render stops growing.
    :param sanitizer: of the view; ``None`` for the app's.
    :ivar answered: the response is made.
    :ivar done: no more renders are taken.
    :ivar ignoring: ignored parts of templates that run.
    :ivar unseen: the app's own code has run one, so a frame does not tell it from the rest.
    :ivar context: identity of the request context whose end ends the request, where that matters;
        copies of it end, too, and the request goes on.
    """

    def __init__(
        self,
        visit: Visit,
        max_reads: int,
        clock: Callable[[], float],
        sanitizer: Sanitizer | None = None,
    ) -> None:
        self.visit = visit
        self.sanitizer = sanitizer
        self.max_reads = max_reads
        self.started = time.perf_counter()
        self.started_ms = int(clock() * 1000)
        self.renders: list[Render] = []
        self.errors: list[BaseException] = []
        self.name = ""
        self.answered = False
        self.done = False
        self.context = 0
        self.ignoring = 0
        self.unseen = False

    @property
    def full(self) -> bool:
        """Return whether no more renders are taken: a recording holds no more events either."""
        return len(self.renders) * READS_OF_EVENT >= self.max_reads

    def opened(self, render: Render) -> None:
        """Learn that a render begins."""
        self.renders.append(render)

    def offset_ms(self, moment: float) -> int:
        """Return the offset of a moment in the recording.

        :param moment: by ``time.perf_counter()``.
        """
        return max(0, self.started_ms - self.visit.started_ms + int((moment - self.started) * 1000))

    @property
    def size(self) -> int:
        """Estimate the bytes that this holds on to."""
        return sum(render.size for render in self.renders)
