"""What keeps the player fast, however long a recording is."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import brotli
import pytest
from flask import Flask, render_template_string

from flask_replay.engine.replaying import Rendered, Renderer
from flask_replay.insight.observing import Observation, ObservingRenderer
from flask_replay.recording.events import Frame
from flask_replay.storage import FileStorage, Recordings

from ..conftest import recordings_of, replay_of
from .handmade import keep, make_app, page, step
from .screen import Screen

LONG = [
    step(100 * number, f"/{number}", page(f"Page {number}") if number % 10 == 0 else None)
    for number in range(1100)
]


def test_steps_come_in_compressed_pages(app: Flask, storage: FileStorage) -> None:
    """Each names the start of the next one. Browsers without brotli get gzip, or no compression."""
    client, id = app.test_client(), keep(storage, LONG)
    urls: list[str] = []
    start: int | None = 0
    while start is not None:
        told = client.get(f"/replay/{id}/steps.json?from={start}").get_json()
        urls += [one["url"] for one in told["steps"]]
        start = told.get("next")
    assert urls == [f"/{number}" for number in range(1100)]
    assert client.get(f"/replay/{id}/steps.json?from=-5").get_json()["steps"][0]["url"] == "/0"
    assert client.get(f"/replay/{id}/steps.json?from=9999").get_json()["steps"] == []
    whole = client.get(f"/replay/{id}/steps.json")
    small = client.get(f"/replay/{id}/steps.json", headers={"Accept-Encoding": "gzip, br"})
    assert brotli.decompress(small.data) == whole.data
    assert len(small.data) < len(whole.data) / 10 and "Accept-Encoding" in small.headers["Vary"]
    assert (
        client.get(f"/replay/{id}/steps.json", headers={"Accept-Encoding": "gzip"}).content_encoding
        == "gzip"
    )


def test_own_files_are_small_and_cached_by_their_content(app: Flask, storage: FileStorage) -> None:
    """A page names all modules that it needs. An address of another version is never cached."""
    client = app.test_client()
    html = client.get(f"/replay/{keep(storage, LONG[:1])}").text
    addresses = set(re.findall(r'(?:src|href)="(/replay/static/[^"]+)"', html))
    size = whole = 0
    for address in addresses:
        answer = client.get(address, headers={"Accept-Encoding": "br"})
        assert "immutable" in answer.headers["Cache-Control"]
        size += len(answer.data)
        text = client.get(address).text
        whole += len(text)
        script = text if address.endswith(".js") else ""
        names = re.findall(r'from "\./([\w.]+)"', script)
        assert {f"{address.rpartition('/')[0]}/{name}" for name in names} <= addresses
    assert size < 120 * 1024
    assert whole < 150 * 1024
    other = re.sub("static/[0-9a-f]+/", "static/0123456789abcdef/", min(addresses))
    assert client.get(other).headers["Cache-Control"] == "no-store"


def test_a_long_recording_is_played_to_its_end(
    play: Callable[..., Screen], storage: FileStorage
) -> None:
    """Its steps are loaded page by page, and the list keeps few of them. Going back loads nothing."""
    screen = play(keep(storage, LONG))
    assert screen.title == "Page 0"
    screen.press("End")
    assert (screen.current, screen.title) == (1099, "Page 1090")
    assert screen.tab.locator("#events li").count() < 100
    assert screen.tab.locator("iframe").count() <= 3
    with screen.tab.expect_response("**/verdict/40.json*"):  # the page ahead is prepared, too
        screen.press("Home", "Shift+ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight")
    assert screen.title == "Page 30"
    screen.settle()
    served = counted(screen)
    screen.press("Shift+ArrowLeft", "Shift+ArrowLeft")
    assert screen.title == "Page 10"
    assert [address for address in served if "/page/" in address or "/verdict/" in address] == []


def counted(screen: Screen) -> list[str]:
    """Return a list of addresses to which later requests of the browser are added."""
    session = screen.tab.context.new_cdp_session(screen.tab)
    served: list[str] = []
    session.send("Network.enable")

    def note(event: dict[str, Any]) -> None:
        if not event["response"].get("fromDiskCache"):
            served.append(event["response"]["url"])

    session.on("Network.responseReceived", note)
    return served


def test_a_page_and_its_verdict_are_rendered_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Although both are requested at once, and then again."""
    app = make_app(folder, recorded=True)
    app.add_url_rule("/hello", "hello", lambda: render_template_string("<p>{{ request.path }}</p>"))
    app.test_client().get("/hello").close()
    (recording,) = recordings_of(app)
    root, rendered = f"/replay/{recording.summary.id}", []
    render = Renderer.render

    def counting(self: Renderer, frame: Frame) -> Rendered:
        rendered.append(frame)
        return render(self, frame)

    monkeypatch.setattr(Renderer, "render", counting)
    with ThreadPoolExecutor(4) as pool:
        asked = [f"{root}/page/0", f"{root}/verdict/0.json", f"{root}/way/0.json"] * 3
        statuses = pool.map(lambda address: app.test_client().get(address).status_code, asked)
    assert set(statuses) == {200}
    assert len(rendered) == 1


def test_a_story_is_made_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For a finished recording, whoever requests it. Templates are read once for all pages."""
    app = make_app(folder, recorded=True)
    app.add_url_rule("/hello", "hello", lambda: render_template_string("<p>{{ request.path }}</p>"))
    client = app.test_client()
    for number in range(3):
        client.get(f"/hello?{number}").close()
    (recording,) = recordings_of(app)
    rendered, read = [], []
    observe, document = ObservingRenderer.observe, Recordings.document

    def counting(self: ObservingRenderer, frame: Frame) -> Observation:
        rendered.append(frame)
        return observe(self, frame)

    def reading(self: Recordings, key: str) -> bytes:
        read.append(key)
        return document(self, key)

    monkeypatch.setattr(ObservingRenderer, "observe", counting)
    monkeypatch.setattr(
        app.extensions["replay"].observing, "documents", reading.__get__(replay_of(app).recordings)
    )
    stories = [
        client.get(f"/replay/{recording.summary.id}/story.json").get_json() for _ in range(2)
    ]
    assert stories[0] == stories[1] and len(stories[0]["lines"]) == 3
    assert len(rendered) == 3
    assert sorted(read) == sorted(set(read))
