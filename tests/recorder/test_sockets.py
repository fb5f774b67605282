"""WebSockets and server-sent events are recorded message by message, in the visitor's recording."""

from __future__ import annotations

import asyncio
import contextvars
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from urllib.request import Request, build_opener

import gevent  # type: ignore[import-untyped]
import pytest
from flask import Flask, Response, copy_current_request_context, render_template_string, request
from flask_sock import Sock
from simple_websocket import Client, ConnectionClosed
from simple_websocket import Server as Socket
from werkzeug.serving import make_server

from flask_replay import REDACTED, Replay, Sanitizer
from flask_replay.recording.batch import Batch
from flask_replay.recording.events import Error
from flask_replay.recording.model import Recording
from flask_replay.storage import Storage, finalize

from ..conftest import AppMaker, recordings_of, replay_of
from ..faults import until

Served = Callable[[Flask], "Site"]


class Site:
    """A served app, from the perspective of one visitor."""

    def __init__(self, app: Flask, port: int) -> None:
        self.app = app
        self.place = f"127.0.0.1:{port}"
        self.cookie = ""

    def look(self, path: str) -> bytes:
        """Get a page, and keep the cookie."""
        with build_opener().open(
            Request(f"http://{self.place}{path}", headers=self.headers)
        ) as answer:
            self.cookie = (answer.headers["Set-Cookie"] or self.cookie).partition(";")[0]
            return bytes(answer.read())

    @property
    def headers(self) -> dict[str, str]:
        return {"Cookie": self.cookie} if self.cookie else {}

    def connect(self, path: str = "/ws", **headers: str) -> Client:
        """Open a WebSocket."""
        return Client.connect(f"ws://{self.place}{path}", headers={**self.headers, **headers})

    def until(self, true: Callable[[Recording], bool]) -> Recording:
        """Wait until the journal has a recording that meets a condition, without a flush."""
        recordings, found = replay_of(self.app).recordings, list[Recording]()

        def meets() -> bool:
            found[:] = map(recordings.get_active, [each.id for each in recordings.storage.active()])
            return len(found) == 1 and true(found[0])

        with self.app.app_context():
            until(meets)
        return found[0]

    def closed(self, pages: int = 0) -> Recording:
        """Wait until the journal has the end of a connection, and this many pages, which another
        thread may still write.
        """
        return self.until(
            lambda recording: (
                any(state(batch) == "closed" for batch in recording.batches)
                and recording.summary.tally.pages >= pages
            )
        )


@pytest.fixture
def serve() -> Iterator[Served]:
    stops: list[Callable[[], None]] = []

    def start(app: Flask) -> Site:
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        stops.extend((server.shutdown, thread.join))
        return Site(app, server.server_port)

    yield start
    for stop in stops:
        stop()


def state(batch: Batch) -> str:
    return batch.socket.state if batch.socket is not None else ""


def said(recording: Recording) -> list[Any]:
    """Return the messages of a recording, each with its direction."""
    found = []
    for batch in recording.batches:
        if batch.message is not None:
            message = batch.message
            found.append(
                (">" if message.sent else "<", message.text or message.json or message.size)
            )
    return found


def echo(app: Flask) -> None:
    """Return an app with a WebSocket that echoes what it gets, and says goodbye."""
    sock = Sock(app)

    @sock.route("/ws")
    def ws(socket: Socket) -> None:
        while (data := socket.receive()) != "bye":
            socket.send(data)
        socket.close(4001, "bye then")


