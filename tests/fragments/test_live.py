"""A session with fragments and a socket, watched in a second browser while it is running."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flask import Flask
from playwright.sync_api import Browser, Page, expect

from ..player.screen import Screen
from .harness import recording_of
from .test_htmx import shop
from .test_messages import TWO, live, push, say


def watch(app: Flask, address: str, browser: Browser) -> Screen:
    """Open the player of the one running recording."""
    return Screen(
        browser.new_context().new_page(), f"{address}/replay/{recording_of(app).summary.id}"
    )


def test_fragments_appear_in_a_page_that_is_watched(
    tmp_path: Path, serve: Callable[[Flask], str], tab: Page, browser: Browser
) -> None:
    """The viewer has the visitor's page. Going back shows it as it was."""
    app = shop(tmp_path)
    address = serve(app)
    tab.goto(address)
    screen = watch(app, address, browser)
    for clicks in ("1", "2"):
        tab.click(".oob")
        expect(screen.page.locator("#counter")).to_have_text(clicks)
    tab.fill("[type=search]", "a")
    expect(screen.page.locator(".results li")).to_have_count(2)
    expect(screen.page.locator("#counter")).to_have_text("2")
    screen.press("ArrowLeft", "ArrowLeft")
    expect(screen.page.locator("#counter")).to_have_text("1")
    tab.click(".boosted")
    expect(screen.tab.locator("#events button", has_text="/second")).to_have_count(1)
    expect(screen.page.locator("#counter")).to_have_text("1")
    screen.tab.get_by_role("button", name="Follow").click()
    expect(screen.page.locator("h1")).to_have_text("Second")
    screen.tab.context.close()


def test_messages_appear_in_a_page_that_is_watched(
    tmp_path: Path, serve: Callable[[Flask], str], tab: Page, browser: Browser
) -> None:
    """Messages of a socket, and server-sent events."""
    app = live(tmp_path, TWO)
    address = serve(app)
    tab.goto(address)
    expect(tab.locator("#count")).to_have_text("connected")
    screen = watch(app, address, browser)
    expect(screen.page.locator("#count")).to_have_text("connected")
    for n in range(1, 4):
        say("line")(tab)
        expect(screen.page.locator("#chat li")).to_have_count(n + 1)
    push("<b>news</b>")(tab)
    expect(screen.page.locator("#news b")).to_have_text("news")
    screen.tab.context.close()
