"""A request is recorded once, as its visitor got it, however often the app begins or answers it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import (
    Flask,
    Response,
    current_app,
    render_template_string,
    request,
    request_finished,
    stream_with_context,
)

from flask_replay import Replay
from flask_replay.recording.events import Request
from flask_replay.recording.model import Recording

from ..conftest import AppMaker, recordings_of


def _requests(recording: Recording) -> list[Request]:
    return [batch.request for batch in recording.batches if batch.request is not None]


def _hand_over(app: Flask) -> None:
    app.extensions["replay"].recorder.handover.hand_over_all()


@pytest.fixture
def failing(make_app: AppMaker) -> Iterator[Flask]:
    """An app with a function that raises once a response is made, and with a rendered error page."""
    app = make_app(REPLAY_FLUSH_INTERVAL=3600)

    @app.get("/stream")
    def stream() -> Response:
        return Response(stream_with_context(iter(["<p>", "never sent"])))

    @app.get("/events")
    def events() -> Response:
        return Response(iter(["data: never sent\n\n"]), mimetype="text/event-stream")

    @app.errorhandler(500)
    def sorry(error: Exception) -> tuple[str, int]:
        return render_template_string("<p>Sorry{{ mark }}</p>", mark="!"), 500

    def raises(app: Flask, response: Response) -> None:
        if response.status_code == 200:
            raise ValueError("a receiver of the app's")

    with request_finished.connected_to(raises, app):
        yield app


@pytest.mark.parametrize(("path", "rendered"), [("/hello/ann", 1), ("/literal", 0), ("/stream", 0)])
def test_a_page_that_was_rendered_but_not_sent_is_not_recorded(
    failing: Flask, path: str, rendered: int
) -> None:
    """The visitor got only the error page."""
    answer = failing.test_client().get(path, buffered=True)
    assert (answer.status_code, answer.text) == (500, "<p>Sorry!</p>")
    _hand_over(failing)
    (recording,) = recordings_of(failing)
    (batch,) = recording.batches
    assert batch.request is not None
    assert (batch.request.status, batch.parts) == (500, (rendered,))
    assert [error.type for error in batch.errors] == ["ValueError"]
    recorder = failing.extensions["replay"].recorder
    assert (recorder.budget.used, recorder.boundary.seen) == (0, set())


def test_an_error_after_the_response_that_reaches_the_server_ends_the_request(
    failing: Flask,
) -> None:
    """As in debug mode."""
    failing.testing = True
    with pytest.raises(ValueError, match="receiver"):
        failing.test_client().get("/hello/ann", buffered=True)
    _hand_over(failing)
    (recording,) = recordings_of(failing)
    assert [asked.status for asked in _requests(recording)] == [500]
    assert recording.summary.tally.errors == 1


def test_an_event_stream_that_was_not_sent_has_ended(failing: Flask) -> None:
    """The response that replaced it follows."""
    failing.test_client().get("/events", buffered=True)
    (recording,) = recordings_of(failing)
    assert [asked.status for asked in _requests(recording)] == [200, 500]
    states = [batch.socket.state for batch in recording.batches if batch.socket]
    assert states == ["opened", "closed"]
    assert [batch.parts for batch in recording.batches if batch.parts] == [(0,)]
    assert not failing.extensions["replay"].recorder.connections.open


class _Twice(Flask):
    """An app that repeats a request once, as if its database had been unreachable."""

    def full_dispatch_request(self, *given: Any) -> Response:
        super().full_dispatch_request(*given)
        return super().full_dispatch_request(*given)


def test_a_request_answered_twice_is_recorded_with_the_second_response(
    tmp_path: Path,
) -> None:
    """It is the one that was sent."""
    app = _Twice("twice", instance_path=str(tmp_path))
    app.config.update(SECRET_KEY="test", REPLAY_STORAGE=str(tmp_path))
    Replay(app)
    numbers = iter(range(2))
    page = "<p>{{ number }}</p>"
    app.add_url_rule("/", "page", lambda: render_template_string(page, number=next(numbers)))
    assert app.test_client().get("/", buffered=True).text == "<p>1</p>"
    _hand_over(app)
    (recording,) = recordings_of(app)
    assert [(batch.request is not None, batch.parts) for batch in recording.batches] == [
        (True, (1,))
    ]


def test_a_request_that_begins_twice_is_recorded_once(make_app: AppMaker) -> None:
    """Its earlier renders count, and its visitor is the same."""
    app = make_app()

    @app.get("/again")
    def again() -> str:
        before = render_template_string("<p>{{ n }}</p>", n=1)
        current_app.preprocess_request()  # type: ignore[attr-defined]
        return before + render_template_string("<p>{{ n }}</p>", n=2)

    app.test_client().get("/again", buffered=True)
    (recording,) = recordings_of(app)
    (batch,) = recording.batches
    assert batch.parts == (0, 1)


def test_whether_to_record_a_visitor_is_decided_once(
    make_app: AppMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even for a request that begins twice."""
    app = make_app(REPLAY_SAMPLE_RATE=0.5)
    app.add_url_rule("/", "again", lambda: str(app.preprocess_request()))
    lots = iter([0.9, 0.1])
    monkeypatch.setattr("random.random", lambda: next(lots))
    app.test_client().get("/", buffered=True)
    assert recordings_of(app) == []


