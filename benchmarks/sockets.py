"""The cost of a message on a recorded WebSocket compared with an unrecorded one, in turn, on
sockets without a peer.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from typing import Any

from flask import Flask
from flask_sock import Sock
from simple_websocket import Server

from flask_replay import Replay

from .family import Sink, handshake

MESSAGES = 100_000
LIMIT = 15.0
"""Microseconds."""

TEXT = '{"to": "bob", "text": "How are you? I have not seen you for a while."}'


def measure(messages: int) -> dict[str, tuple[float, float]]:
    """Return, for each direction, the median microseconds of an unrecorded and of a recorded
    message.
    """
    found: dict[str, tuple[float, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        app = Flask("sockets", instance_path=folder)
        app.config.update(
            SECRET_KEY="benchmark", REPLAY_MAX_EVENTS=4 * messages, REPLAY_MAX_MEMORY=4 << 30
        )
        sock = Sock(app)
        Replay(app)

        @sock.route("/ws")
        def ws(recorded: Server) -> None:
            sink = Sink()
            plain = Server(handshake(sink))
            found["sent"] = _in_turn(plain, recorded, messages, lambda socket: socket.send(TEXT))
            found["received"] = _in_turn(plain, recorded, messages, _receive)
            sink.close()

        sink = Sink()
        with app.test_client() as client:
            client.get("/ws", base_url="ws://localhost", environ_overrides=handshake(sink))
        sink.close()
        with app.app_context():
            replay: Replay = app.extensions["replay"].replay
            replay.flush()
            (summary,) = replay.recordings.storage.active()
            assert summary.tally.messages == 2 * messages
            app.extensions["replay"].writer.close()
    return found


def _receive(socket: Server) -> None:
    socket.input_buffer.append(TEXT)
    socket.receive()


def _in_turn(plain: Server, recorded: Server, messages: int, pass_on: Any) -> tuple[float, float]:
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(messages):
        for socket, taken in zip((plain, recorded), times, strict=True):
            start = time.perf_counter()
            pass_on(socket)
            taken.append(time.perf_counter() - start)
    return statistics.median(times[0]) * 1e6, statistics.median(times[1]) * 1e6


def run() -> bool:
    """Measure, print, and return whether the limit holds."""
    good = True
    print(
        f"\nA message on a WebSocket, median of {MESSAGES:,}, in microseconds (limit: {LIMIT:.0f} more)"
    )
    for way, (bare, recorded) in measure(MESSAGES).items():
        holds = recorded - bare <= LIMIT
        good = good and holds
        print(
            f"  {way:10} {bare:6.1f} plain  {recorded:6.1f} recorded  "
            f"{recorded - bare:+6.1f}{'' if holds else '  MISSED'}"
        )
    return good
