"""Recording changes no response: every route of the example, bytes and headers, with and without it."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from example import create_app

WALKED = {
    "static", "shop.index", "shop.search", "shop.book", "shop.cart", "shop.add", "shop.coupon", "shop.checkout",
    "shop.gift_card", "account.login", "account.register", "account.logout", "account.overview", "account.order",
}  # fmt: skip

_TOKEN = re.compile(r'<meta name="csrf-token" content="([^"]+)"')


class Twins:
    """Two shops with the same data, one recorded and one not, and a visitor who does the same in both."""

    def __init__(self, folder: Path) -> None:
        self.apps = [self._app(folder / str(enabled), enabled) for enabled in (True, False)]
        self.clients: list[FlaskClient] = [app.test_client() for app in self.apps]
        self.token = ""
        self.seen: set[str] = set()

    @staticmethod
    def _app(folder: Path, enabled: bool) -> Flask:
        random.seed(1)
        return create_app(
            {
                "SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder}.db",
                "REPLAY_STORAGE": str(folder),
                "REPLAY_ENABLED": enabled,
                "PROPAGATE_EXCEPTIONS": False,
            }
        )

    def send(self, method: str, path: str, status: int, **options: object) -> None:
        """Send a request to both, and compare what they answer."""
        data = options.get("data")
        if isinstance(data, dict):
            data["csrf_token"] = self.token
        answers = [client.open(path, method=method, **options) for client in self.clients]  # type: ignore[arg-type]
        recorded, plain = (_comparable(answer) for answer in answers)
        assert recorded == plain, path
        assert answers[0].status_code == status, (path, answers[0].status_code)
        found = _TOKEN.search(answers[0].get_data(as_text=True))
        if found is not None:
            self.token = found.group(1)
        for answer in answers:
            answer.close()
        endpoint = self.apps[0].url_map.bind("localhost").match(path.partition("?")[0], method=method)[0]
        self.seen.add(endpoint)


def _comparable(answer: TestResponse) -> tuple[int, bytes, list[tuple[str, str]]]:
    headers = [
        (name, value)
        for name, value in answer.headers.items()
        if name != "Date" and not (name == "Set-Cookie" and value.startswith("replay="))
    ]
    return answer.status_code, answer.get_data(), sorted(headers)


@pytest.fixture
def twins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Twins:
    # what is signed carries the second and a random text: both visits get the same ones
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: 1_700_000_000)
    monkeypatch.setattr("os.urandom", lambda size: b"7" * size)
    monkeypatch.setattr("werkzeug.security.gen_salt", lambda length: "s" * length)
    return Twins(tmp_path)


def test_every_route_answers_the_same(twins: Twins) -> None:
    """Pages, forms, errors, redirects, HEAD, static files with Range and If-None-Match: all the same."""
    send = twins.send
    send("GET", "/", 200)
    send("HEAD", "/", 200)
    send("GET", "/?q=salt&sort=price", 200)
    send("GET", "/?page=2", 200)
    send("GET", "/?shelf=NOVEL", 200)
    send("GET", "/?page=99", 404)
    send("GET", "/search?q=ow", 200)
    send("GET", "/book/1", 200)
    send("GET", "/book/4", 200)
    send("GET", "/book/999", 404)
    send("POST", "/book/1", 422, data={"stars": "5", "text": "short"})
    send("POST", "/book/1", 302, data={"stars": "5", "text": "long enough to be a review"})
    send("GET", "/cart", 200)
    send("POST", "/cart/1", 302, data={"count": "2"})
    send("POST", "/cart/1", 302, data={"count": "200"})
    send("GET", "/cart", 200)
    send("POST", "/coupon", 422, data={"code": "<nothing>"})
    send("POST", "/coupon", 302, data={"code": "spring10"})
    send("GET", "/checkout", 302)
    send("GET", "/gift-card?friends=3", 200)
    send("GET", "/gift-card?friends=0", 500)
    send("GET", "/account/login", 200)
    send("POST", "/account/login", 401, data={"email": "nora@example.com", "password": "wrong"})
    send("GET", "/account/register", 200)
    send("POST", "/account/register", 200, data={"name": "", "email": "x", "password": "y", "again": "z"})
    send("POST", "/account/login", 302, data={"email": "nora@example.com", "password": "a good long password"})
    send("GET", "/account/", 200)
    send("POST", "/book/2", 302, data={"stars": "3", "text": "long enough to be a review"})
    send("GET", "/checkout", 200)
    address = {"street": "Elm Row 7", "city": "Leeds", "delivery": "bike", "card_number": "4111 1111 1111 1111"}
    send("POST", "/checkout", 422, data={**address, "postcode": "LS1"})
    send("POST", "/checkout", 302, data={**address, "postcode": "04109"})
    send("GET", "/account/order/1", 200)
    send("GET", "/account/order/99", 404)
    send("POST", "/account/logout", 302, data={})
    send("GET", "/static/shop.css", 200)
    send("GET", "/static/shop.css", 206, headers={"Range": "bytes=10-40"})
    etag = twins.clients[1].get("/static/shop.css").headers["ETag"]
    send("GET", "/static/shop.css", 304, headers={"If-None-Match": etag})
    send("OPTIONS", "/cart", 200)
    routes = {rule.endpoint for rule in twins.apps[0].url_map.iter_rules() if not rule.endpoint.startswith("replay.")}
    assert routes == WALKED == twins.seen