def test_a_request_that_only_begins_starts_no_thread(
    make_app: AppMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a shell, or in a test of the app's own functions. The next real request is recorded
    normally.
    """
    app, here = make_app(), threading.get_ident()
    started: list[threading.Thread] = []
    start = threading.Thread.start

    def note(thread: threading.Thread) -> None:
        if threading.get_ident() == here:  # apps of other tests may be ending
            started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", note)
    with app.test_request_context("/hello/shell"):
        app.preprocess_request()
        assert render_template_string("{{ 1 + 1 }}") == "2"
    assert not started
    app.test_client().get("/hello/ann", buffered=True)
    assert started
    (recording,) = recordings_of(app)
    assert [asked.url for asked in _requests(recording)] == ["/hello/ann"]


def test_a_request_within_another_may_share_its_environment(make_app: AppMaker) -> None:
    """For example, if another page of the app answers it. Both are recorded."""
    app = make_app()

    @app.get("/old")
    def old() -> str:
        above = render_template_string("<p>{{ n }}</p>", n=1)
        environ = request.environ
        environ["PATH_INFO"] = "/hello/ann"
        with app.request_context(environ):
            page = app.full_dispatch_request().get_data(as_text=True)
        return above + page + render_template_string("<p>{{ n }}</p>", n=2)

    client = app.test_client()
    client.get("/hello/first", buffered=True)
    client.get("/old", buffered=True)
    _hand_over(app)
    (recording,) = recordings_of(app)
    pages = {batch.request.endpoint: batch.parts for batch in recording.batches if batch.request}
    assert pages == {"hello": (0,), "old": (0, "<h1>Hello ann</h1>", 1)}
    assert len(_requests(recording)) == 3


@pytest.mark.parametrize("passed_on", ["whole", "body"])
@pytest.mark.parametrize("copied", [True, False])
def test_a_new_visitor_whose_page_is_forwarded_has_one_recording(
    make_app: AppMaker, copied: bool, passed_on: str
) -> None:
    """With the cookie under its usual name, whichever response carries it."""
    app = make_app()

    @app.get("/old")
    def old() -> Any:
        environ = dict(request.environ) if copied else request.environ
        environ["PATH_INFO"] = "/hello/ann"
        if passed_on == "whole":
            return Response.from_app(app.wsgi_app, environ)
        return b"".join(app.wsgi_app(environ, lambda *given: lambda chunk: None))

    client = app.test_client()
    names = [value.partition("=")[0] for value in client.get("/old").headers.getlist("Set-Cookie")]
    assert set(names) == {"replay"}
    client.get("/two", buffered=True)
    _hand_over(app)
    (recording,) = recordings_of(app)
    assert {asked.endpoint for asked in _requests(recording)} == {"old", "hello", "two"}


def test_an_error_after_too_many_renders_is_recorded(
    make_app: AppMaker,
) -> None:
    """Renders beyond the limit are left out, but not the outcome of the request."""
    app = make_app(REPLAY_MAX_EVENTS=10)

    @app.get("/many")
    def many() -> str:
        for number in range(30):
            render_template_string("{{ number }}", number=number)
        raise ValueError("after all of them")

    app.testing = True
    with pytest.raises(ValueError, match="after"):
        app.test_client().get("/many", buffered=True)
    (recording,) = recordings_of(app)
    assert [asked.status for asked in _requests(recording)] == [500]