@pytest.mark.parametrize("first", ["Sock", "Replay"])
def test_a_route_is_recorded_in_either_order_of_initialization(
    first: str, make_app: AppMaker, serve: Served, tmp_path: Any
) -> None:
    """From its handshake to its end, in the recording of the visitor's pages."""
    if first == "Replay":
        app = make_app()
        echo(app)
    else:
        app = Flask("small")
        app.config.update(SECRET_KEY="test", REPLAY_STORAGE=str(tmp_path / "replay"))
        echo(app)
        Replay(app)
        app.add_url_rule("/hello/<name>", "hello", lambda name: f"<p>{name}</p>")
    site = serve(app)
    site.look("/hello/ann")
    client = site.connect("/ws?room=1&token=abcdef123456", Origin="https://shop.example")
    for message in ("hello", '{"to": "bob", "password": "s3cretS3cret"}', b"\x00" * 1000, "[1, 2]"):
        client.send(message)
        assert client.receive() == message
    client.send("bye")
    with pytest.raises(ConnectionClosed):
        client.receive()
    recording = site.closed(pages=1)
    _, opened, *_, closed = recording.batches
    assert opened.request is not None and opened.socket is not None and closed.socket is not None
    assert (opened.request.status, opened.request.endpoint) == (101, "ws")
    assert opened.request.url.startswith("/ws?room=1&token=")
    assert "abcdef" not in opened.request.url
    assert opened.socket.headers["Origin"] == "https://shop.example"
    assert (closed.socket.code, closed.socket.by, closed.socket.reason) == (4001, "app", "bye then")
    clean = {"to": "bob", "password": REDACTED}
    both = [("<", "hello"), (">", "hello"), ("<", clean), (">", clean), ("<", 1000), (">", 1000)]
    assert said(recording) == [*both, ("<", [1, 2]), (">", [1, 2]), ("<", "bye")]
    assert (recording.summary.tally.messages, recording.summary.tally.jobs) == (9, 0)


def test_a_route_may_be_exempt(app: Flask, serve: Served) -> None:
    """The pages around it are recorded normally."""
    sock, replay = Sock(app), replay_of(app)

    @sock.route("/ws")
    @replay.exempt
    def ws(socket: Socket) -> None:
        socket.send(render_template_string("<p>{{ text }}</p>", text=socket.receive()))

    site = serve(app)
    site.look("/hello/ann")
    client = site.connect()
    client.send("unheard")
    assert client.receive() == "<p>unheard</p>"
    with pytest.raises(ConnectionClosed):
        client.receive()
    site.look("/hello/bob")
    recording = site.until(lambda recording: recording.summary.tally.requests == 2)
    assert [batch.request.path for batch in recording.batches if batch.request] == [
        "/hello/ann",
        "/hello/bob",
    ]
    assert recording.summary.tally.messages == 0


def test_a_route_may_have_a_sanitizer_of_its_own(app: Flask, serve: Served) -> None:
    """It cleans messages in both directions, and what is rendered for them."""
    sock, replay = Sock(app), replay_of(app)

    class Quiet(Sanitizer):
        """Drops all texts."""

        def params(self, params: dict[str, Any]) -> dict[str, Any]:
            """Drop a text."""
            return {name: REDACTED if name == "text" else value for name, value in params.items()}

        def read(self, owner: str, name: str, value: Any) -> Any:
            """Drop a text."""
            return REDACTED if name == "text" else value

    @sock.route("/ws")
    @replay.sanitize_with(Quiet())
    def ws(socket: Socket) -> None:
        said = json.loads(socket.receive())
        socket.send(json.dumps(said))
        socket.send(render_template_string("<p>{{ text }}</p>", text=said["text"]))

    site = serve(app)
    client = site.connect()
    client.send('{"to": "bob", "text": "unheard of"}')
    assert [client.receive(), client.receive()] == [
        '{"to": "bob", "text": "unheard of"}',
        "<p>unheard of</p>",
    ]
    recording = site.closed()
    kept = {"to": "bob", "text": REDACTED}
    assert said(recording)[:2] == [("<", kept), (">", kept)]
    assert "unheard" not in str(recording.batches)


