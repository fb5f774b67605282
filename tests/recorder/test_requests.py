"""What is recorded of requests, without any effect on the visitor."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import (
    Flask,
    Response,
    render_template,
    render_template_string,
    stream_template_string,
)
from jinja2 import DictLoader
from werkzeug.middleware.proxy_fix import ProxyFix

from flask_replay import FileStorage, Replay, Sanitizer, StorageError
from flask_replay.recording.events import Error, Frame, Request
from flask_replay.recording.model import Recording
from flask_replay.sanitize import REDACTED

from ..conftest import AppMaker, recordings_of, replay_of
from ..faults import until


def requests_in(recording: Recording) -> list[Request]:
    return [event for event in recording.events if isinstance(event, Request)]


def test_pages_a_form_and_a_redirect_are_one_recording(app: Flask) -> None:
    """A visitor's requests are in one recording, in order, with their data and responses."""
    client = app.test_client()
    client.get("/hello/ann?q=1").close()
    client.post(
        "/save", data={"title": "A title", "password": "hunter2hunter2"}, follow_redirects=True
    ).close()
    (recording,) = recordings_of(app)
    first, post, last = requests_in(recording)
    assert (first.method, first.url, first.endpoint, first.view_args) == (
        "GET",
        "/hello/ann?q=1",
        "hello",
        {"name": "ann"},
    )
    assert (post.status, post.redirect) == (302, "/hello/saved?token=[redacted]")
    assert post.form == {"title": ["A title"], "password": ["[redacted]"]}
    assert (last.status, last.mimetype, last.parts) == (200, "text/html", (0,))
    assert recording.summary.tally.interaction


def test_two_renders_with_text_around_them_are_one_page(app: Flask) -> None:
    """A response combined from renders is a page that knows its parts."""
    app.test_client().get("/two").close()
    (recording,) = recordings_of(app)
    (request,) = requests_in(recording)
    assert request.parts == ("<!doctype html><body>", 0, "<hr>", 1, "</body>")


def test_html_that_no_template_made_is_kept_masked_and_bounded(make_app: AppMaker) -> None:
    """Literal HTML is kept up to the limit, without the values of sensitive fields."""
    app = make_app(REPLAY_RAW_HTML=60)
    app.test_client().get("/literal").close()
    (recording,) = recordings_of(app)
    (request,) = requests_in(recording)
    assert "s3cret" not in str(request.parts)
    assert request.flags == ("parts",)
    assert len(str(request.parts[0])) == 60


