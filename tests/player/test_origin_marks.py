"""A click into the page shows which value, and which line of which template, made the clicked
element.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask, render_template
from jinja2 import DictLoader
from playwright.sync_api import FrameLocator, Page, expect

from flask_replay import Replay
from flask_replay.storage import FileStorage

from ..conftest import recordings_of
from .test_axe import AXE, Looked

TEMPLATES = {
    "base.html": "<!doctype html><title>Shop</title>\n<body><h1>Shop</h1>{% block main %}{% endblock %}</body>",
    "cart.html": '{% extends "base.html" %}\n{% from "parts.html" import price %}\n{% block main %}\n'
    '<table class="{{ kind }}">{% for line in lines %}\n<tr><td>{{ line.book }}</td><td>{{ price(line.cents) }}</td>{% endfor %}</table>\n'
    "<select>{% for line in lines %}<option>{{ line.book|upper }}</option>{% endfor %}</select>\n"
    '<textarea>{{ note }}</textarea><!-- {{ note }} --><script>var x = "{{ note }}"</script>\n'
    '<div id="here" style="width: {{ width }}px; height: 9px"></div><h{{ level }}>Total</h{{ level }}>\n'
    '<p onclick="top.hacked = 1">{{ hostile|safe }}</p>{% endblock %}',
    "part.html": "<i>{{ greeting }}</i>",
    "names.html": "<!doctype html><title>Names</title>"
    '{% for name in names %}<form name="{{ name }}"></form>{% endfor %}'
    '<form id="{{ place }}" style="position: absolute; left: 0; top: 0; width: 200px; height: 40px">'
    '<b style="position: absolute; left: 0; top: 60px">{{ text }}</b>'
    '{% for name in names %}<input name="{{ name }}" hidden>{% endfor %}</form>',
    "parts.html": "{% macro price(cents) %}<b>{{ cents / 100 }}</b> EUR{% endmacro %}",
}


HIDING = [
    *("parentNode", "nodeType", "closest", "getAttribute", "setAttribute", "removeAttribute"),
    *("hasAttribute", "querySelector", "createRange", "createTreeWalker", "currentScript"),
    *("caretPositionFromPoint", "caretRangeFromPoint", "children", "attributes", "dataset"),
]
"""Names of elements that hide properties of the document or of their form."""


@pytest.fixture
def shop(tmp_path: Path) -> Flask:
    """A shop with a cart, which is shown in every kind of place on a page."""
    app = Flask("shop", instance_path=str(tmp_path / "instance"))
    app.config.update(SECRET_KEY="test", REPLAY_ENABLED=True)
    app.jinja_loader = DictLoader(dict(TEMPLATES))
    Replay(app, storage=FileStorage(tmp_path / "store"), authorize=lambda action, recording: True)

    @app.route("/cart")
    def cart() -> str:
        lines = [{"book": f"Book {number}", "cents": 250 * number} for number in range(1, 4)]
        hostile = (
            "<img src=x onerror='top.hacked = 1'><script>top.hacked = 1</script><b id=fine>fine</b>"
        )
        return render_template(
            "cart.html",
            lines=lines,
            kind="gift",
            note="ring --> twice",
            width=200,
            level=3,
            hostile=hostile,
        )

    @app.route("/names")
    def names() -> str:
        return render_template("names.html", names=HIDING, place="here", text="Hello")

    @app.route("/part")
    def part() -> str:
        return render_template("part.html", greeting="Hello")

    @app.route("/wrapped")
    def wrapped() -> str:
        return f"<!doctype html><textarea>{part()}</textarea>"

    client = app.test_client()
    client.get("/cart").close()
    client.get("/cart?again").close()
    return app


@pytest.fixture
def inspected(shop: Flask, serve: Callable[[Flask], str], tab: Page) -> FrameLocator:
    """Return the shown page of a cart, ready to be inspected."""
    tab.goto(f"{serve(shop)}{place_of(shop, '/cart?again')}")
    expect(tab.locator("body")).to_have_attribute("data-ready", "true")
    tab.get_by_label("inspect").check()
    return tab.frame_locator("#screen iframe[sandbox=allow-scripts]:not(.coming)")


def place_of(app: Flask, url: str) -> str:
    """Return the player's address of the recording that requested an address."""
    (id,) = {
        recording.summary.id
        for recording in recordings_of(app)
        for batch in recording.batches
        if batch.request is not None and batch.request.url == url
    }
    return f"/replay/{id}"


