"""Server-sent events: a stream that passes as it is, while its messages are noted one by one."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Any

from .connections import Connection

MIMETYPE = "text/event-stream"


class Events:
    """Iterates the chunks of a stream of events as they are.

    :param connection: is told of each message, when its end has passed.
    """

    def __init__(self, chunks: Iterable[Any], connection: Connection) -> None:
        self.chunks = chunks
        self.connection = connection
        self.rest = b""
        self.cut = False

    def __iter__(self) -> Iterator[Any]:
        for chunk in self.chunks:
            with self.connection.boundary.guard("note server-sent events"):
                self._read(chunk.encode("utf-8", "replace") if isinstance(chunk, str) else bytes(chunk))
            yield chunk
        if self.rest.endswith(b"\r"):
            self._read(b"\n")

    def close(self) -> None:
        """Close what is iterated."""
        close = getattr(self.chunks, "close", None)
        if close is not None:
            close()

    def _read(self, chunk: bytes) -> None:
        data = self.rest + chunk
        half = data[-1:] if data.endswith(b"\r") else b""  # of an end of line, whose other half may come next
        data = data[: len(data) - len(half)].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        *messages, rest = data.split(b"\n\n")
        self.rest = rest + half
        for message in messages:
            self._note(message)
        limit = 4 * self.connection.limit + 1_000  # a letter may take four bytes
        if len(self.rest) > limit:
            self.rest, self.cut = self.rest[:limit], True

    def _note(self, message: bytes) -> None:
        cut, self.cut = self.cut, False
        fields: dict[str, list[str]] = {}
        for line in message.decode("utf-8", "replace").split("\n"):
            name, _, value = line.partition(":")
            fields.setdefault(name, []).append(value.removeprefix(" "))
        if "data" in fields:  # others are comments, and keep the connection alive
            event = fields.get("event", [""])[-1]
            self.connection.note(time.perf_counter(), True, "\n".join(fields["data"]), event, cut=cut)