def test_a_render_that_raises_is_an_error_with_its_reads(app: Flask) -> None:
    """The error names its frame, and the frame has no end."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    assert app.test_client().get("/broken").status_code == 500
    (recording,) = recordings_of(app)
    frame = next(recording.frames)
    (error,) = [event for event in recording.events if isinstance(event, Error)]
    assert (error.type, error.frame, frame.stopped) == ("ZeroDivisionError", 0, True)
    assert "nothing" in frame.trace.answers


def test_an_exception_that_reaches_the_server_is_recorded_too(app: Flask) -> None:
    """There is no response then. The message contains no password."""
    app.config["PROPAGATE_EXCEPTIONS"] = True
    with pytest.raises(ValueError, match="hunter2"):
        app.test_client().get("/raises")
    (recording,) = recordings_of(app)
    (error,) = [event for event in recording.events if isinstance(event, Error)]
    assert error.type == "ValueError"
    assert "hunter2" not in error.message
    assert "raises" in error.traceback
    assert requests_in(recording)[0].status == 500


def test_the_exceptions_that_led_to_an_error_are_in_its_traceback(app: Flask) -> None:
    """As in a log: the first one first, without secrets. Those that the app dismissed with ``from
    None`` are not.
    """

    receipts: dict[str, str] = {}

    def ask() -> None:
        raise TimeoutError("the gateway did not answer, password=hunter2")

    def charge(card: str) -> None:
        try:
            ask()
        except TimeoutError as error:
            raise ConnectionError(f"no payment by {card}") from error

    @app.get("/pay")
    def pay() -> str:
        try:
            charge("ann")
        except ConnectionError:
            receipts["ann"]
        return ""

    @app.get("/quiet")
    def quiet() -> str:
        try:
            charge("bob")
        except ConnectionError:
            raise KeyError("receipt") from None
        return ""

    app.config["PROPAGATE_EXCEPTIONS"] = False
    client = app.test_client()
    client.get("/pay").close()
    client.get("/quiet").close()
    (recording,) = recordings_of(app)
    chained, quiet_one = (event for event in recording.events if isinstance(event, Error))
    assert [line for line in chained.traceback.splitlines() if line and line[0] != " "] == [
        "TimeoutError: the gateway did not answer, password=[redacted]",
        "The above exception was the direct cause of the following exception:",
        "ConnectionError: no payment by ann",
        "During handling of the above exception, another exception occurred:",
    ]
    assert chained.traceback.endswith('receipts["ann"]\n    ~~~~~~~~^^^^^^^\n')
    assert chained.type == quiet_one.type == "KeyError"
    assert "gateway" not in quiet_one.traceback


def test_json_is_kept_if_the_app_read_it(app: Flask) -> None:
    """Nested secrets are redacted, also in addresses."""
    user = {
        "apiKey": "k123456789",
        "name": "ann",
        "next": ["/reset?token=t123456789&n=1", "https://ann:pw@shop.example/"],
    }
    app.test_client().post("/api", json={"user": user}).close()
    (recording,) = recordings_of(app)
    kept = {
        "apiKey": "[redacted]",
        "name": "ann",
        "next": ["/reset?token=[redacted]&n=1", "https://shop.example/"],
    }
    assert requests_in(recording)[0].json == {"user": kept}


def test_every_view_of_the_player_is_recognized(app: Flask) -> None:
    """Whichever module it is in. None is recorded."""
    app.test_client().get("/hello/ann").close()
    endpoints = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("flask_replay.")
    }
    assert endpoints == app.extensions["replay"].recorder.scope.player.endpoints


def test_the_player_static_files_and_excluded_paths_are_not_recorded(make_app: AppMaker) -> None:
    """The recorder does not record itself."""
    app = make_app(REPLAY_EXCLUDE=["/health", "two"])
    app.debug = True
    client = app.test_client()
    for path in ("/health", "/two", "/static/none.css", "/replay/"):
        client.get(path).close()
    assert recordings_of(app) == []


def test_fifty_concurrent_visitors_do_not_mix(app: Flask) -> None:
    """Each recording contains the pages of its own visitor."""

    def visit(name: str) -> None:
        client = app.test_client()
        for _ in range(4):
            client.get(f"/hello/{name}").close()

    threads = [threading.Thread(target=visit, args=(f"visitor{n}",)) for n in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    recordings = recordings_of(app)
    assert len(recordings) == 50
    assert all(
        len({request.url for request in requests_in(recording)}) == 1 for recording in recordings
    )
    assert all(recording.summary.tally.requests == 4 for recording in recordings)


@pytest.mark.parametrize("cookie", ["rubbish", "WyJhIiwxLDJd.forged", ""])
def test_a_forged_cookie_starts_a_new_recording(app: Flask, cookie: str) -> None:
    """It causes no error, and gives no access to another visitor's recording."""
    client = app.test_client()
    client.set_cookie("replay", cookie)
    assert client.get("/hello/ann").status_code == 200
    assert len(recordings_of(app)) == 1


def test_a_stale_cookie_starts_a_new_recording(app: Flask) -> None:
    """After the idle timeout, the same visitor has a new session."""
    replay, client = replay_of(app), app.test_client()
    client.get("/hello/ann").close()
    now = replay.clock
    replay.clock = lambda: now() + 31 * 60
    client.get("/hello/ann").close()
    assert len(recordings_of(app)) == 2


def test_the_cookie_is_sent_once_and_never_on_cacheable_responses(app: Flask) -> None:
    """Most responses carry no cookie of ours, and public ones never do."""

    @app.get("/public")
    def public() -> Response:
        response = Response(render_template_string("<p>all</p>"))
        response.cache_control.public = True
        return response

    client = app.test_client()
    assert "Set-Cookie" not in client.get("/public").headers
    first = client.get("/hello/ann")
    assert first.headers["Set-Cookie"].startswith("replay=")
    assert "HttpOnly" in first.headers["Set-Cookie"]
    assert "Vary" not in first.headers
    assert "Set-Cookie" not in client.get("/hello/ann").headers


