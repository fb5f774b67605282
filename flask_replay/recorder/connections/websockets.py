"""Record the WebSockets of Flask-Sock. Each is an object of one class, and our subclass notes its
messages.

Flask-Sock looks the class up for each connection, so the order of set-up does not matter, and
handlers get an object of the class they know. A WebSocket that is not recorded keeps the original
methods.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol, cast

import flask_sock
from wsproto.connection import ConnectionState
from wsproto.events import AcceptConnection

from ...boundary import Boundary
from .connection import BROKE, Connection

RECORDER = "flask_replay.sockets"
"""The key, in the environment of a request for a WebSocket, of the object that records it."""


class SocketRecorder(Protocol):
    """Records the WebSockets of an app."""

    boundary: Boundary

    def cookie(self) -> str:
        """Return the cookie for the response to a handshake, or ``""``."""

    def accepted(self, subprotocol: str | None) -> Connection | None:
        """Start recording a WebSocket that was opened."""


def listen() -> None:
    """Make Flask-Sock use our subclass for its WebSockets. A second call changes nothing."""
    original = flask_sock.Server
    if not issubclass(original, _UndecidedSocket):
        attributes = {
            "__module__": original.__module__,
            "__qualname__": original.__qualname__,
            "__doc__": original.__doc__,
        }
        recorded = type(original.__name__, (_RecordedSocket, original), attributes)
        flask_sock.Server = type(
            original.__name__,
            (_UndecidedSocket, original),
            {**attributes, "_replay_recorded": recorded},
        )


class _UndecidedSocket:
    """A WebSocket for which it is not decided yet whether it is recorded."""

    _replay_recorded: type
    environ: dict[str, Any]
    connected: bool
    subprotocol: str | None
    ws: Any

    def handshake(self) -> None:
        """Open the WebSocket. The response may carry our cookie."""
        recorder = cast(SocketRecorder | None, self.environ.pop(RECORDER, None))
        handshake = cast(Callable[[], None], super().handshake)  # type: ignore[misc]
        if recorder is None:
            return handshake()
        cookie = ""
        with recorder.boundary.guard("make a cookie for a WebSocket"):
            cookie = recorder.cookie()
        if cookie:
            _add_cookie(self.ws, cookie)
        handshake()
        if self.connected:
            with recorder.boundary.guard("begin to record a WebSocket"):
                connection = recorder.accepted(self.subprotocol)
                if connection is not None:
                    self._replay = connection
                    self.__class__ = self._replay_recorded
        return None


def _add_cookie(connection: Any, cookie: str) -> None:
    """Add a cookie to the response to the handshake, which wsproto makes."""
    send = connection.send

    def accept(event: Any) -> bytes:
        if isinstance(event, AcceptConnection):
            del connection.send
            event = replace(
                event,
                extra_headers=[*event.extra_headers, (b"Set-Cookie", cookie.encode("latin-1"))],
            )
        return cast(bytes, send(event))

    connection.send = accept


class _RecordedSocket(_UndecidedSocket):
    """A WebSocket that is recorded."""

    _replay: Connection
    input_buffer: list[str | bytes]

    def send(self, data: Any) -> None:
        """Send a message, and note it."""
        moment = time.perf_counter()
        super().send(data)  # type: ignore[misc]
        connection = self._replay
        with connection.boundary.guard("note a message"):
            connection.note(moment, True, data)

    def receive(self, timeout: float | None = None) -> Any:
        """Receive a message, and note it."""
        data = super().receive(timeout)  # type: ignore[misc]
        if data is not None:
            connection = self._replay
            with connection.boundary.guard("note a message"):
                connection.note(time.perf_counter(), False, data)
        return data

    def close(self, reason: int | None = None, message: str | None = None) -> None:
        """Close the WebSocket, and note how. It may already be closed."""
        was_open = self.connected
        try:
            super().close(reason, message)  # type: ignore[misc]
        finally:
            with self._replay.boundary.guard("note how a WebSocket was closed"):
                self._note_end(was_open, reason, message)

    def _note_end(self, was_open: bool, reason: int | None, message: str | None) -> None:
        connection = self._replay
        if connection.by or connection.done:
            return
        while self.input_buffer:  # messages that arrived, but that the app did not receive
            connection.note(time.perf_counter(), False, self.input_buffer.pop(0), unread=True)
        if was_open:
            connection.by, connection.code, connection.reason = (
                "app",
                int(reason or 1000),
                message or "",
            )
        elif self.ws.state in {ConnectionState.CLOSED, ConnectionState.REMOTE_CLOSING}:
            connection.by, connection.code = "visitor", int(getattr(self, "close_reason", 0) or 0)
            connection.reason = getattr(self, "close_message", None) or ""
        else:
            connection.code = BROKE
