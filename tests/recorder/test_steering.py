"""What a recording keeps of the headers that tell a page's script what to do, and of its data."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask import Flask, Response, jsonify

from flask_replay.recorder.requests import routes
from flask_replay.recording.events import Request
from flask_replay.sanitize import Sanitizer

from ..conftest import AppMaker, recordings_of


@pytest.fixture
def visited(make_app: AppMaker) -> Flask:
    """An app whose pages respond to scripts."""
    app = make_app()

    @app.get("/part")
    def part() -> Response:
        return Response(
            "<p>part</p>",
            headers={
                "HX-Retarget": "#there",
                "HX-Push-Url": "/at?token=abcdef123456",
                "X-Own": "1",
            },
        )

    @app.get("/reset/<token>")
    def reset(token: str) -> str:
        return "<!doctype html><p>reset</p>"

    @app.get("/data")
    def data() -> Response:
        return jsonify(
            user="ann", api_key="s3cretS3cret", pages=[1, 2], next="/reset?token=t123456789"
        )

    @app.get("/long")
    def long() -> Response:
        return Response('["' + "x" * 300_000 + '"]', mimetype="application/json")

    @app.get("/torn")
    def torn() -> Response:
        return Response("{not json", mimetype="application/json")

    return app


def _asked(app: Flask, path: str, **headers: str) -> Request:
    """Request a path, and return its recorded request."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    app.test_client().get(path, headers=sent)
    (recording,) = recordings_of(app)
    request = recording.batches[-1].request
    assert request is not None
    return request


def test_headers_for_fragments_are_kept(visited: Flask) -> None:
    """Those of htmx, and those that describe the device, but no others."""
    request = _asked(
        visited,
        "/part",
        HX_Request="true",
        HX_Target="there",
        Accept_Language="de",
        User_Agent="Small/1",
        Cookie="own=1",
    )
    assert request.request_headers == {
        "HX-Request": "true", "HX-Target": "there", "Accept-Language": "de", "User-Agent": "Small/1",
    }  # fmt: skip
    assert request.response_headers["HX-Retarget"] == "#there"
    assert "X-Own" not in request.response_headers


def test_addresses_are_kept_without_their_secrets(visited: Flask) -> None:
    """Without parameters and parts of the path under sensitive names."""
    request = _asked(
        visited,
        "/part",
        Referer="http://localhost/reset/hunter2hunter2?next=1&password=hunter3",
        HX_Request="true",
    )
    assert request.request_headers["Referer"] == "/reset/[redacted]?next=1&password=[redacted]"
    assert request.response_headers["HX-Push-Url"] == "/at?token=[redacted]"


@pytest.mark.parametrize(
    "written", ["abc%3ddef=/%c3%a9", "abc%3Ddef%3d%2f%C3%a9", "abc=def=/é", "%61bc=def=/%C3%A9"]
)
def test_a_secret_is_found_however_it_is_encoded(visited: Flask, written: str) -> None:
    """Any letter of an address may be percent-encoded, with upper- or lower-case digits."""
    visited.add_url_rule("/join/<path:token>", "join", lambda token: "<!doctype html><p>join</p>")
    request = _asked(
        visited, "/part", Referer=f"http://localhost/join/{written}".encode().decode("latin-1")
    )
    assert request.request_headers["Referer"] == "/join/[redacted]"


def test_an_address_that_is_too_long_is_not_kept(visited: Flask) -> None:
    """Nor is it matched with the routes, because this may take long and anybody may send one."""
    visited.add_url_rule("/<a>-<b>-<c>/x", "abc", lambda a, b, c: "<!doctype html><p>abc</p>")
    assert (
        "Referer"
        not in _asked(visited, "/part", Referer="http://localhost/" + "-" * 4000).request_headers
    )


def test_concurrent_first_requests_find_all_secrets(
    visited: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one thread prepares the routes, the secrets of another request are found as well."""
    known, make, found = routes.Routes(visited), routes._Rule, list[str]()
    params = Sanitizer().params

    def slow(rule: str) -> Any:
        monkeypatch.setattr(routes, "_Rule", make)
        other = threading.Thread(
            target=lambda: found.append(known.clean("/reset/hunter2", "", params))
        )
        other.start()
        other.join()
        return make(rule)

    monkeypatch.setattr(routes, "_Rule", slow)
    known.clean("/part", "", params)
    assert found == ["/reset/[redacted]"]


def test_only_the_host_of_other_sites_is_kept(visited: Flask) -> None:
    """The rest of the address is not the app's business."""
    assert (
        _asked(
            visited, "/part", Referer="https://user:pw@other.example/private?q=1"
        ).request_headers["Referer"]
        == "https://other.example"
    )


@pytest.mark.parametrize(("path", "data"), [
    ("/data", {"user": "ann", "api_key": "[redacted]", "pages": [1, 2], "next": "/reset?token=[redacted]"}),
    ("/long", None),
    ("/torn", None),
    ("/part", None),
])  # fmt: skip
def test_data_is_kept_sanitized_and_bounded(visited: Flask, path: str, data: Any) -> None:
    """If it is a JSON document and not too long."""
    assert _asked(visited, path, Sec_Fetch_Dest="empty").data == data