def test_a_session_that_is_not_sampled_leaves_nothing(make_app: AppMaker) -> None:
    """The decision is stored in the cookie."""
    app = make_app(REPLAY_SAMPLE_RATE=0.0)
    client = app.test_client()
    client.get("/hello/ann").close()
    client.get("/hello/ann").close()
    assert recordings_of(app) == []


def test_hooks_that_raise_do_not_affect_the_visitor(
    make_app: AppMaker, caplog: pytest.LogCaptureFixture
) -> None:
    """Each failure is logged once. The event is kept without that part, and never unsanitized."""

    class Broken(Sanitizer):
        def read(self, owner: str, name: str, value: Any) -> Any:
            raise KeyError(name)

        def params(self, params: dict[str, Any]) -> dict[str, Any]:
            raise KeyError("params")

    def identify() -> str:
        raise RuntimeError("who?")

    app = make_app(sanitizer=Broken(), identify=identify)
    client = app.test_client()
    for _ in range(3):
        assert client.get("/hello/ann").data == b"<h1>Hello ann</h1>"
    assert client.post("/save", data={"title": "kept?"}).status_code == 302
    (recording,) = recordings_of(app)
    assert "kept?" not in str(list(recording.events))
    assert "ann" not in str([frame.trace.answers for frame in recording.frames])
    assert any("failed:params" in request.flags for request in requests_in(recording))
    assert len(caplog.records) == 3


def test_texts_that_are_not_valid_unicode_do_not_stop_recording(make_app: AppMaker) -> None:
    """Half of a surrogate pair, which JSON may contain, is kept in a readable form: in the name of
    a visitor, a run, an endpoint, or a template.
    """
    app = make_app(identify=lambda: "Zo\ud800")

    def view() -> str:
        return render_template("page\ud800.html")

    app.jinja_loader = DictLoader({"page\ud800.html": "<p>{{ 1 + 1 }}</p>"})
    app.add_url_rule("/half", "half\ud800", view)
    assert app.test_client().get("/half").text == "<p>2</p>"
    (recording,) = recordings_of(app)
    summary = recording.summary
    assert summary.name == "Zo\\ud800"
    assert summary.facets.endpoints == ("half\\ud800",)
    assert summary.facets.templates == ("page\\ud800.html",)
    replay = replay_of(app)
    with app.app_context():
        assert replay.render(recording.id, 0).html == "<p>2</p>"
        replay.start("crawl \ud800").complete()
        assert [run.name for run in replay.recordings.list()] == ["crawl \\ud800"]


def test_a_header_with_characters_that_no_server_passes_on_does_not_stop_recording(
    app: Flask,
) -> None:
    """A program that calls the app itself may pass any text for its cookies."""
    sent = {"HTTP_COOKIE": "theme=d\udcffrk; sid=0123456789abcdefghij\u4e2d"}
    assert (
        app.test_client(use_cookies=False).get("/hello/ann", environ_overrides=sent).status_code
        == 200
    )
    (recording,) = recordings_of(app)
    assert [frame.unrecorded for frame in recording.frames] == [""]
    assert app.extensions["replay"].boundary.seen == set()


def test_changes_between_two_renders_pass_through_the_delta_hook(make_app: AppMaker) -> None:
    """It gets paths and values, and what it leaves out is redacted."""
    seen: list[tuple[dict[str, Any], dict[str, Any]]] = []

    class Watching(Sanitizer):
        def delta(self, changed: dict[str, Any], previous: dict[str, Any]) -> dict[str, Any]:
            seen.append((changed, previous))
            return {}

    app = make_app(sanitizer=Watching())
    client = app.test_client()
    client.get("/hello/ann").close()
    client.get("/hello/bob").close()
    (recording,) = recordings_of(app)
    assert seen == [({"name": "bob"}, {"name": "ann"})]
    assert [frame.trace.answers for frame in recording.frames] == [
        {"name": ["ann"]},
        {"name": [["x"]]},
    ]


