"""What is remembered for a while is forgotten after it, so that what a process holds does not grow
with those who left.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, render_template_string

from flask_replay.expiring import Expiring
from flask_replay.recording.ids import new_id
from flask_replay.storage.finding.live_summaries import LiveSummaries
from flask_replay.storage.names import unreadable

from .conftest import AppMaker, replay_of


class Clock:
    """A clock that stands until it is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_value_is_forgotten_when_its_time_is_over() -> None:
    clock = Clock()
    kept: Expiring[str, int] = Expiring(10.0, 100, clock)
    kept.put("first", 1)
    clock.now = 8.0
    kept.put("second", 2)
    kept.put("first", 3)
    clock.now = 15.0
    kept.put("third", 4)
    assert (kept.get("first"), kept.get("second"), len(kept)) == (3, 2, 3)
    clock.now = 18.5
    kept.put("fourth", 5)
    assert [value for _, value in kept.newest()] == [5, 4]
    assert kept.get("first") is None
    assert "first" not in kept


def test_of_too_many_the_oldest_is_forgotten_and_no_other() -> None:
    kept: Expiring[int, str] = Expiring(10.0, 3, Clock())
    for number in (1, 2, 3, 1, 4):
        kept.put(number, "kept")
    assert [number for number in range(5) if number in kept] == [1, 3, 4]


def test_a_value_of_no_duration_is_there_until_the_next() -> None:
    clock = Clock()
    kept: Expiring[int, str] = Expiring(0.0, 3, clock)
    kept.put(1, "one")
    clock.now = 1.0
    kept.put(2, "two")
    assert (kept.get(1), kept.get(2)) == (None, "two")


def remembered(app: Flask) -> dict[str, Expiring[Any, Any]]:
    """Return all that a worker remembers of visits."""
    state = app.extensions["replay"]
    writer = state.writer
    return {
        "cookies": state.recorder.signed_visits.signings.current.known,
        "sizes": writer.queue.encoder.taken,
        "written": writer.outbox._written,
        "files": writer.library.told,
    }


def test_what_is_kept_of_visitors_does_not_grow_with_those_who_left(make_app: AppMaker) -> None:
    """After fifty visitors and after two hundred it is the same, if as many come in the same
    time.
    """
    app = make_app(REPLAY_IDLE_TIMEOUT=20)
    app.add_url_rule(
        "/pictured", "pictured", lambda: render_template_string('<img src="/static/ann.png">')
    )
    clock = Clock()
    counts = []
    for number in range(200):
        client = app.test_client()
        for _ in range(2):  # the second brings the cookie
            client.get("/pictured").close()
        with app.app_context():
            replay_of(app).flush()
        for kept in remembered(app).values():
            kept.clock = clock
            if number == 0:
                kept.clear()
        clock.now += 4.0
        if number in (99, 199):
            counts.append({name: len(kept) for name, kept in remembered(app).items()})
    assert counts[0] == counts[1]
    assert all(0 < count <= 20 for count in counts[0].values()), counts


def test_sums_of_recordings_that_ended_are_forgotten() -> None:
    """A list of those that run sums up each of them once, and never says that one has ended."""
    sums, clock, counts = LiveSummaries(), Clock(), []
    sums._known.clock = clock
    for _ in range(400):
        name = new_id()
        sums.put(name, "as it is", unreadable(name, "active"))
        assert sums.get(name, "as it is") is not None
        assert sums.get(name, "as it was") is None
        clock.now += 4.0
        counts.append(len(sums._known))
    assert counts[399] == counts[199] < 100
