"""Frames within a page show what was sent to them, whatever led there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from flask_replay.recording.batch import Batch
from flask_replay.storage import FileStorage

from ..player.handmade import keep, page, step
from ..player.screen import Screen

START = page(
    "Start",
    '<iframe src="/news"></iframe><iframe name="work"></iframe><a href="/open?n=1" target="work">open</a>'
    '<form method="post" action="/send" target="work"><button>send</button></form>',
)
FRAMED = {"Sec-Fetch-Dest": "iframe", "Referer": "/"}


@pytest.mark.parametrize(
    ("number", "sent"),
    [
        (0, [step(10, "/news", "<b>seen</b>", request_headers=FRAMED)]),
        (1, [step(10, "/open?n=1", "<b>seen</b>", request_headers=FRAMED)]),
        (1, [step(10, "/send", "<b>seen</b>", method="POST", request_headers=FRAMED)]),
        (
            1,
            [
                step(
                    10, "/send", method="POST", status=302, redirect="/done", request_headers=FRAMED
                ),
                step(20, "/done", "<b>seen</b>", request_headers=FRAMED),
            ],
        ),
    ],
)
def test_a_frame_shows_what_was_sent_to_it(
    app: Flask,
    storage: FileStorage,
    serve: Callable[[Flask], str],
    tab: Page,
    number: int,
    sent: list[Batch],
) -> None:
    """In its place on the page, and not beside it."""
    screen = Screen(tab, f"{serve(app)}/replay/{keep(storage, [step(0, '/', START), *sent])}")
    screen.press("End")
    frame = screen.page.frame_locator("iframe").nth(number)
    expect(frame.locator("b")).to_have_text("seen")
    expect(tab.locator("#beside")).to_be_hidden()
    assert screen.title == "Start"


def test_a_page_of_an_unknown_frame_is_beside_the_page(
    app: Flask, storage: FileStorage, serve: Callable[[Flask], str], tab: Page
) -> None:
    """A script may have made the frame."""
    sent = step(10, "/other", "<b>seen</b>", request_headers=FRAMED)
    screen = Screen(tab, f"{serve(app)}/replay/{keep(storage, [step(0, '/', START), sent])}")
    screen.press("End")
    expect(tab.locator("#beside")).to_contain_text("in which frame")
