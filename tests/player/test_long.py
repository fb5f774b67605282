"""Every key, button and panel of the player works in a recording of 10,000 events."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import expect

from flask_replay.recording.events import Error
from flask_replay.storage import FileStorage

from ..faults import until
from .handmade import keep, make_app, page, step
from .screen import Screen

EVENTS = 10_000
WRONG = (30, 5_000, 9_990)
"""Numbers of the steps with an error."""


@pytest.fixture
def app(folder: Path) -> Flask:
    """Return an app whose viewers may share recordings."""
    return make_app(folder, REPLAY_LINKS=True)


@pytest.fixture
def long(play: Callable[..., Screen], storage: FileStorage) -> Screen:
    """Open a recording of 10,000 events, of which every tenth is a page and three are errors."""
    pages = {number: page(f"Page {number}") for number in range(0, EVENTS, 10)}
    errors = {number: [Error(offset_ms=100 * number, type="E", message="no")] for number in WRONG}
    id = keep(
        storage,
        [
            step(100 * number, f"/{number}", pages.get(number), errors=errors.get(number, ()))
            for number in range(EVENTS)
        ],
    )
    return play(id)


def test_every_key_and_panel_works_in_a_long_recording(long: Screen) -> None:
    """Jumping to errors, filtering events, reading panels and stepping work as in a short one."""
    tab, events = long.tab, long.tab.locator("#events > li")
    assert (long.current, long.title) == (0, "Page 0")
    found = []
    for key in ("e", "e", "e", "Shift+e", "End", "ArrowLeft", "Shift+ArrowLeft", "j", "l", "Home"):
        long.press(key)
        found.append(long.current)
    assert found == [30, 5_000, 9_990, 5_000, 9_999, 9_998, 9_980, 9_930, 9_980, 0]
    long.press("ArrowRight", "ArrowRight", "Shift+ArrowRight")
    assert (long.current, long.title) == (10, "Page 10")
    for key in ("i", "+", "-", "s", "s", "c", "v", "p", "n", "p"):
        long.press(key)
        assert long.current == 10
    long.press("?")
    expect(tab.locator("#help")).to_be_visible()
    long.press("Escape", "f")
    expect(tab.locator("header.top")).to_be_hidden()
    long.press("f")
    expect(tab.locator("header.top")).to_be_visible()
    long.press("/")
    tab.keyboard.type("/999")
    expect(tab.locator("#found")).to_have_text("11 of 10,000")
    long.press("Enter")
    assert long.current == 999
    long.press("Escape")
    tab.locator("#kind").select_option("errors")
    expect(tab.locator("#found")).to_have_text("3 of 10,000")
    expect(events).to_have_count(3)
    tab.locator("#kind").select_option("")
    for panel in tab.locator(".tabs button:visible").all():
        panel.click()
        expect(tab.locator("[aria-busy=true]")).to_have_count(0)
        name = panel.get_attribute("data-tab")
        expect(tab.locator(f"#{name}")).not_to_be_empty()
    long.drag(100 * 7_500)
    tab.mouse.up()
    until(lambda: long.current == 7_500)  # the browser passes on movements when it has time
    assert (long.current, long.title) == (7_500, "Page 7500")
    assert events.count() < 100
    assert tab.locator("iframe").count() <= 3
    tab.click("#share")
    tab.get_by_role("button", name="Make a link").click()
    link = tab.get_by_label("Link", exact=True)
    expect(link).to_be_visible()
    shared = Screen(tab, link.input_value())
    assert (shared.current, shared.title) == (7_500, "Page 7500")