def test_withdrawing_consent_on_a_socket_stops_the_recording(
    make_app: AppMaker, serve: Served
) -> None:
    """Earlier messages are kept, and the socket continues to work."""
    app = make_app(REPLAY_REQUIRE_CONSENT=True)
    sock, replay = Sock(app), replay_of(app)

    @app.get("/agree")
    def agree() -> str:
        replay.consent()
        return "agreed"

    @sock.route("/ws")
    def ws(socket: Socket) -> None:
        socket.send(socket.receive())
        replay.withdraw()
        socket.send(socket.receive())

    site = serve(app)
    site.look("/agree")
    client = site.connect()
    for message in ("before", "after"):
        client.send(message)
        assert client.receive() == message
    assert said(site.closed()) == [("<", "before"), (">", "before")]


def test_a_handshake_without_our_cookie_starts_a_recording(
    make_app: AppMaker, serve: Served
) -> None:
    """Its response carries the cookie, so later pages are in the same recording."""
    app = make_app()
    echo(app)
    site = serve(app)
    seen: list[bytes] = []

    class Curious(Client):
        def handshake(self) -> None:
            receive = self.ws.receive_data

            def see(data: bytes) -> None:
                seen.append(data)
                receive(data)

            self.ws.receive_data = see
            super().handshake()

    client = Curious(f"ws://{site.place}/ws")
    (line,) = [
        line for line in seen[0].decode().split("\r\n") if line.lower().startswith("set-cookie")
    ]
    site.cookie = line.partition(":")[2].partition(";")[0].strip()
    assert site.cookie.startswith("replay=")
    site.look("/hello/ann")
    client.send("bye")
    asked = {"/ws", "/hello/ann"}
    site.until(
        lambda recording: (
            {batch.request.path for batch in recording.batches if batch.request} == asked
        )
    )


def test_templates_rendered_by_a_handler_are_frames_of_their_messages(
    make_app: AppMaker, serve: Served
) -> None:
    """HTML, HTML within JSON, and output that is never sent. Each frame replays."""
    app = make_app()
    sock = Sock(app)

    @sock.route("/ws")
    def ws(socket: Socket) -> None:
        name = socket.receive()
        socket.send(f'<div id="log">{render_template_string("<b>{{ name }}</b>", name=name)}</div>')
        socket.send(json.dumps({"html": render_template_string("<i>{{ name }}</i>", name=name)}))
        render_template_string("<u>{{ name }}</u>", name=name)

    site = serve(app)
    site.connect().send("Ann")
    recording = site.closed()
    html, document, closed = (batch for batch in recording.batches if batch.frames)
    assert html.parts == ('<div id="log">', 0, "</div>")
    assert document.message is not None and document.message.json == {"html": "<i>Ann</i>"}
    assert state(closed) == "closed"
    assert closed.parts == ()
    with app.app_context():
        report = replay_of(app).verify(recording.summary.id)
        assert (report.frames, report.identical) == (3, 3)


def test_a_thread_with_a_copied_context_renders_for_the_socket(
    make_app: AppMaker, serve: Served
) -> None:
    """However it was started. The end of a copy ends nothing, and its renders belong to the
    connection.
    """
    app = make_app()
    sock = Sock(app)

    def greet(name: str) -> str:
        return render_template_string("<b>{{ name }}</b>", name=name)

    def started(work: Callable[[], str]) -> str:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(work).result()

    @sock.route("/ws")
    def ws(socket: Socket) -> None:
        copied = copy_current_request_context(greet)
        socket.send(started(lambda: copied("flask")))
        socket.send(started(partial(contextvars.copy_context().run, greet, "contextvars")))
        socket.send(asyncio.run(asyncio.to_thread(greet, "asyncio")))
        socket.send(gevent.spawn(contextvars.copy_context().run, greet, "gevent").get())
        socket.send(greet("itself"))

    site = serve(app)
    client = site.connect()
    for _ in range(5):
        client.receive()
    recording = site.closed()
    assert [batch.parts for batch in recording.batches if batch.message] == [(0,)] * 5
    assert len(list(recording.frames)) == 5


