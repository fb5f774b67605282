"""A saved file plays a recording anywhere: from a disk, without a network."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, render_template_string
from playwright.sync_api import Browser, expect

from flask_replay import Replay
from flask_replay.engine.replaying import Renderer
from flask_replay.player.assets import folder
from flask_replay.player.embedded_files import EmbeddedFiles
from flask_replay.player.scenes import Scenes
from flask_replay.recording.model import Recording
from flask_replay.recording.summary import RecordingStatus, Summary

from ..conftest import replay_of

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><rect width="40" height="40" fill="{}"/></svg>'
PAGE = """<!doctype html><title>{{ name }}</title><link rel=stylesheet href="/static/site.css">
<h1>{{ name }}</h1><img id=own src="/chart/{{ name }}"><img id=gone src="{{ elsewhere }}/x.png">
<script>document.title = "ran"; top.document.title = "ran"</script></script><a href="/two">on</a>"""


@pytest.fixture
def asked() -> list[str]:
    """Return the requests to another host."""
    return []


@pytest.fixture
def app(tmp_path: Path, serve: Callable[[Flask], str], asked: list[str]) -> Flask:
    """Return an app with a stylesheet that imports another, which refers to an image, and each
    other.
    """
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "site.css").write_text("@import 'more.css'; h1 { color: rgb(1, 2, 3) }")
    (tmp_path / "static" / "more.css").write_text(
        "@import 'site.css'; h1 { background: url(dot.svg) }"
    )
    (tmp_path / "static" / "dot.svg").write_text(SVG.format("red"))
    app = Flask("saved", root_path=str(tmp_path), instance_path=str(tmp_path / "instance"))
    app.config.update(SECRET_KEY="test", REPLAY_ENABLED=True)
    watched = Flask("watched")

    @watched.get("/x.png")
    def image() -> str:
        asked.append("x.png")
        return ""

    elsewhere = serve(watched)
    app.add_url_rule(
        "/<name>", "page", lambda name: render_template_string(PAGE, name=name, elsewhere=elsewhere)
    )
    app.add_url_rule(
        "/chart/<name>",
        "chart",
        lambda name: Response(SVG.format("green"), mimetype="image/svg+xml"),
    )
    Replay(app, authorize=lambda action, recording: True)
    return app


@pytest.fixture
def saved(app: Flask, tmp_path: Path) -> Path:
    """Visit some pages, and save the recording with the command."""
    client = app.test_client()
    for path in ("/one", "/chart/one", "/two", "/chart/two", "/three"):
        client.get(path).close()
    with app.app_context():
        replay_of(app).finalize()
        id = replay_of(app).recordings.summaries()[0].id
    file = tmp_path / "recording.html"
    result = app.test_cli_runner().invoke(args=["replay", "export", id, "--html", str(file)])
    assert result.exit_code == 0, result.output
    return file


@pytest.mark.parametrize("offline", [True, False])
def test_a_saved_file_plays_without_a_network(
    saved: Path, browser: Browser, asked: list[str], offline: bool
) -> None:
    """With pages, their files and verdicts. No script of a page runs, and no request is sent even
    if there is a network.
    """
    context = browser.new_context(viewport={"width": 1280, "height": 800}, offline=offline)
    page = context.new_page()
    page.goto(saved.as_uri())
    expect(page.locator("body")).to_have_attribute("data-ready", "true")
    frame = page.frame_locator("#screen iframe:not(.coming)")
    for number, name in enumerate(("one", "two", "three")):
        page.locator("#events > li button").nth((0, 2, 4)[number]).click()
        expect(frame.locator("h1")).to_have_text(name)
        expect(page.locator("#verdict")).to_contain_text("identical")
    heading = frame.locator("h1")
    expect(heading).to_have_css("color", "rgb(1, 2, 3)")
    assert "data:image/svg+xml" in heading.evaluate(
        "(element) => getComputedStyle(element).backgroundImage"
    )
    page.locator("#events > li button").first.click()
    expect(frame.locator("h1")).to_have_text("one")
    assert frame.locator("#own").evaluate("(image) => image.complete && image.naturalWidth") == 40
    assert page.title() != "ran"
    page.get_by_role("button", name="Story").click()
    page.locator("#story .lines button", has_text="two").click()
    expect(frame.locator("h1")).to_have_text("two")
    page.get_by_role("button", name="State").click()
    expect(page.locator("#state .values")).to_contain_text('name "two"')
    page.get_by_label("changes only").check()
    expect(page.locator("#state .flat li")).to_have_text(["name: 'one' → 'two'"])
    page.get_by_role("button", name="Template").click()
    expect(page.locator("#source code", has_text="{{ name }}").first).to_be_visible()
    page.keyboard.press("p")  # which asks the server to mark what made the page
    expect(page.get_by_label("inspect")).not_to_be_checked()
    expect(page.locator("#screen iframe:not(.coming)")).to_have_attribute("sandbox", "")
    assert asked == []
    context.close()


def held_by(saved: Path) -> dict[str, Any]:
    """Return the content of a file."""
    packed = re.search(rb'id="saved">([^<]*)<', saved.read_bytes())
    assert packed is not None
    held: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(packed[1])))
    return held


def test_a_saved_file_shows_how_pages_were_left(saved: Path) -> None:
    """A link led from the first page to the second. The address of the third was typed."""
    pages = [step for step in held_by(saved)["of"] if "then" in step]
    ways = [(step["way"]["kind"], step["way"]["marked"]) for step in pages]
    assert ways == [("typed address", False), ("link", True), ("typed address", False)]
    assert [list(step.get("left", {})) for step in pages] == [["2"], [], []]


def test_a_saved_file_is_little_larger_than_its_content(saved: Path) -> None:
    """At most one and a half times the compressed content, including the player."""
    text, held = saved.read_bytes(), held_by(saved)
    player = b"".join(path.read_bytes() for path in sorted(Path(folder("static")).glob("*.*")))
    files = b"".join(
        content.encode() if text else base64.b64decode(content)
        for _, content, text in held["files"]
    )
    pages = json.dumps([held["of"], held["steps"], held["lines"], held["body"]]).encode()
    assert len(text) < 1.5 * len(gzip.compress(player + files + pages))


def test_the_player_offers_it_to_people_who_may_export(app: Flask, saved: Path) -> None:
    """As a download, and to nobody else."""
    with app.app_context():
        recording = replay_of(app).recordings.summaries()[0].id
    answer = app.test_client().get(f"/replay/{recording}/offline.html")
    assert (
        answer.headers["Content-Disposition"]
        == f'attachment; filename="recording-{recording}.html"'
    )
    assert len(answer.data) == pytest.approx(saved.stat().st_size, rel=0.01)


@pytest.mark.parametrize("option", [("--decrypt",), ("--format", "json")])
def test_options_that_make_no_sense_with_it_are_refused(
    app: Flask, tmp_path: Path, option: tuple[str, ...]
) -> None:
    """With a message, and nothing is written."""
    file = tmp_path / "x.html"
    result = app.test_cli_runner().invoke(
        args=["replay", "export", "any", "--html", str(file), *option]
    )
    assert result.exit_code == 2
    assert "excludes --format and --decrypt" in result.output
    assert not file.exists()


def test_a_missing_recording_is_reported(app: Flask, tmp_path: Path) -> None:
    """In one line."""
    result = app.test_cli_runner().invoke(
        args=["replay", "export", "01jd3m4yq8x7c5tkz2v9bnw6ef", "--html", str(tmp_path / "x")]
    )
    assert (result.exit_code, result.output.count("\n")) == (1, 1)
    assert "there is no finished recording" in result.output.lower()


def test_nested_frames_are_bounded(app: Flask) -> None:
    """Each of these pages has four frames. The file does not grow with the depth."""
    state = app.extensions["replay"]
    recording = Recording(summary=Summary(id="r", status=RecordingStatus.FINISHED), batches=())
    files = EmbeddedFiles(Scenes(state.recordings, Renderer(state.recordings.document)), recording)
    for number in range(1, 9):
        files.contents.append(
            ("text/html", f"<b>{number}</b>{f'{files.place}{number} ' * 4}", True)
        )
    page = files.placed(f"{files.place}0")
    assert len(page) < 10_000
    for level in (1, 2, 3):
        content = base64.b64decode(page.partition("base64,")[2].partition(" ")[0]).decode()
        assert content.startswith(f"<b>{level}</b>")
        page = content


def test_pages_that_are_no_longer_shown_are_released(
    app: Flask, tmp_path: Path, browser: Browser
) -> None:
    """The file makes addresses for pages without a doctype."""
    app.add_url_rule(
        "/old/<name>", "old", lambda name: render_template_string("<h1>{{ name }}</h1>", name=name)
    )
    client = app.test_client()
    for path in ("/old/one", "/old/two", "/old/three"):
        client.get(path).close()
    with app.app_context():
        replay_of(app).finalize()
        id = replay_of(app).recordings.summaries()[0].id
    file = tmp_path / "old.html"
    app.test_cli_runner().invoke(args=["replay", "export", id, "--html", str(file)])
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.add_init_script(
        "globalThis.held = []; const { createObjectURL, revokeObjectURL } = URL;"
        "URL.createObjectURL = (one) => { held.push(createObjectURL(one)); return held.at(-1) };"
        "URL.revokeObjectURL = (one) => { held.splice(held.indexOf(one), 1); revokeObjectURL(one) };"
    )
    page.goto(file.as_uri())
    expect(page.locator("body")).to_have_attribute("data-ready", "true")
    frame = page.frame_locator("#screen iframe:not(.coming)")
    for number, name in enumerate(("one", "two", "three", "one")):
        page.locator("#events > li button").nth(number % 3).click()
        expect(frame.locator("h1")).to_have_text(name)
    page.wait_for_function("held.length === 0", timeout=3_000)
    context.close()
