"""A scripted visitor: fills the list of recordings, so that a newcomer has something to watch."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from flask_replay import Replay

_TOKEN = re.compile(r'<meta name="csrf-token" content="([^"]+)"')


class Visitor:
    """Somebody who clicks through the shop, and takes time to read.

    The time is the recorder's clock alone: nobody has to wait.
    """

    def __init__(self, app: Flask, replay: Replay, started: float) -> None:
        self.client: FlaskClient = app.test_client()
        self.replay = replay
        self.now = started
        self.token = ""

    def wait(self, seconds: float) -> None:
        """Read, think, type."""
        self.now += seconds

    def get(self, path: str, wait: float = 4.0) -> str:
        """Look at a page."""
        return self._send(lambda: self.client.get(path, follow_redirects=False), wait)

    def post(self, path: str, wait: float = 3.0, **fields: str) -> str:
        """Send a form, and follow where it leads."""
        data = {**fields, "csrf_token": self.token}
        return self._send(lambda: self.client.post(path, data=data), wait)

    def _send(self, request: Callable[[], Any], wait: float) -> str:
        self.wait(wait)
        self.replay.clock = lambda: self.now
        response = request()
        text: str = response.get_data(as_text=True)
        response.close()
        found = _TOKEN.search(text)
        if found is not None:
            self.token = found.group(1)
        if response.status_code in {302, 303}:
            return self.get(response.headers["Location"], 0.2)
        return text


def buyer(visitor: Visitor) -> None:
    """Register, fumble with a coupon and the checkout, and buy."""
    visitor.get("/", 0)
    visitor.get("/?shelf=NOVEL", 6)
    visitor.get("/book/1", 5)
    visitor.post("/book/1", 21, stars="5", text="Lovely")
    visitor.post("/cart/1", 9, count="2")
    visitor.get("/book/5", 14)
    visitor.post("/cart/5", 7, count="1")
    visitor.post("/coupon", 12, code="SUMMER")
    visitor.post("/coupon", 8, code="spring10")
    visitor.get("/checkout", 5)
    visitor.get("/account/register", 3)
    visitor.post("/account/register", 34, name="Ann Page", email="ann@example.com", password="short", again="")
    password = "correct horse battery"
    visitor.post("/account/register", 15, name="Ann Page", email="ann@example.com", password=password, again=password)
    visitor.get("/checkout", 4)
    address = {
        "street": "Elm Row 7",
        "city": "Leeds",
        "delivery": "bike",
        "card_number": "4111 1111 1111 1111",
    }
    visitor.post("/checkout", 38, postcode="LS1", **address)
    visitor.post("/checkout", 11, postcode="04109", **address)
    visitor.get("/account/order/1", 6)


def unlucky(visitor: Visitor) -> None:
    """Find a page that is not there, and one that is broken."""
    visitor.get("/", 0)
    visitor.get("/book/3", 8)
    visitor.get("/gifts", 5)
    visitor.get("/gift-card?friends=4", 9)
    visitor.get("/gift-card?friends=0", 6)
    visitor.get("/", 12)


def searcher(visitor: Visitor) -> None:
    """Search while typing, twice."""
    visitor.get("/", 0)
    for text in ("salt", "ferro"):
        for end in range(1, len(text) + 1):
            visitor.get(f"/search?q={text[:end]}", 0.3)
        visitor.get(f"/?q={text}", 1.5)
        visitor.wait(6)
    visitor.get("/book/14", 3)


def reader(visitor: Visitor) -> None:
    """Log in at the second try."""
    visitor.get("/account/login", 0)
    visitor.post("/account/login", 9, email="nora@example.com", password="a good password")
    visitor.post("/account/login", 13, email="nora@example.com", password="a good long password")
    visitor.get("/?page=2", 7)
    visitor.get("/account/", 5)
    visitor.post("/account/logout", 4)


def visit(app: Flask) -> int:
    """Let everybody visit, unless there are recordings already. Returns how many recordings there are."""
    replay: Replay = app.extensions["replay"].replay
    with app.app_context():
        found = len(replay.recordings.list())
    if found:
        return found
    clock = replay.clock
    for minutes, script in ((95, searcher), (61, reader), (34, unlucky), (12, buyer)):
        script(Visitor(app, replay, time.time() - minutes * 60))  # each request with a context of its own
    replay.clock = clock
    with app.app_context():
        replay.finalize()
        return len(replay.recordings.list())
