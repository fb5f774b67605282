"""Pictures of pages, and how much two of them differ."""

from __future__ import annotations

import time
from collections.abc import Callable
from io import BytesIO
from typing import Any

from PIL import Image, ImageChops
from playwright.sync_api import Browser, BrowserContext, Page

from ..browsing import PATIENCE

SIZE = {"width": 640, "height": 480}
TOLERATED = 0.001
"""The share of a picture's pixels that may differ."""

_BARELY = 2
"""Differences in a colour (of 255) that are ignored: edges are drawn differently in a frame."""

_PATIENCE = 30
"""Seconds until a picture must be right. A page without scripts cannot report that it is done."""

IN_A_FRAME = """(address) => {
  const frame = Object.assign(document.createElement("iframe"), { src: address });
  frame.setAttribute("sandbox", "allow-scripts");
  frame.style.cssText = "position: fixed; inset: 0; width: 100vw; height: 100vh; border: 0; background: #fff; color-scheme: normal";
  document.body.replaceChildren(frame);
}"""
"""Shows a page whose scripts may run, in a frame that fills the tab."""


def share_of(picture: Image.Image, colour: tuple[int, int, int]) -> float:
    """Return the share of a picture's pixels that have a colour."""
    return 1 - difference(picture, Image.new("RGB", picture.size, colour))


def difference(one: Image.Image, other: Image.Image) -> float:
    """Return the share of pixels in which two pictures differ, 1 if their sizes differ."""
    if one.size != other.size:
        return 1.0
    red, green, blue = ImageChops.difference(one, other).split()
    most = ImageChops.lighter(ImageChops.lighter(red, green), blue).histogram()
    return sum(most[_BARELY + 1 :]) / (one.width * one.height)


def take(page: Page, place: Any = None) -> Image.Image:
    """Return a picture of a tab, or of an element in it."""
    return Image.open(
        BytesIO(page.screenshot(animations="disabled", caret="hide", clip=place))
    ).convert("RGB")


def taken_when(page: Page, right: Callable[[Image.Image], bool], place: Any = None) -> Image.Image:
    """Return a picture of a tab as soon as it is right, or the last one before the time limit."""
    until = time.monotonic() + _PATIENCE
    picture = take(page, place)
    while not right(picture) and time.monotonic() < until:
        picture = take(page, place)
    return picture


def settled(page: Page, right: Callable[[Image.Image], bool]) -> Image.Image:
    """Return a picture of a tab as soon as it is right and stays so, or the last one before the
    time limit.
    """
    until = time.monotonic() + _PATIENCE
    last, picture = take(page), take(page)
    while not (right(picture) and difference(last, picture) == 0) and time.monotonic() < until:
        last, picture = picture, take(page)
    return picture


def context_of(browser: Browser, **options: Any) -> BrowserContext:
    """Open a browser without cookies."""
    context = browser.new_context(**{"viewport": SIZE, **options})
    context.set_default_timeout(PATIENCE)
    return context