def test_messages_are_written_while_the_socket_is_open(make_app: AppMaker, serve: Served) -> None:
    """Every flush interval, so that a crash loses no more. None stays in memory."""
    app = make_app(REPLAY_FLUSH_INTERVAL=0.05)
    echo(app)
    site = serve(app)
    client = site.connect()
    client.send("one")
    recording = site.until(lambda recording: len(said(recording)) == 2)
    assert [state(batch) for batch in recording.batches] == ["opened", "", ""]
    assert app.extensions["replay"].writer.budget.used < 2_000
    client.send("bye")
    assert len(said(site.closed())) == 3


def test_buffered_messages_are_written_soon_after_the_handler_returns(
    make_app: AppMaker, serve: Served
) -> None:
    """The end of a socket does not wait for the flush interval, nor its thread for the encoding."""
    app = make_app(REPLAY_FLUSH_INTERVAL=3600)
    echo(app)
    site = serve(app)
    site.connect().send("bye")
    assert said(site.closed()) == [("<", "bye")]


@pytest.mark.parametrize("threadless", [False, True])
def test_the_end_of_a_stream_does_not_wait_for_the_store(
    make_app: AppMaker, monkeypatch: pytest.MonkeyPatch, threadless: bool
) -> None:
    """Its thread is needed for other visitors, even if the store hangs, or the writer has no
    thread.
    """
    app, free = make_app(), threading.Event()
    app.extensions["replay"].writer.threadless = threadless
    app.add_url_rule(
        "/ticks", "ticks", lambda: Response(iter(["data: 1\n\n"]), mimetype="text/event-stream")
    )
    storage = app.extensions["replay"].storage
    append = storage.append
    monkeypatch.setattr(storage, "append", lambda *told: free.wait(60) and append(*told))
    began = time.monotonic()
    app.test_client().get("/ticks").close()
    assert time.monotonic() - began < 10
    free.set()
    (recording,) = recordings_of(app)
    assert [state(batch) for batch in recording.batches][-1] == "closed"


def test_an_open_socket_keeps_its_recording_active(make_app: AppMaker, serve: Served) -> None:
    """A sign of life is written that is not an event, and the finished recording does not contain
    it.
    """
    app = make_app(REPLAY_FLUSH_INTERVAL=0.05, REPLAY_IDLE_TIMEOUT=0.6)
    echo(app)
    site = serve(app)
    client = site.connect()
    client.send("one")
    storage: Storage = app.extensions["replay"].storage
    (name,) = [site.until(lambda recording: len(said(recording)) == 2).summary.id]

    def lives() -> bool:
        assert list(storage.touched()) == [name]
        return storage.read(name).entries[-1].offset_ms > 1_000

    until(lives)
    assert len(storage.read(name).entries) > 5
    client.send("bye")
    recording = site.closed()
    assert [event.offset_ms > 1_000 for event in recording.events][-1]
    assert recording.summary.tally.events == len(list(recording.events)) == 6
    assert finalize(storage, name, "me") is not None
    with app.app_context():
        assert [*replay_of(app).recordings.get(name).events] == [*recording.events]


def test_after_hours_on_a_socket_a_visitor_stays_in_the_recording(
    make_app: AppMaker, serve: Served
) -> None:
    """The cookie is as old as the last request, but the recording was never idle. This also holds
    once the socket is closed.
    """
    app = make_app()
    echo(app)
    site = serve(app)
    site.look("/hello/ann")
    client = site.connect()
    client.send("one")
    client.receive()
    replay, start = replay_of(app), time.time()
    replay.clock = lambda: start + 7_200  # type: ignore[method-assign,assignment]
    site.look("/hello/bob")
    client.send("bye")
    site.closed()
    replay.clock = lambda: start + 14_400  # type: ignore[method-assign,assignment]
    site.look("/hello/cleo")
    (recording,) = recordings_of(app)
    paths = [batch.request.path for batch in recording.batches if batch.request is not None]
    assert paths == ["/hello/ann", "/ws", "/hello/bob", "/hello/cleo"]


