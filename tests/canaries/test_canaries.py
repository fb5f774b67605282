"""Hundreds of secrets, each with another name, input and encoding: none is kept, and none is shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from simple_websocket import Client, ConnectionClosed

from flask_replay.sanitize.names import sensitive

from ..browsing import serve
from .__main__ import free_port
from .app import create_app, planned
from .names import NAMES
from .plan import WRITINGS, Canary
from .search import Search, unpacked
from .serving import HTTPVisitor, Site
from .visiting import send

__all__ = ["serve"]

LIMITS = {"REPLAY_MAX_UNCONFIRMED": 10**6, "REPLAY_MAX_RECORDINGS": 10**6}


class Visitor(FlaskClient):
    """Reads responses to their end, like browsers."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app, app.response_class)

    def open(self, *arguments: Any, **options: Any) -> Any:
        """Send a request, and read the response."""
        with super().open(*arguments, **options) as response:
            response.get_data()
        return response


def found_in(folder: Path, canaries: list[Canary]) -> list[str]:
    """Return the secrets in the files below a folder, with the files."""
    search = Search({canary.number: canary.value for canary in canaries})
    places = {
        (number, path.parent.name)
        for path in folder.rglob("*")
        if path.is_file()
        for number in search.find(path.read_bytes())
    }
    return [f"{canaries[number]}: {place}" for number, place in sorted(places)]


def shown_by(app: Flask) -> bytes:
    """Return what the player shows of all recordings."""
    client = app.test_client()
    with app.app_context():
        ids = [
            summary.id
            for summary in app.extensions["replay"].replay.recordings.summaries(limit=10**6)
        ]
    shown = [client.get("/replay/").data]
    for id in ids:
        steps = client.get(f"/replay/{id}/steps.json")
        shown.append(steps.data)
        for number, _ in enumerate(steps.get_json()["steps"]):
            shown += [
                client.get(f"/replay/{id}/{kind}").data
                for kind in (f"step/{number}.json", f"page/{number}")
            ]
    return b"\n".join(shown)


def test_no_secret_is_kept(tmp_path: Path) -> None:
    """Each by one input, one output and one encoding. Then every file is searched, whatever its
    format.
    """
    canaries = planned(few=True)
    app = create_app(str(tmp_path), canaries, **LIMITS)
    assert len(canaries) > 600
    assert len({canary.value for canary in canaries}) == len(canaries)
    for canary in canaries:
        visitor, other = Visitor(app), Visitor(app)
        visitor.open("/sink")
        send(canary, visitor, other)
    with app.app_context():
        app.extensions["replay"].replay.finalize()
        kept = len(app.extensions["replay"].replay.recordings.summaries(limit=10**6))
    assert kept >= len(canaries)
    assert "\n".join(found_in(tmp_path, canaries)) == ""


def test_no_secret_of_a_socket_is_kept_or_shown(
    tmp_path: Path, serve: Callable[[Flask], str]
) -> None:
    """Of messages in both directions, in every encoding. The player shows only what is kept."""
    canaries = [
        canary._replace(number=number, writing=writing)
        for number, (canary, writing) in enumerate(zip(planned(), WRITINGS, strict=False))
    ]
    app = create_app(str(tmp_path), canaries, **LIMITS)
    address = serve(app)
    for canary in canaries:
        socket = Client.connect(f"{address.replace('http', 'ws')}/socket/{canary.number}")
        socket.send(json.dumps({canary.name: canary.value}))
        received = [socket.receive(timeout=30) for _ in range(4)]
        assert received[0] == json.dumps({"q": canary.written})
        with suppress(ConnectionClosed):  # by the server, which has sent everything
            socket.receive(timeout=30)
    with app.app_context():
        app.extensions["replay"].replay.flush()
        app.extensions["replay"].replay.finalize()
    assert "\n".join(found_in(tmp_path, canaries)) == ""
    assert Search({canary.number: canary.value for canary in canaries}).find(shown_by(app)) == set()


def test_a_secret_sent_to_one_worker_is_not_kept_by_another(tmp_path: Path) -> None:
    """Under gunicorn with two workers: a later request shows it under a harmless name."""
    canaries = planned()
    shown_later = [canary for canary in canaries if canary.place in {"later", "second query"}]
    assert len(shown_later) >= 30
    site = Site(tmp_path, "nasty", "", 1, free_port())
    with site.serve():
        for canary in shown_later:
            visitor, other = HTTPVisitor(site.port), HTTPVisitor(site.port)
            visitor.open("/sink")
            send(canary, visitor, other)
    site.replay("finalize")
    assert "\n".join(found_in(tmp_path, canaries)) == ""


@pytest.mark.parametrize("writing", WRITINGS)
def test_the_search_finds_each_encoding(writing: str, tmp_path: Path) -> None:
    """Otherwise it would report that nothing is there."""
    for canary in planned(few=True)[:24]:
        text = canary._replace(writing=writing).written
        assert Search({1: canary.value}).find(f"<p>{text}</p>".encode()) == {1}, text


def test_the_search_reads_compressed_files() -> None:
    """Recordings and templates are compressed."""
    import brotli

    assert "abcdefgh" in "".join(unpacked(brotli.compress(b"abcdefgh")))


@pytest.mark.parametrize("name", NAMES)
def test_names_of_other_lists_are_recognized(name: str) -> None:
    """Those that other scrubbers document, and those of sites in other languages."""
    assert sensitive(name)
