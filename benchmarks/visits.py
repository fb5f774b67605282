"""Recordings of real pages to measure with: a search as one types and a long list, of any
length.
"""

from __future__ import annotations

import tempfile
from unittest import mock

from flask_replay import Replay
from flask_replay.storage import Segments

from .size import Visitor, make_app

_TEXT = "look after the cellar, task number 12"
_EVENTS = 2
"""Events of one request here: itself, and the page it renders."""


def record(events: int) -> Segments:
    """Record a visitor until there are so many events, and give what the journal has of it.

    Every third request turns a page of the list, the others type a letter.
    """
    with tempfile.TemporaryDirectory() as folder:
        app = make_app()
        app.config.update(REPLAY_STORAGE=folder, REPLAY_MAX_EVENTS=events)
        replay = Replay(app)
        visitor = Visitor(app, replay)
        with mock.patch("time.perf_counter", visitor.tick):
            for number in range(events // _EVENTS):
                if number % 3 == 0:
                    visitor.send("GET", f"/tasks?page={number % 10 + 1}", 4.0)
                else:
                    visitor.send(
                        "POST",
                        "/search",
                        0.15,
                        data={"q": _TEXT[number % 7 : number % len(_TEXT) + 1]},
                    )
        with app.app_context():
            replay.flush()
            (summary,) = replay.recordings.storage.active()
            assert summary.tally.events == events
            return app.extensions["replay"].storage.read(summary.id)
