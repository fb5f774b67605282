"""Record connections that stay open, WebSockets and streams of events, message by message.

A connection's messages are gathered without a lock in the app's thread, and the writer collects
them every flush interval. So a connection that is open for hours holds only its latest messages.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import NamedTuple

import msgspec
from flask import Request as FlaskRequest
from flask import Response

from ...recording.batch import Batch
from ...recording.events import Message, Request, Socket, SocketProtocol, SocketState
from ...sanitize.guarded import GuardedSanitizer
from ...sanitize.text import clean
from ..batches import BatchMaker, MadeBatch, raised_in
from ..cleaning.plain_data import text
from ..delivery.writer import Writer
from ..requests.buffer import Buffer
from ..requests.exchange import Exchange
from ..requests.surroundings import secrets_of_context
from ..services import Services
from ..templates.render import Render
from .messages import content

_HEADERS = ("Origin", "User-Agent", "Accept-Language", "Last-Event-ID")
"""The kept headers of a request for a connection. The protocols that it offers may be tokens, so
they are not kept.
"""

_MESSAGE_OVERHEAD = 300
"""Bytes that a message is estimated to hold besides its text."""

_KEEPALIVES = 4
"""How many entries without events an idle connection writes within the idle time-out, to show that
it is open.
"""


BROKE = 1006
"""The close code of a WebSocket that was not closed properly."""


class BufferedMessage(NamedTuple):
    """A message as it was sent or received.

    :ivar moment: a time of ``time.perf_counter()``.
    :ivar data: its text, possibly cut; ``None`` for a binary message.
    :ivar counted: the number of bytes counted in the budget for it.
    """

    moment: float
    sent: bool
    data: str | None
    size: int
    cut: bool
    event: str
    unread: bool
    renders: Sequence[Render]
    counted: int


class Connection(Buffer):
    """The recorded data of one connection.

    :param buffer: the buffer of the request that opened the connection.
    :param protocol: the protocol of the connection.
    :ivar over: whether nobody reads the stream any more, even if it was not closed.
    :ivar ended: when it was closed, by ``time.perf_counter()``.
    :ivar finished: whether it is being finished, or was.
    :ivar sealed: whether the writer has everything, and takes no more.
    """

    def __init__(
        self,
        buffer: Buffer,
        services: Services,
        writer: Writer,
        protocol: SocketProtocol,
        max_reads: int,
    ) -> None:
        super().__init__(buffer.visit, max_reads, time.time, buffer.sanitizer)
        self.started, self.started_ms, self.name = buffer.started, buffer.started_ms, buffer.name
        self.socket = secrets.token_hex(4)
        self.protocol = protocol
        self.url = ""
        self.writer = writer
        self.cleaner = services.cleaner
        self.boundary = services.boundary
        self.limit = services.settings.raw_html
        self.buffered: deque[BufferedMessage] = deque()
        self.lost = 0
        self.secrets: dict[str, str] = {}
        self.lock = threading.RLock()
        self.rendering = threading.Lock()
        self.failure: BaseException | None = None
        self.code, self.reason, self.by = 0, "", ""
        self.put_at = time.monotonic()
        self.over = self.finished = self.sealed = False
        self.ended = 0.0

    # In the app's thread

    def opened(self, render: Render) -> None:
        """Add a render that is starting, unless memory is full."""
        if not self.writer.budget.full:
            with self.rendering:
                self.renders.append(render)

    def note(
        self,
        moment: float,
        sent: bool,
        data: object,
        event: str = "",
        *,
        unread: bool = False,
        cut: bool = False,
    ) -> None:
        """Note a message. The writer does all other work.

        :param data: text, bytes, or an object that is sent as its text.
        """
        budget = self.writer.budget
        renders = self._take() if sent and self.renders else ()
        if self.done:
            return  # the visitor has withdrawn consent
        if budget.full:
            self.lost += 1
            return
        if isinstance(data, bytes | bytearray | memoryview):
            payload, size = None, len(data)
        else:
            payload = data if isinstance(data, str) else str(data)
            size = len(payload) if payload.isascii() else len(payload.encode("utf-8", "replace"))
            if len(payload) > self.limit and not renders:
                payload, cut = payload[: self.limit], True
        counted = _MESSAGE_OVERHEAD + len(payload or "") + sum(render.size for render in renders)
        budget.add(counted)
        self.buffered.append(
            BufferedMessage(moment, sent, payload, size, cut, event, unread, renders, counted)
        )
        if self.sealed:  # another thread has finished the connection meanwhile
            self._drop_late()

    def _drop_late(self) -> None:
        """Drop the messages that came after the connection was finished."""
        with suppress(IndexError):
            while True:
                self.writer.budget.add(-self.buffered.popleft().counted)

    def _take(self, before: float | None = None) -> list[Render]:
        """Take the renders that have ended, with those within them.

        :param before: take only renders that started before this time.
        """
        with self.rendering:
            remaining: dict[int, Render] = {}
            ended: list[Render] = []
            for render in self.renders:
                is_running = render.output is None and render.error is None
                if (
                    is_running
                    or id(render.parent) in remaining
                    or (before is not None and render.started > before)
                ):
                    remaining[id(render)] = render
                else:
                    ended.append(render)
            self.renders = list(remaining.values())
        return ended

    # In the writer's thread

    def open(
        self,
        request: FlaskRequest,
        response: Response | None,
        buffer: Buffer,
        terms: dict[str, str],
    ) -> None:
        """Record that the connection was opened, with the request that opened it.

        :param response: the response that started the stream; ``None`` for a WebSocket.
        :param terms: the negotiated headers.
        """
        self.cleaner.catch_up()
        sanitizer = self._guarded()
        duration = int((time.perf_counter() - buffer.started) * 1000)
        exchange = Exchange(buffer, request, response, duration, context=secrets_of_context())
        batch, documents = exchange.batch(sanitizer, self.limit)
        request_event = batch.events[0]
        assert isinstance(request_event, Request)
        self.url = request_event.url
        if response is None:
            request_event = msgspec.structs.replace(request_event, status=101)
        handshake = {
            name: text(request.headers[name])[:500] for name in _HEADERS if name in request.headers
        }
        headers = {name: clean(value) for name, value in {**handshake, **terms}.items()}
        opened = BatchMaker(sanitizer, self.offset_ms).make(
            self._state(SocketState.OPENED, time.perf_counter(), headers=headers)
        )
        self.secrets = dict(sanitizer.memory.secrets)
        events = (request_event, *batch.events[1:], *opened.batch.events)
        self._put(MadeBatch(Batch(events), documents, 0))

    def collect(self) -> None:
        """Hand the gathered messages over to the writer, and write an empty entry from time to
        time.
        """
        with self.lock:
            if self.buffered:
                self.cleaner.catch_up()
            while self.buffered:
                self.writer.make_room()
                self._message(self.buffered.popleft())
            interval = self.writer.settings.flush_interval
            if self.renders and not self.done:
                self._rendered(self._take(time.perf_counter() - interval / 2))
            if (
                not self.done
                and time.monotonic() - self.put_at > self.writer.settings.idle_timeout / _KEEPALIVES
            ):
                self.put_at = time.monotonic()
                self.writer.touch(self.visit, self.offset_ms(time.perf_counter()))

    def finish(self) -> None:
        """Hand over everything up to the end of the connection, and the event that it is closed."""
        with self.boundary.guard("record the end of a connection"), self.lock:
            if self.finished:
                return
            self.finished = True
            try:
                self.collect()
                self.writer.make_room()
                reason = clean(text(self.reason))
                closed = self._state(
                    SocketState.CLOSED, self.ended, code=self.code, reason=reason, by=self.by
                )
                self._with_frames(closed, self._take(), self.errors)
            finally:
                self.sealed = True
                self._drop_late()

    def _guarded(self) -> GuardedSanitizer:
        sanitizer = self.cleaner.learner(self.visit.id, self.sanitizer)
        sanitizer.memory.secrets |= self.secrets
        return sanitizer

    def _state(self, state: SocketState, moment: float, **fields: object) -> Socket:
        return Socket(
            offset_ms=self.offset_ms(moment),
            socket=self.socket,
            state=state,
            protocol=self.protocol,
            url=self.url,
            lost=self.lost if state == SocketState.CLOSED else 0,
            **fields,  # type: ignore[arg-type]
        )

    def _message(self, buffered: BufferedMessage) -> None:
        self.writer.budget.add(-buffered.counted)
        with self.boundary.guard("record a message"):
            sanitizer = self._guarded()
            message = Message(
                offset_ms=self.offset_ms(buffered.moment),
                socket=self.socket,
                sent=buffered.sent,
                url=self.url,
                event=text(buffered.event),
                binary=buffered.data is None,
                size=buffered.size,
                flags=(
                    *(["cut"] if buffered.cut else []),
                    *(["unread"] if buffered.unread else []),
                ),
            )
            if buffered.data is not None:
                message = content(message, buffered.data, buffered.renders, sanitizer, self.limit)
            self._with_frames(message, buffered.renders, (), sanitizer)

    def _rendered(self, renders: list[Render]) -> None:
        if renders:
            with self.boundary.guard("record what was rendered for a connection"):
                self._with_frames(
                    self._state(SocketState.RENDERED, renders[0].started), renders, ()
                )

    def _with_frames(
        self,
        event: Message | Socket,
        renders: Sequence[Render],
        errors: Iterable[BaseException],
        sanitizer: GuardedSanitizer | None = None,
    ) -> None:
        """Put an event with its frames, and with errors that were not recorded before."""
        sanitizer = self._guarded() if sanitizer is None else sanitizer
        raised = [error for error in raised_in(renders, *errors) if error is not self.failure]
        if raised:
            self.failure = raised[-1]
        end = max([event.offset_ms, *(self.offset_ms(render.started) for render in renders)])
        maker = BatchMaker(sanitizer, self.offset_ms)
        self._put(maker.make(event, renders=renders, errors=raised, end=end))

    def _put(self, made: MadeBatch) -> None:
        self.put_at = time.monotonic()
        self.writer.put(self.visit, self.name, *made, self.sanitizer)
