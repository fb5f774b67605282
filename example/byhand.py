"""A capture by hand, as ``flask replay record`` makes it: while it runs, a visitor is recorded in
full.
"""

from __future__ import annotations

import time

from flask import Flask
from flask.cli import ScriptInfo

from flask_replay import Replay

from .visitor import Visitor


def capture(app: Flask) -> None:
    """Start a capture, reproduce a bug, and stop. Does nothing the second time."""
    replay: Replay = app.extensions["replay"].replay
    with app.app_context():
        if any(summary.captured for summary in replay.recordings.summaries()):
            return
    clock = replay.clock
    _flask(app, "replay", "record", "start", "gift cards break")
    try:
        visitor = Visitor(app, replay, time.time() - 30)
        visitor.get("/gift-card")
        visitor.get("/gift-card?amount=50&friends=Ida", 9)
        visitor.get("/gift-card?amount=50&friends=", 8)
    finally:
        replay.clock = clock
        _flask(app, "replay", "record", "stop")


def _flask(app: Flask, *command: str) -> None:
    """Run a command, as in a terminal."""
    whole = ScriptInfo(create_app=lambda: app, set_debug_flag=False)  # the app stays as it is
    app.test_cli_runner().invoke(args=command, obj=whole, catch_exceptions=False)
