"""Every kind of response passes unchanged, and is recorded."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import (
    Flask,
    Response,
    jsonify,
    render_template,
    render_template_string,
    request,
    send_file,
    stream_with_context,
)
from werkzeug.test import EnvironBuilder

from flask_replay import Replay
from flask_replay.recording.events import Error, Request
from flask_replay.recording.model import Recording

from ..conftest import AppMaker, recordings_of, replay_of

Views = Callable[[Flask], None]


def only_request(recording: Recording) -> Request:
    (found,) = (event for event in recording.events if isinstance(event, Request))
    return found


def _views(app: Flask) -> None:
    @app.get("/page")
    def page() -> str:
        return render_template_string("<p>{{ n }}</p>", n=1)

    @app.get("/file")
    def file() -> Response:
        return send_file(
            io.BytesIO(b"0123456789"), mimetype="text/plain", conditional=True, etag="e"
        )

    @app.get("/tagged")
    def tagged() -> Response:
        response = Response(render_template_string("<p>same</p>"))
        response.set_etag("same")
        return response.make_conditional(request)  # type: ignore[return-value]

    @app.get("/stream")
    def stream() -> Response:
        def chunks() -> Iterator[str]:
            yield "<ul>"
            for n in range(3):
                yield render_template_string("<li>{{ n }}</li>", n=n)
            yield "</ul>"

        return Response(stream_with_context(chunks()))

    @app.get("/zipped")
    def zipped() -> Response:
        body = gzip.compress(render_template_string("<p>small</p>").encode(), mtime=0)
        return Response(body, headers={"Content-Encoding": "gzip"})

    @app.get("/bytes")
    def chunks_of_bytes() -> Response:
        return Response(iter([bytearray(b"<p>a"), memoryview(b"</p>"), "\u00e9"]))  # type: ignore[arg-type]

    @app.get("/latin")
    def latin() -> Response:
        return Response(b"<p>\xe9</p>", mimetype="text/html")

    @app.get("/empty")
    def empty() -> tuple[str, int]:
        return "", 204


REQUESTS: list[tuple[str, str, dict[str, str]]] = [
    ("GET", "/page", {}),
    ("HEAD", "/page", {}),
    ("OPTIONS", "/page", {}),
    ("POST", "/page", {}),
    ("GET", "/page/", {}),
    ("GET", "/file", {}),
    ("GET", "/file", {"Range": "bytes=2-4"}),
    ("GET", "/file", {"Range": "bytes=99-"}),
    ("GET", "/tagged", {}),
    ("GET", "/tagged", {"If-None-Match": '"same"'}),
    ("GET", "/stream", {}),
    ("HEAD", "/stream", {}),
    ("GET", "/zipped", {}),
    ("GET", "/bytes", {}),
    ("GET", "/latin", {}),
    ("GET", "/empty", {}),
]


def _answer(app: Flask, method: str, path: str, headers: dict[str, str]) -> tuple[Any, ...]:
    with app.test_client().open(path, method=method, headers=headers) as response:
        kept = [
            pair
            for pair in response.headers
            if pair[0] not in {"Set-Cookie", "Date", "Last-Modified"}
        ]
        return response.status, kept, list(response.iter_encoded())


@pytest.mark.parametrize(("method", "path", "headers"), REQUESTS)
def test_responses_are_the_same_with_recording_on_and_off(
    make_app: AppMaker, method: str, path: str, headers: dict[str, str]
) -> None:
    """Status, headers and every chunk."""
    recorded, plain = make_app(), Flask("plain")
    for app in (recorded, plain):
        _views(app)
    assert _answer(recorded, method, path, headers) == _answer(plain, method, path, headers)
    assert len(recordings_of(recorded)) == 1


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("/page", (0,)),
        ("/file", ()),
        ("/stream", ("<ul>", 0, 1, 2, "</ul>")),
        ("/zipped", (0,)),
        ("/bytes", ("<p>a</p>\u00e9",)),
        ("/latin", ("<p>\ufffd</p>",)),
        ("/empty", ()),
    ],
)
def test_a_page_knows_its_parts(app: Flask, path: str, parts: tuple[int | str, ...]) -> None:
    """Renders and literal text in order. If an encoding hides the text, only the renders."""
    _views(app)
    with app.test_client().get(path) as response:
        response.get_data()
    assert only_request(recordings_of(app)[0]).parts == parts


@pytest.mark.parametrize("mimetype", ["text/html", "text/event-stream"])
def test_objects_that_are_not_chunks_are_left_to_the_server(app: Flask, mimetype: str) -> None:
    """Some servers skip them."""
    chunks = [b"data: a\n\n", None, b"data: b\n\n"]
    app.add_url_rule("/odd", "odd", lambda: Response(iter(chunks), mimetype=mimetype))  # type: ignore[arg-type]
    passed = app.wsgi_app(EnvironBuilder(path="/odd").get_environ(), lambda *_: lambda _: None)
    assert list(passed) == chunks
    assert only_request(recordings_of(app)[0]).status == 200
    assert app.extensions["replay"].boundary.seen == set()


@pytest.mark.parametrize("mimetype", ["text/html", "application/json", "text/event-stream"])
def test_a_list_of_other_objects_is_left_to_the_server(app: Flask, mimetype: str) -> None:
    """The answer to a ``HEAD`` request sends none of them. What else is in the list is kept."""
    length = {"Content-Length": "8"}  # otherwise Werkzeug asks each object

    def odd() -> Response:
        return Response([b"<p>1</p>", 2], mimetype=mimetype, headers=length)  # type: ignore[arg-type]

    app.add_url_rule("/odd", "odd", odd)
    assert app.test_client().head("/odd").status_code == 200
    assert only_request(recordings_of(app)[0]).status == 200
    assert app.extensions["replay"].boundary.seen == set()


@pytest.mark.parametrize("mimetype", ["text/html", "application/json", "text/event-stream"])
def test_the_body_of_a_response_is_not_asked_for_its_length(app: Flask, mimetype: str) -> None:
    """It may count the rows of a table, and nobody else asks."""

    class Rows:
        def __iter__(self) -> Iterator[str]:
            return iter(["data: 1\n\n"])

        def __len__(self) -> int:
            raise RuntimeError("not counted yet")

    app.add_url_rule("/rows", "rows", lambda: Response(Rows(), mimetype=mimetype))
    assert app.test_client().get("/rows").text == "data: 1\n\n"
    assert only_request(recordings_of(app)[0]).status == 200
    assert app.extensions["replay"].boundary.seen == set()


def test_a_stream_abandoned_by_its_reader_is_recorded_up_to_there(app: Flask) -> None:
    """What was sent is kept, and the app's iterator is closed."""
    closed = []

    @app.get("/endless")
    def endless() -> Response:
        def chunks() -> Iterator[str]:
            try:
                while True:
                    yield "<p>more</p>"
            finally:
                closed.append(True)

        return Response(chunks())

    with app.test_client().get("/endless", buffered=False) as response:
        passed = iter(response.response)
        assert [next(passed) for _ in range(2)]
    assert closed == [True]
    (kept,) = only_request(recordings_of(app)[0]).parts
    assert str(kept).startswith("<p>more</p>")