class _Reading(Sanitizer):
    def read(self, owner: str, name: str, value: Any) -> Any:
        return REDACTED if name in {"born", "nick", "seen"} else value


class _Comparing(Sanitizer):
    def delta(self, changed: dict[str, Any], previous: dict[str, Any]) -> dict[str, Any]:
        return {}


@pytest.mark.parametrize("sanitizer", [_Reading(), _Comparing()])
def test_values_derived_from_a_redacted_value_are_redacted_too(
    make_app: AppMaker, sanitizer: Sanitizer
) -> None:
    """The year of a date, an upper-case copy, and the first letters of a text are not kept."""
    app = make_app(sanitizer=sanitizer)
    people = iter([("zoe", 1911, 4711), ("kai", 1923, 4822)])

    @app.get("/person")
    def person() -> str:
        nick, year, seconds = next(people)
        born, seen = date(year, 1, 1), datetime(1970, 1, 1) + timedelta(seconds=seconds)
        return render_template_string(
            "{{ p.born.year }} {{ p.nick.upper() }} {% set shout = p.nick.upper %}{{ shout() }} "
            "{{ p.seen.second }}"
            " {{ p.seen.strftime('%H-%M-%S') }} {{ p.nick[:2] }}",
            p={"born": born, "nick": nick, "seen": seen},
        )

    client = app.test_client()
    assert client.get("/person").text.startswith("1911 ZOE ZOE 31")
    assert client.get("/person").text == "1923 KAI KAI 22 01-20-22 ka"
    (recording,) = recordings_of(app)
    kept = str([frame.trace for frame in recording.frames][1])
    assert [text for text in ("1923", "kai", "KAI", "22", "01-20") if text in kept] == []


def test_at_its_limit_the_recording_is_flagged_and_the_request_unaffected(
    make_app: AppMaker,
) -> None:
    """Nothing more is written than the limit allows."""
    app = make_app(REPLAY_MAX_EVENTS=5)
    client = app.test_client()
    for _ in range(6):
        assert client.get("/hello/ann").status_code == 200
    (recording,) = recordings_of(app)
    assert recording.summary.tally.events == 5
    assert "capped" in recording.summary.flags


def test_beyond_the_memory_limit_new_sessions_are_not_recorded(make_app: AppMaker) -> None:
    """A counter says how many."""
    app = make_app(REPLAY_MAX_MEMORY=1 << 20)
    recorder = app.extensions["replay"].recorder
    recorder.budget.add(2 << 20)
    assert app.test_client().get("/hello/ann").status_code == 200
    assert recorder.budget.refused == 1
    assert recordings_of(app) == []


def test_a_page_beyond_the_limit_of_reads_is_recorded_up_to_there(make_app: AppMaker) -> None:
    """The visitor gets the whole page, and the frame is flagged."""
    app = make_app(REPLAY_MAX_EVENTS=100)

    @app.get("/long")
    def long() -> str:
        return render_template_string(
            "{% for n in things %}{{ n.x }},{% endfor %}", things=[{"x": n} for n in range(50_000)]
        )

    body = app.test_client().get("/long").get_data(as_text=True)
    assert body.endswith("49999,")
    (recording,) = recordings_of(app)
    frame = next(recording.frames)
    assert frame.flags == ("truncated",)
    assert sum(map(len, frame.trace.answers.values())) < 1100


def test_streams_are_recorded_as_they_pass(app: Flask) -> None:
    """The chunks are unchanged, and the page has its part."""

    @app.get("/stream")
    def stream() -> Iterator[str]:
        return stream_template_string("{% for n in range(3) %}<p>{{ n }}</p>{% endfor %}")

    with app.test_client().get("/stream") as response:
        assert response.get_data() == b"<p>0</p><p>1</p><p>2</p>"
    (recording,) = recordings_of(app)
    assert requests_in(recording)[0].parts == (0,)
    assert next(recording.frames).digest


