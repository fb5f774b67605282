"""The app, the browser and the visitor decide whether a visitor is recorded."""

from __future__ import annotations

import logging
import time
from typing import Any

import pytest
from flask import Flask, Request, Response, render_template_string
from flask.testing import FlaskClient

from flask_replay import ConfigError, Replay
from flask_replay.recording import events

from ..conftest import AppMaker, recordings_of, replay_of


def urls(app: Flask) -> list[str]:
    """Return the addresses of all recorded requests."""
    recorded = [event for recording in recordings_of(app) for event in recording.events]
    return [event.url for event in recorded if isinstance(event, events.Request)]


def has_cookie(client: FlaskClient) -> bool:
    """Whether a browser has our cookie."""
    return client.get_cookie("replay") is not None


# The app's decision


def test_an_app_decides_which_requests_are_recorded(make_app: AppMaker) -> None:
    """Rejected ones leave nothing, and the visitor gets no cookie."""
    app = make_app(should_record=lambda request: request.remote_addr != "192.0.2.1")
    client = app.test_client()
    assert (
        "Set-Cookie"
        not in client.get("/hello/ann", environ_base={"REMOTE_ADDR": "192.0.2.1"}).headers
    )
    assert "Set-Cookie" in client.get("/hello/bob").headers
    client.get("/hello/cara", environ_base={"REMOTE_ADDR": "192.0.2.1"}).close()
    assert urls(app) == ["/hello/bob"]


def test_should_record_is_not_called_for_requests_that_are_never_recorded(
    make_app: AppMaker,
) -> None:
    """Static files, the player and excluded requests are left out whatever it returns."""
    asked: list[str] = []

    def should_record(request: Request) -> bool:
        asked.append(request.path)
        return True

    app = make_app(should_record=should_record, REPLAY_EXCLUDE=["/health"])
    client = app.test_client()
    for path in ("/static/a.css", "/replay/", "/health", "/hello/ann"):
        client.get(path).close()
    assert asked == ["/hello/ann"]