def test_a_click_into_the_page_shows_the_value_and_its_template_line(
    inspected: FrameLocator, tab: Page
) -> None:
    """In texts, fields and attributes. Text of the template itself has a line and no value."""
    clicked = tab.locator("#state .clicked")
    for place, path, line in (
        ("td >> text=Book 2", "lines[1].book", "cart.html, line 5"),
        ("td b >> text=7.5", "lines[2].cents", "parts.html, line 1"),
        ("textarea", "note", "cart.html, line 7"),
        ("#here", "width", "cart.html, line 8"),
    ):
        inspected.locator(place).click()
        expect(clicked).to_have_text(f"{path}{line}")
        expect(tab.locator("#state .chosen")).to_have_attribute("title", path)
        expect(tab.locator("#state .chosen")).to_be_in_viewport()
    tab.get_by_role("button", name="cart.html, line 8").click()
    expect(tab.locator("#source .meant")).to_have_text(
        '<div id="here" style="width: {{ width }}px; height: 9px"></div><h{{ level }}>Total</h{{ level }}>'
    )
    inspected.locator("h1").click()
    expect(tab.locator("#source .meant")).to_have_text(
        "<body><h1>Shop</h1>{% block main %}{% endblock %}</body>"
    )


HIGHLIGHTED = """() => [...CSS.highlights.values()].flatMap((one) => [...one]).map(String)"""


def test_keys_move_through_the_values_on_the_page(inspected: FrameLocator, tab: Page) -> None:
    """In the order of the page, each with its origin. Text for which no value was read is skipped."""
    expect(inspected.locator("h1")).to_be_visible()
    clicked = tab.locator("#state .clicked code")
    for key, path, text in (
        ("n", "kind", []),
        ("n", "lines[0].book", ["Book 1"]),
        ("n", "lines[0].cents", ["2.5"]),
        ("n", "lines[1].book", ["Book 2"]),
        ("Shift+n", "lines[0].cents", ["2.5"]),
        ("Shift+n", "lines[0].book", ["Book 1"]),
    ):
        tab.keyboard.press(key)
        expect(clicked).to_have_text(path)
        frame = inspected.locator("html").element_handle().owner_frame()
        assert frame is not None
        assert frame.evaluate(HIGHLIGHTED) == text
    expect(tab.locator("#state .chosen")).to_have_attribute("title", "lines[0].book")
    expect(tab.locator("#state [aria-pressed=true]")).to_have_attribute("title", "lines[0].book")


def test_a_value_is_found_on_the_inspected_page_and_back(
    inspected: FrameLocator, tab: Page
) -> None:
    """Wherever it is shown. Inspecting stays on."""
    state = tab.locator("#state")
    tab.get_by_role("button", name="State").click()
    state.get_by_label("Search values").fill("lines[1].book")
    state.get_by_role("button", name='lines[1].book "Book 2"').press("Enter")
    frame = inspected.locator("html").element_handle().owner_frame()
    assert frame is not None
    frame.wait_for_function(f"() => ({HIGHLIGHTED})().length")
    assert frame.evaluate(HIGHLIGHTED) == ["Book 2"]
    expect(tab.get_by_label("inspect")).to_be_checked()
    inspected.locator("td b >> text=7.5").click()
    expect(state.locator(".clicked code")).to_have_text("lines[2].cents")
    assert frame.evaluate(HIGHLIGHTED) == ["7.5"]


def test_axe_finds_no_violations_while_a_page_is_inspected(
    shop: Flask, serve: Callable[[Flask], str], tab: Page
) -> None:
    """Beside the value and beside the template line, on a desktop and on a phone."""
    tab.context.add_init_script(path=AXE)
    tab.emulate_media(reduced_motion="reduce")
    tab.goto(f"{serve(shop)}{place_of(shop, '/cart?again')}")
    expect(tab.locator("body")).to_have_attribute("data-ready", "true")
    looked = Looked(tab)
    tab.get_by_label("inspect").check()
    page = tab.frame_locator("#screen iframe[sandbox=allow-scripts]:not(.coming)")
    looked.look("inspect")
    page.locator("td >> text=Book 2").click()
    expect(tab.locator("#state .clicked")).to_be_visible()
    looked.look("value")
    tab.get_by_role("button", name="cart.html, line 5").click()
    expect(tab.locator("#source .meant")).to_be_visible()
    looked.look("line")
    tab.set_viewport_size({"width": 390, "height": 844})
    for panel in tab.locator(".tabs button").all():
        panel.click()
        expect(tab.locator("[aria-busy=true]")).to_have_count(0)
        looked.look(f"phone, {panel.inner_text()}")
    assert looked.found == []


