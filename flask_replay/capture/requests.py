"""Record the requests of an app, by the signals that Flask sends; nothing of the app's is wrapped."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from fnmatch import fnmatchcase
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
    request_finished,
    request_started,
    request_tearing_down,
)
from flask import Request as FlaskRequest

from ..sanitize import Sanitizer
from ..settings import Settings
from ..state import ActiveSession
from ..storage.forgetting import MAX_NAME
from .boundary import Boundary
from .buffer import Budget, Buffer
from .capturing import Capturing, wanted
from .connections import Connection, Connections
from .handover import Handover
from .jobs import Job
from .jobs import current as current_job
from .processes import after_fork
from .session import Sessions, Visit
from .streams import MIMETYPE, Events
from .templates import Templates
from .websockets import RECORDER, listen
from .writer import Writer

_BUFFER = "flask_replay.buffer"
_VISIT = "flask_replay.visit"
_PLAYER = "flask_replay.player."
_CONTEXT: Any = vars(flask.globals).get("request_ctx", flask.globals.app_ctx)
"""The context of a request, by the name that it has in this version of Flask."""


class Recorder:
    """Records one app.

    :param sanitizer: cleans what is kept.
    :param identify: says who the visitor of the current request is, or ``None``.
    """

    def __init__(
        self,
        app: Flask,
        settings: Settings,
        writer: Writer,
        sanitizer: Sanitizer,
        identify: Callable[[], str | None] | None,
        boundary: Boundary,
        capturing: Capturing,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.settings = settings
        self.writer = writer
        self.sanitizer = sanitizer
        self.identify = identify
        self.boundary = boundary
        self.capturing = capturing
        self.clock = clock
        self.connections = Connections(writer, settings, sanitizer, boundary)
        self.sessions = Sessions(app, settings, clock, self.connections.keep)
        self.budget: Budget = writer.budget
        self.templates = Templates(self.current, boundary)
        self.handover = Handover(app, writer, sanitizer, boundary)
        after_fork(self.connections.forget)
        self.player: _Player | None = None
        self.paths = tuple(pattern for pattern in settings.exclude if pattern.startswith("/"))
        self.endpoints = tuple(pattern for pattern in settings.exclude if not pattern.startswith("/"))
        self.beginning = boundary.guard("begin to record a request")
        self.listeners = (  # signals hold them weakly; what a signal calls is reached faster so than as a method
            (request_started, partial(Recorder._started, self)),
            (request_finished, partial(Recorder._finished, self)),
            (got_request_exception, partial(Recorder._raised, self)),
        )

    def connect(self, app: Flask) -> None:
        """Listen to an app."""
        for signal, listener in self.listeners:
            signal.connect(listener, app)
        listen()

    def current(self) -> Buffer | None:
        """Give the buffer of the request or the job that is being handled, if it is recorded."""
        job = current_job(self.writer)
        if job is not None:
            return job
        if not has_request_context():
            return None
        buffer = _request().environ.get(_BUFFER)
        return buffer if isinstance(buffer, Buffer) and not buffer.done else None

    @property
    def pending(self) -> Collection[int]:
        """Return the numbers of the requests that are answered and not handed over yet."""
        return [*self.handover.pending, *self.handover.streams]

    def job(self, app: Flask, name: str) -> Job | None:
        """Begin to record a job, unless memory is short."""
        if self.budget.full:
            self.budget.refused += 1
            self.boundary.failed("record a job", MemoryError("REPLAY_MAX_MEMORY is reached"))
            return None
        self.templates.prepare(app)
        return Job(name[:MAX_NAME], self.writer, self.sanitizer, self.boundary, self.clock)

    # Signals. A request that is not recorded passes through with as few steps as can be.

    def _started(self, app: Flask, **_: object) -> None:
        with self.beginning:
            current = _request()
            started = self.writer.started
            if started and self.capturing.current is None and self.sessions.unsampled(app, current.environ):
                return
            if not started:
                self.writer.start()
            if self._excluded(app, current.endpoint, current.path):
                return
            visit = self.sessions.visit(app, current)
            run = self.sessions.run(app, current)
            if run is not None and run.id not in self.writer.moved:
                self._gather(app, current, run)
                self._expect(current)
                return
            capture = self.capturing.current
            if capture is not None or (visit is not None and visit.capture):
                visit = self._captured(current, visit, capture)
            if visit is not None and not visit.id and not self.sessions.is_due(visit):
                return
            fresh = visit is None
            if visit is None:
                visit = self._begin(app)
                if visit is None:
                    return
            elif visit.id in self.writer.moved:
                visit, fresh = self.writer.moved[visit.id], True
            if fresh or self.sessions.is_due(visit):
                current.environ[_VISIT] = visit
            if visit.id:
                self._gather(app, current, visit)
            self._expect(current)

    def _expect(self, current: FlaskRequest) -> None:
        """Let a WebSocket that is about to be opened find us."""
        if "HTTP_UPGRADE" in current.environ:
            current.environ[RECORDER] = self

    def _gather(self, app: Flask, current: FlaskRequest, visit: Visit) -> None:
        self.templates.prepare(app)
        current.environ[_BUFFER] = Buffer(visit, self.settings.max_events * 10, self.clock)

    def _captured(self, current: FlaskRequest, visit: Visit | None, capture: ActiveSession | None) -> Visit | None:
        """Give the visit as a capture by hand has it: one of its own, which ends when the capture does."""
        if capture is None:
            return None
        if visit is not None and visit.capture == capture.id:
            return visit
        name = ""
        if capture.only.get("user") and self.identify is not None:
            with self.boundary.guard("identify the visitor"):
                name = str(self.identify() or "")
        if not wanted(capture, current, name):
            return None if visit is not None and visit.capture else visit
        begun = self.sessions.begin(capture.id)
        current.environ[_VISIT] = begun
        return begun

    def _begin(self, app: Flask) -> Visit | None:
        if self.sessions.serializer is None:
            self.boundary.failed("record visitors", RuntimeError("the app has no SECRET_KEY to sign the cookie"))
            return None
        if self.budget.full:
            self.budget.refused += 1
            self.boundary.failed("record new sessions", MemoryError("REPLAY_MAX_MEMORY is reached"))
            return None
        return self.sessions.begin()

    def _finished(self, app: Flask, response: Response, **_: object) -> None:
        current = _request()
        environ = current.environ
        if _VISIT not in environ and _BUFFER not in environ:
            return
        with self.boundary.guard("record a response"):
            visit = environ.pop(_VISIT, None)
            if visit is not None:
                self.sessions.send(app, current, response, visit)
            buffer = environ.get(_BUFFER)
            if isinstance(buffer, Connection):
                self._end_socket(buffer)
            if buffer is None or buffer.done:
                return
            self._identify(buffer)
            if response.is_streamed and response.mimetype == MIMETYPE and not response.direct_passthrough:
                self._stream(buffer, current, response)
            else:
                self.handover.answered(buffer, current, response)

    def _identify(self, buffer: Buffer) -> None:
        if self.identify is not None:
            with self.boundary.guard("identify the visitor"):
                buffer.name = str(self.identify() or "")[:MAX_NAME]

    def _raised(self, app: Flask, exception: BaseException, **_: object) -> None:
        buffer = self.current()
        if buffer is not None:
            buffer.errors.append(exception)
            buffer.context = _context()
            request_tearing_down.connect(self._torn_down, app)

    def _torn_down(self, app: Flask, **_: object) -> None:
        """Hand over a request that got no response, because its exception went on to the server.

        A copy of its context, in which a thread of the app's worked for it, ends by itself and means nothing.
        Nobody listens to the ends of requests before an exception or a WebSocket is the first to ask for it.
        """
        current = _request()
        if _BUFFER not in current.environ:
            return
        with self.boundary.guard("record a request that failed"):
            buffer = self.current()
            if buffer is None or buffer.context != _context():
                return
            if isinstance(buffer, Connection):
                self._end_socket(buffer)
            elif not buffer.answered and buffer.errors:
                self.handover.failed(buffer, current)

    # Connections that stay open

    def cookie(self, environ: dict[str, Any]) -> str:
        """Give the cookie that the answer to a WebSocket's handshake must carry, or ``""``."""
        visit = environ.pop(_VISIT, None)
        answer = Response()
        if visit is not None:
            self.sessions.send(_app(), request, answer, visit)
        return answer.headers.get("Set-Cookie", "")

    def accepted(self, environ: dict[str, Any], subprotocol: str | None) -> Connection | None:
        """Begin to record a WebSocket that was opened."""
        buffer = environ.get(_BUFFER)
        if buffer is None or buffer.done:
            return None
        self._identify(buffer)
        terms = {"Sec-WebSocket-Protocol": subprotocol} if subprotocol else {}
        connection = environ[_BUFFER] = self.connections.begin(buffer, _request(), "websocket", terms=terms)
        connection.context = _context()
        request_tearing_down.connect(self._torn_down, _app())
        return connection

    def _end_socket(self, connection: Connection) -> None:
        """Record the end of a WebSocket, whose handler is done; a stream of events may only begin then."""
        if connection.protocol == "websocket":
            self.connections.end(connection)

    def _stream(self, buffer: Buffer, current: FlaskRequest, response: Response) -> None:
        """Begin to record a stream of server-sent events."""
        connection = self.connections.begin(buffer, current, "events", response)
        current.environ[_BUFFER] = connection
        response.response = Events(response.response, connection)
        response.call_on_close(lambda: self.connections.end(connection))

    def _excluded(self, app: Flask, endpoint: str | None, path: str) -> bool:
        player = self.player
        if player is None:
            player = self.player = _Player(app)
        if endpoint is None:
            if player.holds(path):
                return True
        else:
            if endpoint in player.endpoints or endpoint == "static" or endpoint.endswith(".static"):
                return True
            if self.endpoints and any(fnmatchcase(endpoint, pattern) for pattern in self.endpoints):
                return True
        return bool(self.paths) and any(fnmatchcase(path, pattern) for pattern in self.paths)


class _Player:
    """Knows the player's endpoints and places, under whatever name and prefix the app registered it."""

    def __init__(self, app: Flask) -> None:
        views = app.view_functions.items()
        own = [name for name, view in views if str(getattr(view, "__module__", "")).startswith(_PLAYER)]
        self.endpoints = frozenset(own)
        rules = [rule.rule for rule in app.url_map.iter_rules() if rule.endpoint in self.endpoints]
        self.places = tuple(rule for rule in rules if rule.endswith("/") and "<" not in rule)

    def holds(self, path: str) -> bool:
        """Tell whether a path that leads nowhere is below the player, or is it without its last slash."""
        return f"{path}/".startswith(self.places)


def _request() -> FlaskRequest:
    """Give the current request itself: each look through Flask's proxy takes as long as seven of these."""
    current: FlaskRequest = request._get_current_object()  # type: ignore[attr-defined]
    return current


def _app() -> Flask:
    """Give the current app itself."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return app


def _context() -> int:
    """Return the identity of the current request context."""
    return id(_CONTEXT._get_current_object())
