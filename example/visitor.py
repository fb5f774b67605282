"""Scripted visitors, who fill the list of recordings so that there is something to watch."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from itertools import cycle

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from flask_replay import Replay

_TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')
_KEYS = (0.21, 0.17, 0.34, 0.19, 0.26)  # seconds between two keys


class Visitor:
    """Somebody who clicks through the shop, with time for reading and typing.

    The time that passes is the recorder's clock alone: nobody has to wait for it.

    :param started: seconds since 1970.
    """

    def __init__(self, app: Flask, replay: Replay, started: float) -> None:
        self.client: FlaskClient = app.test_client()
        self.replay = replay
        self.now = started
        self.token = ""
        self.page = ""

    def get(self, path: str, wait: float = 0.0) -> None:
        """Open a page after some seconds."""
        headers = {
            "Sec-Fetch-Dest": "document",
            **({"Referer": f"http://localhost{self.page}"} if self.page else {}),
        }
        self.page = path
        self._send(wait, lambda: self.client.get(path, headers=headers))

    def post(self, path: str, wait: float, **fields: str) -> None:
        """Send a form after the seconds that it took to fill it in."""
        data = {**fields, "csrf_token": self.token}
        headers = {"Sec-Fetch-Dest": "document", "Referer": f"http://localhost{self.page}"}
        self._send(wait, lambda: self.client.post(path, data=data, headers=headers))

    def put_in(self, path: str, target: str, wait: float, **fields: str) -> None:
        """Send a form as htmx does."""
        data = {**fields, "csrf_token": self.token}
        self._send(wait, lambda: self.client.post(path, data=data, headers=self._htmx(target)))

    def fetch(self, path: str, target: str, wait: float) -> None:
        """Click something to which htmx gets a fragment as the response."""
        self._send(wait, lambda: self.client.get(path, headers=self._htmx(target)))

    def _htmx(self, target: str) -> dict[str, str]:
        page = f"http://localhost{self.page}"
        asked = {"HX-Request": "true", "HX-Target": target, "HX-Current-URL": page, "Referer": page}
        return {**asked, "Sec-Fetch-Dest": "empty"}

    def type(self, text: str, wait: float) -> None:
        """Type into the search field. The page requests the results after each key."""
        self.now += wait
        for length, pause in zip(range(1, len(text) + 1), cycle(_KEYS), strict=False):
            self.fetch(f"/search?sort=title&q={text[:length]}", "results", pause)

    def _send(self, wait: float, request: Callable[[], TestResponse]) -> None:
        self.now += wait
        self.replay.clock = lambda: self.now
        response = request()
        found = _TOKEN.search(response.get_data(as_text=True))
        response.close()
        if found is not None:
            self.token = found[1]
        if response.status_code == 302:
            self.get(response.headers["Location"], 0.1)


def searcher(visitor: Visitor) -> None:
    """Search while typing, and open a book."""
    visitor.get("/")
    visitor.type("clok", 4)
    visitor.type("clock", 2.5)
    visitor.get("/book/14", 3)
    visitor.get("/", 19)
    visitor.type("solano", 5)
    visitor.get("/book/16", 2)
    visitor.get("/book/15", 11)
    visitor.put_in("/cart/add/15", "said", 14, count="200")
    visitor.put_in("/cart/add/15", "said", 6, count="2")


def customer(visitor: Visitor) -> None:
    """Log in at the second attempt, look at an old order, and write a review."""
    visitor.get("/account/login")
    visitor.post("/account/login", 9, email="nora@example.com", password="a book for me")
    visitor.post("/account/login", 13, email="nora@example.com", password="a book for Nora")
    visitor.get("/account/", 3)
    visitor.get("/account/order/1", 4)
    visitor.get("/book/5", 12)
    visitor.get("/?sort=newest", 16)
    visitor.get("/?sort=newest&page=2", 8)
    visitor.get("/book/13", 6)
    visitor.post("/book/13", 17, stars="4", text="Crunchy")
    visitor.post("/book/13", 12, stars="4", text="Crunchy, and the mustard seeds make it.")
    visitor.post("/account/logout", 7)


def unlucky(visitor: Visitor) -> None:
    """Open a missing page and a broken one."""
    visitor.get("/?shelf=HISTORY")
    visitor.get("/book/7", 8)
    visitor.get("/gift-cards", 21)
    visitor.get("/", 5)
    visitor.get("/gift-card", 3)
    visitor.get("/gift-card?amount=50&friends=Ida,+Tom,+Lea", 19)
    visitor.get("/gift-card?amount=100&friends=", 11)
    visitor.get("/gift-card?amount=100&friends=", 4)
    visitor.get("/", 9)


def buyer(visitor: Visitor) -> None:
    """Fill a cart, try a coupon, register, make mistakes at the checkout, and buy."""
    visitor.get("/")
    visitor.get("/?shelf=NOVEL", 6)
    visitor.get("/?shelf=NOVEL&sort=price", 3)
    visitor.get("/book/1", 5)
    visitor.post("/cart/add/1", 22, count="1")
    visitor.get("/book/5", 9)
    visitor.post("/cart/add/5", 12, count="1")
    visitor.post("/cart/update/1", 6, count="2")
    visitor.post("/cart/coupon", 11, code="reader20")
    visitor.post("/cart/coupon", 8, code="spring10")
    visitor.get("/cart/checkout", 5)
    visitor.get("/account/register?next=/cart/checkout", 3)
    register = "/account/register?next=/cart/checkout"
    visitor.post(register, 31, name="Ann Page", email="ann@example", password="short", again="")
    password = "correct horse battery"
    visitor.post(
        register, 18, name="Ann Page", email="ann@example.com", password=password, again=password
    )
    order = {
        "name": "Ann Page", "street": "Elm Row 7", "city": "Leeds", "delivery": "BIKE", "gift_wrap": "y",
        "note": "Ring twice, please.", "security_code": "737",
    }  # fmt: skip
    visitor.post("/cart/checkout", 44, **order, postcode="LS1", card_number="4111", expires="12-30")
    order |= {"postcode": "04109", "card_number": "4111 1111 1111 1111", "terms": "y"}
    visitor.post("/cart/checkout", 16, **order, expires="12-30")
    visitor.post("/cart/checkout", 7, **order, expires="12/30")
    visitor.get("/account/", 9)
    visitor.fetch("/account/name", "name", 4)
    visitor.put_in("/account/name", "name", 6, name="")
    visitor.put_in("/account/name", "name", 5, name="Ann Page")


def visit(app: Flask) -> int:
    """Let all visitors come, unless there are recordings already.

    :returns: how many recordings there are.
    """
    replay: Replay = app.extensions["replay"].replay
    with app.app_context():
        found = len(replay.recordings.summaries())
    if found:
        return found
    clock = replay.clock
    for minutes, script in ((95, searcher), (61, customer), (34, unlucky), (12, buyer)):
        script(Visitor(app, replay, time.time() - minutes * 60))
    replay.clock = clock
    with app.app_context():
        replay.finalize()
        return len(replay.recordings.summaries())
