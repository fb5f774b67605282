"""A visitor who sends the secrets to an app in this process or to a server."""

from __future__ import annotations

import base64
from collections.abc import Callable
from io import BytesIO
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from .plan import Canary


class Client(Protocol):
    """Sends requests, as Werkzeug's test client does."""

    def open(self, path: str, **options: Any) -> Any:
        """Send a request, and read the response."""

    def set_cookie(self, key: str, value: str) -> Any:
        """Send a cookie with each request from now on."""


def _sent(canary: Canary) -> dict[str, Any]:
    """Return how a request carries the secret."""
    name, value = canary.name, canary.value
    ways: dict[str, Callable[[], dict[str, Any]]] = {
        "form": lambda: {"data": {name: value, "city": "Ulm"}},
        "multipart": lambda: {
            "data": {name: value, "city": "Ulm"},
            "content_type": "multipart/form-data",
        },
        "nested form": lambda: {"data": {f"user[{name}]": value}},
        "query": lambda: {"query_string": {name: value, "page": "2"}},
        "JSON": lambda: {"json": {name: value, "city": "Ulm"}},
        "deep JSON": lambda: {"json": {"a": [{"b": {name: value}}]}},
        "named JSON": lambda: {"json": [{"name": name, "value": value}]},
        "header": lambda: {"headers": {"X-Secret-Token": value}},
        "Authorization": lambda: {"headers": {"Authorization": f"Bearer {value}"}},
        "Basic": lambda: {"headers": {"Authorization": _basic(value)}},
    }
    return ways.get(canary.source, dict)()


def _basic(value: str) -> str:
    return "Basic " + base64.b64encode(f"ann:{value}".encode()).decode()


def send(canary: Canary, visitor: Client, other: Client) -> None:
    """Send one secret, and request the pages that show it.

    :param other: another visitor, who gets what the app stored.
    """
    number, name, value = canary.number, canary.name, canary.value
    if "cookie" in canary.source or "cookie" in canary.place:
        visitor.set_cookie("token", quote(value))
    options = _sent(canary)
    method = "POST" if options.keys() & {"data", "json"} else "GET"
    path = f"/echo/{number}"
    if canary.source == "path":
        path = f"/echo/{number}/{quote(value, safe='')}/end"
    if canary.source == "app":
        visitor.open(
            f"/own/{number}", method="POST" if canary.place == "form" else "GET", **_asked(canary)
        )
        return
    if canary.place == "uploaded file":
        data = {name: value, "file": (BytesIO(b"x"), f"a-{quote(value)}.csv")}
        visitor.open(
            f"/upload/{number}", method="POST", data=data, content_type="multipart/form-data"
        )
        return
    visitor.open(path, method=method, **options)
    match canary.place:
        case "later":
            for ending in ("", "/literal"):
                visitor.open(f"/later/{number}{ending}")
                other.open(f"/later/{number}{ending}")
        case "Referer":
            query = urlencode({name: value})
            visitor.open("/sink", headers={"Referer": f"http://localhost/sink?{query}"})
            visitor.open(
                "/sink", headers={"Referer": f"http://localhost/reset/{quote(value, safe='')}"}
            )
        case "HX-Current-URL":
            visitor.open(
                "/sink",
                headers={
                    "HX-Request": "true",
                    "HX-Current-URL": f"http://localhost/sink?q={quote(value)}",
                },
            )
        case "next":
            visitor.open("/sink?next=" + quote(f"/reset/{quote(value, safe='')}?a=1", safe=""))
        case "second query":
            visitor.open("/sink?" + urlencode({"q": canary.written}))


def _asked(canary: Canary) -> dict[str, Any]:
    match canary.place:
        case "headers" | "environ":
            return {"headers": {"X-Api-Key": canary.value, "Authorization": _basic(canary.value)}}
        case "form":
            return {"data": {canary.name: canary.value}}
        case "query":
            return {"query_string": {canary.name: canary.value}}
        case _:
            return {}
