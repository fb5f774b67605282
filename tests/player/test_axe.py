"""The player is accessible: axe finds no violations in its pages, in either color scheme."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flask import Flask
from playwright.sync_api import Page

from flask_replay.storage import FileStorage

from .handmade import TOUR, go_on, keep, summarize
from .screen import Screen

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"

_FOUND = """async (only) => {
  const rules = only ? { type: "rule", values: [only] } : { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] };
  const { violations } = await axe.run(document, { resultTypes: ["violations"], iframes: false, runOnly: rules });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}: ${failureSummary}`));
}"""
"""Recorded pages are not ours, so frames are left out."""


class Looked:
    """The violations on all pages that are checked in a tab, in both color schemes."""

    def __init__(self, tab: Page) -> None:
        self.tab = tab
        self.found: list[str] = []

    def look(self, what: str) -> None:
        """Check the page in the tab. In the dark, only the contrast can differ."""
        for scheme, only in (("light", ""), ("dark", "color-contrast")):
            self.tab.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            self.found += [f"{what}, {scheme}: {line}" for line in self.tab.evaluate(_FOUND, only)]


def test_axe_finds_no_violations(
    app: Flask, storage: FileStorage, serve: Callable[[Flask], str], tab: Page
) -> None:
    """In the lists, the player with its details and dialogs, and the health page."""
    address, id = serve(app), keep(storage, TOUR, name="Ann", flags=("capped", "torn"))
    go_on(storage, summarize(TOUR).id, TOUR)
    tab.context.add_init_script(path=AXE)
    tab.emulate_media(reduced_motion="reduce")  # a color in transition would be measured wrongly
    looked = Looked(tab)
    for path in ("", "?text=cart&nonsense=1", "errors", "visitor?user=Ann", "health"):
        tab.goto(f"{address}/replay/{path}")
        looked.look(path or "list")
    screen = Screen(tab, f"{address}/replay/{id}", moment="#t=62000")
    tab.wait_for_selector("#details h2")
    looked.look("player")
    for dialog in ("keys", "verdict"):
        tab.click(f"#{dialog}")
        looked.look(dialog)
        screen.press("Escape")
    assert looked.found == []