def test_an_error_in_a_handler_is_recorded(make_app: AppMaker, serve: Served) -> None:
    """With the end of its socket, which nobody closed."""
    app = make_app()
    sock = Sock(app)

    @sock.route("/ws")
    def ws(socket: Socket) -> None:
        socket.receive()
        raise ValueError("password='hunter2hunter2' is wrong")

    site = serve(app)
    site.connect().send("x")
    last = site.closed().batches[-1]
    (error,) = last.errors
    assert (error.type, error.message) == ("ValueError", f"password={REDACTED} is wrong")
    assert last.socket is not None and (last.socket.code, last.socket.by) == (1006, "")


@pytest.mark.parametrize("way", ["close", "break"])
def test_a_visitor_may_close_a_socket_or_vanish(
    way: str, make_app: AppMaker, serve: Served
) -> None:
    """The code shows which."""
    app = make_app()
    echo(app)
    site = serve(app)
    client = site.connect()
    client.send("one")
    assert client.receive() == "one"
    if way == "close":
        client.close(4321, "enough")
    else:
        client.sock.shutdown(2)
        client.connected = False
    closed = site.closed().batches[-1].socket
    assert closed is not None
    assert (closed.code, closed.by) == ((4321, "visitor") if way == "close" else (1006, ""))


def test_documents_with_separators_between_them_are_sanitized(app: Flask, serve: Served) -> None:
    """As SignalR sends one message or several."""
    echo(app)
    site = serve(app)
    client = site.connect()
    login = json.dumps({"target": "SignIn", "arguments": ["anna", "kQx7abZZ9q"]}) + "\x1e"
    for sent in (login, login * 2):
        client.send(sent)
        assert client.receive() == sent
    client.send("bye")
    messages = [batch.message for batch in site.closed().batches if batch.message]
    kept = {"target": "SignIn", "arguments": ["anna", "[redacted]"]}
    assert [message.json for message in messages if message.json] == [kept] * 2 + [[kept] * 2] * 2


def test_huge_messages_are_cut_without_exposing_secrets(make_app: AppMaker, serve: Served) -> None:
    """The size shows how much there was."""
    app = make_app()
    sock = Sock(app)
    large = 50 << 20

    @sock.route("/ws")
    def ws(socket: Socket) -> None:
        socket.send("x" * large)
        socket.send('{"password": "' + "s" * 300_000 + '"}')
        socket.send('{"password": "s3cretS3cret", broken')
        socket.receive()

    site = serve(app)
    client = site.connect()
    assert sum(len(client.receive()) for _ in range(3)) > large
    client.send("bye")
    recording = site.closed()
    first, second, third, _ = (batch.message for batch in recording.batches if batch.message)
    assert (first.size, first.flags, len(first.text) < 20_000) == (large, ("cut",), True)
    assert (second.text, second.json, second.flags) == ("", None, ("cut",))
    assert "s3cret" not in third.text
    assert recording.summary.size < 100_000


def test_invalid_utf_8_ends_only_the_socket(make_app: AppMaker, serve: Served) -> None:
    """The library closes such a connection."""
    app = make_app()
    echo(app)
    site = serve(app)
    client = site.connect()
    client.sock.send(b"\x81\x82\x00\x00\x00\x00\xff\xfe")
    assert site.closed().batches[-1].socket is not None


