"""Record what is rendered outside of requests: by commands, queue workers and scheduled jobs."""

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
    """The recorded data of one job. A render is handed over when the next one starts, so a long job
    holds few renders.

    Tasks and threads that run with a copy of the block's context may render in it at the same time.

    :param name: the name of the recording.
    :ivar outer_environ: the environment of the request that it runs in; ``None`` outside of
        requests.
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
        self.outer_environ = request.environ if has_request_context() else None
        self.lock = threading.Lock()
        self.trees: dict[int, list[Render]] = {}
        self.last_error: BaseException | None = None

    def opened(self, render: Render) -> None:
        """Add a render that is starting, within another one or by itself."""
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
        """Hand over the rest, and finalize the recording. Later calls do nothing.

        :param error: the exception that ended the block.
        :param last: returns the last events.
        """
        with self.lock:
            if self.done:
                return
            self.done = True
            self._hand_over(finished=False)
            if error is not None and error is not self.last_error:
                self._record(errors=[error])
            self._record(*last())
        self._finish()

    def _record(self, *events: AnyEvent, errors: Sequence[BaseException] = ()) -> None:
        """Hand over events and exceptions of the block."""
        if events or errors:
            maker = BatchMaker(self._guarded(), self.offset_ms)
            self._put(maker.make(*events, errors=errors, end=self._now()))

    def _guarded(self) -> GuardedSanitizer:
        """Return the sanitizer of this job. It knows the secrets of the surrounding request, if
        there is one.
        """
        sanitizer = self.cleaner.begin(self.visit.id, self.sanitizer)
        if (
            self.outer_environ is not None
            and has_request_context()
            and request.environ is self.outer_environ
        ):
            with self.boundary.guard("look for secrets in the request around a job"):
                RequestData(request, sanitizer, context=secrets_of_context())
        return sanitizer

    def _finish(self) -> None:
        with self.boundary.guard("finalize the recording of a job"):
            self.writer.flush()
            self.writer.maintenance.finalize(self.visit.id)

    def _now(self) -> int:
        return self.offset_ms(time.perf_counter())

    def _hand_over(self, *, finished: bool) -> None:
        """Hand over renders, each with those within it.

        :param finished: only those that have ended.
        """
        for tree in {id(tree): tree for tree in self.trees.values()}.values():
            if not finished or tree[0].output is not None or tree[0].error is not None:
                for render in tree:
                    del self.trees[id(render)]
                with self.boundary.guard("record what was rendered outside of a request"):
                    self._put(self._made(tree))

    def _made(self, tree: list[Render]) -> MadeBatch:
        """Return the batch of a render, with the exceptions in it that were not recorded before."""
        errors = [error for error in raised_in(tree) if error is not self.last_error]
        if errors:
            self.last_error = errors[-1]
        maker = BatchMaker(self._guarded(), self.offset_ms)
        return maker.make(renders=tree, errors=errors, end=self._now())

    def _put(self, made: MadeBatch) -> None:
        self.writer.put(self.visit, self.name, *made, self.sanitizer)


def current(writer: Writer) -> Job | None:
    """Return the job that a render belongs to, or ``None`` if it belongs to a request or to
    nothing.

    The innermost of job and request gets the render. So a request made by a job is recorded as a
    request.

    :param writer: the writer of the app, since the job may belong to another app.
    """
    job = _current.get()
    if job is None or job.writer is not writer or job.done:
        return None
    return (
        job if job.outer_environ is (request.environ if has_request_context() else None) else None
    )


def bind(job: Job) -> Token[Job | None]:
    """Assign renders to a job from now on; undone by :func:`unbind`."""
    return _current.set(job)


def unbind(token: Token[Job | None]) -> None:
    """Undo :func:`bind`."""
    _current.reset(token)


@contextmanager
def recorded(job: Job) -> Iterator[None]:
    """Assign the renders within a ``with`` block to a job, which is finalized at the end of the
    block.
    """
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
