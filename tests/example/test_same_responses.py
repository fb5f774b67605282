"""Recording changes no response: bytes and headers of every route of the example, with and without
it.
"""

from __future__ import annotations

import re
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule
from werkzeug.wrappers import Response

from .conftest import Open

_TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')
_ARGUMENTS = {"key": 1, "filename": "covers/owl.svg"}
_ADDRESS = {
    "name": "Nora", "street": "Elm Row 7", "city": "Leeds", "delivery": "BIKE", "terms": "y",
    "card_number": "4111 1111 1111 1111", "expires": "12/30", "security_code": "737",
}  # fmt: skip


class Twins:
    """Two shops with the same data, one of them recorded, and a visitor who sends the same requests
    to both.
    """

    def __init__(self, open_shop: Open) -> None:
        self.recorded = open_shop("recorded", REPLAY_ENABLED=True)
        self.plain = open_shop("plain", REPLAY_ENABLED=False)
        self.succeeded: set[tuple[str, str]] = set()
        self.pages = 0
        self.clients = [app.test_client() for app in (self.recorded, self.plain)]
        self.token = ""

    @property
    def rules(self) -> list[Rule]:
        """Return the routes of the shop, without WebSockets and the player's routes."""
        rules = self.recorded.url_map.iter_rules()
        return [
            rule
            for rule in rules
            if not rule.websocket and not rule.endpoint.startswith("flask_replay.")
        ]

    def send(self, method: str, path: str, **options: Any) -> int:
        """Send a request to both shops, compare the responses, and return the status."""
        data = options.get("data")
        if data is not None:
            options["data"] = {"csrf_token": self.token, **data}
        recorded, plain = (_answer(client, method, path, options) for client in self.clients)
        assert recorded == plain, f"{method} {path}"
        status, _, body = plain
        found = _TOKEN.search(body.decode("utf-8", "replace"))
        if found is not None:
            self.token = found[1]
        endpoint = _endpoint(self.plain, method, path)
        if endpoint is not None and status < 400:
            self.succeeded.add((endpoint, method))
        self.pages += endpoint != "static"
        return status


def _answer(
    client: FlaskClient, method: str, path: str, options: dict[str, Any]
) -> tuple[int, Any, bytes]:
    with client.open(path, method=method, **options) as answer:
        return answer.status_code, _headers(answer), answer.get_data()


def _headers(answer: Response) -> list[tuple[str, str]]:
    """Return the headers in their order, without our own cookie and the time."""
    return [
        (name, value)
        for name, value in answer.headers
        if name != "Date" and not (name == "Set-Cookie" and value.startswith("replay="))
    ]


def _endpoint(app: Flask, method: str, path: str) -> str | None:
    try:
        endpoint, _ = app.url_map.bind("localhost").match(path.partition("?")[0], method=method)
    except HTTPException:
        return None
    return str(endpoint)


@pytest.fixture
def twins(open_shop: Open, monkeypatch: pytest.MonkeyPatch) -> Twins:
    """Open two shops in which time and random numbers stand still, because nothing else differs by
    itself.
    """
    monkeypatch.setattr("itsdangerous.timed.time", SimpleNamespace(time=lambda: 1_700_000_000))
    monkeypatch.setattr("flask_wtf.csrf.os", SimpleNamespace(urandom=lambda size: b"7" * size))
    monkeypatch.setattr("example.models.now", lambda: datetime(2026, 3, 5, 14, 30))
    return Twins(open_shop)


def log_in(twins: Twins) -> None:
    twins.send("GET", "/account/login")
    person = {"email": "nora@example.com", "password": "a book for Nora"}
    assert twins.send("POST", "/account/login", data=person) == 302


def walk(twins: Twins) -> None:
    """Try every route with every method, supported or not, with and without a form."""
    for rule in twins.rules:
        path = rule.build({name: _ARGUMENTS[name] for name in rule.arguments})
        assert path is not None
        for method in sorted(rule.methods or ()):
            twins.send(method, path[1])
        twins.send("DELETE", path[1])
        if "POST" in (rule.methods or ()) and rule.endpoint != "account.logout":
            twins.send("POST", path[1], data={})
            twins.send("POST", path[1], data={"csrf_token": "forged"})
            twins.send("POST", path[1], json={"an": "object"})


def test_every_route_answers_an_anonymous_visitor_the_same(twins: Twins) -> None:
    """All routes, with all their methods, without a session, then with a token in one."""
    walk(twins)
    twins.send("GET", "/book/1")
    walk(twins)


def test_every_route_answers_a_customer_the_same(twins: Twins) -> None:
    """All routes, with all their methods, logged in and with a filled cart."""
    log_in(twins)
    twins.send("GET", "/book/1")
    assert twins.send("POST", "/cart/add/1", data={"count": "2"}) == 302
    walk(twins)


