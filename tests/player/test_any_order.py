"""Whatever a viewer does in whatever order, and however late answers come: the row, the page, the
address and the details that are shown belong together, and the last thing the viewer asked for counts.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence

import pytest
from flask import Flask, Response, request
from playwright.sync_api import Page, expect

from flask_replay.recording.batch import Batch
from flask_replay.recording.events import Error
from flask_replay.recording.ids import new_id
from flask_replay.storage import FileStorage

from .handmade import STARTED, go_on, keep, page, step
from .screen import Screen

SEEDS = range(2)
COUNT = 24
"""Events of the recording."""

_PARTS = ("/page/", "/verdict/", "/step/", "/way/")
"""What the player requests for a step."""

_KEYS = (
    *("ArrowLeft", "ArrowRight", "Shift+ArrowLeft", "Shift+ArrowRight", "Home", "End"),
    *("j", "l", "Space", "e", "Shift+e", "+", "-"),
)

_CLICK = """(number) => {
  const row = document.querySelector(`#events > li[aria-posinset="${number + 1}"] button`);
  row?.click();
  return Boolean(row);
}"""
"""Clicks an event, and returns whether its row was visible."""

_STOP = """() => {
  const play = document.querySelector("#play");
  if (play.getAttribute("aria-label") === "Pause") play.click();
}"""


def _made() -> list[Batch]:
    """Return events of several kinds; some begin in the same millisecond."""
    chance, offset, found = random.Random(3), 0, [step(0, "/0", page("Page 0"))]
    for number in range(1, COUNT):
        offset += chance.choice([0, 200, 1_000, 9_000])
        kind = chance.choice(["page", "page", "page", "data", "redirect", "error"])
        if kind == "data":
            found.append(step(offset, f"/{number}", mimetype="application/json", json={"a": 1}))
        elif kind == "redirect":
            found.append(step(offset, f"/{number}", method="POST", status=302, redirect="/"))
        else:
            wrong = [Error(offset_ms=offset, type="E", message="no")] if kind == "error" else []
            found.append(step(offset, f"/{number}", page(f"Page {number}"), errors=wrong))
    return found


EVENTS = _made()
TIMES = [batch.events[0].offset_ms for batch in EVENTS]
PAGES = [number for number, batch in enumerate(EVENTS) if batch.request and batch.request.parts]


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    """Return a source of the same numbers in each run."""
    return random.Random(request.param)


@pytest.fixture
def app(app: Flask, chance: random.Random) -> Flask:
    """Return an app that answers at different speeds."""
    lag = random.Random(chance.random())

    @app.after_request
    def wait(response: Response) -> Response:
        if any(part in request.path for part in _PARTS):
            time.sleep(lag.choice([0, 0, 0.02, 0.1, 0.3]))
        return response

    return app


class Viewer:
    """Somebody who tries all controls.

    :param there: the numbers of the events that the recording has so far.
    """

    def __init__(self, screen: Screen, chance: random.Random, there: Sequence[int]) -> None:
        self.screen = screen
        self.there = there
        self.tab = screen.tab
        self.done: list[str] = []
        self.asked: Callable[[], bool] | None = None
        """Whether the last thing that was asked for is shown, if it named a step or a moment."""
        self._chance = chance
        self._errors: list[str] = []
        self.tab.on("pageerror", lambda error: self._errors.append(str(error)))

    def act(self, *more: Callable[[], None]) -> None:
        """Do a few things, with short pauses or none."""
        for _ in range(self._chance.randrange(1, 8)):
            what = [self._press, self._press, self._press, self._click, self._address, *more]
            self._chance.choice(what)()
            self.tab.wait_for_timeout(self._chance.choice([0, 0, 10, 60, 150]))

    def _press(self) -> None:
        key = self._chance.choice(_KEYS)
        self._note(f"press {key}", None)
        self.screen.press(key)

    def _click(self) -> None:
        number = self._chance.randrange(COUNT)
        if self.tab.evaluate(_CLICK, number):
            self._note(f"click {number}", lambda: self.screen.current == number)

    def _address(self) -> None:
        moment = self._chance.randrange(TIMES[-1])
        self._note(f"go to {moment}", lambda: self.screen.position == moment)
        self.tab.evaluate("(moment) => { location.hash = `#t=${moment}` }", moment)

    def drag(self) -> None:
        """Drag the scrubber, hesitate, and let it go."""
        moment = self._chance.randrange(TIMES[-1])
        near = TIMES[-1] / 150
        self._note(f"drag to {moment}", lambda: abs(self.screen.position - moment) < near)
        self.screen.drag(self._chance.randrange(TIMES[-1]))
        self.tab.wait_for_timeout(self._chance.choice([0, 50, 100, 200]))
        self.screen.drag_on(moment)
        self.tab.mouse.up()

    def switch(self) -> None:
        """Switch the templates, or the scripts, which shows the same step in another way."""
        name = self._chance.choice(["input[value=then]", "input[value=now]", "#scripts"])
        self.done.append(name)
        self.tab.evaluate("(name) => document.querySelector(name).click()", name)

    def look(self) -> int:
        """Stop, and check what is shown.

        :returns: the number of the shown event.
        """
        self.tab.evaluate(_STOP)
        self.tab.wait_for_timeout(150)  # a dragged scrubber must rest before anything is loaded
        row = self.tab.locator("#events li:has([aria-current]) .path")
        self.screen.settle()
        number, position = int(row.inner_text().strip(" /")), self.screen.position
        assert not self._errors, self
        assert self.asked is None or self.asked(), self
        later = [TIMES[other] for other in self.there if TIMES[other] > TIMES[number]]
        assert TIMES[number] <= position + 1 <= min(later, default=TIMES[-1] + 1_000) + 25, self
        shown = int(self.screen.title.removeprefix("Page "))
        between = [
            other
            for other in self.there
            if other in PAGES and TIMES[shown] < TIMES[other] < TIMES[number]
        ]
        assert TIMES[shown] <= TIMES[number], self
        assert not between, self
        assert shown == number or number not in PAGES, self
        expect(self.tab.locator("#url")).to_contain_text(f"/{shown}")
        expect(self.tab.locator("#details")).to_contain_text(f"/{number}")
        assert self.tab.locator("#screen iframe").count() <= 3, self
        return number

    def _note(self, what: str, asked: Callable[[], bool] | None) -> None:
        self.done.append(what)
        self.asked = asked

    def __repr__(self) -> str:
        return ", ".join(self.done)


@pytest.mark.parametrize("chance", SEEDS, indirect=True)
def test_the_last_wish_of_a_viewer_counts(
    play: Callable[..., Screen], storage: FileStorage, chance: random.Random
) -> None:
    """In a finished recording."""
    viewer = Viewer(play(keep(storage, EVENTS)), chance, range(COUNT))
    for _ in range(6):
        viewer.act(viewer.drag, viewer.switch)
        viewer.look()


@pytest.mark.parametrize("chance", SEEDS, indirect=True)
def test_events_that_arrive_change_nothing_else(
    app: Flask,
    serve: Callable[[Flask], str],
    tab: Page,
    storage: FileStorage,
    chance: random.Random,
) -> None:
    """In a running recording, of which two workers append events in any order."""
    name, coming = new_id(STARTED), list(range(COUNT))
    there: list[int] = []
    workers = {"one": 0, "other": 0}

    def append() -> None:
        if coming:
            worker = chance.choice(list(workers))
            there.append(coming.pop(chance.randrange(min(3, len(coming))) if there else 0))
            go_on(storage, name, [EVENTS[there[-1]]], workers[worker], worker=worker)
            workers[worker] += 1

    for _ in range(7):
        append()
    viewer = Viewer(Screen(tab, f"{serve(app)}/replay/{name}"), chance, there)
    for _ in range(6):
        viewer.act(append, append, viewer.switch)
        viewer.asked = None  # events that arrive change the numbers, and perhaps the moment
        row = tab.locator("#events li").first
        expect(row).to_have_attribute("aria-setsize", str(len(there)))
        viewer.look()
