"""Record the requests of an app, from their beginning until the response is made."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextvars import ContextVar
from functools import partial
from typing import Any

import flask
from flask import (
    Flask,
    Response,
    current_app,
    got_request_exception,
    has_request_context,
    request,
    request_tearing_down,
)
from flask import Request as FlaskRequest

from ..recording.events import SocketProtocol
from ..storage.lifecycle.forgetting import MAX_VISITOR_NAME
from .captures import Capturing
from .cleaning.siblings import Siblings
from .connections.connection import Connection
from .connections.opened import Connections
from .connections.streams import MIMETYPE, Events
from .delivery.writer import Writer
from .hooks import hook
from .obstacles import FULL
from .processes import after_fork
from .programs.jobs import Job
from .programs.jobs import current as current_job
from .requests.buffer import READS_OF_EVENT, Buffer
from .requests.handover import Handover
from .requests.static_requests import StaticRequests
from .services import Services
from .templates.environments import WatchedEnvironment
from .visit import Visit
from .visits.cookie_sending import OUTGOING_COOKIES, send_cookies
from .visits.permission import Permission, ShouldRecord
from .visits.scope import Scope
from .visits.signed_visits import COOKIE_VISIT, SignedVisits
from .visits.visit_of_request import NEW_COOKIE, WITHDRAWN, Visits

_BUFFER = "flask_replay.buffer"
"""The key, in the attributes of a request, of its buffer, or of ``None`` if it is not recorded. A
request within a request may share the environment of the outer one.
"""
_CONTEXT: Any = vars(flask.globals).get("request_ctx", flask.globals.app_ctx)
"""The context of a request, whichever name it has in this version of Flask."""

_VARIABLE: ContextVar[Any] | None = vars(flask.globals).get("_cv_request")
"""The variable of that context, in the versions of Flask that have one for requests alone."""


class Recorder:
    """Records one app.

    :param identify: returns the name of the current request's visitor, or ``None``.
    :param mark: tells the app from others on its host.
    :param should_record: decides whether a request may be recorded.
    """

    def __init__(
        self,
        app: Flask,
        services: Services,
        writer: Writer,
        capturing: Capturing,
        identify: Callable[[], str | None] | None = None,
        mark: str = "",
        should_record: ShouldRecord | None = None,
    ) -> None:
        settings, boundary, cleaner = services.settings, services.boundary, services.cleaner
        self.services = services
        self.settings = settings
        self.writer = writer
        self.boundary = boundary
        self.capturing = capturing
        self.connections = Connections(services, writer)
        self.signed_visits = SignedVisits(
            app, settings, mark, services.clock, self.connections.keeps_alive
        )
        self.scope = Scope(settings)
        self.permission = Permission(settings, self.signed_visits, boundary, should_record)
        self.visits = Visits(self.signed_visits, writer, capturing, boundary, identify)
        self.budget = services.budget
        self.environment = WatchedEnvironment(self.current, boundary)
        self.handover = Handover(app, services, writer)
        self.static_requests = StaticRequests(writer, services.clock, self.permission)
        keys = partial(SignedVisits.keys, self.signed_visits)
        self.siblings = cleaner.siblings = Siblings(
            writer.folder / "siblings", keys, cleaner.lasting, boundary
        )
        self.siblings.flush = writer.flush
        after_fork(self.connections.forget)
        self.raised = partial(Recorder._raised, self)  # a signal holds its receivers weakly

    def connect(self, app: Flask) -> None:
        """Connect to an app's signals and requests."""
        got_request_exception.connect(self.raised, app)
        hook(app, self._on_begin, self._on_response, self._on_abort)
        send_cookies(app)

    def current(self) -> Buffer | None:
        """Return the buffer of the current request or job, if it is recorded."""
        job = current_job(self.writer)
        if job is not None:
            return job
        buffer = self._buffer()
        return None if buffer is None or buffer.full else buffer

    def _buffer(self) -> Buffer | None:
        """Return the buffer of the current request until it is handed over."""
        current = _found_request()
        buffer: Buffer | None = None if current is None else current.__dict__.get(_BUFFER)
        return None if buffer is None or buffer.done else buffer

    @property
    def pending(self) -> Collection[int]:
        """Return the numbers of the requests that have a response and are not handed over yet."""
        return [*self.handover.pending, *self.handover.streams]

    def job(self, app: Flask, name: str) -> Job | None:
        """Start recording a job; return ``None`` if memory is short."""
        if self.budget.full:
            self.budget.refused += 1
            self.boundary.say("job", f"not recording a job: {FULL}")
            return None
        self.environment.prepare(app)
        job = Job(name[:MAX_VISITOR_NAME], self.services, self.writer)
        if has_request_context():
            job.sanitizer = self.scope.sanitizer(app, _request())
        return job

    # A request that is not recorded must take as few steps as possible.

    def _on_begin(self, app: Flask) -> None:
        try:
            current = _found_request()
            if current is None or _BUFFER in current.__dict__:
                return  # an app may begin a request more than once
            current.__dict__[_BUFFER] = None
            if not self.writer.started and OUTGOING_COOKIES in current.environ:
                self._start()
            now = self.services.clock()
            visit = self.signed_visits.visit(app, current, now)
            if self.visits.skips(current, visit, now) or self.scope.surely_excludes(current):
                return
            if not self.scope.includes(app, current):
                return
            if self.permission.is_needed and not self.permission.allows(current):
                return
            visit = self.visits.find(app, current, visit, now)
            if visit is None:
                return
            if visit.id:
                self._start_buffer(app, current, visit)
            self._offer_to_websocket(current)
        except Exception as error:  # faster than a guard
            self.boundary.failed("begin to record a request", error)

    def _start(self) -> None:
        """Start the threads that work beside requests. A request that came from no server, as in a
        test or a shell, does this only once it has a response.
        """
        self.writer.start()
        self.siblings.join(threads=not self.writer.threadless)

    def _offer_to_websocket(self, current: FlaskRequest) -> None:
        """Pass this recorder to a WebSocket that is about to open. Flask-Sock is imported with the
        first one, because it takes a tenth of the time in which an app starts.
        """
        if "HTTP_UPGRADE" in current.environ:
            from .connections.websockets import RECORDER, listen

            listen()
            current.environ[RECORDER] = self

    def _start_buffer(self, app: Flask, current: FlaskRequest, visit: Visit) -> None:
        self.environment.prepare(app)
        self.writer.library.look(app)
        reads, sanitizer = (
            self.settings.max_events * READS_OF_EVENT,
            self.scope.sanitizer(app, current),
        )
        buffer = Buffer(visit, reads, self.services.clock, sanitizer)
        buffer.context = _context()
        current.__dict__[_BUFFER] = buffer

    def _on_response(self, app: Flask, response: Response) -> None:
        current = _found_request()
        if current is None:
            return
        environ, buffer = current.environ, current.__dict__.get(_BUFFER)
        if buffer is None and NEW_COOKIE not in current.__dict__:
            visit = environ.get(COOKIE_VISIT)
            if visit is not None and visit.id:
                with self.boundary.guard("note a static file"):
                    self.static_requests.note(current, visit, response.status_code)
            return
        with self.boundary.guard("record a response"):
            if not self.writer.started:
                self._start()
            if isinstance(buffer, Connection):
                self._end_socket(buffer)
            if buffer is not None:
                buffer = None if buffer.done else self._without_response(buffer, current)
            cookie = self._resolve_visit(app, current, response, buffer)
            if cookie and OUTGOING_COOKIES in environ:
                environ[OUTGOING_COOKIES].append(cookie)
            if buffer is None:
                return
            if (
                response.mimetype == MIMETYPE
                and not response.is_sequence  # is_streamed would ask the app for a length
                and not response.direct_passthrough
            ):
                self._stream(buffer, current, response)
            else:
                self.handover.answered(buffer, current, response)

    def _resolve_visit(
        self, app: Flask, current: FlaskRequest, response: Response, buffer: Buffer | None
    ) -> str:
        """Find whose request it is, and return the cookie for the visitor, or ``""``."""
        resolved = self.visits.resolve(
            app, current, response, None if buffer is None else buffer.visit
        )
        if buffer is not None and resolved.visit is not None:
            buffer.visit, buffer.name = resolved.visit, resolved.name
        return resolved.cookie

    def _raised(self, app: Flask, exception: BaseException, **_: object) -> None:
        with self.boundary.guard("record an exception"):
            buffer = self._buffer()
            if buffer is not None:
                buffer = self._without_response(buffer, _request())
                buffer.errors.append(exception)
                buffer.context = _context()
                request_tearing_down.connect(self._torn_down, app)

    def _on_abort(self, app: Flask, exception: BaseException) -> None:
        """Note what ended a request for which Flask makes no response: the server stops, or gives
        up a request that takes too long.

        A stream that its reader abandons ends like this, too, but it has a response.
        """
        buffer = self._buffer()
        if buffer is None or buffer.context != _context():
            return
        if isinstance(buffer, Connection) or not buffer.answered:
            self._raised(app, exception)
            self._torn_down(app)

    def _without_response(self, buffer: Buffer, current: FlaskRequest) -> Buffer:
        """Return the buffer for a response or an error after which no earlier response is sent. An
        app's own function may raise when the response is made.
        """
        self.handover.withdraw(buffer)
        if not isinstance(buffer, Connection) or buffer.protocol != SocketProtocol.EVENTS:
            return buffer
        self.connections.end(buffer)
        again = Buffer(buffer.visit, buffer.max_reads, self.services.clock, buffer.sanitizer)
        again.started, again.started_ms, again.name = buffer.started, buffer.started_ms, buffer.name
        current.__dict__[_BUFFER] = again
        return again

    def _torn_down(self, app: Flask, **_: object) -> None:
        """Hand over a request that got no response, because its exception reached the server.

        A copy of its context, used by a thread of the app, ends on its own and is ignored. The end
        of requests is observed only once an exception or a WebSocket needs it.
        """
        with self.boundary.guard("record a request that failed"):
            buffer = self._buffer()
            if buffer is None or buffer.context != _context():
                return
            if isinstance(buffer, Connection):
                self._end_socket(buffer)
            elif not buffer.answered and buffer.errors:
                if not self.writer.started:
                    self._start()
                self.handover.failed(buffer, _request())

    # Consent of visitors

    def withdraw(self) -> None:
        """Stop recording the visitor of the current request, discard this request, and delete the
        cookie.
        """
        current = _request()
        buffer = current.__dict__.get(_BUFFER)
        current.__dict__[_BUFFER] = None
        if isinstance(buffer, Connection):
            self.connections.end(buffer)
        elif buffer is not None:
            buffer.done = True
        current.__dict__[NEW_COOKIE] = WITHDRAWN

    # Connections that stay open

    def cookie(self) -> str:
        """Return the cookie for the response to a WebSocket handshake, or ``""``."""
        current = _request()
        return self._resolve_visit(_app(), current, Response(), current.__dict__.get(_BUFFER))

    def accepted(self, subprotocol: str | None) -> Connection | None:
        """Start recording a WebSocket that was opened."""
        buffer = self._buffer()
        if buffer is None:
            return None
        current = _request()
        terms = {"Sec-WebSocket-Protocol": subprotocol} if subprotocol else {}
        connection = current.__dict__[_BUFFER] = self.connections.begin(
            buffer, current, SocketProtocol.WEBSOCKET, terms=terms
        )
        connection.context = _context()
        request_tearing_down.connect(self._torn_down, _app())
        return connection

    def _end_socket(self, connection: Connection) -> None:
        """Record the end of a WebSocket, whose handler has returned. A stream of events is only
        starting at this point.
        """
        if connection.protocol == SocketProtocol.WEBSOCKET:
            self.connections.end(connection)

    def _stream(self, buffer: Buffer, current: FlaskRequest, response: Response) -> None:
        """Begin to record a stream of server-sent events."""
        connection = self.connections.begin(buffer, current, SocketProtocol.EVENTS, response)
        current.__dict__[_BUFFER] = connection
        response.response = Events(response.response, connection)
        response.call_on_close(lambda: self.connections.end(connection))


def _request() -> FlaskRequest:
    """Return the current request object."""
    current: FlaskRequest = request._get_current_object()  # type: ignore[attr-defined]
    return current


def _found_request() -> FlaskRequest | None:
    """Return the current request object, or ``None`` if there is none. Flask's function and proxy
    take four times as long.
    """
    if _VARIABLE is None:
        return _request() if has_request_context() else None
    context = _VARIABLE.get(None)
    return None if context is None else context.request


def _app() -> Flask:
    """Return the current app object."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return app


def _context() -> int:
    """Return the identity of the current request context."""
    return id(_CONTEXT._get_current_object() if _VARIABLE is None else _VARIABLE.get())
