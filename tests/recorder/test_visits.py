"""Visitors are never mixed, neither by shared responses nor by logins in the same browser."""

from __future__ import annotations

import pickle
import threading
from collections import ChainMap
from functools import lru_cache
from typing import Any

import pytest
from flask import Flask, Response, redirect, render_template_string, request, session
from flask import Request as FlaskRequest
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from werkzeug.datastructures import MultiDict
from werkzeug.http import parse_cookie
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client
from werkzeug.utils import cached_property
from werkzeug.wrappers import Response as BaseResponse

from flask_replay import Replay
from flask_replay.recording.events import Request
from flask_replay.recording.model import Recording

from ..conftest import AppMaker, recordings_of, replay_of


def urls_of(recording: Recording) -> list[str]:
    return [event.url for event in recording.events if isinstance(event, Request)]


def cookies(response: Any) -> list[str]:
    """Return the names of the cookies that a response sets."""
    return [cookie.partition("=")[0] for cookie in response.headers.getlist("Set-Cookie")]


# Responses for many visitors


def test_a_response_object_shared_by_many_carries_nobodys_cookie(app: Flask) -> None:
    """It stays as the app made it, however many visitors get it at once."""
    constant = Response("all", mimetype="text/html")

    @app.get("/constant")
    def page() -> Response:
        return constant

    app.add_url_rule("/cached", "cached", lru_cache(lambda: Response("kept", mimetype="text/html")))
    told: list[list[str]] = []

    def visit() -> None:
        client = app.test_client()
        told.append(
            [
                name
                for path in ("/constant", "/cached", "/constant")
                for name in cookies(client.get(path))
            ]
        )

    threads = [threading.Thread(target=visit) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == [["replay"]] * 8
    assert "Set-Cookie" not in constant.headers
    assert len(constant._on_close) == 1
    assert pickle.loads(pickle.dumps(constant)).data == b"all"
    assert [urls_of(recording) for recording in recordings_of(app)] == [
        ["/constant", "/cached", "/constant"]
    ] * 8


def test_an_app_with_middleware_sets_the_cookie(app: Flask) -> None:
    """In either order, and if the middleware copies the environment."""
    inner = app.wsgi_app

    def middleware(environ: dict[str, Any], start_response: Any) -> Any:
        return inner({**environ, "own": "yes"}, start_response)

    app.wsgi_app = middleware  # type: ignore[method-assign]
    assert cookies(app.test_client().get("/hello/ann")) == ["replay"]
    before = Flask("before")
    before.secret_key = "test"
    within = before.wsgi_app
    before.wsgi_app = lambda environ, start_response: within(dict(environ), start_response)  # type: ignore[method-assign]
    Replay(before)
    before.add_url_rule("/", "home", lambda: "home")
    assert cookies(before.test_client().get("/")) == ["replay"]


# Names


def test_the_app_may_have_a_cookie_of_our_name(app: Flask) -> None:
    """It reads only its own, and the recording continues under a second name."""

    @app.get("/set")
    def choose() -> Response:
        response = Response("set")
        response.set_cookie("replay", "slow")
        return response

    app.add_url_rule(
        "/get", "get", lambda: render_template_string("{{ c }}", c=dict(request.cookies))
    )
    client = app.test_client()
    assert [client.get("/get").text for _ in range(2)] == ["{}", "{}"]
    client.get("/set").close()
    assert client.get("/get").text == "{&#39;replay&#39;: &#39;slow&#39;}"
    assert client.get("/get").text == "{&#39;replay&#39;: &#39;slow&#39;}"
    (recording,) = recordings_of(app)
    assert urls_of(recording) == ["/get", "/get", "/set", "/get", "/get"]


class _Dict(FlaskRequest):
    @cached_property
    def cookies(self) -> Any:
        """Make a dictionary, without the suffix of the instance."""
        sent = super().cookies
        return {name.removesuffix("_8080"): value for name, value in sent.items()}


class _Wrapped(FlaskRequest):
    @property
    def cookies(self) -> Any:
        """Make another mapping each time."""
        return ChainMap({}, {name.removesuffix("_8080"): v for name, v in super().cookies.items()})


class _Multiple(FlaskRequest):
    @cached_property
    def cookies(self) -> Any:
        """Make a new mapping of Werkzeug's, by the request's path."""
        sent = parse_cookie(self.environ).items(multi=True)
        end = "_8080" if self.path == "/get" else "_"
        return MultiDict((name.removesuffix(end), value) for name, value in sent)


@pytest.mark.parametrize("request_class", [_Dict, _Wrapped, _Multiple])
def test_the_apps_request_class_may_make_the_cookies(
    app: Flask, request_class: type[FlaskRequest]
) -> None:
    """The app reads what its class makes, and the recording continues."""
    app.request_class = request_class
    app.add_url_rule("/get", "get", lambda: repr(sorted(request.cookies.items())))
    app.add_url_rule("/other", "other", lambda: session.get("nothing", ""))
    client = app.test_client()
    client.set_cookie("size_8080", "small")
    client.get("/other").close()
    client.get("/other").close()
    assert client.get("/get").text == "[('size', 'small')]"
    (recording,) = recordings_of(app)
    assert urls_of(recording) == ["/other", "/other", "/get"]


@pytest.mark.parametrize(
    "keys", [("one", "two"), ("same", "same")], ids=["keys of their own", "one key"]
)
@pytest.mark.parametrize(
    "names", [("shop", "admin"), ("app", "app")], ids=["two names", "one name"]
)
def test_two_apps_on_one_host_keep_their_visitors_apart(
    make_app: AppMaker, keys: tuple[str, str], names: tuple[str, str]
) -> None:
    """Each has one complete recording of one visitor, and sees no cookie of the other."""
    apps = [make_app(folder) for folder in ("first", "second")]
    for app, key, name in zip(apps, keys, names, strict=True):
        app.secret_key, app.name = key, name
        app.add_url_rule("/seen", "seen", lambda: str(sorted(request.cookies)))
    client = Client(DispatcherMiddleware(apps[0].wsgi_app, {"/admin": apps[1].wsgi_app}))
    for n in range(4):
        client.get(f"/hello/{n}").close()
        client.get(f"/admin/hello/{n}").close()
    for app, prefix in zip(apps, ("", "/admin"), strict=True):
        assert client.get(f"{prefix}/seen").text == "[]"
        (recording,) = recordings_of(app)
        assert urls_of(recording) == [f"{prefix}/hello/{n}" for n in range(4)] + [f"{prefix}/seen"]


@pytest.mark.parametrize(
    ("session_name", "ours"),
    [
        ("session", "replay"),
        ("__Host-session", "__Host-replay"),
        ("shop", "shop_replay"),
        ("a_session", "a_replay"),
    ],
)
def test_the_name_follows_the_session_cookie(
    make_app: AppMaker, session_name: str, ours: str
) -> None:
    """Apps with different session cookies have different visits."""
    app = make_app()
    app.config["SESSION_COOKIE_NAME"] = session_name
    assert cookies(app.test_client().get("/hello/ann")) == [ours]


def test_the_cookies_attributes_follow_the_apps_session_interface(make_app: AppMaker) -> None:
    """Custom answers are respected, and failures do no harm."""

    class Own(SecureCookieSessionInterface):
        def get_cookie_path(self, app: Flask) -> str:
            return "/own"

        def get_cookie_samesite(self, app: Flask) -> str | None:
            return str(session["site"])  # there is none on this page

        def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
            """Drop everything."""

    app = make_app()
    app.session_interface = Own()
    app.config.update(SESSION_COOKIE_DOMAIN="shop.example", SESSION_COOKIE_SAMESITE="Strict")
    cookie = (
        app.test_client().get("/hello/ann", base_url="http://shop.example").headers["Set-Cookie"]
    )
    assert all(
        part in cookie for part in ("; Path=/own", "; Domain=shop.example", "; SameSite=Strict")
    )
    assert "Secure" not in cookie


def test_a_session_for_cross_site_frames_has_our_cookie_beside_it(make_app: AppMaker) -> None:
    """With the same ``SameSite=None`` and ``Partitioned``."""
    app = make_app()
    app.config.update(
        SESSION_COOKIE_SAMESITE="None", SESSION_COOKIE_SECURE=True, SESSION_COOKIE_PARTITIONED=True
    )
    cookie = (
        app.test_client().get("/hello/ann", base_url="https://shop.example").headers["Set-Cookie"]
    )
    assert all(part in cookie for part in ("; Secure", "; SameSite=None", "; Partitioned"))


def test_settings_override_each_attribute(make_app: AppMaker) -> None:
    """Independently."""
    app = make_app(
        REPLAY_COOKIE_NAME="visit",
        REPLAY_COOKIE_DOMAIN="shop.example",
        REPLAY_COOKIE_PATH="/here",
        REPLAY_COOKIE_SECURE=True,
        REPLAY_COOKIE_SAMESITE="None",
        REPLAY_COOKIE_PARTITIONED=False,
    )
    app.config["SESSION_COOKIE_PARTITIONED"] = True
    cookie = (
        app.test_client().get("/hello/ann", base_url="https://shop.example").headers["Set-Cookie"]
    )
    assert cookie.startswith("visit=")
    assert all(
        part in cookie
        for part in ("; Path=/here", "; Domain=shop.example", "; SameSite=None", "; Secure")
    )
    assert "Partitioned" not in cookie


# Whose a recording is


@pytest.fixture
def clinic(make_app: AppMaker) -> Flask:
    """An app in which users see their own recordings."""
    app = make_app(identify=lambda: session.get("user"))

    @app.get("/login/<user>")
    def login(user: str) -> BaseResponse:
        session["user"] = user
        return redirect("/me")

    @app.get("/logout")
    def logout() -> str:
        return render_template_string("Goodbye {{ u }}", u=session.pop("user"))

    app.add_url_rule(
        "/me", "me", lambda: render_template_string("Diagnosis of {{ u }}", u=session.get("user"))
    )
    app.add_url_rule("/home", "home", lambda: render_template_string("<p>{{ 1 }}</p>"))
    return app


def stories(app: Flask, *paths: str) -> dict[str, list[str]]:
    """Visit paths in one browser, and return the content of each recording by its visitor's name."""
    client = app.test_client()
    for path in paths:
        client.get(path).close()
    found = {recording.summary.id: recording for recording in recordings_of(app)}
    for recording in found.values():
        before = recording.summary.previous
        assert not before or found[before].summary.name not in ("", recording.summary.name)
    return {recording.summary.name: urls_of(recording) for recording in found.values()}


def test_a_visitor_who_logs_in_stays_in_one_recording(clinic: Flask) -> None:
    """The pages before belong to the story."""
    assert stories(clinic, "/home", "/login/ann", "/me") == {"ann": ["/home", "/login/ann", "/me"]}


def test_a_visitor_who_logs_in_as_somebody_else_starts_a_new_one(clinic: Flask) -> None:
    """Each has their own pages, and the second is linked to the first."""
    assert stories(clinic, "/login/ann", "/me", "/login/bob", "/me") == {
        "ann": ["/login/ann", "/me"],
        "bob": ["/login/bob", "/me"],
    }


def test_anonymous_pages_after_a_logout_belong_to_nobody(clinic: Flask) -> None:
    """The goodbye page still belongs to the user who logged out."""
    assert stories(
        clinic, "/login/ann", "/me", "/logout", "/home", "/home", "/login/bob", "/me"
    ) == {
        "ann": ["/login/ann", "/me", "/logout"],
        "": ["/home", "/home"],
        "bob": ["/login/bob", "/me"],
    }


def test_a_visitor_who_returns_continues_their_own_recording(clinic: Flask) -> None:
    """Even if some pages of the app do not know the user."""
    assert stories(clinic, "/login/ann", "/logout", "/home", "/login/ann", "/me") == {
        "ann": ["/login/ann", "/logout", "/login/ann", "/me"],
        "": ["/home"],
    }


def test_requests_that_end_after_a_change_of_user_follow_it(clinic: Flask) -> None:
    """Two concurrent ones with the old cookie start one new recording together."""
    client = clinic.test_client()
    client.get("/login/ann").close()
    before = client.get_cookie("replay")
    assert before is not None
    for _ in range(2):
        client.set_cookie("replay", before.value)
        client.get("/login/bob").close()
    assert sorted(recording.summary.name for recording in recordings_of(clinic)) == ["ann", "bob"]


def test_short_parts_of_a_linked_session_are_kept(clinic: Flask) -> None:
    """One page alone is no interaction, but another user came before or after."""
    stories(clinic, "/login/ann", "/me", "/logout", "/home", "/login/bob", "/me")
    with clinic.app_context():
        replay_of(clinic).finalize()
        found = replay_of(clinic).recordings.summaries()
    assert [summary.name for summary in found] == ["bob", "ann"]
    assert found[0].previous == found[1].id
    assert found[0].names == found[1].names == ()


def test_the_cookie_contains_no_name(clinic: Flask) -> None:
    """It distinguishes people by a digest that needs the key."""
    from itsdangerous import URLSafeSerializer

    client = clinic.test_client()
    client.get("/login/ann").close()
    cookie = client.get_cookie("replay")
    assert cookie is not None
    _, said = URLSafeSerializer("").loads_unsafe(cookie.value)
    assert "ann" not in str(said)


def test_a_program_stays_in_its_recording_whoever_it_logs_in_as(clinic: Flask) -> None:
    """With a header and with a cookie."""
    with clinic.app_context(), replay_of(clinic).start("bot") as bot:
        client = clinic.test_client()
        for path in ("/login/ann", "/login/bob", "/logout", "/home"):
            client.get(path, headers=bot.headers).close()
        other = clinic.test_client()
        for name, value in bot.cookies.items():
            other.set_cookie(name, value)
        for path in ("/login/ann", "/logout", "/login/bob"):
            other.get(path).close()
    with clinic.app_context():
        assert len(replay_of(clinic).recordings.get(bot.id).batches) > 7
    assert recordings_of(clinic) == []
