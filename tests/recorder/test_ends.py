"""The end of a connection: who served it goes on at once, and what it taught is known in time."""

from __future__ import annotations

import json

import pytest
from flask import Flask, render_template_string
from flask_sock import Sock

from benchmarks.family import Sink, handshake
from flask_replay import REDACTED
from flask_replay.recorder.delivery.writer import Writer

from ..conftest import AppMaker, recordings_of
from ..counting import steps

_SECRET = "correct horse 7 battery"


def _telling(app: Flask, messages: int) -> None:
    """Give an app a WebSocket that sends rendered lines, and a secret under its name."""

    @Sock(app).route("/ws")
    def ws(socket: object) -> None:
        for number in range(messages):
            socket.send(render_template_string("<li>{{ number }}</li>", number=number))  # type: ignore[attr-defined]
        socket.send(json.dumps({"password": _SECRET}))  # type: ignore[attr-defined]
        socket.sock.close()  # type: ignore[attr-defined]


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the writer's thread be at something else."""
    monkeypatch.setattr(Writer, "hurry", lambda writer: True)


@pytest.mark.usefixtures("busy")
def test_what_a_socket_taught_is_known_to_the_next_request(make_app: AppMaker) -> None:
    """Also where the writer's thread has not come to what the socket said."""
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
def test_the_end_of_a_socket_takes_as_long_for_many_messages_as_for_none(
    make_app: AppMaker,
) -> None:
    """What they say is cleaned and encoded by the writer's thread."""

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