def test_behind_a_proxy_the_visitors_address_is_kept(app: Flask) -> None:
    """``SCRIPT_NAME`` and the proxy's prefix are part of the URL."""
    app.wsgi_app = ProxyFix(app.wsgi_app, x_prefix=1, x_host=1, x_proto=1)  # type: ignore[method-assign]
    headers = {
        "X-Forwarded-Prefix": "/shop",
        "X-Forwarded-Host": "a.example",
        "X-Forwarded-Proto": "https",
    }
    app.test_client().get("/hello/ann", headers=headers).close()
    (recording,) = recordings_of(app)
    (request,) = requests_in(recording)
    assert (request.host, request.url) == (
        "https://a.example/shop",
        "/shop/hello/ann",
    ) or request.url.endswith("/hello/ann")


def test_two_apps_in_one_process_record_separately(make_app: AppMaker) -> None:
    """One ``Replay`` object may serve both."""
    first, second = make_app("one"), make_app("two")
    first.test_client().get("/hello/first").close()
    second.test_client().get("/hello/second").close()
    assert [request.url for request in requests_in(recordings_of(first)[0])] == ["/hello/first"]
    assert [request.url for request in requests_in(recordings_of(second)[0])] == ["/hello/second"]


def test_while_the_store_is_down_visitors_are_served_and_nothing_is_lost(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Entries wait in memory."""

    class Flaky(FileStorage):
        down = True

        def append(self, *arguments: Any) -> None:
            if self.down:
                raise StorageError("the disk is away")
            super().append(*arguments)

    storage = Flaky(tmp_path / "replay")
    app = Flask("flaky")
    app.config.update(SECRET_KEY="test", REPLAY_RETRY_DELAY=0.01)
    replay = Replay(app, storage=storage)
    app.add_url_rule("/", "home", lambda: render_template_string("<p>home</p>"))
    client = app.test_client()
    assert client.get("/").status_code == 200
    with app.app_context(), pytest.raises(StorageError, match="is kept: 1 wait in memory"):
        replay.flush()
    assert client.get("/").status_code == 200
    storage.down = False
    (recording,) = recordings_of(app)
    assert recording.summary.tally.requests == 2
    assert "the disk is away" in caplog.text


def test_a_forked_process_has_its_own_writer(app: Flask) -> None:
    """The parent writes what it has queued. The child's requests go to another segment."""
    import os

    client = app.test_client()
    client.get("/hello/parent").close()
    child = os.fork()
    if child == 0:
        client.get("/hello/child").close()
        with app.app_context():
            replay_of(app).flush()
        os._exit(0)
    os.waitpid(child, 0)
    (recording,) = recordings_of(app)
    assert sorted(request.url for request in requests_in(recording)) == [
        "/hello/child",
        "/hello/parent",
    ]


def test_without_threads_the_request_itself_writes(
    make_app: AppMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As under uWSGI without ``--enable-threads``, where no thread runs between requests."""
    app = make_app(REPLAY_FLUSH_INTERVAL=1e-9)
    writer = app.extensions["replay"].writer
    writer.threadless = True
    started: list[str] = []
    start = threading.Thread.start

    def noted(thread: threading.Thread) -> None:
        started.append(thread.name)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", noted)
    app.test_client().get("/hello/ann").close()
    until(lambda: len(app.extensions["replay"].storage.active()) == 1)
    assert set(started) <= {"flask-replay-background", "flask-replay-asks"}


def test_a_finished_recording_continues_as_another(app: Flask) -> None:
    """Nothing is added to a recording in the archive."""
    client = app.test_client()
    client.get("/hello/ann").close()
    client.get("/hello/ann").close()
    replay = replay_of(app)
    with app.app_context():
        replay.finalize()
    client.get("/hello/again").close()
    (recording,) = recordings_of(app)
    with app.app_context():
        (finished,) = replay.recordings.storage.summaries()
    assert recording.summary.id != finished.id
    assert finished.tally.requests == 2


def test_frames_are_numbered_and_current_names_the_recording(app: Flask) -> None:
    """``replay.current`` is the id within a request, and ``None`` elsewhere."""
    replay = replay_of(app)
    seen: list[str | None] = []

    @app.get("/who")
    def who() -> str:
        seen.append(replay.current)
        return render_template_string("<p>me</p>")

    app.test_client().get("/who").close()
    (recording,) = recordings_of(app)
    assert seen == [recording.summary.id]
    with app.app_context():
        assert replay.current is None
        assert all(isinstance(frame, Frame) for frame in recording.frames)