def test_a_form_that_the_app_reads_from_the_stream_is_left_to_it(app: Flask) -> None:
    """An app that reads the body itself finds all of it, and the body counts as read."""

    @app.post("/raw")
    def raw() -> bytes:
        return request.stream.read()

    response = app.test_client().post("/raw", data={"title": "x"})
    assert response.data == b"title=x"
    assert only_request(recordings_of(app)[0]).form == {"title": ["x"]}


def test_uploads_are_kept_by_name(app: Flask) -> None:
    """Their contents are not."""

    @app.post("/upload")
    def upload() -> str:
        return str(len(request.files))

    app.test_client().post(
        "/upload", data={"doc": (io.BytesIO(b"inside"), "a.txt"), "n": "1"}
    ).close()
    asked = only_request(recordings_of(app)[0])
    assert (asked.files, asked.form) == ({"doc": ["a.txt"]}, {"n": ["1"]})


def test_an_abort_is_recorded_by_its_status(app: Flask) -> None:
    """An intended error page is no error."""
    assert app.test_client().get("/gone").status_code == 410
    (recording,) = recordings_of(app)
    assert only_request(recording).status == 410
    assert not [event for event in recording.events if isinstance(event, Error)]


def test_a_hook_that_raises_after_the_view_is_an_error(make_app: AppMaker) -> None:
    """Flask answers 500 without signalling that the request has finished."""
    app = make_app()
    app.config["PROPAGATE_EXCEPTIONS"] = False

    @app.after_request
    def fail(response: Response) -> Response:
        raise LookupError("after")

    assert app.test_client().get("/hello/ann").status_code == 500
    (recording,) = recordings_of(app)
    assert only_request(recording).status == 500
    assert {event.type for event in recording.events if isinstance(event, Error)} == {"LookupError"}


def test_a_client_that_keeps_the_context_may_inspect_it(app: Flask) -> None:
    """``with app.test_client()`` keeps the request, and the recording is complete at the next one."""
    with app.test_client() as client:
        client.get("/hello/ann").close()
        assert request.path == "/hello/ann"
        client.get("/hello/bob").close()
    assert recordings_of(app)[0].summary.tally.requests == 2


def test_an_async_view_is_recorded_like_any_other(app: Flask) -> None:
    """Its render runs on another thread."""

    @app.get("/async")
    async def later() -> str:
        return render_template_string("<p>{{ n }}</p>", n=2)

    assert app.test_client().get("/async").data == b"<p>2</p>"
    assert only_request(recordings_of(app)[0]).parts == (0,)


