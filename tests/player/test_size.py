"""Pages are shown at the size of the visitor's screen, scaled to fit, or as large as they were."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from flask_replay.player.viewport import layout_width
from flask_replay.recording.device import described_device
from flask_replay.storage import FileStorage

from .handmade import keep, step

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1"
DESKTOP = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"
PAGE = """<!doctype html><meta name=viewport content="width=device-width"><style>p::before { content: "wide" }
@media (max-width: 500px) { p::before { content: "narrow" } } @media (min-width: 1200px) { p::before { content: "large" } }
</style><p></p>"""

Open = Callable[..., Page]


@pytest.fixture
def opened(app: Flask, storage: FileStorage, serve: Callable[[Flask], str], tab: Page) -> Open:
    """Return a function that opens a recording of a visitor with a known browser."""
    address = serve(app)

    def opened(agent: str, html: str = PAGE) -> Page:
        asked = {"User-Agent": agent} if agent else {}
        tab.goto(
            f"{address}/replay/{keep(storage, [step(0, '/', html, request_headers=asked), step(9, '/two', PAGE)])}"
        )
        expect(tab.locator("body")).to_have_attribute("data-ready", "true")
        return tab

    return opened


OLD = PAGE.replace("width=device-width", "")


def look(page: Page) -> dict[str, Any]:
    """Return the width of the page by its own measure, as displayed, and relative to the stage."""
    frame = page.locator("#screen iframe:not(.coming)")
    within = page.frame_locator("#screen iframe:not(.coming)").locator("p")
    box = frame.bounding_box()
    assert box is not None
    seen = within.evaluate("(p) => getComputedStyle(p, '::before').content")
    return {
        "width": frame.evaluate("(frame) => frame.clientWidth"),
        "seen": seen.strip('"'),
        "taken": round(box["width"]),
    }


def test_a_phones_page_is_as_narrow_as_it_was(opened: Open) -> None:
    """It is scaled to fit the screen."""
    page = opened(PHONE)
    shown = look(page)
    assert (shown["width"], shown["seen"]) == (390, "narrow")
    assert shown["taken"] < 390
    page.locator("#size").select_option("full")
    assert look(page)["taken"] == 390
    page.locator("#size").select_option("turned")
    assert (look(page)["width"], look(page)["seen"]) == (844, "wide")
    page.locator("#size").select_option("window")
    assert look(page)["width"] == look(page)["taken"] > 800


def test_a_page_made_for_desktops_is_scaled_to_the_phone(opened: Open) -> None:
    """As phones do, if a page does not ask for the width of the screen."""
    page = opened(PHONE, OLD)
    assert (look(page)["width"], look(page)["seen"]) == (980, "wide")
    page.locator("#size").select_option("full")
    assert look(page)["taken"] == 390
    page.locator("#events > li button").nth(1).click()
    expect(page.locator("#url b")).to_have_text("/two")
    assert look(page)["width"] == 390
    assert look(opened(DESKTOP, OLD))["width"] == 1280


@pytest.mark.parametrize(
    ("said", "width"),
    [
        ("width=device-width, initial-scale=1", 0),
        ("initial-scale=1", 390),
        ("initial-scale=0.5", 780),
        ("width=600; user-scalable=no", 600),
        ("width = 600,initial-scale=2", 600),
        ("maximum-scale=1", 980),
        ("width=99999999", 10_000),
        ("width=-5", 0),
        ("initial-scale=nan", 980),
    ],
)
def test_the_page_decides_for_which_width_a_phone_lays_it_out(said: str, width: int) -> None:
    """0 means that of its screen."""
    html = f'<meta name="viewport" content="{said}">'
    assert layout_width(html, described_device({"User-Agent": PHONE})) == width
    assert layout_width(html, described_device({"User-Agent": DESKTOP})) == 0


def test_a_desktops_page_is_as_wide_as_it_was(opened: Open) -> None:
    """Although the stage is narrower, because the layout depends on the width."""
    shown = look(opened(DESKTOP))
    assert (shown["width"], shown["seen"]) == (1280, "large")
    assert shown["taken"] < 1000


def test_without_a_known_device_pages_are_as_wide_as_the_stage(
    opened: Open,
) -> None:
    """And there is no choice of sizes."""
    page = opened("")
    assert look(page)["width"] == look(page)["taken"]
    expect(page.locator("#size")).to_be_hidden()
