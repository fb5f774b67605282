"""Hand requests over to the writer once they are complete, whether or not their responses are
closed.

A response is handed over when the server closes it, because the visitor has it then. Some responses
are never closed: by adapters of other protocols, for files passed through, for inner requests of
the app, or if a function of the app raises. The writer hands these over a flush interval later, and
a stream once it has been read completely.
"""

from __future__ import annotations

import itertools
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from flask import Flask, Response
from flask import Request as FlaskRequest

from ...sanitize.names import protects_form
from ..connections.streams import CHUNKS, RecordedChunks, StreamProgress, length
from ..delivery.writer import Writer
from ..processes import after_fork, at_exit
from ..services import Services
from .bodies import from_file
from .buffer import Buffer
from .exchange import Exchange
from .request_data import carries_secrets
from .routes import Routes
from .surroundings import secrets_of_context

_MOST = 64
"""The most complete requests that may wait for the end of their responses. Beyond that, each new
one hands the oldest over.
"""

_PATIENCE = 1.0
"""Seconds for which a flush and the end of the process wait for threads that make batches."""


class Handover:
    """Holds the answered requests of one app until they are handed over.

    :ivar pending: requests whose responses are complete, by a number, oldest first.
    :ivar streams: requests whose responses are made while they are sent, each with the data sent so
        far.
    :ivar handing: the threads that are making batches, by the number of the request.
    """

    def __init__(self, app: Flask, services: Services, writer: Writer) -> None:
        self.settings = services.settings
        self.writer = writer
        self.budget = services.budget
        self.cleaner = services.cleaner
        self.boundary = services.boundary
        self.config = app.config  # not the app, or the writer's threads would keep it alive
        self.routes = Routes(app)
        self.numbers = itertools.count()
        self.pending: dict[int, Exchange] = {}
        self.streams: dict[int, tuple[Exchange, StreamProgress]] = {}
        self.handing: dict[int, int] = {}
        writer.sources.append(self.hand_over_due)
        after_fork(self._forget)
        # Exit functions run in reverse order: this one before the writer's, registered earlier.
        at_exit(self._end)

    # In the request's thread

    def answered(self, buffer: Buffer, request: FlaskRequest, response: Response) -> None:
        """Take a request whose response is about to be sent."""
        buffer.answered = True
        exchange = Exchange(
            buffer, request, response, since(buffer.started), self.routes, self._context()
        )
        self._share_secrets_early(exchange)
        key = buffer.number = next(self.numbers)
        limit = self._limit(exchange)
        if response.direct_passthrough:
            exchange.size = -1 if response.content_length is None else response.content_length
            if limit:
                exchange.keep(from_file(response.response, limit + 1), limit)
        elif response.is_sequence:
            exchange.size = sum(map(length, response.response))
            if limit and (exchange.page or exchange.size <= limit):
                exchange.keep(_join(response.response), limit)
        elif limit:
            self._stream(key, exchange, response, limit)
            return
        exchange.hold(self.budget)
        self.pending[key] = exchange
        self._when_closed(response, key)
        if len(self.pending) > _MOST:
            self.hand_over(next(iter(self.pending), key))

    def withdraw(self, buffer: Buffer) -> None:
        """Drop the response that was noted for a request, if there is one, because it is not
        sent.
        """
        buffer.answered = False
        if buffer.number < 0:
            return
        exchange = self.pending.pop(buffer.number, None)
        if exchange is None:
            exchange, _ = self.streams.pop(buffer.number, (None, None))
        if exchange is not None:
            exchange.release(self.budget)

    def _limit(self, exchange: Exchange) -> int:
        """Return how many bytes of a response are looked at."""
        if exchange.data:
            return self.settings.raw_html
        if exchange.page:
            return self.settings.max_request_size
        return self.settings.max_asset if exchange.asset and self.settings.assets == "all" else 0

    def _stream(self, key: int, exchange: Exchange, response: Response, limit: int) -> None:
        exchange.learner = exchange.request_data = None  # the app may read more of the request
        progress = StreamProgress(response.content_length, limit)
        response.response = RecordedChunks(response.response, progress)
        exchange.hold(self.budget)
        self.streams[key] = exchange, progress
        self._when_closed(response, key)

    def failed(self, buffer: Buffer, request: FlaskRequest) -> None:
        """Hand over a request that got no response, because its exception reached the server."""
        buffer.answered = True
        key = next(self.numbers)
        self.pending[key] = Exchange(
            buffer, request, None, since(buffer.started), self.routes, self._context()
        )
        self.hand_over(key)

    def _context(self) -> dict[str, Any]:
        with self.boundary.guard("look for secrets in a session"):
            return secrets_of_context()
        return {}

    def _share_secrets_early(self, exchange: Exchange) -> None:
        """Send the secrets of a request to other workers before its visitor can send the next one.

        These are the secrets in the request, and those that its templates read under sensitive
        names.
        """
        siblings = self.cleaner.siblings
        if siblings is None or not siblings.has_others:
            return
        with self.boundary.guard("tell other workers what is secret"):
            buffer = exchange.buffer
            read = [secret for render in buffer.renders for secret in render.known_secrets()]
            # A page's own token is not the visitor's secret.
            read = [secret for secret in read if not protects_form(secret.name)]
            carries = carries_secrets(exchange.request, exchange.context)
            if not read and not carries:
                return
            learner = self.cleaner.learner(buffer.visit.id, buffer.sanitizer)
            if carries:
                exchange.read_early(learner)
            for secret in read:
                learner.learn_read(secret.owner, secret.name, secret.value)

    def _when_closed(self, response: Response, key: int) -> None:
        """Hand a request over when its response is closed. A response that is sent to many visitors
        gets only one callback.
        """
        for callback in response._on_close:
            if type(callback) is _Close and callback.handover() is self:
                callback.add(key)
                return
        response.call_on_close(_Close(self, key))

    # Handing over

    def hand_over_due(self) -> None:
        """Hand over the requests that were not closed within a flush interval. Streams that are
        still being read are kept.
        """
        due = time.perf_counter() - self.settings.flush_interval
        for key, exchange in list(self.pending.items()):
            if exchange.answered > due:
                break
            self.hand_over(key)
        for key, (exchange, progress) in list(self.streams.items()):
            if progress.over:
                self.hand_over(key)
            else:
                exchange.hold(self.budget, progress.kept)

    def hand_over_all(self) -> None:
        """Hand over every request whose response has been made, closed or not, except streams that
        are being read.
        """
        for key in list(self.pending):
            self.hand_over(key)
        for key, (_, progress) in list(self.streams.items()):
            if progress.over or not progress.begun:
                self.hand_over(key)

    def wait(self) -> None:
        """Wait a moment for the batches that other threads are making."""
        deadline, here = time.monotonic() + _PATIENCE, threading.get_ident()
        while time.monotonic() < deadline and {*list(self.handing.values())} - {here}:
            time.sleep(0.005)

    def hand_over(self, key: int) -> None:
        """Make a batch of a request and give it to the writer, unless another thread has done
        so.
        """
        here = threading.get_ident()
        if self.handing.setdefault(key, here) != here:
            return
        try:
            exchange = self.pending.pop(key, None)
            if exchange is None and key in self.streams:
                exchange = self._streamed(key)
            if exchange is not None:
                self._hand_to_writer(exchange)
        finally:  # a timeout of gevent's ends the work at any point
            self.handing.pop(key, None)

    def _streamed(self, key: int) -> Exchange | None:
        """Take what a stream has sent."""
        exchange, progress = self.streams.pop(key, (None, None))
        if exchange is not None and progress is not None:
            with self.boundary.guard("record the end of a stream"):
                exchange.keep(_join(progress.chunks), progress.limit)
                exchange.complete = progress.size <= progress.limit
                exchange.asset = exchange.asset and progress.complete
                exchange.size = progress.size
                exchange.duration_ms = since(exchange.buffer.started)
                if progress.error is not None:
                    exchange.buffer.errors.append(progress.error)
        return exchange

    def _hand_to_writer(self, exchange: Exchange) -> None:
        buffer = exchange.buffer
        buffer.done = True
        with self.boundary.guard("record a request"):
            exchange.release(self.budget)
            size = buffer.size
            self.cleaner.learn_settings(self.config)
            sanitizer = self.cleaner.begin(buffer.visit.id, buffer.sanitizer, exchange.learner)
            batch, documents = exchange.batch(
                sanitizer, self.settings.raw_html, files=bool(self.settings.assets)
            )
            buffer.renders.clear()  # the app may keep the request for long
            self.writer.put(
                buffer.visit,
                buffer.name,
                batch,
                documents,
                size,
                buffer.sanitizer,
                exchange.references,
            )

    def _forget(self) -> None:
        """Drop the pending requests after a fork. The parent hands them over."""
        self.pending.clear()
        self.streams.clear()
        self.handing.clear()

    def _end(self) -> None:
        """Hand over, at the end of the process, the requests that the server's threads have not
        finished.
        """
        self.hand_over_all()
        for key in list(self.streams):  # their readers end with the process
            self.hand_over(key)
        self.wait()


