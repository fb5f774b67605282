"""The end of a connection: its thread continues at once, and its secrets are known in time."""

from __future__ import annotations

import inspect
import json
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, render_template_string
from flask_sock import Sock
from msgspec.structs import replace
from werkzeug.test import EnvironBuilder

from benchmarks.family import Sink, handshake
from flask_replay import REDACTED, FileStorage
from flask_replay.recorder.delivery.writer import Writer

from ..conftest import AppMaker, recordings_of
from ..counting import steps

_SECRET = "correct horse 7 battery"


def _telling(app: Flask, messages: int) -> None:
    """Return an app with a WebSocket that sends rendered lines, and a secret under its name."""

    @Sock(app).route("/ws")
    def ws(socket: object) -> None:
        for number in range(messages):
            socket.send(render_template_string("<li>{{ number }}</li>", number=number))  # type: ignore[attr-defined]
        socket.send(json.dumps({"password": _SECRET}))  # type: ignore[attr-defined]
        socket.sock.close()  # type: ignore[attr-defined]


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the writer's thread busy."""
    monkeypatch.setattr(Writer, "wake_up", lambda writer: True)


@pytest.mark.usefixtures("busy")
def test_secrets_from_a_socket_are_known_to_the_next_request(make_app: AppMaker) -> None:
    """Even if the writer's thread has not yet handled the socket's messages."""
    app = make_app(REPLAY_FLUSH_INTERVAL=3600)
    _telling(app, 1)
    app.add_url_rule("/said", "said", lambda: f"<!doctype html><p>You said {_SECRET}.</p>")
    client = app.test_client()
    client.get("/two", buffered=True)
    client.get("/ws", base_url="ws://localhost", environ_overrides=handshake(Sink()))
    client.get("/said", buffered=True)
    (recording,) = recordings_of(app)
    page = recording.batches[-1]
    assert page.request is not None
    assert page.request.url == "/said"
    assert page.parts == (f"<!doctype html><p>You said {REDACTED}.</p>",)
    assert [batch.socket.state for batch in recording.batches if batch.socket] == [
        "opened",
        "closed",
    ]


@pytest.mark.usefixtures("busy")
def test_closing_a_socket_takes_as_long_with_many_messages_as_with_none(
    make_app: AppMaker,
) -> None:
    """The writer's thread sanitizes and encodes them."""

    def ending(messages: int) -> int:
        app = make_app(f"sockets{messages}", REPLAY_FLUSH_INTERVAL=3600)
        _telling(app, messages)
        client = app.test_client()
        client.get("/two", buffered=True)
        recorder = app.extensions["replay"].recorder
        connections, taken = recorder.connections, []
        end = connections.end
        connections.end = lambda connection: taken.append(steps(lambda: end(connection)))
        for _ in range(2):
            client.get("/ws", base_url="ws://localhost", environ_overrides=handshake(Sink()))
        return min(taken)

    assert ending(20) == ending(0)


_STREAMS = 60
"""So many that nested calls would overflow a small stack."""


@contextmanager
def _shallow_stack() -> Iterator[None]:
    """Limit the depth of calls to 200."""
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 200)
    try:
        yield
    finally:
        sys.setrecursionlimit(usual)


def _streaming(app: Flask) -> Flask:
    """Return an app with streams of two events each."""

    def events() -> Response:
        return Response(iter(["data: 1\n\n", "data: 2\n\n"]), mimetype="text/event-stream")

    app.add_url_rule("/events", view_func=events)
    return app


def _opened(app: Flask) -> Iterator[bytes]:
    """Open an event stream that its server never closes."""
    environ = EnvironBuilder(path="/events").get_environ()
    return iter(app.wsgi_app(environ, lambda *arguments: lambda chunk: None))


def _messages(app: Flask) -> int:
    return sum(batch.message is not None for found in recordings_of(app) for batch in found.batches)


def test_messages_of_many_connections_are_recorded_when_the_process_ends(
    make_app: AppMaker,
) -> None:
    """The writer collects all of them once."""
    app = _streaming(make_app(REPLAY_FLUSH_INTERVAL=3600))
    for _ in range(_STREAMS):
        b"".join(_opened(app))
    with _shallow_stack():
        app.extensions["replay"].writer.close()
    assert _messages(app) == 2 * _STREAMS


def test_messages_of_many_connections_are_recorded_without_threads(make_app: AppMaker) -> None:
    """One of the requests does the writer's work for all."""
    app = _streaming(make_app(REPLAY_FLUSH_INTERVAL=3600))
    writer = app.extensions["replay"].writer
    for _ in range(_STREAMS):
        b"".join(_opened(app))
    writer.threadless, writer.settings = True, replace(writer.settings, flush_interval=1e-9)
    client = app.test_client()
    with _shallow_stack():
        client.get("/two").close()
    assert _messages(app) == 2 * _STREAMS


def test_a_connection_that_ends_after_the_writer_waits_for_no_other(make_app: AppMaker) -> None:
    """Otherwise two threads could wait for each other."""
    app = _streaming(make_app(REPLAY_FLUSH_INTERVAL=3600))
    streams = [_opened(app), _opened(app)]
    connections = app.extensions["replay"].recorder.connections
    one, other = connections.open
    app.extensions["replay"].writer.close()
    assert [next(stream) for stream in streams]
    with other.lock:
        thread = threading.Thread(target=connections.end, args=(one,), daemon=True)
        thread.start()
        thread.join(10)
        assert not thread.is_alive()
    assert (one.finished, other.finished) == (True, False)


def test_a_connection_that_ends_after_the_writer_does_not_use_the_store(
    make_app: AppMaker, tmp_path: Path
) -> None:
    """The store may hang while the process is ending. The messages go into the spool."""

    class Hanging(FileStorage):
        hangs = False

        def append(self, *arguments: Any) -> None:
            assert not self.hangs
            super().append(*arguments)

    storage = Hanging(tmp_path / "hanging")
    app = _streaming(make_app(storage=storage, REPLAY_FLUSH_INTERVAL=3600))
    writer = app.extensions["replay"].writer
    chunks = _opened(app)
    writer.close()
    storage.hangs = True
    next(chunks)
    (connection,) = app.extensions["replay"].recorder.connections.open
    app.extensions["replay"].recorder.connections.end(connection)
    assert not writer.outbox.outage.since
    (box,) = writer.spooled()
    assert [summary.tally.messages for summary in box.active()] == [1]


def test_a_message_just_after_the_end_holds_no_memory(make_app: AppMaker) -> None:
    """One thread ends the connection while another notes a message."""
    app = _streaming(make_app(REPLAY_FLUSH_INTERVAL=3600))
    chunks = _opened(app)
    recorder = app.extensions["replay"].recorder
    (connection,) = recorder.connections.open

    class Noted(deque[Any]):
        def append(self, noted: Any) -> None:
            recorder.connections.end(connection)
            recorder.connections.finish_ended()
            super().append(noted)

    connection.buffered = Noted()
    next(chunks)
    assert _messages(app) == 0
    assert (recorder.budget.used, len(connection.buffered)) == (0, 0)
