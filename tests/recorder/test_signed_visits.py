"""The cookie that says to which recording a request belongs."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask, Response, render_template_string, request, session

from flask_replay import Replay

from ..conftest import AppMaker, recordings_of, replay_of

FAR_AHEAD = "Wed, 01 Jan 2099 00:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "sent"),
    [
        ({}, True),
        ({"Cache-Control": "private, max-age=60"}, True),
        ({"Cache-Control": "no-store"}, True),
        ({"Expires": "Thu, 01 Jan 1970 00:00:00 GMT"}, True),
        ({"Cache-Control": "public"}, False),
        ({"Cache-Control": "max-age=60"}, False),
        ({"Cache-Control": "s-maxage=60"}, False),
        ({"Expires": FAR_AHEAD}, False),
    ],
)
def test_cacheable_responses_carry_no_cookie(
    app: Flask, headers: dict[str, str], sent: bool
) -> None:
    """A cache would give the cookie, and with it the recording, to other visitors."""

    @app.get("/page")
    def page() -> Response:
        return Response(render_template_string("<p>all</p>"), headers=headers)

    assert ("Set-Cookie" in app.test_client().get("/page").headers) is sent


def test_the_cookie_is_renewed_before_it_is_stale(app: Flask) -> None:
    """An active visitor stays in one recording, however long it takes."""
    replay, client = replay_of(app), app.test_client()
    start = replay.clock()
    for minutes in range(0, 120, 20):
        replay.clock = lambda minutes=minutes: start + minutes * 60  # type: ignore[misc]
        assert "Set-Cookie" in client.get("/hello/ann").headers
    (recording,) = recordings_of(app)
    assert recording.summary.tally.requests == 6
    assert recording.summary.duration_ms >= 100 * 60 * 1000


def test_the_cookie_has_the_attributes_of_the_session_cookie(make_app: AppMaker) -> None:
    """Path, security and name follow the app. Scripts cannot read it."""
    app = make_app()
    app.config.update(APPLICATION_ROOT="/shop", SESSION_COOKIE_SECURE=True)
    cookie = app.test_client().get("/hello/ann").headers["Set-Cookie"]
    assert cookie.startswith("replay=")
    assert all(
        part in cookie for part in ("; Secure", "; HttpOnly", "; Path=/shop", "; SameSite=Lax")
    )


def test_the_apps_session_is_left_alone(app: Flask) -> None:
    """A page that does not read it gets no ``Vary`` header, and a page that does gets it once, as
    before.
    """

    @app.get("/with")
    def read() -> str:
        return render_template_string("<p>{{ session.name }}</p>")

    @app.get("/sets")
    def write() -> str:
        session["name"] = "ann"
        return "set"

    client = app.test_client()
    assert "Vary" not in client.get("/hello/ann").headers
    assert client.get("/with").headers.getlist("Vary") == ["Cookie"]
    cookies = client.get("/sets").headers.getlist("Set-Cookie")
    assert [cookie.partition("=")[0] for cookie in cookies] == ["session"]


def test_a_rotated_key_is_still_accepted(make_app: AppMaker) -> None:
    """With ``SECRET_KEY_FALLBACKS``, a visitor's recording continues."""
    before = make_app()
    client = before.test_client()
    client.get("/hello/ann").close()
    cookie = client.get_cookie("replay")
    assert cookie is not None
    (recording,) = recordings_of(before)
    after = make_app()
    after.config.update(SECRET_KEY="new", SECRET_KEY_FALLBACKS=["test"])
    client = after.test_client()
    client.set_cookie("replay", cookie.value)
    client.get("/hello/ann").close()
    assert [found.summary.id for found in recordings_of(after)] == [recording.summary.id]


