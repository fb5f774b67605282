"""What the player shows is what the visitor saw: pictures of both, at the same size, agree pixel by pixel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import Browser, Page

from ..browsing import serving
from ..conftest import recordings_of
from .kinds import KINDS, Kind
from .material import GREEN, deploy, make_site
from .pictures import TOLERATED, context_of, difference, settled, share_of, taken_when
from .site import make_app


class Site:
    """A recorded site, which visitors go through, and viewers look at, also one deployment later.

    :param folder: of its files and recordings.
    :param serve: serves an app and returns its address.
    """

    def __init__(self, folder: Path, browser: Browser, serve: Callable[[Flask], str]) -> None:
        make_site(folder / "static")
        make_site(folder / "later")
        deploy(folder / "later")
        self.app = make_app(folder / "static", folder / "store", KINDS)
        self.address = serve(self.app)
        self.later = serve(make_app(folder / "later", folder / "store", KINDS))
        self._browser = browser
        self._tabs: dict[str, Page] = {}
        self._seen: dict[str, tuple[Image.Image, str]] = {}

    def seen(self, title: str) -> tuple[Image.Image, str]:
        """Return what a visitor sees who has just logged in, and the path at which the player shows it."""
        if title not in self._seen:
            picture = self._visit(f"/page/{quote(title)}", KINDS[title])
            self._seen[title] = picture, self._place(f"/page/{quote(title)}")
        return self._seen[title]

    def _visit(self, path: str, kind: Kind) -> Image.Image:
        tab = self._tab("visitor", kind.visitor)
        if tab.url == "about:blank":
            tab.goto(f"{self.address}/login")
        tab.goto(self.address + path)
        tab.evaluate("document.fonts.ready.then(() => true)")
        return settled(tab, lambda picture: share_of(picture, GREEN) > 0.01)

    def _tab(self, who: str, options: dict[str, Any]) -> Page:
        """Return the tab of a visitor or a viewer with such a browser; each has cookies of their own."""
        name = f"{who} {sorted(options.items())}"
        if name not in self._tabs:
            self._tabs[name] = context_of(self._browser, **options).new_page()
        return self._tabs[name]

    def close(self) -> None:
        """Close the browsers of all."""
        for tab in self._tabs.values():
            tab.context.close()

    def _place(self, path: str) -> str:
        for recording in recordings_of(self.app):
            for number, batch in enumerate(recording.batches):
                if batch.request is not None and batch.request.url == path:
                    return f"/replay/{recording.summary.id}/page/{number}"
        raise LookupError(path)

    def shown(self, address: str, title: str) -> Image.Image:
        """Return what somebody else is shown at an address, at the last when it should be what was seen."""
        kind = KINDS[title]
        wanted, path = self.seen(title)
        tab = self._tab("viewer", kind.visitor | kind.viewer)
        tab.goto(f"{address}{path}?scripts" if kind.scripts else address + path)
        return taken_when(tab, lambda picture: difference(wanted, picture) <= TOLERATED)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Site]:
    """Give the site that all pages here are of."""
    with serving() as serve:
        made = Site(tmp_path_factory.mktemp("site"), browser, serve)
        yield made
        made.close()


@pytest.mark.parametrize("title", KINDS)
def test_the_player_shows_what_the_visitor_saw(site: Site, title: str) -> None:
    """A page with each kind of content looks the same."""
    seen, _ = site.seen(title)
    assert share_of(seen, GREEN) > 0.01, "a page that shows nothing tells nothing"
    assert difference(seen, site.shown(site.address, title)) <= TOLERATED


@pytest.mark.parametrize("title", KINDS)
def test_it_does_one_deployment_later(site: Site, title: str) -> None:
    """So it does when stylesheets, images and fonts are others since, and another process shows it."""
    seen, _ = site.seen(title)
    assert difference(seen, site.shown(site.later, title)) <= TOLERATED