def test_a_socket_that_is_not_recorded_is_left_unchanged(make_app: AppMaker, serve: Served) -> None:
    """Its methods are the library's own."""
    app = make_app(REPLAY_EXCLUDE=["/ws"])
    sock = Sock(app)
    kinds: list[Any] = []

    @sock.route("/ws")
    def ws(socket: Socket) -> None:
        kinds.append(
            (
                type(socket).send,
                type(socket).receive,
                isinstance(socket, Socket),
                type(socket).__name__,
            )
        )

    site = serve(app)
    with pytest.raises(ConnectionClosed):
        site.connect().receive()
    assert kinds == [(Socket.send, Socket.receive, True, "Server")]
    assert recordings_of(app) == []


def test_server_sent_events_are_recorded_one_by_one(make_app: AppMaker, serve: Served) -> None:
    """The stream is not delayed: the first message arrives before the second is made."""
    app = make_app(REPLAY_FLUSH_INTERVAL=0.05)
    go_on = threading.Event()

    @app.get("/events")
    def events() -> Any:
        def stream() -> Iterator[str]:
            yield ': hello\n\ndata: {"price": 1, "api_key": "abcdef123456"}\n\n'
            assert go_on.wait(10)
            yield "event: news\r\ndata: first\r\n"
            yield "data: second\r\n\r\ndata: never ended"

        return app.response_class(stream(), mimetype="text/event-stream")

    site = serve(app)
    with build_opener().open(f"http://{site.place}/events") as answer:
        assert [answer.readline() for _ in range(3)][2].startswith(b'data: {"price"')
        recording = site.until(lambda recording: len(said(recording)) == 1)
        assert said(recording) == [(">", {"price": 1, "api_key": REDACTED})]
        go_on.set()
        assert answer.read().endswith(b"never ended")
    recording = site.closed()
    assert said(recording)[1:] == [(">", "first\nsecond")]
    opened, *messages, closed = recording.batches
    assert opened.request is not None and (opened.request.status, opened.request.mimetype) == (
        200,
        "text/event-stream",
    )
    assert messages[1].message is not None and messages[1].message.event == "news"
    assert (state(opened), state(closed)) == ("opened", "closed")
    assert not any(isinstance(event, Error) for event in recording.events)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_server_sent_events_may_end_their_lines_in_any_way(end: str, make_app: AppMaker) -> None:
    """Even one character at a time. Half of a line end is not one."""
    app = make_app()
    stream = end.join(["event: news", "data: first", "data: second", "", "data: third", "", ""])
    app.add_url_rule(
        "/events", "events", lambda: Response(iter(stream), mimetype="text/event-stream")
    )
    with app.test_client().get("/events") as response:
        assert response.get_data(as_text=True) == stream
    (recording,) = recordings_of(app)
    assert said(recording) == [(">", "first\nsecond"), (">", "third")]


def test_messages_beyond_the_memory_limit_are_counted(make_app: AppMaker, serve: Served) -> None:
    """They are not kept, and the end of the socket says how many there were."""
    app = make_app(REPLAY_FLUSH_INTERVAL=3600, REPLAY_MAX_MEMORY=1 << 20)
    sock = Sock(app)

    @sock.route("/ws")
    def ws(socket: Socket) -> None:
        for _ in range(100):
            socket.send("x" * 30_000)
        assert request.path == "/ws"

    site = serve(app)
    client = site.connect()
    for _ in range(100):
        client.receive()
    recording = site.closed()
    closed = recording.batches[-1].socket
    assert closed is not None
    assert 0 < recording.summary.tally.messages == 100 - closed.lost < 60


def test_what_a_command_says_is_masked_in_later_messages(app: Flask, serve: Served) -> None:
    """A server may repeat it without its name, or in the middle of a line."""
    echo(app)
    site = serve(app)
    client = site.connect()
    for sent in ("AUTH ann w0mbat!Xk7q", "unknown: w0mbat!Xk7q", "+OK AUTH ann w0mbat!Xk7q", "bye"):
        client.send(sent)
    messages = [batch.message for batch in site.closed().batches if batch.message]
    assert {"AUTH ann [redacted]", "unknown: [redacted]"} <= {message.text for message in messages}
    assert "w0mbat" not in str(messages)
