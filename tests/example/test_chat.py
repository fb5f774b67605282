"""The chat of the example, recorded."""

from __future__ import annotations

import threading

from simple_websocket import Client
from werkzeug.serving import make_server

from ..faults import until
from .conftest import Open


def test_a_conversation_replays(open_shop: Open) -> None:
    """Questions and answers: each line is rendered again as it was sent."""
    shop = open_shop()
    server = make_server("127.0.0.1", 0, shop, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    visitor = Client.connect(f"ws://127.0.0.1:{server.server_port}/ask/socket")
    for question in ("Hello?", "Anything about the garden?"):
        visitor.send(question)
        assert question in visitor.receive(timeout=10)
        assert "Bookseller" in visitor.receive(timeout=10)
    visitor.close()
    replay = shop.extensions["replay"].replay
    with shop.app_context():
        active = replay.recordings.storage.active
        until(lambda: any(summary.tally.events > 11 for summary in active()))
        replay.finalize()
        (summary,) = replay.recordings.summaries()
        report = replay.verify(summary.id)
    server.shutdown()
    thread.join()
    assert summary.tally.messages == 6
    assert (report.frames, report.ok) == (4, True)
