"""A real browser drives the example: its actions, screenshots and pages are on one timeline."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from playwright import async_api
from playwright.sync_api import Browser, Page, TimeoutError, expect

from example import create_app
from flask_replay import ProgramRecording
from flask_replay.recording.events import Action, Request
from flask_replay.recording.model import Recording
from flask_replay.testing.browser import record_page

from ..browsing import CHROMIUM
from ..conftest import replay_of
from .screen import Screen


@pytest.fixture
def shop(tmp_path: Path) -> Flask:
    """Give the example, with its data in a folder of the test's own."""
    places = {"REPLAY_STORAGE": f"{tmp_path}/replay", "REPLAY_SPOOL": f"{tmp_path}/spool"}
    database = f"sqlite:///{tmp_path}/shop.db"
    return create_app(
        {"DEBUG": True, "SQLALCHEMY_DATABASE_URI": database, "REPLAY_FLUSH_INTERVAL": 0.2, **places}
    )


def order(recording: Recording) -> list[str]:
    """Return actions and requests of a page, in the order of the timeline."""
    steps = []
    for event in recording.events:
        if isinstance(event, Action):
            steps.append(f"{event.sequence} {event.type}")
        elif isinstance(event, Request) and event.path != "/favicon.ico":
            steps.append(event.path)
    return steps


def test_a_browser_that_drives_the_example_makes_one_recording(
    shop: Flask, serve: Callable[[Flask], str], browser: Browser, tab: Page, tmp_path: Path
) -> None:
    """Failed actions are in it, with a screenshot from that moment."""
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
            actions[1].selector == "get_by_role('button', name='Add to cart')"
            and len(actions[1].metadata["box"]) == 4
        )
        assert actions[1].metadata["url"].endswith("/book/1")
        assert "Timeout" in actions[4].metadata["failed"] and actions[4].selector == "#not-there"
        assert actions[6].value == "[redacted]"
        paths = [event.path for event in found.events if isinstance(event, Request) and event.parts]
        assert [path for path in paths if path != "/favicon.ico"] == [
            "/book/1",
            "/cart/add/1",
            "/cart/",
            "/account/login",
        ]
        assert order(found) == [
            "1 navigate", "/book/1", "2 click", "/cart/add/1", "3 navigate", "/cart/", "4 type", "5 click", "6 navigate",
            "/account/login", "7 type",
        ]  # fmt: skip
        assert len(replay_of(shop).recordings.summaries()) == 1
        assert replay_of(shop).verify(recording.id).ok
    screen = Screen(tab, f"{address}/replay/{recording.id}")
    tab.locator("#events button", has_text="get_by_role").click()
    expect(tab.locator("#verdict")).to_have_text("a screenshot")
    assert screen.page.locator("i").count() == 1
    tab.locator("#events button", has_text="GET/cart/").click()
    expect(tab.locator("#verdict")).to_contain_text("identical")


async def drive(address: str, recording: ProgramRecording) -> None:
    """Look for a book with Playwright's asynchronous API."""
    async with async_api.async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        page = record_page(await browser.new_page(), recording)
        await page.goto(f"{address}/book/1")
        await async_api.expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=20_000)
        await page.get_by_role("button", name="Add to cart").click()
        await async_api.expect(page.locator("#cart-size")).to_have_text("1", timeout=20_000)
        with pytest.raises(async_api.TimeoutError):
            await page.locator("#not-there").click(timeout=300)
        await browser.close()


def test_a_page_of_the_asynchronous_api_is_recorded_alike(
    shop: Flask, serve: Callable[[Flask], str]
) -> None:
    """The program waits for nothing that it does not await itself."""
    address = serve(shop)
    with shop.app_context():
        with replay_of(shop).start("async bot") as recording, ThreadPoolExecutor() as other:
            # this thread may have a loop of its own
            other.submit(asyncio.run, drive(address, recording)).result()
        found = replay_of(shop).recordings.get(recording.id)
    assert order(found) == ["1 navigate", "/book/1", "2 click", "/cart/add/1", "3 click"]
    actions = [event for event in found.events if isinstance(event, Action)]
    assert all(action.screenshot is not None for action in actions)
    assert len(actions[1].metadata["box"]) == 4 and "Timeout" in actions[2].metadata["failed"]


def test_a_recorded_page_can_be_used_like_the_page_itself(
    shop: Flask, serve: Callable[[Flask], str], browser: Browser
) -> None:
    """In Playwright's assertions, and as an argument. A page that is recorded twice is in the
    second recording.
    """
    address, driven = serve(shop), browser.new_page()
    with (
        shop.app_context(),
        replay_of(shop).start("first") as first,
        replay_of(shop).start("second") as second,
    ):
        page = record_page(record_page(driven, first), second)
        page.goto(f"{address}/book/1")
        expect(page).to_have_url(f"{address}/book/1", timeout=20_000)
        button = page.get_by_role("button", name="Add to cart")
        expect(page.locator("form", has=button)).to_have_count(1, timeout=20_000)
    driven.close()
    assert (len(first.timeline()), len(second.timeline())) == (0, 1)
