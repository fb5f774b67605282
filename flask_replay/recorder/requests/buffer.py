"""The data that one request gathers while it runs, without a lock: its renders and its errors."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from ...sanitize import Sanitizer
from ..templates.render import Render
from ..visit import Visit

READS_OF_EVENT = 10
"""The most reads of one request, as a multiple of the most events of a recording."""


class Budget:
    """Limits the memory of all buffers of a process together.

    :param limit: the most bytes.
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
        """Add a number of bytes, or subtract them if it is negative."""
        with self.lock:
            self.count(size)

    def count(self, size: int) -> None:
        """Add a number of bytes, while the lock is held."""
        self.used = max(0, self.used + size)

    def reset(self) -> None:
        """Start counting from zero. After a fork, the parent's buffers belong to the parent."""
        self.used = 0
        self.lock = threading.Lock()


class Buffer:
    """The recorded data of one request.

    :param visit: the recording that the request belongs to.
    :param max_reads: the number of entries after which the log of a render stops growing.
    :param sanitizer: the view's sanitizer; ``None`` for the app's.
    :ivar answered: whether the response has been made.
    :ivar number: the number of the response; -1 if none has been made.
    :ivar done: whether no more renders are added.
    :ivar ignoring: the number of ignored template parts that are running.
    :ivar unseen: whether the app's own code has run such a part, so that no frame separates it from
        the rest of the page.
    :ivar context: the identity of the request context whose end ends the request. Copies of the
        context end earlier, while the request goes on.
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
        self.number = -1
        self.done = False
        self.context = 0
        self.ignoring = 0
        self.unseen = False

    @property
    def full(self) -> bool:
        """Whether no more renders are added, because a recording cannot hold more events."""
        return len(self.renders) * READS_OF_EVENT >= self.max_reads

    def opened(self, render: Render) -> None:
        """Add a render that is starting."""
        self.renders.append(render)

    def offset_ms(self, moment: float) -> int:
        """Return the offset of a time in the recording.

        :param moment: a time of ``time.perf_counter()``.
        """
        return max(0, self.started_ms - self.visit.started_ms + int((moment - self.started) * 1000))

    @property
    def size(self) -> int:
        """Return an estimate of the bytes that this holds."""
        return sum([render.size for render in self.renders]) if self.renders else 0
