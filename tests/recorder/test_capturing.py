"""Captures by hand: while one is running, matching visitors are recorded in full."""

from __future__ import annotations

import json
import re
import threading
import time
import timeit
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from flask_replay import RecordingInProgress, Replay
from flask_replay.capture_state import ActiveSession
from flask_replay.recorder.captures import Capturing, captured
from flask_replay.recording.summary import Summary

from ..conftest import AppMaker, replay_of
from ..faults import until
from ..services import Services
from ..storage.stores import storage_of


@pytest.fixture
def app(make_app: AppMaker, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """An app that records nobody by default."""
    monkeypatch.setattr("flask_replay.recorder.captures.WRITER_PAUSE", 0.0)
    return make_app(
        REPLAY_SAMPLE_RATE=0,
        REPLAY_FLUSH_INTERVAL=0.05,
        identify=lambda: request.headers.get("X-Name", ""),
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


def test_a_capture_records_everything_between_start_and_stop(app: Flask) -> None:
    """One page is enough to be kept, and the sample rate has no effect."""
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
        assert [summary.id for summary in captured(replay_of(app).recordings, session)] == [
            s.id for s in found
        ]


def test_visitors_who_are_recorded_anyway_continue_unaffected(
    make_app: AppMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The captured part is a recording of its own."""
    monkeypatch.setattr("flask_replay.recorder.captures.WRITER_PAUSE", 0.0)
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
        (
            {"only_me": True},
            {"query_string": "replay-capture=SECRET"},
            {"query_string": "replay-capture=guess"},
        ),
    ],
)
def test_a_capture_may_be_limited_to_some_visitors(
    app: Flask, only: dict[str, Any], wanted: dict[str, Any], other: dict[str, Any] | None
) -> None:
    """Once a visitor matches, all of their requests are recorded."""
    session = capturing_of(app).start("bug", **only)
    if "query_string" in wanted:
        wanted = {"query_string": wanted["query_string"].replace("SECRET", session.only["browser"])}
    them, others = app.test_client(), app.test_client()
    look(others, "/two", **(other or {}))
    look(them, "/hello/a", **wanted)
    look(them, "/two")
    (found,) = stop(app)
    assert found.landing.startswith("/hello/a") and found.tally.requests == 2


def test_guessed_marks_are_refused(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    """In any script, and without a log message."""
    capturing_of(app).start("bug", only_me=True)
    look(app.test_client(), "/hello/a", query_string="replay-capture=gu\u00e9ss")
    assert stop(app) == [] and caplog.text == ""


def test_a_command_limits_a_capture_and_prints_a_link_for_one_browser(app: Flask) -> None:
    """Only visitors who open the link are recorded."""
    runner = app.test_cli_runner()
    command = [
        "replay",
        "record",
        "start",
        "bug",
        "--user",
        "ann",
        "--path",
        "/hello/*",
        "--only-me",
    ]
    output = runner.invoke(args=command).output
    link = re.search(r"\?replay-capture=(\S+) appended to its URL", output)
    assert link is not None
    only = capturing_of(app).now().only
    assert only == {"user": "ann", "path": "/hello/*", "browser": link[1]}
    mine = {"query_string": {"replay-capture": link[1]}, "headers": {"X-Name": "ann"}}
    look(app.test_client(), "/hello/a", **mine)
    for other in ({**mine, "headers": {}}, {**mine, "query_string": {}}):
        look(app.test_client(), "/hello/b", **other)
    look(app.test_client(), "/two", **mine)
    stopped = json.loads(runner.invoke(args=["replay", "record", "stop", "--json"]).output)
    assert [found["tally"]["requests"] for found in stopped["recordings"]] == [1]
    assert (
        stopped["recordings"][0]["link"]
        == f"http://localhost/replay/{stopped['recordings'][0]['id']}"
    )
    missing = runner.invoke(args=["replay", "record", "status"])
    assert (missing.exit_code, missing.output) == (1, "Error: nothing is being recorded\n")


def test_the_store_is_asked_at_most_once_a_second(
    make_app: AppMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the writer's thread. Requests access neither the store nor the clock."""
    app = make_app(REPLAY_SAMPLE_RATE=0)
    looks: list[str] = []
    monkeypatch.setattr(
        capturing_of(app).storage,
        "has_template",
        lambda *_: looks.append(threading.current_thread().name),
    )
    client = app.test_client()
    began = time.monotonic()
    look(client, *["/hello/a"] * 50)
    assert 1 <= len(looks) <= 2 + time.monotonic() - began and set(looks) == {
        "flask-replay-watcher"
    }
    capturing = capturing_of(app)
    # 2 µs; a request takes 1,000
    assert min(timeit.repeat(lambda: capturing.current, number=1000, repeat=20)) < 0.002


def test_a_hanging_store_delays_one_request_briefly(
    make_app: AppMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first request of a process waits for the first answer, at most half a second."""
    app = make_app(REPLAY_SAMPLE_RATE=0)
    free = threading.Event()
    monkeypatch.setattr(capturing_of(app).storage, "has_template", lambda *_: free.wait(60))
    began = time.monotonic()
    look(app.test_client(), *["/hello/a"] * 20)
    assert time.monotonic() - began < 10
    free.set()


def test_without_threads_a_request_asks_once_a_second(
    make_app: AppMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As under uWSGI without --enable-threads."""
    app = make_app(REPLAY_SAMPLE_RATE=0)
    writer = app.extensions["replay"].writer
    writer.started = writer.threadless = True
    looks: list[str] = []
    monkeypatch.setattr(
        capturing_of(app).storage,
        "has_template",
        lambda *_: looks.append(threading.current_thread().name),
    )
    look(app.test_client(), *["/hello/a"] * 20)
    assert set(looks) == {"flask-replay-asks"} and len(looks) < 20


def test_without_threads_a_hanging_store_delays_one_request_briefly(
    make_app: AppMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the request that asks waits, for as long as the store hangs."""
    app = make_app(REPLAY_SAMPLE_RATE=0)
    writer = app.extensions["replay"].writer
    writer.started = writer.threadless = True
    free, looks = threading.Event(), list[str]()

    def hang(*_: object) -> bool:
        looks.append("began")
        return free.wait(60)

    monkeypatch.setattr(capturing_of(app).storage, "has_template", hang)
    client = app.test_client()
    for _ in range(20):
        capturing_of(app)._next = 0.0  # a second later
        look(client, "/hello/a")
    assert looks == ["began"]
    free.set()


def test_a_capture_ends_with_its_process(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed terminal records nothing more. Whichever process notices first cleans up."""
    capturing = capturing_of(app)
    capturing.start("bug")
    monkeypatch.setattr(ActiveSession, "is_dead", property(lambda self: True))
    capturing.look()
    look(app.test_client(), "/hello/a")
    with app.app_context():
        replay_of(app).flush()
        assert replay_of(app).recordings.summaries() == []
    assert not capturing.storage.has_template(capturing.key)


@pytest.mark.parametrize("kind", ["files", "postgresql"])
def test_workers_on_other_machines_join_a_capture(
    kind: str, make_app: AppMaker, services: Services, tmp_path: Path
) -> None:
    """They share only the store. Workers of another app in the same store do not join."""
    with storage_of(kind, tmp_path / "store", services) as storage:
        settings = {"REPLAY_SAMPLE_RATE": 0, "REPLAY_FLUSH_INTERVAL": 0.1, "storage": storage}
        here, there = (
            make_app(REPLAY_SPOOL=str(tmp_path / name), **settings) for name in ("here", "there")
        )
        other = Flask("another", instance_path=str(tmp_path))
        other.config.update(SECRET_KEY="test", REPLAY_SPOOL=str(tmp_path / "other"))
        Replay(other, storage=storage)
        client = there.test_client()
        look(client, "/hello/before")
        assert capturing_of(there).current is None
        session = capturing_of(here).start("bug", detached=True)
        with pytest.raises(RecordingInProgress, match="'bug'"):
            capturing_of(there).start("another")
        assert capturing_of(other)._read(capturing_of(other).storage) is None
        until(lambda: capturing_of(there).current is not None)
        look(client, "/hello/within")
        with here.app_context():
            state = here.extensions["replay"]
            stopped, found = capturing_of(here).stop(state.writer, replay_of(here).recordings)
        look(client, "/hello/after")
        assert stopped.id == session.id and capturing_of(there).current is None
        assert [(summary.landing, summary.tally.requests) for summary in found] == [
            ("/hello/within", 1)
        ]
        for app in (here, there, other):
            app.extensions["replay"].writer.close()


def test_cleanup_does_not_end_a_capture(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may take days."""
    capturing = capturing_of(app)
    capturing.start("long", detached=True)
    capturing.storage.put_template("f" * 32, b"unused")
    monkeypatch.setattr("flask_replay.storage.lifecycle.retention._SPARED", -1.0)
    with app.app_context():
        replay_of(app).recordings.cleanup()
    assert capturing.now().name == "long" and not capturing.storage.has_template("f" * 32)


@pytest.mark.parametrize("kind", ["files", "postgresql"])
def test_only_one_of_several_simultaneous_starts_succeeds(
    kind: str, make_app: AppMaker, services: Services, tmp_path: Path
) -> None:
    """The others are told about it."""
    with storage_of(kind, tmp_path / "store", services) as storage:
        app = make_app(storage=storage)
        won: list[str] = []
        lost: list[str] = []

        def begin(number: int) -> None:
            try:
                won.append(capturing_of(app).start(f"capture {number}").name)
            except RecordingInProgress as error:
                lost.append(str(error))

        threads = [threading.Thread(target=begin, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(won) == 1 and len(lost) == 7 and all(repr(won[0]) in text for text in lost)
        app.extensions["replay"].writer.close()


def test_a_second_capture_is_refused(app: Flask) -> None:
    """It is told about the first one."""
    capturing_of(app).start("first", detached=True)
    with pytest.raises(RecordingInProgress, match="'first'"):
        capturing_of(app).start("second")


def test_a_forged_cookie_captures_nothing(app: Flask) -> None:
    """Only signed cookies with a valid id count."""
    signing = app.extensions["replay"].recorder.signed_visits.signings.current
    assert signing.read(signing.sign(["", 1, 1, "x"])) is None
    assert signing.read(signing.sign(["", 1, 1, ["x"]])) is None
    assert signing.read(signing.sign(["", 1, 1])) is not None


def test_the_list_has_a_button(app: Flask) -> None:
    """For people with permission, and only from the player's own page."""
    app.debug = True
    client = app.test_client()
    page = client.get("/replay/").get_data(as_text=True)
    assert ">Record</button>" in page
    token = page.split('action="/replay/record"')[1].split('name="token" value="')[1].split('"')[0]
    here = {"Sec-Fetch-Site": "same-origin"}
    assert client.post("/replay/record", data={"name": "bug"}, headers=here).status_code == 404
    assert client.post("/replay/record", data={"token": token, "name": "bug"}).status_code == 404
    assert (
        client.post(
            "/replay/record", data={"token": token, "name": "bug"}, headers=here
        ).status_code
        == 302
    )
    assert capturing_of(app).now().name == "bug"
    assert ">Stop</button>" in client.get("/replay/").get_data(as_text=True)
    look(app.test_client(), "/hello/a")
    assert client.post("/replay/record", data={"token": token}, headers=here).status_code == 302
    assert capturing_of(app)._read(capturing_of(app).storage) is None
    assert ">captured</span>" in client.get("/replay/").get_data(as_text=True)
    app.debug = False
    assert (
        client.post(
            "/replay/record", data={"token": token, "name": "bug"}, headers=here
        ).status_code
        == 404
    )
