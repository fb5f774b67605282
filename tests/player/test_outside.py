"""Shown pages send no requests to other hosts, unless a setting allows it, because hosts would
learn what is viewed.
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote

import pytest
from flask import Flask, redirect, request
from playwright.sync_api import Page
from turbohtml import parse
from werkzeug.wrappers import Response

from flask_replay import Replay
from flask_replay.storage import FileStorage

from .handmade import keep, make_app, step
from .payloads import CLICKS, LOADS
from .screen import Screen


class Outside:
    """Another host, which notes every connection, because a connection alone reveals much.

    :ivar heard: what was asked for, ``""`` for a connection that asked for nothing.
    """

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.server = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.server.getsockname()[1]}"
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self.server.accept()
                with connection, suppress(OSError):
                    connection.settimeout(0.3)
                    asked = b""
                    with suppress(TimeoutError):
                        asked = connection.recv(1000)
                    self.heard.append(asked.split(b" HTTP")[0].decode("latin-1"))
                    connection.sendall(
                        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                    )

    def close(self) -> None:
        """Stop it."""
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        self.thread.join()


@pytest.fixture
def outside() -> Iterator[Outside]:
    """Return another host."""
    host = Outside()
    yield host
    host.close()


def pages(outside: Outside, snippets: dict[str, str]) -> list[str]:
    """Return a page for each snippet, whose address identifies it."""
    return [
        "<!doctype "
        f"html><html><head><title>{name}</title></head>{html.replace('OUT', f'{outside.address}/{number}')}"
        for number, (name, html) in enumerate(snippets.items())
    ]


def away() -> Response:
    """Redirect to another host, as a view of many apps does."""
    return redirect(request.args["to"])


LATER = 800
"""Milliseconds after which a browser has done deferred work. A page without scripts cannot report
it.
"""


def look(tab: Page, address: str) -> None:
    """Open a page, and wait as long as it sends requests."""
    tab.goto(address, timeout=60_000)
    tab.wait_for_timeout(LATER)


def frames(app: Flask, places: list[str]) -> str:
    """Give an app a page with others in frames, and return its path."""
    html = "".join(f'<iframe src="{place}" width=300 height=200></iframe>' for place in places)
    app.add_url_rule("/frames", "frames", lambda: f"<!doctype html><title>Frames</title>{html}")
    return "/frames"


def test_the_snippets_send_requests_if_nothing_forbids_it(
    serve: Callable[[Flask], str], tab: Page, outside: Outside
) -> None:
    """Otherwise the tests below would prove nothing. Not all of them do, because browsers differ
    and change.
    """
    app = Flask("open")
    app.add_url_rule("/away", view_func=away)
    made = pages(outside, LOADS)
    app.add_url_rule("/<int:number>", "page", lambda number: made[number])
    path = frames(app, [f"/{number}" for number in range(len(made))])
    look(tab, serve(app) + path)
    heard = {int(found[1]) for asked in outside.heard if (found := re.search(r"/(\d+)", asked))}
    silent = [name for number, name in enumerate(LOADS) if number not in heard]
    assert len(heard) >= 45, silent


AHEAD = [name for name in LOADS if name.startswith(("pre", "dns", "modulepre"))]


@pytest.mark.parametrize("name", AHEAD)
def test_no_link_is_left_that_connects_ahead(
    app: Flask, storage: FileStorage, outside: Outside, name: str
) -> None:
    """No policy forbids it. A browser driven by a test may ignore such links."""
    (made,) = pages(outside, {name: LOADS[name]})
    relations = "prefetch, preconnect, dns-prefetch, preload, modulepreload, prerender".split(", ")
    links = ", ".join(f"link[rel~={relation} i]" for relation in relations)
    assert len(parse(made).select(links)) == 1
    id = keep(storage, [step(0, "/", made)])
    shown = app.test_client().get(f"/replay/{id}/page/0").get_data(as_text=True)
    assert parse(shown).select(links) == []


def test_a_page_sends_no_request_to_another_host(
    app: Flask, storage: FileStorage, serve: Callable[[Flask], str], tab: Page, outside: Outside
) -> None:
    """For an image, a style, a font, a frame or a refresh. There is not even a connection."""
    made = pages(outside, LOADS)
    app.add_url_rule("/away", view_func=away)
    id = keep(storage, [step(100 * number, f"/{number}", html) for number, html in enumerate(made)])
    path = frames(app, [f"/replay/{id}/page/{number}" for number in range(len(made))])
    look(tab, serve(app) + path)
    assert outside.heard == []
    assert {frame.title() for frame in tab.frames} >= set(LOADS)


@pytest.mark.parametrize(
    "name", ["refresh", "icon", "manifest", "prefetch", "preconnect", "base", "img", "speculation"]
)
def test_a_page_in_a_tab_of_its_own_sends_none_either(
    app: Flask,
    storage: FileStorage,
    serve: Callable[[Flask], str],
    tab: Page,
    outside: Outside,
    name: str,
) -> None:
    """In a whole tab, browsers request more kinds of files."""
    id = keep(storage, [step(0, "/", *pages(outside, {name: LOADS[name]}))])
    look(tab, f"{serve(app)}/replay/{id}/page/0")
    assert tab.title() == name
    assert outside.heard == []


def test_a_click_into_a_page_sends_no_request_to_another_host(
    app: Flask, storage: FileStorage, serve: Callable[[Flask], str], tab: Page, outside: Outside
) -> None:
    """Links, forms and pings lead nowhere in the player."""
    made = pages(outside, CLICKS)
    id = keep(storage, [step(100 * number, f"/{number}", html) for number, html in enumerate(made)])
    screen = Screen(tab, f"{serve(app)}/replay/{id}")
    for _ in made:
        screen.page.locator("#click").click(force=True)
        tab.wait_for_timeout(LATER / 4)
        screen.press("ArrowRight")
    tab.wait_for_timeout(LATER)
    assert outside.heard == []
    assert "/replay/" in tab.url


@pytest.mark.parametrize("allowed", [True, "host", "other"])
def test_a_setting_lets_pages_load_from_hosts(
    folder: object,
    storage: FileStorage,
    serve: Callable[[Flask], str],
    tab: Page,
    outside: Outside,
    allowed: object,
) -> None:
    """From all, or from the named ones: images, styles and media, but no scripts and nothing ahead."""
    app = Flask("allowing")
    hosts = {"host": [outside.address], "other": ["cdn.example", "127.0.0.1:1"]}.get(
        str(allowed), allowed
    )
    app.config.update(
        SECRET_KEY="test", REPLAY_ENABLED=False, DEBUG=True, REPLAY_EXTERNAL_ASSETS=hosts
    )
    Replay(app, storage=storage)
    wanted = ("img", "stylesheet", "background", "svg image", "poster")
    never = ("script", "iframe", "object", "prefetch", "preconnect", "refresh", "manifest")
    snippets = {name: LOADS[name] for name in (*wanted, *never)}
    made = pages(outside, snippets)
    id = keep(storage, [step(100 * number, f"/{number}", html) for number, html in enumerate(made)])
    look(
        tab,
        serve(app) + frames(app, [f"/replay/{id}/page/{number}" for number in range(len(made))]),
    )
    heard = {int(asked.rpartition("/")[2]) for asked in outside.heard}
    assert heard == (set() if allowed == "other" else set(range(len(wanted))))


def test_pages_forbid_prefetching_by_policy(
    folder: object, storage: FileStorage, app: Flask
) -> None:
    """Name lookups as well, which a test cannot observe in a browser."""
    id = keep(storage, [step(0, "/", "<!doctype html><a href='https://evil.example'>x</a>")])
    for view in ("", id, f"{id}/page/0", f"{id}/piece/0"):
        headers = app.test_client().get(f"/replay/{view}").headers
        assert headers["X-DNS-Prefetch-Control"] == "off"
        assert headers["Referrer-Policy"] in {"no-referrer", "same-origin"}
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "http" not in policy and "*" not in policy


def test_content_of_another_host_is_replaced_by_a_note(
    app: Flask, folder: Path, storage: FileStorage
) -> None:
    """Images and frames, with the host's name as text. Content of allowed hosts is loaded."""
    html = (
        "<!doctype html><img src='https://cdn.example/a.png' srcset='//cdn.example/b.png 2x'>"
        "<iframe src=https://video.example/7></iframe><img src=/own.png>"
        "<img src=https://shop.example/own.png><img src='https://<b>/c.png'>"
    )
    place = f"/replay/{keep(storage, [step(0, '/', html)])}/page/0"
    page = app.test_client().get(place).text
    images = [image.attrs for image in parse(page).select("img")]
    first, own, same, _ = [unquote(str(image["src"])) for image in images]
    assert first.startswith("data:image/svg+xml,") and "not loaded: cdn.example" in first
    assert "not loaded: cdn.example" in unquote(str(images[0]["srcset"]))
    assert (own, same) == ("/own.png", "https://shop.example/own.png")
    frame = parse(page).select_one("iframe")
    assert frame is not None
    assert "not loaded: video.example" in unquote(str(frame.attrs["srcdoc"]))
    allowing = make_app(folder, REPLAY_EXTERNAL_ASSETS=["cdn.example"])
    assert "src='https://cdn.example/a.png'" in allowing.test_client().get(place).text
