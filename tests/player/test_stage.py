"""Page, address, seal, event and details belong to one step, whatever the network does."""

from __future__ import annotations

import base64
import io
import itertools
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, Response, request
from PIL import Image
from playwright.sync_api import Page, Route, expect

from flask_replay.storage import FileStorage

from .handmade import keep, page, step
from .screen import Screen

LATE = 1.5
"""Seconds that the slow server takes for a page."""

LOADS = """window.stood = new WeakSet();
document.addEventListener("load", ({ target }) => window.stood.add(target), true);"""
"""Notes which frames have loaded."""

SAMPLES = """() => {
  window.samples = [];
  window.most = 0;
  const look = () => {
    requestAnimationFrame(look);
    const screen = document.getElementById("screen").getBoundingClientRect();
    const top = document.elementFromPoint(screen.x + screen.width / 2, screen.y + screen.height / 2);
    const text = (id) => document.getElementById(id).textContent;
    window.most = Math.max(window.most, document.querySelectorAll("iframe").length);
    window.samples.push({
      page: Number(/page\\/(\\d+)/.exec(top.src)?.[1] ?? -1), stood: window.stood.has(top),
      address: text("url"), seal: document.getElementById("verdict").hidden ? "" : text("verdict"),
      row: Number(document.querySelector("#events [aria-current]")?.parentElement.ariaPosInSet ?? 0) - 1,
      details: text("details"), time: Number(document.getElementById("scrubber").value),
      loading: "loading" in document.body.dataset,
    });
  };
  look();
}"""
"""Notes for each frame what is on top of the stage, and what is around it."""

SEARCH = [
    step(0, "/", page("Start")),
    *(step(200 * n, f"/search?q={'abcdefghij'[:n]}", page("abcdefghij"[:n])) for n in range(1, 11)),
]
"""Ten letters typed within two seconds, each of which loaded a page."""

ASKED = ("/page/", "/verdict/", "/step/")


class Server:
    """The app's server, which can delay pages.

    :ivar late: seconds that it takes for each page.
    :ivar details_late: seconds that it takes for the details of each step.
    :ivar wrong: statuses that it answers in place of a page or its verdict, by a part of the path.
    :ivar asked: the paths that it was asked for, of pages and what belongs to them.
    """

    def __init__(self, app: Flask, serve: Callable[[Flask], str]) -> None:
        self.late = self.details_late = 0.0
        self.asked: list[str] = []
        self.wrong: dict[str, int] = {}
        self.over = threading.Event()
        app.before_request(self._take_time)
        self.address = serve(app)

    def _take_time(self) -> Response | None:
        if any(part in request.path for part in ASKED):
            self.asked.append(request.path)
        if "/page/" in request.path:
            self.over.wait(self.late)
        if "/step/" in request.path:
            self.over.wait(self.details_late)
        statuses = [status for part, status in self.wrong.items() if part in request.path]
        return Response("<h1>Bad Gateway</h1>", statuses[0]) if statuses else None


@pytest.fixture
def server(app: Flask, serve: Callable[[Flask], str]) -> Iterator[Server]:
    """Serve the app, and wait for nobody at the end."""
    made = Server(app, serve)
    yield made
    made.over.set()


@pytest.fixture
def play(server: Server, storage: FileStorage, tab: Page) -> Callable[..., Screen]:
    """Return a function that opens a recording, and notes each moment of the screen."""

    def open_recording(batches: list[Any], **options: Any) -> Screen:
        tab.add_init_script(LOADS)
        screen = Screen(tab, f"{server.address}/replay/{keep(storage, batches)}", **options)
        tab.evaluate(SAMPLES)
        return screen

    return open_recording


def is_one_truth(sample: dict[str, Any], batches: list[Any]) -> bool:
    """Whether everything at a moment belonged to one step, with its page shown."""
    url = f"https://shop.example{batches[sample['page']].request.url}"
    seal = (
        "not all of it was kept" if batches[sample["page"]].request.flags else "kept as it was sent"
    )
    return (
        sample["page"] == sample["row"]
        and sample["stood"]
        and sample["address"] == url
        and sample["seal"] == seal
        and batches[sample["page"]].request.url in sample["details"]
        and sample["time"] >= batches[sample["page"]].request.offset_ms
    )


