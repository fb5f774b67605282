"""The speed of the player: a recording of 10,000 events and 1,000 pages in Chromium, served by a
process of its own.
"""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from flask import Flask, jsonify
from playwright.sync_api import CDPSession, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from flask_replay import Replay
from tests.browsing import CHROMIUM, OPTIONS

from .pages import ROOT
from .size import Visitor
from .size import make_app as make_tasks_app

PAGES = 1_000
CALLS = 8
"""Requests of a page's scripts for data, per page."""

STEPS = 60
"""Steps of each kind that are measured."""

_REST = 500
"""Milliseconds between two kinds of steps."""

PLAYED = 6.0
"""Seconds of playing at 16×."""

FIRST_PICTURE = 1_000.0
STEP_MEDIAN, STEP_MOST = 100.0, 300.0
"""Milliseconds."""
FRAMES = 30.0
IN_DOCUMENT = 3
OWN_BYTES = 120 * 1024

_WATCH = """(() => {
  const seen = window.seen = { most: 0, stood: 0 };
  let [pressed, waiting] = [0, null];
  const asked = () => {
    [pressed, seen.stood] = [performance.now(), 0];
    requestAnimationFrame(() => requestAnimationFrame(look)); // it may have led nowhere
  };
  for (const kind of ["keydown", "pointerdown"]) addEventListener(kind, asked, true);
  const stands = () => document.querySelector("#screen:not(.blank) iframe") && !document.body.dataset.loading;
  seen.wait = () => new Promise((resolve) => { waiting = resolve; tell(); });
  const tell = () => { if (seen.stood) waiting?.(seen.stood - pressed); };
  const look = () => {
    seen.most = Math.max(seen.most, document.querySelectorAll("iframe").length);
    if (!stands()) return;
    const since = pressed;
    requestAnimationFrame(() => setTimeout(() => {
      if (!stands() || since !== pressed || seen.stood) return;
      seen.stood = performance.now();
      tell();
    }));
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
})();"""
"""Measures the time until the last requested step is shown and painted."""

_PLAY = """(seconds) => new Promise((resolve) => {
  const line = document.getElementById("scrubber");
  const [began, values] = [performance.now(), []];
  let frames = 0;
  const tick = () => {
    frames += 1;
    if (values.at(-1) !== line.value) values.push(line.value);
    if (performance.now() - began < 1000 * seconds) requestAnimationFrame(tick);
    else resolve([frames / seconds, values.length / seconds]);
  };
  document.getElementById("speed").value = "16";
  document.getElementById("play").click();
  requestAnimationFrame(tick);
})"""
"""Plays, and returns the painted frames per second, and in how many of them the timeline moved."""


def make_app(folder: Path) -> Flask:
    """Return an app with a long list whose scripts request data."""
    app = make_tasks_app()
    app.config.update(REPLAY_STORAGE=str(folder), REPLAY_MAX_EVENTS=PAGES * (CALLS + 2))

    @app.get("/left.json")
    def left() -> Any:
        return jsonify(left=7)

    return app


def record(folder: Path) -> str:
    """Record a visitor who opens pages, and return the id of the recording."""
    app = make_app(folder)
    replay = Replay(app)
    visitor = Visitor(app, replay)
    with mock.patch("time.perf_counter", visitor.tick):
        for number in range(PAGES):
            visitor.send(
                "GET", f"/tasks?page={number % 10 + 1}", 4.0, headers={"Sec-Fetch-Dest": "document"}
            )
            for _ in range(CALLS):
                visitor.send("GET", "/left.json", 0.4, headers={"Sec-Fetch-Dest": "empty"})
    with app.app_context():
        replay.finalize()
        (summary,) = replay.recordings.summaries()
        assert (summary.tally.events, summary.tally.pages) == (PAGES * (CALLS + 2), PAGES)
        return summary.id


class _Handler(WSGIRequestHandler):
    """Keeps connections open, like production servers."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Print nothing."""


