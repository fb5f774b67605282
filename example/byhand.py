"""A capture by hand, as ``flask replay record`` makes it: somebody is recorded in full while it goes on."""

from __future__ import annotations

import time

from flask import Flask

from flask_replay import Replay

from .visitor import Visitor


def capture(app: Flask) -> None:
    """Begin to capture, reproduce a bug, and end it; unless that was done already."""
    replay: Replay = app.extensions["replay"].replay
    with app.app_context():
        if any(summary.captured for summary in replay.recordings.list()):
            return
    runner, clock = app.test_cli_runner(), replay.clock
    runner.invoke(args=["replay", "record", "start", "gift cards break"], catch_exceptions=False)
    try:
        visitor = Visitor(app, replay, time.time() - 30)
        visitor.get("/gift-card")
        visitor.get("/gift-card?amount=50&friends=Ida", 9)
        visitor.get("/gift-card?amount=50&friends=", 8)
    finally:
        replay.clock = clock
        runner.invoke(args=["replay", "record", "stop"], catch_exceptions=False)