def test_only_the_players_own_script_runs_in_an_inspected_page(
    inspected: FrameLocator, tab: Page
) -> None:
    """No script of the page, and no handler of a click. Messages from anything else are ignored."""
    inspected.locator("#fine").click()
    expect(tab.locator("#state .clicked")).to_contain_text("hostile")
    tab.evaluate("() => { postMessage([0, 0, 1], '*'); }")
    frame = tab.locator("#screen iframe:not(.coming)").element_handle().content_frame()
    assert frame is not None
    for said in (
        "[0, 0, 99999]",
        "[-1, 0, 0]",
        "'0.0.1'",
        "[0, 0, 1, 1]",
        "{length: 3}",
        "[0.5, 0, 0]",
    ):
        frame.evaluate(f"() => parent.postMessage({said}, '*')")
    inspected.locator("td >> text=Book 1").click()
    expect(tab.locator("#state .clicked")).to_contain_text("lines[0].book")
    assert tab.evaluate("() => window.hacked") is None
    assert frame.evaluate("() => window.hacked") is None


def test_names_on_a_page_cannot_mislead_the_script(
    shop: Flask, serve: Callable[[Flask], str], tab: Page
) -> None:
    """Fields of forms may be named like properties that every element or document has."""
    client = shop.test_client()
    client.get("/names").close()
    client.get("/names?again").close()
    tab.goto(f"{serve(shop)}{place_of(shop, '/names?again')}")
    expect(tab.locator("body")).to_have_attribute("data-ready", "true")
    tab.get_by_label("inspect").check()
    frame = tab.locator("#screen iframe[sandbox=allow-scripts]:not(.coming)")
    box = frame.bounding_box()
    assert box is not None
    for y, path in ((20, "place"), (70, "text"), (20, "place")):
        tab.mouse.click(box["x"] + 20, box["y"] + y)
        expect(tab.locator("#state .clicked code")).to_have_text(path)


def test_inspection_does_not_change_a_page(shop: Flask) -> None:
    """Except for comments and attributes whose names no page can know."""
    client, page = shop.test_client(), f"{place_of(shop, '/cart?again')}/page/0"
    plain, asked = client.get(page), client.get(f"{page}?inspect=1")
    opening = re.search(r"<style>.*?</style><script data-key=.*?</script>", asked.text, re.DOTALL)
    assert opening is not None
    (key,) = set(re.findall(r"made-[0-9a-f]{8}", asked.text))
    said = asked.text.replace(opening[0], "")
    bare = re.sub(rf"""<!--{key} [\d.]*-->| data-{key}="[\d. ]*\"""", "", said)
    assert len(bare) < len(said) and bare == plain.text
    assert "sandbox allow-scripts; script-src 'sha256-" in asked.headers["Content-Security-Policy"]
    assert "sandbox; default-src 'none'" in plain.headers["Content-Security-Policy"]


def test_content_inserted_by_a_fragment_belongs_to_its_step(shop: Flask) -> None:
    """Other content belongs to the step of the page."""
    client = shop.test_client()
    client.get("/cart").close()
    asked = {"HX-Request": "true", "HX-Current-URL": "/cart", "HX-Target": "here"}
    client.get("/part", headers=asked).close()
    place = place_of(shop, "/part")
    page = client.get(f"{place}/page/1?inspect=1").text
    steps = {mark[0] for mark in re.findall(r"<!--made-[0-9a-f]{8} ([\d.]+)-->", page)}
    assert steps == {"0", "1"}
    (number,) = re.findall(r"1\.0\.(\d+)-->Hello", page)
    assert client.get(f"{place}/template/1.json").get_json()["made"][int(number)] == [
        0,
        1,
        ["greeting"],
    ]


def test_a_page_that_cannot_be_marked_is_shown_unmarked(shop: Flask) -> None:
    """For example, if an app inserts the output of a template where no markup is allowed."""
    client = shop.test_client()
    client.get("/wrapped").close()
    client.get("/wrapped?again").close()
    place = place_of(shop, "/wrapped?again")
    page = client.get(f"{place}/page/1?inspect=1").text
    assert page.endswith("<textarea><i>Hello</i></textarea>")
    assert "<!--made-" not in page