def test_every_form_works_the_same(twins: Twins) -> None:
    """Each route succeeds once with each method, after all possible errors, and no response
    differs.
    """
    send = twins.send
    assert send("GET", "/?q=salt&sort=price") == 200
    assert send("GET", "/?page=2&shelf=NOVEL") == 404
    assert send("GET", "/?page=2") == 200
    assert send("GET", "/search?q=%E2%98%83<b>") == 200
    assert send("GET", "/book/999") == 404
    assert send("GET", "/book/1") == 200
    assert send("POST", "/book/1", data={"stars": "5", "text": "short"}) == 422
    assert send("POST", "/book/1", data={"stars": "5", "text": "long enough to be a review"}) == 302
    assert send("POST", "/cart/add/1", data={"count": "200"}) == 302
    assert send("GET", "/book/1") == 200
    assert send("POST", "/cart/add/1", data={"count": "2"}) == 302
    assert send("GET", "/cart/") == 200
    assert send("POST", "/cart/update/1", data={"count": "3"}) == 302
    assert send("POST", "/cart/coupon", data={"code": "<nothing>"}) == 422
    assert send("POST", "/cart/coupon", data={"code": "spring10"}) == 302
    assert send("GET", "/cart/checkout") == 302
    assert send("GET", "/gift-card?amount=50&friends=Ann,+Ben") == 200
    assert send("GET", "/gift-card?amount=50&friends=") == 500
    assert send("GET", "/account/register") == 200
    person = {
        "name": "Ann",
        "email": "ann@example.com",
        "password": "correct horse",
        "again": "correct horse",
    }
    assert send("POST", "/account/register", data={**person, "again": "battery"}) == 422
    assert send("POST", "/account/register", data={**person, "email": "nora@example.com"}) == 422
    assert send("POST", "/account/register", data=person) == 302
    assert send("GET", "/account/order/1") == 404
    assert send("GET", "/ask") == 200
    assert send("GET", "/account/") == 200
    assert send("POST", "/account/", data={"name": "", "email": "ann@example.com"}) == 422
    assert send("POST", "/account/", data={"name": "Ann Page", "email": "ann@example.com"}) == 302
    assert send("GET", "/account/name") == 200
    assert send("POST", "/account/name", data={"name": ""}) == 422
    assert send("POST", "/account/name", data={"name": "Ann P."}) == 200
    assert send("GET", "/htmx/htmx.min.js") == 200
    assert send("HEAD", "/htmx/htmx.min.js") == 200
    assert send("POST", "/account/logout", data={}) == 302
    assert send("GET", "/account/login") == 200
    assert (
        send("POST", "/account/login", data={"email": "nora@example.com", "password": "wrong"})
        == 401
    )
    log_in(twins)
    assert send("GET", "/cart/checkout") == 200
    assert send("POST", "/cart/checkout", data={**_ADDRESS, "postcode": "LS1"}) == 422
    assert send("POST", "/cart/checkout", data={**_ADDRESS, "postcode": "04109"}) == 302
    assert send("GET", "/account/order/3") == 200
    assert send("POST", "/book/2", data={"stars": "3", "text": "long enough to be a review"}) == 302
    assert send("GET", "/book/2") == 200
    for rule in twins.rules:
        for method in {"HEAD", "OPTIONS"} & (rule.methods or set()):
            path = rule.build({name: _ARGUMENTS[name] for name in rule.arguments})
            assert path is not None
            send(method, path[1])
    walked = twins.succeeded | {("static", "GET")}
    assert {
        (rule.endpoint, method) for rule in twins.rules for method in rule.methods or ()
    } == walked


def test_static_files_are_answered_the_same(twins: Twins) -> None:
    """Completely, in ranges, with true and false conditions, and for missing files."""
    path = "/static/shop.css"
    with twins.plain.test_client().get(path) as answer:
        etag, modified = answer.headers["ETag"], answer.headers["Last-Modified"]
    assert twins.send("GET", path) == 200
    assert twins.send("HEAD", path) == 200
    assert twins.send("GET", path, headers={"Range": "bytes=10-40"}) == 206
    assert twins.send("GET", path, headers={"Range": "bytes=-5", "If-Range": etag}) == 206
    assert twins.send("GET", path, headers={"Range": "bytes=999999-"}) == 416
    assert twins.send("GET", path, headers={"If-None-Match": etag}) == 304
    assert twins.send("GET", path, headers={"If-Modified-Since": modified}) == 304
    assert twins.send("GET", path, headers={"If-None-Match": '"another"'}) == 200
    assert twins.send("GET", "/static/nothing.css") == 404


def test_only_one_of_the_two_shops_was_recorded(twins: Twins) -> None:
    """Otherwise the comparison would prove nothing. The visitor's requests are in one recording."""
    log_in(twins)
    twins.send("GET", "/static/shop.css")
    twins.send("GET", "/gift-card?amount=50&friends=")
    replay = twins.recorded.extensions["replay"].replay
    with twins.recorded.app_context():
        replay.finalize()
        (summary,) = replay.recordings.summaries()
    assert summary.tally.requests == twins.pages == 3
    with twins.plain.app_context():
        replay = twins.plain.extensions["replay"].replay
        replay.finalize()
        assert not replay.recordings.summaries()