@pytest.mark.parametrize("answer", [None, 1, "yes", ValueError("the database is down")])
def test_a_should_record_that_raises_records_nothing(
    make_app: AppMaker, answer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """The failure is logged once, and the visitor notices nothing."""

    def should_record(request: Request) -> bool:
        if isinstance(answer, Exception):
            raise answer
        return answer  # type: ignore[no-any-return]

    app = make_app(should_record=should_record)
    with caplog.at_level(logging.ERROR, "flask_replay"):
        assert [app.test_client().get("/hello/ann").text for _ in range(3)] == [
            "<h1>Hello ann</h1>"
        ] * 3
    assert urls(app) == []
    assert len(caplog.records) == 1
    assert "should_record" in caplog.text


def test_a_should_record_with_a_wrong_signature_is_an_error_at_startup() -> None:
    """The message says what it must be."""
    with pytest.raises(ConfigError, match=r"should_record must be a function of \(request\)"):
        Replay(Flask("wrong"), should_record=lambda: True)  # type: ignore[misc,arg-type]


# The browser's


@pytest.mark.parametrize("signal", ["Sec-GPC", "DNT"])
def test_a_browser_that_objects_is_not_recorded(make_app: AppMaker, signal: str) -> None:
    """It gets no cookie either, and an earlier one is deleted."""
    app = make_app(REPLAY_RESPECT_GPC=True)
    client = app.test_client()
    assert "Set-Cookie" not in client.get("/hello/ann", headers={signal: "1"}).headers
    client.get("/hello/bob", headers={signal: "0"}).close()
    assert has_cookie(client)
    client.get("/hello/cara", headers={signal: "1"}).close()
    assert not has_cookie(client)
    assert urls(app) == ["/hello/bob"]


def test_objections_have_no_effect_unless_they_are_respected(app: Flask) -> None:
    """The app decides whether they are binding."""
    app.test_client().get("/hello/ann", headers={"Sec-GPC": "1"}).close()
    assert urls(app) == ["/hello/ann"]


# The visitor's


@pytest.fixture
def asking(make_app: AppMaker) -> Flask:
    """An app that asks its visitors for consent."""
    app = make_app(REPLAY_REQUIRE_CONSENT=True)
    replay = replay_of(app)

    @app.post("/agree")
    def agree() -> str:
        replay.consent()
        return render_template_string("<p>thank you</p>")

    @app.post("/leave")
    def leave() -> str:
        replay.withdraw()
        return render_template_string("<p>as you like</p>")

    @app.post("/both")
    def both() -> str:
        replay.consent()
        replay.withdraw()
        return "neither"

    return app


def test_nobody_is_recorded_before_they_agree(asking: Flask) -> None:
    """They get no cookie either. From the next request on, they are recorded."""
    client = asking.test_client()
    client.get("/hello/before").close()
    assert not has_cookie(client)
    client.post("/agree").close()
    client.get("/hello/after").close()
    client.get("/hello/later").close()
    assert urls(asking) == ["/hello/after", "/hello/later"]


def test_a_visitor_who_withdraws_is_no_longer_recorded(asking: Flask) -> None:
    """Not even the request itself. The cookie is deleted, and earlier data can still be forgotten."""
    client = asking.test_client()
    client.post("/agree").close()
    client.get("/hello/with").close()
    client.post("/leave").close()
    assert not has_cookie(client)
    client.get("/hello/without").close()
    assert urls(asking) == ["/hello/with"]
    client.post("/agree").close()
    client.get("/hello/again").close()
    assert urls(asking) == ["/hello/with", "/hello/again"]
    assert len(recordings_of(asking)) == 2


def test_agreeing_and_withdrawing_in_one_request_sets_no_cookie(asking: Flask) -> None:
    """The last call counts."""
    client = asking.test_client()
    client.post("/both").close()
    assert not has_cookie(client)


def test_consent_outlives_the_recording(asking: Flask) -> None:
    """A visitor who returns after the idle timeout has a new recording, and need not agree again."""
    client, replay = asking.test_client(), replay_of(asking)
    client.post("/agree").close()
    client.get("/hello/first").close()
    replay.clock = lambda: time.time() + 3 * 3600
    client.get("/hello/second").close()
    client.get("/hello/third").close()
    assert [recording.summary.tally.requests for recording in recordings_of(asking)] == [1, 2]


def test_consent_outlives_a_login(make_app: AppMaker) -> None:
    """A visitor who logs in as somebody else continues in another recording, because the person at
    the browser agreed.
    """
    names = iter(["", "ann", "bob", "bob"])
    app = make_app(REPLAY_REQUIRE_CONSENT=True, identify=lambda: next(names, ""))

    @app.get("/agree")
    def agree() -> str:
        replay_of(app).consent()
        return "agreed"

    client = app.test_client()
    client.get("/agree").close()
    for n in range(4):
        client.get(f"/hello/{n}").close()
    assert urls(app) == [f"/hello/{n}" for n in range(4)]
    assert len(recordings_of(app)) == 2


def test_an_earlier_cookie_without_consent_is_not_consent(make_app: AppMaker) -> None:
    """The setting may be turned on during a visit."""
    before = make_app()
    client = before.test_client()
    client.get("/hello/before").close()
    cookie = client.get_cookie("replay")
    assert cookie is not None
    after = make_app(REPLAY_REQUIRE_CONSENT=True)
    client = after.test_client()
    client.set_cookie("replay", cookie.value)
    client.get("/hello/after").close()
    assert urls(before) == urls(after) == ["/hello/before"]  # the store is the same


def test_a_program_that_records_itself_needs_no_consent(asking: Flask) -> None:
    """It was told to."""
    with asking.app_context(), replay_of(asking).start("bot") as recording:
        asking.test_client().get("/hello/bot", headers=recording.headers).close()
        assert urls(asking) == ["/hello/bot"]


def test_a_withdrawal_in_a_cacheable_response_is_reported(
    asking: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    """Such a response cannot delete the cookie, because the cache would delete everybody's."""

    @asking.get("/leave-for-all")
    def leave_for_all() -> Response:
        replay_of(asking).withdraw()
        return Response("gone", headers={"Cache-Control": "public, max-age=60"})

    assert "Set-Cookie" not in asking.test_client().get("/leave-for-all").headers
    assert "answer withdrawals with no-store" in caplog.text


def test_withdrawing_requires_the_setting(app: Flask) -> None:
    """Otherwise the next request would be recorded again. Agreeing has no effect then."""
    with (
        app.test_request_context(),
        pytest.raises(ConfigError, match="withdraw needs REPLAY_REQUIRE_CONSENT"),
    ):
        replay_of(app).withdraw()
    with app.test_request_context():
        replay_of(app).consent()


def test_an_unrecorded_app_may_call_consent(make_app: AppMaker) -> None:
    """For example, in its tests."""
    app = make_app(REPLAY_ENABLED=False, REPLAY_REQUIRE_CONSENT=True)
    with app.test_request_context():
        replay_of(app).consent()
        replay_of(app).withdraw()
