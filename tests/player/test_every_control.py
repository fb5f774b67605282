"""Every filter, panel, key and button works on recordings of whole apps: the example and
Flask-Admin.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from flask_replay import Replay

from ..conftest import recordings_of, replay_of
from ..example.conftest import shop_in
from ..fidelity import test_admin
from .screen import Screen

KEYS = {
    "space": "Space",
    "←": "ArrowLeft",
    "→": "ArrowRight",
    "↑": "ArrowUp",
    "↓": "ArrowDown",
    "shift ←": "Shift+ArrowLeft",
    "shift →": "Shift+ArrowRight",
    "shift e": "Shift+E",
    "shift n": "Shift+N",
}
"""Names of keys in the list of keys, as a browser's driver calls them."""


FILTERS = {
    "errors": "yes", "error": "", "code": "404", "slower_than": "1ms", "endpoint": "", "template": "",
    "method": "POST", "kind": "frame", "min_pages": "2", "device": "desktop", "browser": "Firefox",
    "system": "Linux", "language": "de", "referrer": "shop.example", "campaign": "spring",
    "status": "finished", "pinned": "no", "tag": "seen", "since": "2020-01-01", "until": "2100-01-01",
}  # fmt: skip
"""A value for each filter; an empty one stands for the first that the list offers."""

OTHERS = {"browser", "system", "language", "referrer", "campaign", "tag"}
"""Filters that fit other visits."""


class Visit(NamedTuple):
    """An app, and what its visitor asks for.

    :ivar form: what a form is sent with, and the path that it is sent to.
    """

    make: Callable[[Path], Flask]
    paths: tuple[str, ...]
    form: tuple[str, dict[str, str]]


VISITS = {
    "the example": Visit(
        shop_in,
        ("/", "/?shelf=NOVEL", "/book/1", "/cart/", "/gift-card?amount=50&friends=", "/no"),
        ("/cart/coupon", {"code": "GIFT"}),
    ),
    "Flask-Admin": Visit(
        test_admin.make_app,
        ("/admin/", "/admin/book/", "/admin/book/edit/?id=1", "/admin/report/", "/admin/no"),
        ("/admin/writer/new/", {"name": ""}),
    ),
}


@pytest.fixture(params=VISITS)
def visited(request: pytest.FixtureRequest, tmp_path: Path) -> Flask:
    """Return an app after a visit."""
    make, paths, (action, form) = VISITS[request.param]
    app = make(tmp_path / "app")
    app.debug = True
    if "replay" not in app.extensions:
        app.config.update(REPLAY_STORAGE=str(tmp_path / "replay"), REPLAY_ENABLED=True)
        Replay(app)
    client = app.test_client()
    for path in paths:
        client.get(path).close()
    client.post(action, data=form).close()
    with app.app_context():
        replay_of(app).finalize()
    assert recordings_of(app) == []
    return app


@pytest.fixture
def address(visited: Flask, serve: Callable[[Flask], str]) -> str:
    """Return the address of the player's list."""
    return serve(visited) + "/replay/"


def test_every_key_button_and_panel_of_the_player(address: str, tab: Page) -> None:
    """None of them makes an error, and each panel has something to say."""
    tab.goto(address)
    tab.locator("tbody .who").first.click()
    screen = Screen(tab, tab.url)
    screen.press("?")
    listed = tab.locator("#help kbd").all_inner_texts()
    assert len(listed) > 25
    screen.press("Escape")
    for name in listed:
        screen.press(KEYS.get(name, name), "Escape")
        screen.settle()
    screen.press("Home")
    last = tab.locator("#events [aria-posinset]").count() - 1
    for number in range(last):
        assert screen.current == number
        for panel in tab.locator(".tabs button:visible").all():
            panel.click()
            expect(tab.locator("[aria-busy=true]")).to_have_count(0)
            expect(tab.locator(f"#{panel.get_attribute('data-tab')}")).not_to_be_empty()
        screen.press("ArrowRight")
    assert screen.current == last
    for switch in tab.locator("label:visible:has(input[type=checkbox], input[type=radio])").all():
        switch.click()
        screen.settle()
    for select in tab.locator("select:visible").all():
        for value in select.locator("option").evaluate_all("all => all.map((one) => one.value)"):
            select.select_option(value)
            screen.settle()
    leaving = "#compare, header.top button, dialog button, #notes button"
    for button in tab.locator(f"button:visible:not({leaving})").element_handles():
        if button.is_visible():  # at the time of its turn
            button.click()
            screen.settle()
            screen.press("Escape")
    screen.press("Home")
    assert screen.current == 0
    tab.locator("#compare").click()
    tab.wait_for_url("**/compare?*")


def test_every_filter_of_the_list(address: str, tab: Page) -> None:
    """All that the visit fits find it together, each of the others nothing. Each can be removed."""
    tab.goto(address)
    fields = tab.locator(".fields").locator("input, select")
    names = fields.evaluate_all("all => all.map((one) => one.name)")
    assert set(names) == FILTERS.keys()
    others = OTHERS if tab.locator("#of-error option").count() else OTHERS | {"errors", "error"}
    fitting = [name for name in names if name not in others]
    rows, chips = tab.locator("tbody .who"), tab.get_by_title("Remove this filter")
    for some in (fitting, *([name] for name in sorted(others))):
        tab.get_by_text("Filter", exact=True).click()
        for name in some:
            fill(tab, name)
        tab.get_by_role("button", name="Show").click()
        expect(chips).to_have_count(len(some))
        expect(tab.locator(".chip", has_text="unknown filter")).to_have_count(0)
        expect(rows).to_have_count(1 if some is fitting else 0)
        if some is fitting:
            tab.goto(address)
        else:
            chips.click()
            expect(rows).to_have_count(1)


def fill(tab: Page, name: str) -> None:
    """Enter the value for a filter."""
    field, value = tab.locator(f".fields [name={name}]"), FILTERS[name]
    if field.evaluate("one => one.tagName") == "SELECT":
        field.select_option(value)
        return
    offered = field.evaluate("one => [...(one.list?.options ?? [])].map((one) => one.value)")
    field.fill(value or next(iter(offered), "none"))
