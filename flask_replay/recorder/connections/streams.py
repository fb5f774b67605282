"""Streamed responses: their chunks pass through unchanged, and are noted.

Server-sent events are noted message by message, other streams as text.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Any

from markupsafe import Markup

from ..tracebacks import prune
from .connection import Connection

MIMETYPE = "text/event-stream"

CHUNKS = str, bytes, bytearray, memoryview
"""The types of chunks. Objects of other types are left to the server, some of which skip them."""


class Events:
    """Iterates the chunks of a stream of events unchanged.

    :param connection: notes each message once its end has passed.
    """

    def __init__(self, chunks: Iterable[Any], connection: Connection) -> None:
        self.chunks = chunks
        self.connection = connection
        self.rest = b""
        self.cut = False

    def __iter__(self) -> Iterator[Any]:
        try:
            for chunk in self.chunks:
                if isinstance(chunk, CHUNKS):
                    with self.connection.boundary.guard("note server-sent events"):
                        self._read(
                            chunk.encode("utf-8", "replace")
                            if isinstance(chunk, str)
                            else bytes(chunk)
                        )
                yield chunk
            with self.connection.boundary.guard("note server-sent events"):
                if self.rest.endswith(b"\r"):
                    self._read(b"\n")
        except Exception as error:  # the app's: the visitor's stream breaks off
            self.connection.errors.append(error)
            prune(error)
            raise
        finally:
            self.connection.over = True

    def __del__(self) -> None:
        self.connection.over = True

    def close(self) -> None:
        """Close the inner iterator."""
        close = getattr(self.chunks, "close", None)
        if close is not None:
            close()

    def _read(self, chunk: bytes) -> None:
        data = self.rest + chunk
        # The other half of this line end may come with the next chunk.
        half = data[-1:] if data.endswith(b"\r") else b""
        data = data[: len(data) - len(half)].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        *messages, rest = data.split(b"\n\n")
        self.rest = rest + half
        for message in messages:
            self._note(message)
        limit = 4 * self.connection.limit + 1_000  # a character may take four bytes
        if len(self.rest) > limit:
            self.rest, self.cut = self.rest[:limit], True

    def _note(self, message: bytes) -> None:
        cut, self.cut = self.cut, False
        fields: dict[str, list[str]] = {}
        for line in message.decode("utf-8", "replace").split("\n"):
            name, _, value = line.partition(":")
            fields.setdefault(name, []).append(value.removeprefix(" "))
        if "data" in fields:  # others are comments, which keep the connection alive
            event = fields.get("event", [""])[-1]
            self.connection.note(
                time.perf_counter(), True, "\n".join(fields["data"]), event, cut=cut
            )


def length(chunk: Any) -> int:
    """Return the number of bytes that a chunk of a response is sent as; 0 for other objects."""
    if isinstance(chunk, str):
        return len(chunk) if chunk.isascii() else len(chunk.encode("utf-8", "replace"))
    return len(chunk) if isinstance(chunk, CHUNKS) else 0


class StreamProgress:
    """What a stream has sent so far.

    :param length: the number of bytes that it will send, if the response's headers say so.
    :param limit: the most bytes to keep.
    :ivar begun: whether somebody has begun to read it.
    :ivar complete: whether everything was sent, as its end or its length shows. Otherwise it broke
        off or was abandoned.
    :ivar error: the exception with which it broke off.
    :ivar over: whether nothing more will be sent, because everything was or nobody reads the stream
        any more.
    """

    def __init__(self, length: int | None, limit: int) -> None:
        self.length = length
        self.limit = limit
        self.chunks: list[Any] = []
        self.size = 0
        self.begun = False
        self.complete = False
        self.over = False
        self.error: Exception | None = None

    @property
    def kept(self) -> int:
        """Return the number of bytes that are kept."""
        return min(self.size, self.limit)

    def add(self, chunk: Any) -> None:
        """Note a chunk that is about to be sent."""
        if isinstance(chunk, str):
            self.size += length(chunk)
        elif isinstance(chunk, bytes):
            self.size += len(chunk)
        elif isinstance(chunk, bytearray | memoryview):
            chunk = bytes(chunk)  # the app may reuse the memory
            self.size += len(chunk)
        else:
            return
        if self.size <= self.limit:
            self.chunks.append(chunk)
        if self.length is not None:
            self.complete = self.over = self.size == self.length


class RecordedChunks:
    """Iterates the chunks of a response unchanged. A streamed page has hundreds, most of them short
    ASCII text, so these are noted without a call.

    It may be abandoned at any point, also by the garbage collector, so its end must not wait for a
    lock.

    :param progress: notes the chunks.
    """

    def __init__(self, chunks: Iterable[Any], progress: StreamProgress) -> None:
        self.chunks = chunks
        self.progress = progress

    def __iter__(self) -> Iterator[Any]:
        progress = self.progress
        progress.begun = True
        plainly, keep, limit = progress.length is None, progress.chunks.append, progress.limit
        try:
            for chunk in self.chunks:
                kind = type(chunk)
                if plainly and (kind is str or kind is Markup) and chunk.isascii():
                    progress.size = size = progress.size + len(chunk)
                    if size <= limit:
                        keep(chunk)
                else:
                    progress.add(chunk)
                yield chunk
            progress.complete = progress.length in {None, progress.size}
        except Exception as error:  # the app's: the visitor's page breaks off
            progress.error = error
            prune(error)
            raise
        finally:
            progress.over = True

    def __del__(self) -> None:
        self.progress.over = True

    def close(self) -> None:
        """Close the inner iterator."""
        close = getattr(self.chunks, "close", None)
        if close is not None:
            close()
