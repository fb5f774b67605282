"""The player shows what the visitor saw: pictures of both, at the same size, agree pixel by pixel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import Browser, Page

from flask_replay.recording.model import Recording

from ..browsing import serving
from ..conftest import recordings_of
from .kinds import KINDS, Kind
from .material import GREEN, deploy, make_site
from .pictures import IN_A_FRAME, TOLERATED, context_of, difference, settled, share_of, taken_when
from .site import make_app

WINDOW = {"width": 1280, "height": 900}
"""The window in which a file is played, larger than those of all visitors."""

_FRAMED = """const sheet = new CSSStyleSheet();
sheet.replaceSync("#screen iframe { position: fixed !important; inset: 0 !important; z-index: 9; border: 0 !important; transform: none !important;"
  + "width: %(width)dpx !important; height: %(height)dpx !important } #screen iframe.coming { visibility: hidden }");
document.adoptedStyleSheets.push(sheet);"""
"""Shows the player's pages at a size before they load anything, because the size selects images."""


class Site:
    """A recorded site with visitors and viewers, also after a later deployment.

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
        self._folder = folder
        self._moments: dict[str, int] = {}
        self._tabs: dict[str, Page] = {}
        self._seen: dict[str, tuple[Image.Image, str]] = {}

    def seen(self, title: str) -> tuple[Image.Image, str]:
        """Return the page of a visitor who has just logged in, and its path in the player."""
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

    def played(self, title: str) -> Image.Image:
        """Return the page that a viewer without a network sees in a saved file."""
        wanted, path = self.seen(title)
        id = path.split("/")[2]
        if path not in self._moments:
            self._save(id)
        file, moment = self._folder / f"{id}.html", self._moments[path]
        size = {"width": wanted.width, "height": wanted.height}
        tab = self._tab(
            "reader", {"viewport": WINDOW, "offline": True, **KINDS[title].viewer}, size
        )
        tab.goto("about:blank")
        tab.goto(f"{file.as_uri()}#t={moment}")
        return taken_when(
            tab, lambda picture: difference(wanted, picture) <= TOLERATED, {"x": 0, "y": 0, **size}
        )

    def _save(self, id: str) -> None:
        """Export the current state of a recording."""
        (recording,) = (one for one in recordings_of(self.app) if one.summary.id == id)
        saved = self.app.test_client().get(f"/replay/{id}/offline.html")
        (self._folder / f"{id}.html").write_bytes(saved.data)
        for number, batch in enumerate(recording.batches):
            self._moments[_path_of(recording, number)] = batch.events[0].offset_ms

    def _tab(self, who: str, options: dict[str, Any], frame: dict[str, int] | None = None) -> Page:
        """Return the tab of a visitor or a viewer with a certain browser. Each has separate
        cookies.

        :param frame: the size that the player shows pages at.
        """
        name = f"{who} {sorted(options.items())} {frame}"
        if name not in self._tabs:
            self._tabs[name] = tab = context_of(self._browser, **options).new_page()
            if frame is not None:
                tab.add_init_script(_FRAMED % frame)
        return self._tabs[name]

    def close(self) -> None:
        """Close all browsers."""
        for tab in self._tabs.values():
            tab.context.close()

    def _place(self, path: str) -> str:
        for recording in recordings_of(self.app):
            for number, batch in enumerate(recording.batches):
                if batch.request is not None and batch.request.url == path:
                    return _path_of(recording, number)
        raise LookupError(path)

    def shown(self, address: str, title: str) -> Image.Image:
        """Return what a viewer sees at an address, as soon as it should equal what the visitor saw."""
        kind = KINDS[title]
        wanted, path = self.seen(title)
        tab = self._tab("viewer", kind.visitor | kind.viewer)
        if kind.scripts:  # these run only in the player's frame
            tab.goto(f"{address}/replay/")
            tab.evaluate(IN_A_FRAME, f"{path}&scripts")
        else:
            tab.goto(address + path)
        return taken_when(tab, lambda picture: difference(wanted, picture) <= TOLERATED)


def _path_of(recording: Recording, number: int) -> str:
    """Return the path of a step in the player. Its key names it even if an entry of an earlier
    request arrives later, and changes its number.
    """
    worker, entry = recording.keys[number]
    return f"/replay/{recording.summary.id}/page/{number}?key={worker}:{entry}"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Site]:
    """Return the site of all pages in this module."""
    with serving() as serve:
        made = Site(tmp_path_factory.mktemp("site"), browser, serve)
        yield made
        made.close()


WITHOUT_COLOR = {"page of text"}


@pytest.mark.parametrize("title", KINDS)
def test_the_player_shows_what_the_visitor_saw(site: Site, title: str) -> None:
    """A page with each kind of content looks the same, although stylesheets, images and fonts have
    changed since.
    """
    seen, _ = site.seen(title)
    mute = share_of(seen, GREEN) < 0.01 and title not in WITHOUT_COLOR
    assert not mute, "a page that shows nothing tells nothing"
    assert difference(seen, site.shown(site.later, title)) <= TOLERATED


OTHERWISE = {
    "drawing that loads files",
    "frames of other files",
    "image of a density",
    "image of two types",
    "object",
    "page without a doctype",
    "set of frames",
    "source set",
}
"""Things that a file shows differently."""

ALIKE = {
    "declared shadow",
    "frame of the app",
    "image of an error",
    "object that was missing",
    "page of XHTML",
    "policy of the page",
    "sheet in another charset",
    "web font",
}
"""One page for each other way in which a file holds what a page loads. Scripts do not run in it."""


@pytest.mark.parametrize("title", sorted(OTHERWISE | ALIKE))
def test_a_saved_file_shows_it_without_a_network(site: Site, title: str) -> None:
    """It contains everything that the page is made of."""
    seen, _ = site.seen(title)
    assert difference(seen, site.played(title)) <= TOLERATED
