"""Requests are handed over complete, once and soon, whether or not their responses are closed."""

from __future__ import annotations

import gc
import io
import itertools
import pickle
import threading
import time
import tracemalloc
import weakref
from collections.abc import Iterable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from flask import (
    Flask,
    Response,
    copy_current_request_context,
    current_app,
    render_template_string,
    request,
    send_file,
    stream_with_context,
)
from jinja2 import DictLoader
from werkzeug.test import EnvironBuilder

from flask_replay import Sanitizer
from flask_replay.boundary import Boundary
from flask_replay.engine.recording.entries import Items
from flask_replay.engine.recording.redaction import Redaction
from flask_replay.recorder.cleaning.siblings import Siblings
from flask_replay.recorder.connections.streams import StreamProgress
from flask_replay.recorder.requests.handover import Handover
from flask_replay.recorder.templates.render import Render
from flask_replay.recording.model import Recording
from flask_replay.sanitize.lasting import LastingSecrets

from ..conftest import AppMaker, recordings_of, replay_of


@pytest.fixture
def app(make_app: AppMaker) -> Flask:
    """An app whose writer runs when the test says so."""
    app = make_app(REPLAY_FLUSH_INTERVAL=3600)
    shared = Response("b{}", mimetype="text/css")

    @app.get("/file")
    def file() -> Response:
        return send_file(io.BytesIO(b"0123456789"), mimetype="text/plain")

    @app.get("/stream")
    def stream() -> Response:
        def chunks() -> Iterator[str]:
            for n in range(3):
                yield render_template_string("<li>{{ n }}</li>", n=n)

        return Response(stream_with_context(chunks()))

    @app.get("/events")
    def events() -> Response:
        return Response(iter(["data: one\n\n", "data: two\n\n"]), mimetype="text/event-stream")

    @app.get("/shared")
    def given_to_many() -> Response:
        return shared

    @app.get("/raises-when-closed")
    def raises_when_closed() -> Response:
        response = Response(render_template_string("<p>{{ n }}</p>", n=1))
        response.call_on_close(lambda: 1 // 0)
        return response

    @app.get("/batch")
    def batch() -> list[str]:
        answers = []
        for name in ("ann", "bob"):
            with current_app.test_request_context(f"/hello/{name}", headers={"Cookie": "own=1"}):
                answers.append(current_app.full_dispatch_request().get_data(as_text=True))  # type: ignore[attr-defined]
        return answers

    return app


def unclosed(app: Flask, path: str, **options: Any) -> Iterable[bytes]:
    """Send a request like adapters that never close responses."""
    return app.wsgi_app(
        EnvironBuilder(path=path, **options).get_environ(), lambda *arguments: lambda chunk: None
    )


def handover_of(app: Flask) -> Handover:
    handover: Handover = app.extensions["replay"].recorder.handover
    return handover


def turn(app: Flask) -> None:
    """Let a flush interval pass, and run the writer."""
    for exchange in handover_of(app).pending.values():
        exchange.answered -= 3600
    app.extensions["replay"].writer._turn()


def recorded(app: Flask) -> list[Recording]:
    """Return what the writer has, without handing over waiting requests."""
    with app.app_context():
        app.extensions["replay"].writer.flush()
        recordings = replay_of(app).recordings
        return [
            recordings.get_active(summary.id) for summary in reversed(recordings.storage.active())
        ]


@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("/hello/ann", {}),
        ("/hello/ann", {"method": "HEAD"}),
        ("/file", {}),
        ("/stream", {"method": "HEAD"}),
        ("/shared", {}),
    ],
)
def test_a_response_that_is_never_closed_is_handed_over_by_the_writer(
    app: Flask, path: str, options: dict[str, Any]
) -> None:
    """As serverless platforms and bridges to ASGI leave them."""
    b"".join(unclosed(app, path, **options))
    turn(app)
    assert [batch.request.path for batch in recorded(app)[0].batches if batch.request] == [path]
    assert not app.extensions["replay"].recorder.pending


