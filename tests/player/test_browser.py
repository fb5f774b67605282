"""A real browser that drives the example: its actions, screenshots and the pages it was served, on one timeline."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, TimeoutError, expect

from example import create_app
from flask_replay.recording.model import Action, Request
from flask_replay.testing.browser import record_page

from ..conftest import replay_of
from .screen import Screen


@pytest.fixture
def shop(tmp_path: Path) -> Flask:
    """Give the example, with its data in a folder of the test's own."""
    places = {"REPLAY_STORAGE": f"{tmp_path}/replay", "REPLAY_SPOOL": f"{tmp_path}/spool"}
    database = f"sqlite:///{tmp_path}/shop.db"
    return create_app({"DEBUG": True, "SQLALCHEMY_DATABASE_URI": database, "REPLAY_FLUSH_INTERVAL": 0.2, **places})


def test_a_browser_that_drives_the_example_makes_one_recording(
    shop: Flask, serve: Callable[[Flask], str], browser: Browser, tab: Page, tmp_path: Path
) -> None:
    """What failed is in it, with what the browser showed then."""
    address, driven = serve(shop), browser.new_page()
    driven.set_default_timeout(30_000)
    with shop.app_context():
        with replay_of(shop).start("buy a novel") as recording:
            page = record_page(driven, recording)
            page.goto(f"{address}/book/1")
            page.get_by_role("button", name="Add to cart").click()
            expect(driven.locator("#cart-size")).to_have_text("1")
            page.goto(f"{address}/cart/")
            page.locator("input[name=code]").fill("GIFT")
            with pytest.raises(TimeoutError):
                page.click("#not-there", timeout=300)
            page.goto(f"{address}/account/login")
            page.fill("input[type=password]", "hunter2hunter2")
        driven.close()
        found = replay_of(shop).recordings.get(recording.id)
        actions = [event for event in found.events if isinstance(event, Action)]
        assert [action.type for action in actions] == [
            "navigate", "click", "navigate", "type", "click", "navigate", "type",
        ]  # fmt: skip
        assert [action.sequence for action in actions] == [1, 2, 3, 4, 5, 6, 7]
        assert all(action.screenshot is not None for action in actions)
        assert (
            actions[1].selector == "get_by_role('button', name='Add to cart')" and len(actions[1].metadata["box"]) == 4
        )
        assert actions[1].metadata["url"].endswith("/book/1")
        assert "Timeout" in actions[4].metadata["failed"] and actions[4].selector == "#not-there"
        assert actions[6].value == "[redacted]"
        paths = [event.path for event in found.events if isinstance(event, Request) and event.parts]
        assert [path for path in paths if path != "/favicon.ico"] == ["/book/1", "/cart/add/1", "/cart/", "/account/login"]
        assert len(replay_of(shop).recordings.summaries()) == 1
        assert replay_of(shop).verify(recording.id).ok
    screen = Screen(tab, f"{address}/replay/{recording.id}")
    tab.locator("#events button", has_text="get_by_role").click()
    expect(tab.locator("#verdict")).to_have_text("a screenshot")
    assert screen.page.locator("i").count() == 1
    tab.locator("#events button", has_text="GET/cart/").click()
    expect(tab.locator("#verdict")).to_contain_text("identical")
