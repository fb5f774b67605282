"""The open connections of an app in this process, until all their messages are written."""

from __future__ import annotations

import time

from flask import Request as FlaskRequest
from flask import Response

from ...expiring import Expiring
from ...recording.events import SocketProtocol
from ..delivery.writer import Writer
from ..requests.buffer import READS_OF_EVENT, Buffer
from ..services import Services
from .connection import BROKE, Connection

_REMEMBERED = 10_000
"""The most recordings to remember after their connections are closed."""


class Connections:
    """The open connections of an app in this process."""

    def __init__(self, services: Services, writer: Writer) -> None:
        self.services = services
        self.writer = writer
        self.settings = services.settings
        self.open: set[Connection] = set()
        self.ended = set[Connection]()
        self.services.cleaner.before = self.finish_ended
        self.closed: Expiring[str, float] = Expiring(self.settings.idle_timeout, _REMEMBERED)
        writer.sources.append(self.collect)

    def begin(
        self,
        buffer: Buffer,
        request: FlaskRequest,
        protocol: SocketProtocol,
        response: Response | None = None,
        terms: dict[str, str] | None = None,
    ) -> Connection:
        """Start recording a connection; see :meth:`Connection.open`."""
        reads = self.settings.max_events * READS_OF_EVENT
        connection = Connection(buffer, self.services, self.writer, protocol, reads)
        buffer.done = True
        connection.open(request, response, buffer, terms or {})
        self.open.add(connection)
        return connection

    def end(self, connection: Connection) -> None:
        """Note that a connection is closed, and wake the writer's thread, which does the rest.

        The calling thread is needed for other visitors. If the writer has no thread, the rest is
        done here.
        """
        if self._note_end(connection) and not self.writer.wake_up():
            self.finish_ended()
            self.writer.serve()

    def _note_end(self, connection: Connection) -> bool:
        """Note that a connection is closed, and return whether that was unknown."""
        if connection.done:
            return False
        if connection.protocol == SocketProtocol.WEBSOCKET and not connection.code:
            connection.code = BROKE  # the handler raised, and nobody closed the WebSocket
        connection.ended = time.perf_counter()
        connection.done = True
        self.closed.put(connection.visit.id, time.monotonic())
        self.ended.add(connection)
        return True

    def finish_ended(self) -> None:
        """Sanitize the messages of closed connections, and learn their secrets."""
        for connection in list(self.ended):
            connection.finish()  # this waits if another thread is finishing it
            self.ended.discard(connection)
            self.open.discard(connection)

    def keeps_alive(self, recording_id: str) -> bool:
        """Whether a connection of this process has kept a recording from becoming idle.

        The visitor's cookie does not show this, because it is as old as their last request.
        """
        closed = self.closed.get(recording_id)
        if closed is not None and time.monotonic() - closed <= self.settings.idle_timeout:
            return True
        return any(connection.visit.id == recording_id for connection in list(self.open))

    def collect(self) -> None:
        """Hand the messages of all connections over to the writer."""
        for connection in list(self.open):
            if connection.over:
                self._note_end(connection)
            with self.services.boundary.guard("record the messages of a connection"):
                connection.collect()
        self.finish_ended()

    def forget(self) -> None:
        """Drop the connections after a fork. They belong to the parent."""
        self.open.clear()
        self.ended.clear()
