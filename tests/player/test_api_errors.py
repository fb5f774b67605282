"""The HTTP API always answers with JSON, whatever is requested."""

from __future__ import annotations

import itertools
import logging
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from flask_replay.storage import FileStorage
from flask_replay.storage.recordings import Recordings
from flask_replay.web.api import token_hash

from .handmade import TOUR, keep, make_app

AUTHORIZED = {"Authorization": "Bearer replay_desk"}
PATHS = (
    *("", "/", "//", "/%2f", "/%00", "/nothing", "//nothing", "/../health.json"),
    *("/recordings", "/recordings/", "//recordings", "/recordings//", "/recordings/x", "/errors/x"),
    *("/recordings?limit=x", "/recordings?limit=1&limit=2", "/openapi.json/", "/recordings/%ff"),
    *("{one}/", "{one}/frames", "{one}/frames/-1", "{one}/pages/1.5", "{one}/pages/9" + "9" * 30),
    *("{one}/tags", "{one}/tags/", "{one}/tags/%2f", "{one}/tags//", "{one}/tags/..", "{one}/fail"),
    *("{one}/notes/%2f", "{one}/notes/x/y", "{one}/actions"),
)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE")
BODIES = (None, b"", b"{", b"[]", b"null", b"\xff", b"{}" * 60_000, b"[" * 50_000, b'{"tag": 1}')


@pytest.fixture
def app(folder: Path) -> Flask:
    """Return an app that has a token for a program, and accepts no large bodies."""
    tokens = {"desk": f"note:{token_hash('replay_desk')}"}
    app = make_app(folder, lambda action, recording: True, debug=False, REPLAY_API_TOKENS=tokens)
    app.config["MAX_CONTENT_LENGTH"] = 100_000
    return app


@pytest.mark.parametrize("path", PATHS)
def test_every_response_is_json(app: Flask, storage: FileStorage, path: str) -> None:
    """Even for unknown addresses, unsupported methods and missing bodies."""
    client, one = app.test_client(), f"/recordings/{keep(storage, TOUR)}"
    place = f"/replay/api{path.format(one=one)}"
    socket = {"Connection": "Upgrade", "Upgrade": "websocket"}
    sent: list[dict[str, Any]] = [{"method": method} for method in METHODS]
    sent += [{"method": "POST", "data": body, "content_type": "text/xml"} for body in BODIES]
    sent += [{"method": "GET", "headers": socket}]
    for one_request, known in itertools.product(sent, ({}, AUTHORIZED)):
        headers = {**one_request.get("headers", {}), **known}
        answer = client.open(place, **{**one_request, "headers": headers})
        assert answer.mimetype == "application/json", one_request
        if answer.status_code >= 400:
            assert answer.get_json().keys() == {"error"}


def test_an_unsupported_method_is_refused_with_the_supported_ones(
    app: Flask,
) -> None:
    """So is an unknown method. An unknown address lists no methods."""
    client = app.test_client()
    answer = client.delete("/replay/api/recordings")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS, POST")
    assert answer.get_json() == {
        "error": "/replay/api/recordings takes GET, HEAD, OPTIONS and POST, not DELETE"
    }
    assert client.delete("/replay/api/nothing").status_code == 404


def test_a_tag_that_begins_with_a_slash_is_removed(app: Flask, storage: FileStorage) -> None:
    """It can be removed just as it was added."""
    tags = f"/replay/api/recordings/{keep(storage, TOUR)}/tags"
    client = app.test_client()
    for tag in ("/", "/vip", "a//b"):
        added = client.post(tags, json={"tag": tag}, headers=AUTHORIZED)
        assert added.get_json() == {"tags": [tag]}
        removed = client.delete(f"{tags}/{tag.replace('/', '%2f')}", headers=AUTHORIZED)
        assert (removed.status_code, removed.get_json()) == (200, {})


def test_a_failure_is_reported_like_the_apps_own_failures(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, and raised while testing. The program gets no details."""

    def fail(self: Recordings, *arguments: object, **named: object) -> None:
        raise RuntimeError("a secret of the store's")

    monkeypatch.setattr(Recordings, "found", fail)
    with caplog.at_level(logging.ERROR):
        answer = app.test_client().get("/replay/api/recordings", headers=AUTHORIZED)
    assert (answer.status_code, answer.mimetype) == (500, "application/json")
    assert "secret" not in answer.text and "a secret of the store's" in caplog.text
    app.testing = True
    with pytest.raises(RuntimeError):
        app.test_client().get("/replay/api/recordings", headers=AUTHORIZED)
