"""The panels beside the page: what happened, what the page was made of, and the way from one to the other."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from playwright.sync_api import expect

from flask_replay.recording.model import Error
from flask_replay.storage import FileStorage

from .handmade import keep, page, step
from .screen import Screen

Open = Callable[..., Screen]

LONG = [
    *(step(10 * number, f"/item/{number}", page(f"Item {number}") if number % 50 == 0 else None) for number in range(300)),
    step(30_000, "/pay", method="POST", status=302, redirect="/sorry", form={"card": ["[redacted]"]}),
    step(31_000, "/sorry", page("Sorry"), status=500, errors=[Error(offset_ms=31_000, type="PaymentError", message="no <b>gateway</b>")]),
    step(32_000, "/bye", page("Goodbye")),
]  # fmt: skip


def test_an_error_is_found_among_many_events(play: Open, storage: FileStorage) -> None:
    """By a key, a button, its kind or its words; and the moment can be handed on."""
    screen = play(keep(storage, LONG))
    tab, rows, found = screen.tab, screen.tab.locator("#events button"), screen.tab.locator("#found")
    screen.press("e")
    assert (screen.current, screen.title) == (301, "Sorry")
    screen.press("e")
    expect(tab.locator("#note")).to_have_text("There is no error after this.")
    screen.press("End", "Shift+e")
    assert screen.current == 301
    screen.press("Home", "/")
    tab.keyboard.type("Item 299")  # keys of the player's own among them
    expect(found).to_have_text("1 of 303")
    expect(rows).to_have_text(["0:02GET/item/299200"])
    screen.press("Enter")
    assert screen.current == 299
    screen.press("Escape")
    expect(found).to_be_hidden()
    tab.get_by_label("Kind of events").select_option("errors (1)")
    expect(rows).to_have_count(1)
    expect(rows.locator(".bad")).to_have_text(["500", "PaymentError: no <b>gateway</b>"])
    tab.get_by_label("Filter events").fill("nothing has this")
    expect(rows).to_have_count(0)
    expect(found).to_have_text("none")
    tab.get_by_role("button", name="Next error").click()
    assert (screen.current, screen.title) == (-1, "Sorry")  # it is shown, though not listed
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    screen.press("c")
    expect(tab.locator("#note")).to_contain_text("Copied")
    assert tab.evaluate("navigator.clipboard.readText()") == tab.url.partition("#")[0] + "#t=31000"


def test_a_recording_without_errors_leads_to_none(play: Open, storage: FileStorage) -> None:
    """Nor does it offer kinds that it has not."""
    screen = play(keep(storage, LONG[:3]))
    expect(screen.tab.get_by_role("button", name="error")).to_have_count(0)
    assert screen.tab.locator("#kind option").all_inner_texts() == ["all", "pages (1)"]


def test_a_request_can_be_copied_as_a_command(app: Flask, storage: FileStorage) -> None:
    """With variables where something was masked."""
    found = app.test_client().get(f"/replay/{keep(storage, LONG)}/step/300.json").get_json()
    assert found["curl"].splitlines()[0] == "# masked in the recording: COOKIE, CARD"
    assert "--request POST" in found["curl"] and "https://shop.example/pay" in found["curl"]
