"""The connections of an app that this process has opened and not written to their end."""

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
"""Recordings that are remembered when their connections are closed."""


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
        """Begin to record a connection; see :meth:`Connection.open`."""
        reads = self.settings.max_events * READS_OF_EVENT
        connection = Connection(buffer, self.services, self.writer, protocol, reads)
        buffer.done = True
        connection.open(request, response, buffer, terms or {})
        self.open.add(connection)
        return connection

    def end(self, connection: Connection) -> None:
        """Note that a connection is closed; the writer's thread, woken for it, does the rest.

        Who served it is needed for other visitors. Where there is no thread, it is done here.
        """
        if connection.done:
            return
        if connection.protocol == SocketProtocol.WEBSOCKET and not connection.code:
            connection.code = BROKE  # the handler raised, and nobody closed it
        connection.ended = time.perf_counter()
        connection.done = True
        self.closed.put(connection.visit.id, time.monotonic())
        self.ended.add(connection)
        if not self.writer.hurry():
            self.finish_ended()
            if not self.writer.outbox.trouble.since:
                self.writer.flush()

    def finish_ended(self) -> None:
        """See that what the closed ones said is cleaned, and has taught what is secret of it."""
        for connection in list(self.ended):
            connection.finish()  # where another thread is at it, this waits
            self.ended.discard(connection)
            self.open.discard(connection)

    def keep(self, recording_id: str) -> bool:
        """Whether a connection of this process kept a recording from being idle.

        The visitor's cookie does not tell: it is as old as their last request.
        """
        closed = self.closed.get(recording_id)
        if closed is not None and time.monotonic() - closed <= self.settings.idle_timeout:
            return True
        return any(connection.visit.id == recording_id for connection in list(self.open))

    def collect(self) -> None:
        """Hand over to the writer what all of them noted."""
        for connection in list(self.open):
            if connection.over:
                self.end(connection)
            with self.services.boundary.guard("record the messages of a connection"):
                connection.collect()
        self.finish_ended()

    def forget(self) -> None:
        """Leave to the parent the connections that it had when it forked."""
        self.open.clear()
        self.ended.clear()
