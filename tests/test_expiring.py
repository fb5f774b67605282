"""Temporary values are released in time, so that a process does not grow with visitors who left."""

from __future__ import annotations

from typing import Any

from flask import Flask, render_template_string

from flask_replay.expiring import Expiring
from flask_replay.recording.ids import new_id
from flask_replay.storage.finding.live_summaries import LiveSummaries
from flask_replay.storage.names import unreadable

from .conftest import AppMaker, replay_of


class Clock:
    """A clock that stands still until it is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_value_expires() -> None:
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


def test_above_the_limit_only_the_oldest_value_is_removed() -> None:
    kept: Expiring[int, str] = Expiring(10.0, 3, Clock())
    for number in (1, 2, 3, 1, 4):
        kept.put(number, "kept")
    assert [number for number in range(5) if number in kept] == [1, 3, 4]


def test_a_value_without_duration_stays_until_the_next_one() -> None:
    clock = Clock()
    kept: Expiring[int, str] = Expiring(0.0, 3, clock)
    kept.put(1, "one")
    clock.now = 1.0
    kept.put(2, "two")
    assert (kept.get(1), kept.get(2)) == (None, "two")


def remembered(app: Flask) -> dict[str, Expiring[Any, Any]]:
    """Return everything that a worker remembers about visits."""
    state = app.extensions["replay"]
    writer = state.writer
    return {
        "cookies": state.recorder.signed_visits.signings.current.contents,
        "sizes": writer.queue.encoder.totals,
        "written": writer.outbox._written,
        "files": writer.library.recorded_hashes,
    }


def test_memory_does_not_grow_with_visitors_who_left(make_app: AppMaker) -> None:
    """It is the same after fifty visitors and after two hundred, if they come at the same rate."""
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


def test_summaries_of_ended_recordings_are_released() -> None:
    """The list of running recordings summarizes each of them once, and is not told when one ends."""
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
