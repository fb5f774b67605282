"""Sockets of visitors and of viewers, under real servers with two worker processes."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections import Counter
from contextlib import suppress
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import HTTPCookieProcessor, build_opener

import pytest
from simple_websocket import Client, ConnectionClosed, ConnectionError

from .app import FLUSH
from .chat import WHO
from .serving import DEADLINE, KINDS, Server, Site

_SERVED = (
    "import os\nfrom tests.servers.chat import create_app\napp = create_app(os.environ['SERVED'])\n"
)
LATE = 0.5
"""Seconds by which a busy machine may delay the writer."""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.module.write_text(_SERVED)
    return site


class Visitor:
    """A visitor who requests pages and chats."""

    def __init__(self, server: Server) -> None:
        self.place = f"127.0.0.1:{server.port}"
        self.jar = CookieJar()
        self.opener = build_opener(HTTPCookieProcessor(self.jar))
        self.workers: set[str] = set()
        self.did: list[str] = []
        self.look("first")

    def look(self, name: str) -> None:
        with self.opener.open(f"http://{self.place}/page/{name}", timeout=DEADLINE) as answer:
            self.workers.add(answer.headers["X-Worker"])
            answer.read()
        self.did.append(f"/page/{name}")

    def chat(self) -> tuple[Client, int]:
        """Open a socket, and return it with the process that holds it."""
        cookie = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.jar)
        client = Client.connect(f"ws://{self.place}/chat", headers={"Cookie": cookie})
        client.send(WHO)
        self.did.append(WHO)
        return client, int(client.receive(timeout=DEADLINE))

    def say(self, client: Client, text: str) -> None:
        client.send(text)
        assert client.receive(timeout=DEADLINE) == f"<p>{text}</p>"
        self.did.append(text)


class Caller(Client):
    """A client that disconnects when it is refused, like browsers. A ``sync`` worker waits for
    that.
    """

    def handshake(self) -> None:
        try:
            super().handshake()
        except ConnectionError:
            self.sock.close()
            raise


class Viewer(threading.Thread):
    """Watches like the player, and loses its connection again and again.

    :ivar steps: the received steps in order, each with its key and the time.
    :ivar ways: how each was received.
    """

    def __init__(self, server: Server, id: str) -> None:
        super().__init__(daemon=True)
        self.place = f"127.0.0.1:{server.port}"
        self.id = id
        self.cursor: Any = {}
        self.steps: list[tuple[tuple[str, int], dict[str, Any], float]] = []
        self.ways: Counter[str] = Counter()
        self.leave = threading.Event()

    def run(self) -> None:
        while not self.leave.is_set():
            try:
                self._watch()
            except (ConnectionClosed, ConnectionError):
                self._ask()

    def _watch(self) -> None:
        address = f"ws://{self.place}/replay/{self.id}/live?after={self._after}"
        client = Caller.connect(address, headers={"Origin": "http://127.0.0.1"})
        try:
            until = time.monotonic() + 0.7
            while time.monotonic() < until:
                news = client.receive(timeout=0.1)
                if news is not None:
                    self.ways["socket"] += 1
                    self._take(json.loads(news))
        finally:
            with suppress(OSError):  # it is closed already
                client.sock.shutdown(2)  # without a closing handshake
            client.thread.join()

    def _ask(self) -> None:
        with build_opener().open(
            f"http://{self.place}/replay/{self.id}/live.json?after={self._after}"
        ) as answer:
            self.ways["poll"] += 1
            self._take(json.loads(answer.read()))
        self.leave.wait(0.2)

    @property
    def _after(self) -> str:
        return quote(json.dumps(self.cursor))

    def _take(self, news: Any) -> None:
        now = time.time()
        self.steps += ((tuple(step["key"]), step, now) for step in news["steps"])
        self.cursor = news["cursor"]


@pytest.mark.parametrize(
    ("kind", "way"),
    [("gunicorn gthread", "socket"), ("gunicorn gevent", "socket"), ("gunicorn sync", "poll")],
)
def test_viewers_get_every_event_once_from_any_worker(site: Site, kind: str, way: str) -> None:
    """Requests and messages of the visitor go through both processes, and so do viewers who
    reconnect.
    """
    with site.serve(KINDS[kind]) as server:
        visitor = Visitor(server)
        server.wait_until(lambda: bool(site.storage.touched()))
        (id,) = site.storage.touched()
        viewers = [Viewer(server, id) for _ in range(3)]
        for viewer in viewers:
            viewer.start()
        client = visitor.chat()[0] if way == "socket" else None  # it would occupy a worker
        for number in range(30):
            visitor.look(str(number))
            if client is not None:
                visitor.say(client, f"message {number}")
            time.sleep(0.05)
        if client is not None:
            client.close()
        closed = Counter({"closed": 1}) if client is not None else Counter[str]()
        server.wait_until(
            lambda: len(_done(site, id)) == len(visitor.did) and _closed(site, id) == closed
        )
        keys = set(site.recordings.get_active(id).keys)
        server.wait_until(lambda: all(len(viewer.steps) >= len(keys) for viewer in viewers))
        for viewer in viewers:
            viewer.leave.set()
        for viewer in viewers:
            viewer.join(DEADLINE)
        log = server.log()
    assert len(visitor.workers) == 2
    for viewer in viewers:
        assert Counter(key for key, _, _ in viewer.steps) == Counter(keys), log
    ways = sum((viewer.ways for viewer in viewers), Counter[str]())
    assert ways[way] > 10
    assert "Flask-Replay could not" not in log
    assert sorted(_done(site, id)) == sorted(visitor.did)


def _closed(site: Site, id: str) -> Counter[str]:
    """Count the connections of a recording that were closed."""
    states = (
        batch.socket.state
        for batch in site.recordings.get_active(id).batches
        if batch.socket is not None
    )
    return Counter(state for state in states if state == "closed")


def _done(site: Site, id: str) -> list[str]:
    """Return the visited pages and the messages as they were recorded."""
    found = []
    for batch in site.recordings.get_active(id).batches:
        if batch.request is not None and batch.request.status == 200:
            found.append(batch.request.path)
        elif batch.message is not None and not batch.message.sent:
            found.append(batch.message.text)
    return found


def test_an_event_is_shown_within_half_a_second_of_its_flush_across_workers(site: Site) -> None:
    """The flush follows the event by at most one interval."""
    with site.serve(KINDS["gunicorn gthread"]) as server:
        visitor = Visitor(server)
        server.wait_until(lambda: bool(site.storage.touched()))
        viewer = Viewer(server, next(iter(site.storage.touched())))
        viewer.start()
        asked: dict[str, float] = {}
        for number in range(20):
            visitor.look(f"slow-{number}")
            asked[f"/page/slow-{number}"] = time.time()
            time.sleep(0.15)
        server.wait_until(lambda: len(viewer.steps) >= 21)
        viewer.leave.set()
        viewer.join(DEADLINE)
    waits = sorted(at - asked[step["url"]] for _, step, at in viewer.steps if step["url"] in asked)
    assert len(visitor.workers) == 2
    assert waits[len(waits) // 2] < FLUSH + 0.5


def test_a_killed_worker_with_sockets_loses_at_most_its_last_flush_interval(
    site: Site,
) -> None:
    """The rest is in the journal, and is recovered."""
    with site.serve(KINDS["gunicorn gthread"]) as server:
        visitor = Visitor(server)
        client, worker = visitor.chat()
        said: list[float] = []

        def due() -> int:
            """How many messages must be in the journal by now."""
            return sum(moment < time.monotonic() - FLUSH - LATE for moment in said)

        # However few messages a slow machine allows, and however late it begins to write.
        while due() <= 10 or not site.storage.touched():
            visitor.say(client, f"message {len(said)}")
            said.append(time.monotonic())
            time.sleep(0.01)
        expected = due()
        os.kill(worker, signal.SIGKILL)
        (id,) = site.storage.touched()
        done = _done(site, id)
    kept = sum(text.startswith("message") for text in done)
    assert kept >= expected
    assert done[-1] == f"message {kept - 1}"
    site.replay("finalize", id)
    assert "0 different" in site.replay("verify", id)
    assert f"<- /chat  message {kept - 1}" in site.replay("show", id, "--events")