def moments(screen: Screen) -> list[dict[str, Any]]:
    """Return what was noted so far."""
    found: list[dict[str, Any]] = screen.tab.evaluate("window.samples")
    assert found
    return found


def test_the_current_page_stays_while_the_next_one_loads(
    server: Server, play: Callable[..., Screen]
) -> None:
    """Each page takes 1.5 s. Until then the previous one keeps its address, seal, event and
    details, and the stage is never white.
    """
    visit = [
        step(10_000 * n, f"/at/{n}", page(f"Page {n}"), flags=("parts",) * (n % 2))
        for n in range(6)
    ]
    screen = play(visit)
    server.late = LATE
    screen.press("End")
    expect(screen.tab.locator("body[data-loading]")).to_have_count(1)
    assert screen.title == "Page 5"
    screen.press("Home")
    assert screen.title == "Page 0"
    screen.tab.locator("#events button").nth(2).click()
    screen.press("ArrowRight")
    assert (screen.current, screen.title) == (3, "Page 3")
    found = moments(screen)
    assert [sample for sample in found if not is_one_truth(sample, visit)] == []
    assert {sample["page"] for sample in found if sample["loading"]} >= {0}
    assert screen.tab.evaluate("window.most") <= 3


def test_no_white_flash_between_pages(play: Callable[..., Screen], tab: Page) -> None:
    """In all frames that the browser draws while pages of other colours change, playing and
    stepping.
    """
    colours = ("#a00", "#0a0", "#00a", "#a0a", "#0aa")
    visit = [
        step(300 * n, f"/{n}", page("", f"<style>html{{background:{c}}}</style>"))
        for n, c in enumerate(colours)
    ]
    screen = play(visit)
    drawn: set[tuple[int, ...]] = set()
    session = tab.context.new_cdp_session(tab)

    def look(picture: dict[str, Any]) -> None:
        image = Image.open(io.BytesIO(base64.b64decode(picture["data"]))).convert("RGB")
        drawn.add(image.getpixel((image.width // 4, image.height // 2)))  # type: ignore[arg-type]
        session.send("Page.screencastFrameAck", {"sessionId": picture["sessionId"]})

    session.on("Page.screencastFrame", look)
    session.send("Page.startScreencast", {"format": "png"})
    screen.press("Space")
    tab.wait_for_function(
        "() => document.getElementById('play').getAttribute('aria-label') === 'Play'"
    )
    for key in ("Home", "End", "Home", "ArrowRight", "ArrowRight", "ArrowLeft"):
        screen.press(key)
        screen.settle()
        tab.screenshot()  # waits until that is drawn
    session.send("Page.stopScreencast")
    assert drawn
    assert drawn <= {tuple(17 * int(sign, 16) for sign in colour[1:]) for colour in colours}


def test_all_ten_letters_of_a_search_are_shown_as_typed(play: Callable[..., Screen]) -> None:
    """In order, at the visitor's own speed, and in about the same time."""
    screen = play(SEARCH)
    screen.press("Space")
    screen.tab.wait_for_function(
        "() => document.getElementById('play').getAttribute('aria-label') === 'Play'"
    )
    found = moments(screen)
    assert [number for number, _ in itertools.groupby(sample["page"] for sample in found)] == list(
        range(11)
    )
    assert [sample for sample in found if not is_one_truth(sample, SEARCH)] == []
    assert screen.tab.evaluate("window.most") <= 3


def test_a_page_that_is_loaded_waits_for_the_details_of_its_step(
    server: Server, play: Callable[..., Screen]
) -> None:
    """But not forever: without an answer it is shown after a second, and its details when they
    arrive.
    """
    screen = play(SEARCH[:5])
    server.details_late = 0.6
    screen.press("End")
    assert screen.title == "abcd"
    assert [sample for sample in moments(screen) if not is_one_truth(sample, SEARCH)] == []
    server.details_late = 60.0
    screen.press("Home")
    for title in ("a", "ab"):  # the first two were prepared at once
        screen.press("ArrowRight")
        assert screen.title == title
    assert moments(screen)[-1]["details"] == ""


def test_time_stops_until_the_next_page_is_ready(
    server: Server, play: Callable[..., Screen]
) -> None:
    """Even at 16 times the speed with a slower server, no page is skipped."""
    server.late = 0.15
    screen = play(SEARCH[:6])
    screen.tab.select_option("#speed", "16")
    screen.press("Space")
    screen.tab.wait_for_function(
        "() => document.getElementById('play').getAttribute('aria-label') === 'Play'"
    )
    found = moments(screen)
    assert [number for number, _ in itertools.groupby(sample["page"] for sample in found)] == list(
        range(6)
    )
    assert [sample for sample in found if not is_one_truth(sample, SEARCH)] == []


def test_stepping_back_sends_no_request(server: Server, play: Callable[..., Screen]) -> None:
    """A page, its verdict and its details are loaded once, however far the viewer goes back."""
    screen = play(SEARCH)
    for _ in SEARCH[1:]:
        screen.press("ArrowRight")
        screen.settle()
    assert screen.title == "abcdefghij"
    assert sorted(server.asked) == sorted(set(server.asked))
    asked = len(server.asked)
    for _ in SEARCH[1:]:
        screen.press("ArrowLeft")
        screen.settle()
    assert screen.title == "Start"
    assert server.asked[asked:] == []


def test_a_page_with_an_image_that_never_loads_is_shown_without_it(
    play: Callable[..., Screen], tab: Page
) -> None:
    """Once its text is there, the player does not wait for the rest forever."""
    held: list[Route] = []
    tab.route("**/never.png", lambda route: held.append(route))
    screen = play([SEARCH[0], step(50_000, "/slow", page("Slow", '<img src="/never.png">'))])
    screen.press("End")
    assert (screen.current, screen.title) == (1, "Slow")
    assert held


def test_a_page_waits_longer_for_its_stylesheet(play: Callable[..., Screen], tab: Page) -> None:
    """Without it, browsers show only white. For images, the player waits less."""
    tab.add_init_script(
        "const wait = setTimeout; setTimeout = (f, time) => wait(f, time === 2000 ? 20 : time)"
    )
    held: list[Route] = []
    tab.route("**/late.css", lambda route: held.append(route))
    sheet = '<link rel="stylesheet" href="/late.css">'
    screen = play([SEARCH[0], step(50_000, "/late", page("Late", sheet))])
    tab.keyboard.press("End")
    expect(tab.locator("body[data-loading]")).to_have_count(1)
    tab.evaluate("new Promise((resolve) => setTimeout(resolve, 200))")
    expect(tab.locator("body[data-loading] #url")).to_have_text("https://shop.example/")
    held.pop().fulfill(body="", content_type="text/css")
    screen.settle()
    assert (screen.current, screen.title) == (1, "Late")


def test_without_a_server_the_current_page_stays_with_a_message(
    play: Callable[..., Screen], tab: Page
) -> None:
    """Address, seal and page belong to one step, and the viewer can continue once the server is
    back.
    """
    screen = play(SEARCH)
    tab.context.set_offline(True)
    screen.press("End")
    expect(tab.locator("#note")).to_contain_text("cannot be loaded")
    assert (screen.current, screen.title, screen.url) == (0, "Start", "https://shop.example/")
    tab.context.set_offline(False)
    screen.press("End")
    assert (screen.current, screen.title) == (10, "abcdefghij")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"/page/10": 503}, "the server answered 503"),
        ({"/page/10": 404}, "it is not there any more"),
        ({"/verdict/10": 401}, "the server answered 401"),
    ],
)
def test_only_a_recorded_page_is_shown_as_one(
    server: Server, play: Callable[..., Screen], tab: Page, wrong: dict[str, int], said: str
) -> None:
    """Not the error of the app or of a proxy before it, nor the login page of a viewer who has been
    logged out since. The viewer can try again.
    """
    screen = play(SEARCH)
    server.wrong = wrong
    screen.press("End")
    expect(tab.locator("#note")).to_contain_text(f"cannot be loaded: {said}")
    assert (screen.current, screen.title, screen.url) == (0, "Start", "https://shop.example/")
    server.wrong = {}
    screen.press("End")
    assert (screen.current, screen.title) == (10, "abcdefghij")