def test_a_stream_that_is_never_closed_is_handed_over_at_its_end(app: Flask) -> None:
    """It continues after its context has ended, and is complete."""
    chunks = iter(unclosed(app, "/stream"))
    next(chunks)
    turn(app)
    assert recorded(app) == []
    b"".join(chunks)
    (recording,) = recorded(app)
    assert recording.batches[0].parts == (0, 1, 2)


def test_an_abandoned_stream_is_handed_over_up_to_there(app: Flask) -> None:
    """Its reader was released, so nothing more will come."""
    chunks = iter(unclosed(app, "/stream"))
    next(chunks)
    del chunks
    turn(app)
    (recording,) = recorded(app)
    assert recording.batches[0].parts == (0,)


def test_a_stream_still_being_read_when_the_process_ends_is_recorded_up_to_there(
    app: Flask,
) -> None:
    """Its thread ends with the process."""
    chunks = iter(unclosed(app, "/stream"))
    next(chunks)
    handover_of(app)._end()
    (recording,) = recorded(app)
    assert recording.batches[0].parts == (0,)
    assert b"".join(chunks)
    assert handover_of(app).budget.used == 0


@pytest.mark.parametrize(
    ("mimetype", "sent"),
    [("text/html", "<p>sent</p>"), ("text/event-stream", "data: 1\n\n")],
)
def test_an_error_that_breaks_off_a_stream_is_recorded(
    app: Flask, mimetype: str, sent: str
) -> None:
    """It reaches the server as without a recorder, and no error page is shown."""

    def chunks() -> Iterator[str]:
        yield sent
        raise ValueError("in the middle")

    app.add_url_rule("/breaks", "breaks", lambda: Response(chunks(), mimetype=mimetype))
    with pytest.raises(ValueError, match="in the middle"):
        app.test_client().get("/breaks", buffered=True)
    turn(app)
    (recording,) = recorded(app)
    assert [error.message for batch in recording.batches for error in batch.errors] == [
        "in the middle"
    ]
    assert recording.summary.tally.errors == 1


def test_an_event_stream_that_is_never_closed_ends(app: Flask) -> None:
    """The recording says so, and no memory is held for the connection."""
    b"".join(unclosed(app, "/events"))
    turn(app)
    (recording,) = recorded(app)
    assert [batch.socket.state for batch in recording.batches if batch.socket] == [
        "opened",
        "closed",
    ]
    assert not app.extensions["replay"].recorder.connections.open


def test_an_app_whose_teardown_function_raises_is_recorded(app: Flask) -> None:
    """Werkzeug calls no further functions then."""
    with pytest.raises(ZeroDivisionError):
        app.test_client().get("/raises-when-closed", buffered=True)
    turn(app)
    assert recorded(app)[0].batches[0].parts == (0,)


def test_requests_within_a_request_are_recorded(app: Flask) -> None:
    """Their responses are neither sent nor closed."""
    app.test_client().get("/batch", buffered=True)
    turn(app)
    paths = [
        batch.request.path
        for recording in recorded(app)
        for batch in recording.batches
        if batch.request
    ]
    assert sorted(paths) == ["/batch", "/hello/ann", "/hello/bob"]