def test_an_error_of_the_recorder_does_not_affect_the_visitor(
    make_app: AppMaker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Wherever it occurs. Each kind is logged once."""

    def broken(*arguments: Any, **named: Any) -> Any:
        raise ZeroDivisionError("the recorder's own")

    for place in (
        "flask_replay.recorder.visits.signed_visits.SignedVisits.visit",
        "flask_replay.recorder.visits.signed_visits.SignedVisits.header",
        "flask_replay.recorder.requests.handover.Handover.answered",
        "flask_replay.recorder.requests.exchange.Exchange.batch",
        "flask_replay.recorder.delivery.queue.EncodingQueue._encode",
        "flask_replay.recorder.templates.twins.Twins.begin",
        "flask_replay.recorder.templates.environments.WatchedEnvironment.attach",
    ):
        app = make_app(place.rpartition(".")[2])
        caplog.clear()
        with monkeypatch.context() as patch:
            patch.setattr(place, broken)
            client = app.test_client()
            for _ in range(2):
                assert client.get("/hello/ann").data == b"<h1>Hello ann</h1>", place
                recordings_of(app)
        assert caplog.text.count("this is logged once") == 1, place


def test_factories_and_blueprints_of_two_apps_share_one_replay(tmp_path: Path) -> None:
    """The player may have another prefix and name. It is not recorded there either."""
    replay = Replay(url_prefix=None)

    def create(name: str) -> Flask:
        app = Flask(name, root_path=str(tmp_path))
        app.config.update(SECRET_KEY="test", REPLAY_STORAGE=str(tmp_path / name), DEBUG=True)
        replay.init_app(app)
        app.register_blueprint(replay.blueprint, url_prefix="/admin/watch", name="watch")
        app.add_url_rule("/", "home", lambda: render_template("home.html", name=name))
        return app

    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "home.html").write_text("<h1>{{ name }}</h1>")
    for name in ("one", "two"):
        app = create(name)
        client = app.test_client()
        assert client.get("/admin/watch/").status_code == 200
        for path in ("/admin/watch", "/admin/watch/nothing/here", "/"):
            client.get(path).close()
        assert replay_of(app) is replay
        assert [only_request(recording).url for recording in recordings_of(app)] == ["/"]


@pytest.mark.parametrize(
    ("asked", "parts"),
    [
        ({"Sec-Fetch-Dest": "document"}, (0,)),
        ({"Sec-Fetch-Dest": "iframe"}, (0,)),
        ({"Accept": "text/html,*/*;q=0.8"}, (0,)),
        ({"Sec-Fetch-Dest": "empty"}, ()),
        ({"Sec-Fetch-Mode": "cors", "Accept": "text/html"}, ()),
        ({"Accept": "*/*"}, ()),
    ],
)
@pytest.mark.parametrize("mimetype", ["text/plain", "application/xml", "application/rss+xml"])
def test_plain_text_is_a_page_if_a_visitor_navigated_to_it(
    app: Flask, mimetype: str, asked: dict[str, str], parts: tuple[int, ...]
) -> None:
    """Not if a script or a program requested it, or if no template made it."""

    @app.get("/text")
    def text() -> Response:
        return Response(render_template_string("line {{ 1 }}"), mimetype=mimetype)

    @app.get("/export")
    def export() -> Response:
        return Response("name;mail", mimetype=mimetype)

    client = app.test_client()
    client.get("/text", headers=asked)
    client.get("/export", headers=asked)
    (recording,) = recordings_of(app)
    requests = [batch.request for batch in recording.batches if batch.request is not None]
    assert [request.parts for request in requests] == [parts, ()]


def test_a_json_document_is_kept_as_it_was_sent(app: Flask) -> None:
    """With large numbers, names and texts that resemble the recording's own format, and deep
    nesting.
    """
    nested: dict[str, Any] = {}
    for _ in range(60):
        nested = {"in": nested}
    sent: list[Any] = [
        {"a": [1, 2.5, -0.0, True, None, "ä"], "ö": {"b": {}}},
        [{"n": 7}, [], "text"],
        {"n": 1 << 63, "m": -(1 << 70)},
        {"$": 1, "b": ["$"]},
        {"deep": [["[[{"], "}"]},
        nested,
        "text",
        12,
    ]
    app.add_url_rule("/document/<int:n>", "document", lambda n: jsonify(sent[n]))
    for number in range(len(sent)):
        app.test_client().get(f"/document/{number}").close()
    kept = {
        event.url: event.data
        for found in recordings_of(app)
        for event in found.events
        if isinstance(event, Request)
    }
    for number, each in enumerate(sent):
        assert json.dumps(kept[f"/document/{number}"], sort_keys=True) == json.dumps(
            each, sort_keys=True
        )