def test_without_a_secret_key_nothing_is_recorded_and_the_log_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Once. The site works."""
    app = Flask("keyless")
    Replay(app)
    app.add_url_rule("/", "home", lambda: "home")
    client = app.test_client()
    assert [client.get("/").status_code for _ in range(2)] == [200, 200]
    assert recordings_of(app) == []
    assert caplog.text.count("not recording: the app has no SECRET_KEY") == 1


def test_a_session_that_is_not_sampled_gets_one_cookie(make_app: AppMaker) -> None:
    """The decision is stored in the cookie, whatever the rate is later."""
    app = make_app(REPLAY_SAMPLE_RATE=0.0)
    client = app.test_client()
    assert "Set-Cookie" in client.get("/hello/ann").headers
    app.extensions["replay"].recorder.signed_visits.settings = (
        make_app("other").extensions["replay"].settings
    )
    assert "Set-Cookie" not in client.get("/hello/ann").headers
    assert recordings_of(app) == []


def test_an_unsampled_visitor_gets_a_new_cookie_when_it_is_old_or_the_key_is_new(
    make_app: AppMaker,
) -> None:
    """What a process remembers of the cookie is valid no longer than the cookie."""
    app = make_app(REPLAY_SAMPLE_RATE=0.0)
    replay, client = replay_of(app), app.test_client()
    start = replay.clock()

    def cookies() -> list[bool]:
        return ["Set-Cookie" in client.get("/hello/ann").headers for _ in range(3)]

    assert cookies() == [True, False, False]
    for minutes in (4, 60):  # of thirty minutes: it is renewed after a tenth of them
        replay.clock = lambda minutes=minutes: start + minutes * 60  # type: ignore[misc]
        assert cookies() == [True, False, False]
    app.secret_key = "another"
    assert cookies() == [True, False, False]
    assert recordings_of(app) == []


class _ShopOfTenants(Flask):
    """An app with a key for each of its hosts, and none outside of requests."""

    @property
    def secret_key(self) -> str:  # type: ignore[override]
        return f"the key of {request.host}"


def _shop_of_tenants(folder: Path) -> Flask:
    app = _ShopOfTenants("tenants", instance_path=str(folder))
    app.config["REPLAY_STORAGE"] = str(folder)
    Replay(app)
    app.add_url_rule("/", "page", lambda: render_template_string("<p>{{ 1 + 1 }}</p>"))
    return app


def test_with_keys_per_tenant_a_visitor_stays_in_one_recording(tmp_path: Path) -> None:
    """Whichever tenant was visited in between."""
    app = _shop_of_tenants(tmp_path)
    client = app.test_client()
    for host in ("one.test", "two.test") * 3:
        client.get("/", base_url=f"http://{host}", buffered=True)
    assert [found.summary.tally.requests for found in recordings_of(app)] == [3, 3]
    signings = app.extensions["replay"].recorder.signed_visits.signings
    assert [len(signing.contents) for _, signing in signings.several.newest()] == [1, 1]


def test_a_cookie_of_one_tenant_is_invalid_for_another(tmp_path: Path) -> None:
    """It gives no access to another tenant's recording."""
    app = _shop_of_tenants(tmp_path)
    client = app.test_client(use_cookies=False)
    with client.get("/", base_url="http://one.test", buffered=True) as answer:
        headers = {"Cookie": answer.headers["Set-Cookie"].partition(";")[0]}
    for host in ("one.test", "two.test"):
        client.get("/", base_url=f"http://{host}", headers=headers, buffered=True)
    assert [found.summary.tally.requests for found in recordings_of(app)] == [2, 1]


def test_an_app_that_reads_its_key_elsewhere_is_recorded(tmp_path: Path) -> None:
    """From a vault, for example, where the key may change."""

    class Safe(Flask):
        secret_key = "from a safe"

    app = Safe("safe", instance_path=str(tmp_path))
    app.config["REPLAY_STORAGE"] = str(tmp_path)
    Replay(app)
    app.add_url_rule("/", "page", lambda: render_template_string("<p>{{ 1 + 1 }}</p>"))
    client = app.test_client()
    for _ in range(2):
        client.get("/", buffered=True)
    app.secret_key = "another one"
    client.get("/", buffered=True)
    assert [found.summary.tally.requests for found in recordings_of(app)] == [2, 1]
