"""What is secret in URLs, errors and parameters is not kept, however it got there."""

from __future__ import annotations

import time
import uuid
from typing import Any

import pytest
from flask import Flask, redirect, render_template_string, request
from werkzeug.wrappers import Response

from flask_replay.capture.errors import clean
from flask_replay.recording.model import Error, Recording, Request
from flask_replay.sanitize import REDACTED, Sanitizer
from flask_replay.sanitize.names import sensitive

from ..conftest import AppMaker, recordings_of, replay_of


def first_request(recording: Recording) -> Request:
    return next(event for event in recording.events if isinstance(event, Request))


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("/hello/ann?token=abc123&q=1", "/hello/ann?token=[redacted]&q=1"),
        ("/hello/ann?next=/reset?token=abc123", "/hello/ann?next=/reset%3Ftoken%3D[redacted]"),
        ("/hello/ann?q=a%26b&q=c", "/hello/ann?q=a%26b&q=c"),
        ("/hello/ann?broken=%ff", "/hello/ann?broken=%FF"),
    ],
)
def test_the_query_of_a_url_is_sanitized(app: Flask, url: str, kept: str) -> None:
    """Also in a URL that it carries; a query with nothing secret stays as it was."""
    app.test_client().get(url).close()
    assert first_request(recordings_of(app)[0]).url == kept


@pytest.mark.parametrize(
    ("target", "kept"),
    [
        ("https://ann:pw123456@x.example/cb", "https://x.example/cb"),
        ("https://x.example/cb#access_token=abc123&state=1", "https://x.example/cb#access_token=[redacted]&state=1"),
        ("/page#part", "/page#part"),
    ],
)
def test_the_target_of_a_redirect_is_sanitized(app: Flask, target: str, kept: str) -> None:
    """Credentials and the fragment of an OAuth answer too."""

    @app.get("/go")
    def go() -> Response:
        return Response(status=302, headers={"Location": target})

    app.test_client().get("/go").close()
    assert first_request(recordings_of(app)[0]).redirect == kept


def test_a_host_that_the_app_does_not_trust_is_recorded_with_its_refusal(make_app: AppMaker) -> None:
    """Asking for ``request.url`` would raise there."""
    app = make_app()
    app.config["TRUSTED_HOSTS"] = ["good.example"]
    assert app.test_client().get("/hello/ann", base_url="http://bad.example").status_code == 400
    asked = first_request(recordings_of(app)[0])
    assert (asked.status, asked.host) == (400, "http://bad.example")


def test_values_that_converters_made_are_kept_as_text(app: Flask) -> None:
    """An id of a route is worth reading; an object of the app's is named by its type."""

    @app.get("/thing/<uuid:id>")
    def thing(id: uuid.UUID) -> Response:
        assert request.view_args is not None
        request.view_args["owner"] = Response()
        return redirect("/")

    name = uuid.UUID(int=7)
    app.test_client().get(f"/thing/{name}").close()
    assert first_request(recordings_of(app)[0]).view_args == {"id": str(name), "owner": "<Response>"}


def test_a_password_that_an_error_repeats_is_taken_out(app: Flask) -> None:
    """Its text and its traceback know nothing that the form must not show."""
    app.config["PROPAGATE_EXCEPTIONS"] = False

    @app.post("/login")
    def login() -> str:
        raise ValueError(f"no user with {request.form['password']}")

    app.test_client().post("/login", data={"password": "hunter2hunter2"}).close()
    (recording,) = recordings_of(app)
    (error,) = [event for event in recording.events if isinstance(event, Error)]
    assert error.message == f"no user with {REDACTED}"
    assert "hunter2" not in str(list(recording.events))


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ("Authorization: Bearer abc.def.ghi", "Authorization: [redacted]"),
        ("Cookie: a=1; b=2\nnext", "Cookie: [redacted]\nnext"),
        ("{'Authorization': 'Bearer abc'}", "{'Authorization': [redacted]}"),
        ("--password=abc --user=ann", "--password=[redacted] --user=ann"),
        ("postgres://ann:pw@db/x", "postgres://[redacted]@db/x"),
        ("api_key: abc, author: ann", "api_key: [redacted], author: ann"),
        ("nothing = here", "nothing = here"),
    ],
)
def test_secrets_in_messages_are_taken_out_once_and_for_all(message: str, kept: str) -> None:
    """Cleaning again changes nothing."""
    assert clean(message) == kept == clean(kept)


@pytest.mark.parametrize("piece", ["a", "a-", "a.b", "a ", "x'=", "://", "a://b:c", "password='", "cookie:", "[="])
def test_cleaning_takes_time_in_proportion(piece: str) -> None:
    """A message may come from a visitor, and is cleaned where requests are served."""
    started = time.process_time()
    clean(piece * (16_000 // len(piece)))
    assert time.process_time() - started < 1


class Initials(Sanitizer):
    """Keeps the first letter of a secret."""

    def read(self, owner: str, name: str, value: Any) -> Any:
        """Keep one letter."""
        return f"{value[0]}***" if sensitive(name) and isinstance(value, str) else value


@pytest.mark.parametrize("sanitizer", [None, Initials()], ids=["the default", "one that keeps a part"])
@pytest.mark.parametrize("secret", ["correct horse & battery", "<b>12"])
def test_a_page_that_shows_a_secret_is_identical_but_for_it(
    make_app: AppMaker, sanitizer: Sanitizer | None, secret: str
) -> None:
    """However short the secret is: what stands in its place in the replay is in the masked page too."""
    app = make_app(sanitizer=sanitizer)

    @app.get("/secret")
    def show() -> str:
        return render_template_string("<h1>Yours</h1>{{ user.password }}", user={"password": secret})

    app.test_client().get("/secret").close()
    (recording,) = recordings_of(app)
    with app.app_context():
        assert replay_of(app).verify(recording.summary.id).redacted == 1