def serve(folder: Path) -> None:
    """Serve the player, and print the port."""
    app = make_app(folder)
    app.config["REPLAY_ENABLED"] = False
    app.debug = True
    Replay(app)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Handler)
    print(server.server_port, flush=True)
    server.serve_forever()


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve recordings in a process of its own, and yield the address of the player."""
    command = [sys.executable, "-m", "benchmarks.player", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/replay"
        finally:
            process.terminate()


class Viewer:
    """A viewer with an open recording, whose browser reports waiting times."""

    def __init__(self, tab: Page, address: str) -> None:
        self.tab = tab
        self.address = address
        self.asked = 0
        tab.add_init_script(_WATCH)
        session = tab.context.new_cdp_session(tab)
        session.send("Network.enable")
        session.on("Network.responseReceived", self._count)

    def _count(self, event: dict[str, Any]) -> None:
        """Count the requests for pages and verdicts, without those that the browser's cache
        answered.
        """
        shown = "/page/" in event["response"]["url"] or "/verdict/" in event["response"]["url"]
        self.asked += shown and not event["response"].get("fromDiskCache")

    def open(self) -> float:
        """Open the recording and return the milliseconds to the first picture."""
        self.tab.goto("about:blank")
        self.tab.goto(self.address)
        waited = self._wait()
        self.tab.wait_for_selector("body[data-ready]:not([data-loading])")
        return waited

    def press(self, key: str) -> float:
        """Press a key and return the milliseconds to the result."""
        self.tab.keyboard.press(key)
        return self._wait()

    def jump(self, share: float) -> float:
        """Click on the timeline and return the milliseconds to the result."""
        box = self.tab.locator("#scrubber").bounding_box()
        assert box is not None
        self.tab.mouse.click(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
        return self._wait()

    def _wait(self) -> float:
        return float(self.tab.evaluate("seen.wait()"))


def own_files(session: CDPSession, open_it: Callable[[], object]) -> tuple[int, int]:
    """Return how many files of its own the player loads, and their bytes."""
    of: dict[str, str] = {}
    sizes: dict[str, int] = {}
    session.send("Network.enable")
    session.on(
        "Network.requestWillBeSent",
        lambda event: of.update({event["requestId"]: event["request"]["url"]}),
    )
    session.on(
        "Network.loadingFinished",
        lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}),
    )
    open_it()
    own = [sizes.get(key, 0) for key, url in of.items() if "/static/" in url]
    session.send("Network.disable")
    return len(own), int(sum(own))


def measure(tab: Page, address: str) -> bool:
    """Measure, print, and return whether the limits hold."""
    viewer = Viewer(tab, address)
    count, size = own_files(tab.context.new_cdp_session(tab), viewer.open)
    viewer.open()  # warms all caches
    good = _say("own files, in KB", size / 1024, OWN_BYTES / 1024, f"in {count} requests")
    opened = [viewer.open() for _ in range(5)]
    good &= _say("open to the first picture, warm, in ms", statistics.median(opened), FIRST_PICTURE)
    chance = random.Random(1)
    ways: dict[str, Callable[[], float]] = {
        "the next page": lambda: viewer.press("Shift+ArrowRight"),
        "the page before": lambda: viewer.press("Shift+ArrowLeft"),
        "the next event": lambda: viewer.press("ArrowRight"),
        "anywhere": lambda: viewer.jump(chance.random()),
    }
    taken: list[float] = []
    for name, take in ways.items():
        tab.wait_for_timeout(_REST)  # the pages that are prepared now belong to the steps before
        asked = viewer.asked
        times = [take() for _ in range(STEPS)]
        taken += times
        print(
            f"    {name:20} p50 {_at(times, 0.5):5.0f}  p95 {_at(times, 0.95):5.0f}  pages and "
            f"verdicts asked for {viewer.asked - asked:5}"
        )
        if take is ways["the page before"]:
            good &= _say("pages and verdicts asked for while going back", viewer.asked - asked, 0)
    good &= _say("a step to pixels, p50, in ms", _at(taken, 0.5), STEP_MEDIAN)
    good &= _say("a step to pixels, p95, in ms", _at(taken, 0.95), STEP_MOST)
    viewer.press("Home")
    drawn, moved = tab.evaluate(_PLAY, PLAYED)
    good &= _say(
        "frames a second on the line of time, at 16×",
        moved,
        FRAMES,
        f"of {drawn:.0f} drawn",
        least=True,
    )
    return good & _say("pages in the document, at most", tab.evaluate("seen.most"), IN_DOCUMENT)


def _at(times: list[float], share: float) -> float:
    return sorted(times)[min(int(share * len(times)), len(times) - 1)]


def _say(what: str, found: float, limit: float, note: str = "", *, least: bool = False) -> bool:
    good = found >= limit if least else found <= limit
    sign = "≥" if least else "≤"
    print(
        f"  {what:46}{found:8.1f} ({'' if good else 'NOT '}{sign} {limit:.0f}) {note}", flush=True
    )
    return good


def run() -> bool:
    """Record, open the recording in Chromium, print the times, and return whether the limits
    hold.
    """
    print(f"\nThe player, of a recording of {PAGES * (CALLS + 2):,} events and {PAGES:,} pages")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        id = record(Path(folder))
        with serving(Path(folder)) as address:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
            tab = browser.new_page(viewport={"width": 1280, "height": 800})
            good = measure(tab, f"{address}/{id}")
            browser.close()
    return good


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