def test_a_flush_waits_for_a_batch_that_another_thread_is_making(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server's thread may still work on it when the visitor already has the response."""
    begun, go = threading.Event(), threading.Event()
    give = Handover._hand_to_writer

    def slowly(self: Handover, exchange: Any) -> None:
        begun.set()
        go.wait(5)
        give(self, exchange)

    monkeypatch.setattr(Handover, "_hand_to_writer", slowly)
    thread = threading.Thread(target=lambda: app.test_client().get("/hello/you", buffered=True))
    thread.start()
    begun.wait(5)
    threading.Timer(0.02, go.set).start()
    (recording,) = recordings_of(app)
    assert [batch.request.url for batch in recording.batches if batch.request] == ["/hello/you"]
    thread.join()


def test_requests_waiting_for_their_end_are_bounded(app: Flask) -> None:
    """Even without threads: a new request hands over the oldest."""
    for _ in range(300):
        b"".join(unclosed(app, "/hello/ann"))
    assert len(app.extensions["replay"].recorder.pending) <= 64


@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("/hello/ann", {}),
        ("/two", {}),
        ("/save", {"method": "POST", "data": {"title": "x" * 20_000}}),
    ],
)
def test_requests_waiting_for_their_end_count_as_memory(
    app: Flask, path: str, options: dict[str, Any]
) -> None:
    """The estimate is between half and twice the size that Python reports."""
    budget = app.extensions["replay"].writer.budget
    b"".join(unclosed(app, path, **options))
    handover_of(app).hand_over_all()
    counted = budget.used
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(50):
            b"".join(unclosed(app, path, **options))
        held = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert held / 2 < budget.used - counted < held * 2
    recordings_of(app)
    assert budget.used == 0


def test_a_stream_that_ends_while_its_memory_is_counted_holds_none(app: Flask) -> None:
    """The server's thread hands it over while the writer's thread counts."""
    chunks = iter(unclosed(app, "/stream"))
    next(chunks)
    handover = handover_of(app)
    ((key, (_, passed)),) = handover.streams.items()

    class Ending(StreamProgress):
        @property
        def kept(self) -> int:
            handover.hand_over(key)
            return 1_000

    passed.__class__ = Ending
    turn(app)
    assert len(recorded(app)) == 1
    assert (handover.budget.used, handover.boundary.seen) == (0, set())


def test_a_response_object_given_to_many_accumulates_nothing(app: Flask) -> None:
    """One function serves all of them, and every request is recorded."""
    client = app.test_client()
    for _ in range(50):
        client.get("/shared", buffered=True)
    for _ in range(50):
        b"".join(unclosed(app, "/shared"))
    (function,) = app.view_functions["given_to_many"]()._on_close  # type: ignore[union-attr]
    turn(app)
    b"".join(unclosed(app, "/shared"))
    assert len(function.keys) <= 64
    requests = [batch.request for recording in recordings_of(app) for batch in recording.batches]
    assert len(requests) == 101


def test_a_sent_response_can_be_cached(app: Flask) -> None:
    """Caches pickle responses, and read them in processes that may have no recorder."""
    app.test_client().get("/shared", buffered=True)
    response = app.view_functions["given_to_many"]()
    copied = pickle.loads(pickle.dumps(response))
    copied.close()
    assert copied.get_data() == b"b{}"


def test_an_error_page_rendered_in_a_copied_context_belongs_to_its_request(
    app: Flask,
) -> None:
    """The end of the copy is not the end of the request."""

    @app.errorhandler(500)
    def sorry(error: BaseException) -> tuple[str, int]:
        pages: list[str] = []

        @copy_current_request_context
        def work() -> None:
            pages.append(render_template_string("<p>sorry</p>"))

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        return pages[0], 500

    app.test_client().get("/raises", buffered=True)
    ((batch,),) = (recording.batches for recording in recordings_of(app))
    assert batch.request is not None
    assert (batch.request.status, batch.parts) == (500, (0,))


def test_the_first_page_is_the_one_requested_first(app: Flask) -> None:
    """A response that is closed late is handed over after those of later pages."""
    seconds = itertools.count(time.time())
    replay_of(app).clock = lambda: next(seconds)
    client = app.test_client()
    late = client.get("/hello/first")
    client.get("/hello/second").close()
    client.get("/hello/third").close()
    late.close()
    (recording,) = recordings_of(app)
    assert recording.summary.landing == "/hello/first"