class _Close:
    """Hands requests over when their response is closed. It keeps neither the app nor a copy of the
    response alive.
    """

    def __init__(self, handover: Handover, key: int) -> None:
        self.handover: Callable[[], Handover | None] = weakref.ref(handover)
        self.keys = deque((key,))

    def add(self, key: int) -> None:
        """Add one more request that the response answers, and drop those that are already handed
        over.
        """
        handover = self.handover()
        while self.keys and handover is not None and self.keys[0] not in handover.pending:
            self.keys.popleft()
        self.keys.append(key)

    def __call__(self) -> None:
        handover = self.handover()
        while handover is not None and self.keys:
            handover.hand_over(self.keys.popleft())

    def __reduce__(self) -> tuple[Any, ...]:
        """Return a function that does nothing. Apps' caches pickle responses, and load them where
        there may be no recorder.
        """
        return partial, (bool,)


def since(started: float) -> int:
    """Return the milliseconds since a time of ``time.perf_counter()``."""
    return int((time.perf_counter() - started) * 1000)


def _join(chunks: Iterable[Any]) -> bytes:
    chunks = [chunk for chunk in chunks if isinstance(chunk, CHUNKS)]
    kinds = {*map(type, chunks)}
    if kinds == {bytes}:
        return b"".join(chunks)
    if all(issubclass(kind, str) for kind in kinds):
        return "".join(chunks).encode("utf-8", "surrogatepass")
    return b"".join(
        chunk.encode("utf-8", "surrogatepass") if issubclass(type(chunk), str) else chunk
        for chunk in chunks
    )
