"""Recordings of real pages of any length for measurements: a search while typing, and a long
list.
"""

from __future__ import annotations

import tempfile
from unittest import mock

from flask_replay import Replay
from flask_replay.storage import Segments

from .size import Visitor, make_app

_TEXT = "look after the cellar, task number 12"
_EVENTS = 2
"""Events of one request here: the request, and its frame."""


def record(events: int) -> Segments:
    """Record a visitor up to a number of events, and return the journal's content.

    Every third request opens another page of the list, the others type a letter.
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
