"""Record what is rendered outside of requests: by commands, workers of a queue, scheduled jobs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar, Token

from flask import has_request_context, request

from ...recording.events import AnyEvent
from ...recording.ids import new_id
from ...sanitize.guarded import GuardedSanitizer
from ..batches import BatchMaker, MadeBatch, raised_in
from ..delivery.writer import Writer
from ..requests.buffer import READS_OF_EVENT, Buffer
from ..requests.request_data import RequestData
from ..requests.surroundings import secrets_of_context
from ..services import Services
from ..templates.render import Render
from ..visit import PROGRAM_VISITOR, Visit

_current: ContextVar[Job | None] = ContextVar("flask_replay.job", default=None)


class Job(Buffer):
    """The sink of one block. A render is handed over when the next one begins, so that a long job
    holds few.

    Tasks and threads that run with a copy of the block's context may render in it at once.

    :param name: of the recording.
    :ivar within: the environment of the request that it runs in, ``None`` outside of requests.
    """

    def __init__(
        self,
        name: str,
        services: Services,
        writer: Writer,
    ) -> None:
        now = services.clock()
        visit = Visit(new_id(now), int(now * 1000), int(now), who=PROGRAM_VISITOR)
        super().__init__(visit, services.settings.max_events * READS_OF_EVENT, services.clock)
        self.name = name
        self.writer = writer
        self.cleaner = services.cleaner
        self.boundary = services.boundary
        self.within = request.environ if has_request_context() else None
        self.lock = threading.Lock()
        self.trees: dict[int, list[Render]] = {}
        self.noted: BaseException | None = None

    def opened(self, render: Render) -> None:
        """Learn that a render begins, within another one or by itself."""
        with self.lock:
            tree = self.trees.get(id(render.parent))
            if tree is None:
                self._hand_over(finished=True)
                tree = []
            tree.append(render)
            self.trees[id(render)] = tree

    def close(
        self, error: BaseException | None, last: Callable[[], tuple[AnyEvent, ...]] = tuple
    ) -> None:
        """Hand over what is left, and finish the recording; only the first time.

        :param error: what ended the block.
        :param last: gives the events to end with.
        """
        with self.lock:
            if self.done:
                return
            self.done = True
            self._hand_over(finished=False)
            if error is not None and error is not self.noted:
                self._tell(errors=[error])
            self._tell(*last())
        self._finish()

    def _tell(self, *said: AnyEvent, errors: Sequence[BaseException] = ()) -> None:
        """Hand over what is said of the block, or was raised in it."""
        if said or errors:
            maker = BatchMaker(self._guarded(), self.offset_ms)
            self._put(maker.make(*said, errors=errors, end=self._now()))

    def _guarded(self) -> GuardedSanitizer:
        """Return what cleans this; it knows the secrets of the request that the block runs in, if
        there is one.
        """
        sanitizer = self.cleaner.begin(self.visit.id, self.sanitizer)
        if self.within is not None and has_request_context() and request.environ is self.within:
            with self.boundary.guard("look for secrets in the request around a job"):
                RequestData(request, sanitizer, context=secrets_of_context())
        return sanitizer

    def _finish(self) -> None:
        with self.boundary.guard("finish the recording of a job"):
            self.writer.flush()
            self.writer.maintenance.finalize(self.visit.id)

    def _now(self) -> int:
        return self.offset_ms(time.perf_counter())

    def _hand_over(self, *, finished: bool) -> None:
        """Hand over renders with those within them.

        :param finished: only those that have come to their end.
        """
        for tree in {id(tree): tree for tree in self.trees.values()}.values():
            if not finished or tree[0].output is not None or tree[0].error is not None:
                for render in tree:
                    del self.trees[id(render)]
                with self.boundary.guard("record what was rendered outside of a request"):
                    self._put(self._made(tree))

    def _made(self, tree: list[Render]) -> MadeBatch:
        """Return the events of a render, and of what it raised unless that was told before."""
        errors = [error for error in raised_in(tree) if error is not self.noted]
        if errors:
            self.noted = errors[-1]
        maker = BatchMaker(self._guarded(), self.offset_ms)
        return maker.make(renders=tree, errors=errors, end=self._now())

    def _put(self, made: MadeBatch) -> None:
        self.writer.put(self.visit, self.name, *made, self.sanitizer)


def current(writer: Writer) -> Job | None:
    """Return the job that a render belongs to, unless it belongs to a request, or to nothing.

    Whichever of both began last has it: a request that a job makes is recorded as the request that
    it is.

    :param writer: of the app: the job may be another one's.
    """
    job = _current.get()
    if job is None or job.writer is not writer or job.done:
        return None
    return job if job.within is (request.environ if has_request_context() else None) else None


def bind(job: Job) -> Token[Job | None]:
    """Make renders from now on those of a job; see :func:`unbind`."""
    return _current.set(job)


def unbind(token: Token[Job | None]) -> None:
    """Take that back."""
    _current.reset(token)


@contextmanager
def recorded(job: Job) -> Iterator[None]:
    """Make renders within the block those of a job; it is finished at the end, whatever that is."""
    token = bind(job)
    error: Exception | None = None
    try:
        yield
    except Exception as raised:
        error = raised
        raise
    finally:
        unbind(token)
        job.close(error)
