"""Capture by hand: while it goes on, whoever is wanted is recorded in full."""

from __future__ import annotations

import time
from typing import Any

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from flask_replay import RecordingInProgress
from flask_replay.capture.capturing import Capturing, captured
from flask_replay.recording.model import Summary
from flask_replay.state import ActiveSession

from ..conftest import AppMaker, replay_of


@pytest.fixture
def app(make_app: AppMaker, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """An app that records nobody by itself, and looks for a capture with each request."""
    monkeypatch.setattr("flask_replay.capture.capturing.PAUSE", 0.0)
    return make_app(
        REPLAY_SAMPLE_RATE=0, REPLAY_FLUSH_INTERVAL=0.05, identify=lambda: request.headers.get("X-Name", "")
    )


def capturing_of(app: Flask) -> Capturing:
    capturing: Capturing = app.extensions["replay"].capturing
    return capturing


def stop(app: Flask) -> list[Summary]:
    with app.app_context():
        return capturing_of(app).stop(app.extensions["replay"].writer, replay_of(app).recordings)[1]


def look(client: FlaskClient, *paths: str, **options: Any) -> None:
    for path in paths:
        client.get(path, **options).close()


def test_between_start_and_stop_all_is_recorded_and_nothing_after(app: Flask) -> None:
    """One page is enough to be kept, and sampling has no say."""
    before, within = app.test_client(), app.test_client()
    look(before, "/hello/a")
    session = capturing_of(app).start("bug")
    look(before, "/hello/b", "/hello/c")
    look(within, "/hello/d")
    found = stop(app)
    look(before, "/hello/e")
    look(within, "/hello/f")
    look(app.test_client(), "/hello/g")
    assert [(summary.landing, summary.tally.requests, summary.status) for summary in found] == [
        ("/hello/b", 2, "finished"),
        ("/hello/d", 1, "finished"),
    ]
    assert all(summary.captured for summary in found)
    with app.app_context():
        replay_of(app).flush()
        assert len(replay_of(app).recordings.summaries()) == 2
        assert [summary.id for summary in captured(replay_of(app).recordings, session)] == [s.id for s in found]


def test_who_is_recorded_anyway_goes_on_as_ever(make_app: AppMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was captured is a recording of its own."""
    monkeypatch.setattr("flask_replay.capture.capturing.PAUSE", 0.0)
    app = make_app(REPLAY_FLUSH_INTERVAL=0.05)
    client = app.test_client()
    look(client, "/hello/a", "/hello/b")
    capturing_of(app).start("bug")
    look(client, "/hello/c", "/hello/d")
    (found,) = stop(app)
    look(client, "/hello/e", "/hello/f")
    with app.app_context():
        replay_of(app).finalize()
        landings = [summary.landing for summary in replay_of(app).recordings.summaries()]
    assert (found.landing, found.tally.requests) == ("/hello/c", 2)
    assert sorted(landings) == ["/hello/a", "/hello/c", "/hello/e"]


@pytest.mark.parametrize(
    ("only", "wanted", "other"),
    [
        ({"user": "ann"}, {"headers": {"X-Name": "ann"}}, {"headers": {"X-Name": "bob"}}),
        ({"path": "/hello/*"}, {}, None),
        ({"only_me": True}, {"query_string": "replay-capture=SECRET"}, {"query_string": "replay-capture=guess"}),
    ],
)
def test_a_capture_may_be_of_some_visitors(
    app: Flask, only: dict[str, Any], wanted: dict[str, Any], other: dict[str, Any] | None
) -> None:
    """Once one is wanted, all they do is recorded."""
    session = capturing_of(app).start("bug", **only)
    if "query_string" in wanted:
        wanted = {"query_string": wanted["query_string"].replace("SECRET", session.only["browser"])}
    them, others = app.test_client(), app.test_client()
    look(others, "/two", **(other or {}))
    look(them, "/hello/a", **wanted)
    look(them, "/two")
    (found,) = stop(app)
    assert found.landing.startswith("/hello/a") and found.tally.requests == 2


def test_nobody_looks_more_than_once_a_second(make_app: AppMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    """While nothing is captured, a request asks the clock and no file."""
    app = make_app(REPLAY_SAMPLE_RATE=0)
    looks: list[ActiveSession | None] = []
    monkeypatch.setattr(Capturing, "_look", lambda self: looks.append(None))
    client = app.test_client()
    began = time.monotonic()
    look(client, *["/hello/a"] * 50)
    assert 1 <= len(looks) <= 2 + time.monotonic() - began


def test_a_capture_ends_with_its_process(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that is gone records nothing."""
    capturing_of(app).start("bug")
    monkeypatch.setattr(ActiveSession, "is_dead", property(lambda self: True))
    look(app.test_client(), "/hello/a")
    with app.app_context():
        replay_of(app).flush()
        assert replay_of(app).recordings.summaries() == []


def test_there_is_one_at_a_time(app: Flask) -> None:
    """The second is told of the first."""
    capturing_of(app).start("first", detached=True)
    with pytest.raises(RecordingInProgress, match="'first'"):
        capturing_of(app).start("second")


def test_a_forged_cookie_captures_nothing(app: Flask) -> None:
    """Only what we signed counts, and only what has the shape of an id."""
    sessions = app.extensions["replay"].recorder.sessions
    sessions.serializer = sessions._serializer(app)
    assert sessions._read(sessions.serializer.dumps(["", 1, 1, "x"])) is None
    assert sessions._read(sessions.serializer.dumps(["", 1, 1, ["x"]])) is None
    assert sessions._read(sessions.serializer.dumps(["", 1, 1])) is not None


def test_the_list_has_a_button(app: Flask) -> None:
    """For those who may, and only from the player's own page."""
    app.debug = True
    client = app.test_client()
    page = client.get("/replay/").get_data(as_text=True)
    assert ">Record</button>" in page
    token = page.split('action="/replay/record"')[1].split('name="token" value="')[1].split('"')[0]
    here = {"Sec-Fetch-Site": "same-origin"}
    assert client.post("/replay/record", data={"name": "bug"}, headers=here).status_code == 404
    assert client.post("/replay/record", data={"token": token, "name": "bug"}).status_code == 404
    assert client.post("/replay/record", data={"token": token, "name": "bug"}, headers=here).status_code == 302
    assert capturing_of(app).state.current().name == "bug"
    assert ">Stop</button>" in client.get("/replay/").get_data(as_text=True)
    look(app.test_client(), "/hello/a")
    assert client.post("/replay/record", data={"token": token}, headers=here).status_code == 302
    assert not capturing_of(app).state.is_recording()
    assert ">captured</span>" in client.get("/replay/").get_data(as_text=True)
    app.debug = False
    assert client.post("/replay/record", data={"token": token, "name": "bug"}, headers=here).status_code == 404