@pytest.mark.parametrize("others", [True, False])
def test_the_data_of_a_request_is_sanitized_once(make_app: AppMaker, others: bool) -> None:
    """Whether or not its secrets are shared with other workers before the hand-over."""
    cleaned: list[str] = []

    class Counting(Sanitizer):
        def params(self, params: dict[str, Any]) -> dict[str, Any]:
            cleaned.extend(params)
            return super().params(params)

    app = make_app(sanitizer=Counting())
    siblings = app.extensions["replay"].recorder.siblings

    @app.post("/form")
    def form() -> str:
        siblings.has_others = others
        return f"<p>{request.form['note']}</p>"

    app.test_client().post(
        "/form", data={"note": "s3cret-of-ann", "password": "s3cret-of-ann"}
    ).close()
    (recording,) = recordings_of(app)
    (batch,) = recording.batches
    assert cleaned.count("password") == 1
    assert batch.request is not None
    assert batch.request.form == {"note": ["[redacted]"], "password": ["[redacted]"]}
    assert batch.request.parts == ("<p>[redacted]</p>",)


def test_secrets_that_a_template_read_are_shared_before_the_response_ends(
    make_app: AppMaker,
) -> None:
    """Another worker may answer the visitor's next request before this one has grouped its reads."""
    app = make_app()

    @app.get("/token")
    def token() -> str:
        user = SimpleNamespace(api_key="k-4711-of-ann", pin=481516)
        return render_template_string("<p>{{ user.api_key }}, {{ user.pin }}</p>", user=user)

    with app.test_client() as visitor:
        visitor.get("/replay/").close()
        own = app.extensions["replay"].recorder.siblings
        other = Siblings(own.folder, own.keys, LastingSecrets(), Boundary())
        other.join(threads=False)
        try:
            own.join(threads=True)
            own.receive()
            with visitor.get("/token"):
                other.catch_up()
                assert other.lasting.secrets.keys() == {"k-4711-of-ann", "481516"}
        finally:
            other._reset()


class Numbered:
    """An object that a page shows."""

    def __init__(self, number: int) -> None:
        self.number = number


@pytest.mark.parametrize(
    "source",
    [
        "{% for one in items %}{{ one.number }}{% endfor %}",
        "{% for one in items if one.number %}{{ loop.last }}{% endfor %}",
    ],
)
def test_objects_of_a_page_are_freed_with_the_request(app: Flask, source: str) -> None:
    """By reference counts alone, as without a recorder. One of them may hold a connection."""
    alive: list[weakref.ref[Any]] = []

    @app.get("/objects")
    def page() -> str:
        items = [Numbered(number) for number in range(3)]
        alive[:] = map(weakref.ref, items)
        return render_template_string(source, items=items)

    client = app.test_client()
    client.get("/objects").close()  # the first request prepares the template
    enabled = gc.isenabled()
    gc.disable()
    try:
        client.get("/objects").close()
        assert [one() for one in alive] == [None] * 3
    finally:
        if enabled:
            gc.enable()


@pytest.mark.parametrize(
    "source",
    [
        "{% for one in items %}{{ one.number }}{% endfor %}",
        "{% macro row() %}{% for one in items %}{{ one.number }}{% endfor %}{% endmacro %}{{ row() }}",
        "{% import 'rows.html' as rows with context %}{{ rows.first() }}",
    ],
)
def test_the_log_of_a_page_is_freed_with_the_request(app: Flask, source: str) -> None:
    """By reference counts alone. Objects left to the garbage collector would slow down all its
    later runs.
    """
    first = "{% macro first() %}{{ second() }}{% endmacro %}"
    second = "{% macro second() %}{% for one in items %}{{ one.number }}{% endfor %}{% endmacro %}"
    app.jinja_env.loader = DictLoader({"rows.html": first + second})

    @app.get("/objects")
    def page() -> str:
        return render_template_string(source, items=[Numbered(number) for number in range(3)])

    def noted() -> int:
        return sum(type(one) in {Render, Redaction, Items} for one in gc.get_objects())

    client = app.test_client()
    client.get("/objects").close()  # the first request prepares the template
    gc.collect()
    enabled, before = gc.isenabled(), noted()
    gc.disable()
    try:
        client.get("/objects").close()
        assert noted() == before
    finally:
        if enabled:
            gc.enable()
