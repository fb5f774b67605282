"""A program's run in the player: its actions in the list, its snapshots on the stage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from flask_replay import FileStorage, ProgramRecording, Replay

from ..conftest import replay_of
from .screen import Screen

FORM = """<!doctype html><html><head><style>body{font:16px sans-serif;padding:2rem}</style></head><body>
<h1>Checkout</h1><form><p>Name <input name="name" value="Ann Page"></p>
<p>Card <input type="password" value="4111111111111111"></p><button id="buy" onclick="alert(1)">Buy</button></form>
<script>document.title = "ran"; document.body.innerHTML = "<h1>a script ran</h1>"</script></body></html>"""


def screenshot(text: str, size: tuple[int, int] = (1280, 720)) -> bytes:
    picture = Image.new("RGB", size, "#f4efe6")
    draw = ImageDraw.Draw(picture)
    draw.text((80, 60), text, fill="#222", font_size=40)
    draw.rounded_rectangle((80, 300, 280, 360), 12, fill="#2a5fd0")
    draw.text((130, 312), "Add to cart", fill="white", font_size=20)
    file = BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def app(folder: Path) -> Iterator[Flask]:
    """Return an app that records, with its context."""
    app = Flask("small", static_folder=None)
    app.config.update(SECRET_KEY="only for tests")
    app.debug = True
    Replay(app, storage=FileStorage(folder))
    with app.app_context():
        yield app


def run(app: Flask, **said: Any) -> ProgramRecording:
    """Record a run with each kind of snapshot."""
    with replay_of(app).start("gift bot", metadata=said) as recording:
        recording.record_action(
            "navigate", value="http://shop.example/books/7", screenshot=screenshot("Emma")
        )
        where = {"box": [80, 300, 200, 60], "url": "http://shop.example/books/7"}
        recording.record_action(
            "click", "#add", screenshot=screenshot("Emma"), dom_snapshot=FORM, metadata=where
        )
        recording.record_action("wait", value=200)
        recording.record_action("type", "input[name=name]", "Ann Page", dom_snapshot=FORM)
        recording.record_action("type", "input[type=password]", "4111111111111111")
        recording.record_action(
            "click", "#buy", dom_snapshot=FORM, metadata={"url": "http://shop.example/checkout"}
        )
    return recording


def test_the_steps_are_the_actions(app: Flask) -> None:
    """Those with a snapshot have a page."""
    id = run(app).id
    steps = app.test_client().get(f"/replay/{id}/steps.json").get_json()["steps"]
    assert [(step["method"], step["url"], step.get("shows") == "snapshot") for step in steps] == [
        ("run", "began", False),
        ("navigate", "http://shop.example/books/7", True),
        ("click", "#add", True),
        ("wait", "200", False),
        ("type", "input[name=name]", True),
        ("type", "input[type=password]", False),
        ("click", "#buy", True),
        ("run", "completed", False),
    ]
    assert [step.get("both", False) for step in steps][2:5] == [True, False, False]
    program = app.test_client().get(f"/replay/{id}/step/2.json").get_json()["program"]
    assert (
        program["number"] == 2
        and program["selector"] == "#add"
        and program["screenshot"].startswith("1280 × 720, ")
    )
    assert app.test_client().get(f"/replay/{id}/way/2.json").get_json()["kind"] == "action"


def test_metadata_of_a_program_cannot_replace_facts_of_the_recorder(app: Flask) -> None:
    """It is shown in a section of its own."""
    with app.app_context(), replay_of(app).start("bot") as recording:
        recording.record_action(
            "click", "#add", metadata={"number": 99, "action": "nothing", "mood": "good"}
        )
    program = app.test_client().get(f"/replay/{recording.id}/step/1.json").get_json()["program"]
    assert (program["action"], program["number"], program["mood"]) == ("click", 1, "good")


def test_a_snapshot_is_inert(app: Flask) -> None:
    """Its headers disable whatever it contains, wherever it is opened."""
    client, id = app.test_client(), run(app).id
    for address in (f"/replay/{id}/page/2", f"/replay/{id}/page/2?as=dom"):
        response = client.get(address)
        assert response.status_code == 200
        assert response.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert "data:image/png;base64," in client.get(f"/replay/{id}/page/2").get_data(as_text=True)
    assert client.get(f"/replay/{id}/verdict/2.json").get_json()["text"] == "a screenshot"
    assert client.get(f"/replay/{id}/verdict/2.json?as=dom").get_json()["text"] == "a DOM snapshot"


@pytest.mark.parametrize(
    "selector",
    ["p{} body{background:url(//evil)}", "</style><h1>", "a;b", "@import 'x'", "\\7b", "/**/"],
)
def test_a_hostile_selector_affects_no_style(app: Flask, selector: str) -> None:
    """It is only shown as text."""
    with replay_of(app).start("hostile") as recording:
        recording.record_action(
            "click", selector, dom_snapshot="<p>page", metadata={"box": ["x", 1, 2, '"><b>']}
        )
        recording.record_action(
            "click",
            selector,
            screenshot=screenshot("x"),
            metadata={"box": ["x", 1, 2, '"><b>'], "url": "javascript:x"},
        )
    client = app.test_client()
    assert "<style>" not in client.get(f"/replay/{recording.id}/page/1").get_data(as_text=True)
    assert "<b>" not in client.get(f"/replay/{recording.id}/page/2").get_data(as_text=True)


def test_a_missing_snapshot_is_reported(app: Flask) -> None:
    """The rest plays."""
    recording = run(app)
    storage = replay_of(app).recordings.storage
    storage.delete_template(recording.timeline()[0]["screenshot_key"])
    text = app.test_client().get(f"/replay/{recording.id}/page/1").get_data(as_text=True)
    assert "This snapshot is gone" in text


def test_the_list_shows_failed_runs(app: Flask) -> None:
    """Beside the name."""
    with replay_of(app).start("broken bot") as recording:
        recording.fail("no such button")
    text = app.test_client().get("/replay/").get_data(as_text=True)
    assert "broken bot" in text and ">failed</a>" in text
    with replay_of(app).start("working bot") as recording:
        recording.record_action("click")
    client = app.test_client()
    for status, listed in (
        ("failed", [True, False]),
        ("finished", [False, True]),
        ("live", [False, False]),
    ):
        text = client.get(f"/replay/?status={status}").get_data(as_text=True)
        assert ["broken bot" in text, "working bot" in text] == listed
    assert "broken bot" in client.get("/replay/?status=junk").get_data(as_text=True)


def test_the_player_shows_what_the_program_saw(
    app: Flask, serve: Callable[[Flask], str], tab: Page
) -> None:
    """The screenshot with the clicked element, and the DOM on demand. No script in it runs."""
    recording = run(app, continues="01jd3m4yq8x7c5tkz2v9bnw6ef", browser="chromium")
    screen = Screen(tab, f"{serve(app)}/replay/{recording.id}")
    assert screen.current == 1  # before that there is nothing to look at
    screen.press("Home")
    link = tab.locator("#details a", has_text="01jd3m4yq8x7c5tkz2v9bnw6ef")
    expect(link).to_have_attribute("href", "01jd3m4yq8x7c5tkz2v9bnw6ef")
    screen.press("ArrowRight", "ArrowRight")
    expect(tab.locator("#url")).to_have_text("http://shop.example/books/7")
    expect(tab.locator("#verdict")).to_have_text("a screenshot")
    picture = screen.page.locator("img")
    assert picture.evaluate("(image) => image.complete && image.naturalWidth") == 1280
    mark, whole = screen.page.locator("i").bounding_box(), picture.bounding_box()
    assert mark is not None and whole is not None
    assert abs((mark["x"] - whole["x"]) / whole["width"] - 80 / 1280) < 0.01
    tab.get_by_role("button", name="show the DOM").click()
    expect(tab.locator("#verdict")).to_have_text("a DOM snapshot")
    assert screen.title == "Checkout"
    screen.press("End", "ArrowLeft")
    expect(tab.get_by_role("button", name="show the DOM")).to_be_hidden()
    assert screen.title == "Checkout"
    outline = screen.page.locator("#buy").evaluate(
        "(button) => getComputedStyle(button).outlineStyle"
    )
    assert outline == "solid"
    assert screen.page.locator("input[type=password]").input_value() == "[redacted]"
    expect(tab.locator("#details")).to_contain_text("#buy")


def test_metadata_of_any_name_is_shown(
    app: Flask, serve: Callable[[Flask], str], tab: Page
) -> None:
    """Even an empty name, or one of a property that all JavaScript objects have."""
    with replay_of(app).start("bot") as recording:
        recording.record_action("click", "#a", metadata={"": "nameless", "constructor": "Ann"})
    Screen(tab, f"{serve(app)}/replay/{recording.id}")
    tab.locator("#events button", has_text="#a").click()
    details = tab.locator("#details")
    expect(details).to_contain_text("nameless")
    expect(details).to_contain_text("ConstructorAnn")
