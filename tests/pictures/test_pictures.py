"""What the player shows is what the visitor saw: pictures of both, at the same size, agree pixel by pixel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import Browser

from ..browsing import serving
from ..conftest import recordings_of
from .kinds import KINDS, Kind
from .material import GREEN, make_site
from .pictures import TOLERATED, context_of, difference, share_of, take, taken_when
from .site import make_app


class Site:
    """A recorded site, which visitors go through, and viewers look at.

    :param folder: of its files and recordings.
    :param serve: serves an app and returns its address.
    """

    def __init__(self, folder: Path, browser: Browser, serve: Callable[[Flask], str]) -> None:
        make_site(folder / "static")
        self.app = make_app(folder / "static", folder / "store", KINDS)
        self.address = serve(self.app)
        self._browser = browser
        self._seen: dict[str, tuple[Image.Image, str]] = {}

    def seen(self, title: str) -> tuple[Image.Image, str]:
        """Return what a visitor sees who has just logged in, and the path at which the player shows it."""
        if title not in self._seen:
            picture = self._visit(f"/page/{quote(title)}", KINDS[title])
            self._seen[title] = picture, self._place(f"/page/{quote(title)}")
        return self._seen[title]

    def _visit(self, path: str, kind: Kind) -> Image.Image:
        with context_of(self._browser, **kind.visitor) as context:
            page = context.new_page()
            page.goto(f"{self.address}/login")
            page.goto(self.address + path, wait_until="networkidle")
            return take(page)

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
        with context_of(self._browser, **kind.visitor | kind.viewer) as context:
            page = context.new_page()
            page.goto(address + path)
            return taken_when(page, lambda picture: difference(wanted, picture) <= TOLERATED)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Site]:
    """Give the site that all pages here are of."""
    with serving() as serve:
        yield Site(tmp_path_factory.mktemp("site"), browser, serve)


@pytest.mark.parametrize("title", KINDS)
def test_the_player_shows_what_the_visitor_saw(site: Site, title: str) -> None:
    """A page with each kind of content looks the same."""
    seen, _ = site.seen(title)
    assert share_of(seen, GREEN) > 0.01, "a page that shows nothing tells nothing"
    assert difference(seen, site.shown(site.address, title)) <= TOLERATED
