"""A scripted agent that shops. It records itself, and its recording contains the pages that it was
served.

What it sees is on screenshots that were taken of a browser once (``screenshots.py``). In the end it
does not know what to do, and hands over to a customer, whose recording is another one.
"""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

from flask import Flask

from flask_replay import ProgramRecording, Replay

_SCREENSHOTS = Path(__file__).parent / "screenshots"
_BOXES = json.loads((_SCREENSHOTS / "boxes.json").read_text())
_TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')


class Agent:
    """Drives the shop with a test client, where a real agent would drive a browser.

    The time that passes is the recorder's clock alone: nobody has to wait for it.

    :param started: seconds since 1970.
    """

    def __init__(self, app: Flask, replay: Replay, started: float) -> None:
        self.app = app
        self.client = app.test_client()
        self.replay = replay
        self.now = started
        self.page = self.place = ""
        replay.clock = lambda: self.now
        with app.app_context():
            self.recording = replay.start(
                agent_run="Gift Bot", metadata={"task": "Buy a novel as a gift"}
            )

    def do(
        self,
        type: str,
        path: str,
        selector: str = "",
        value: str | None = None,
        seen: str = "",
        **form: str,
    ) -> None:
        """Act on the current page, and load the next one.

        :param seen: the screenshot of what is there; without one the DOM is kept.
        :param form: is sent; without it the page is only looked at.
        """
        self.note(type, selector, value, seen)
        self.now, self.place = self.now + 0.4, path
        if form:
            token = _TOKEN.search(self.page)
            form["csrf_token"] = token[1] if token else ""
            answer = self.client.post(path, data=form, headers=self.recording.headers)
        else:
            answer = self.client.get(path, headers=self.recording.headers)
        if answer.status_code == 302:
            answer.close()
            answer = self.client.get(answer.headers["Location"], headers=self.recording.headers)
        self.page = answer.get_data(as_text=True)
        answer.close()

    def note(
        self, type: str, selector: str = "", value: str | None = None, seen: str = "", **said: Any
    ) -> None:
        """Record an action."""
        self.now += 1.6
        said["url"] = f"http://localhost{self.place}" if self.place else ""
        if seen and selector:
            said["box"] = _BOXES[seen]
        screenshot = _SCREENSHOTS / f"{seen}.webp" if seen else None
        self.recording.record_action(type, selector, value, screenshot, self.page or None, said)

    def hand_over(self, why: str) -> ProgramRecording:
        """Let a customer take over in the same browser."""
        with self.app.app_context():
            other = self.replay.start_user_session(
                "nora", parent_demo_id=self.recording.id, page_url=self.place
            )
        self.note("handoff", value=why, seen="coupon", continued_as=other.id)
        self.recording.complete()
        self.recording = other
        return other


def shop(app: Flask) -> None:
    """Find a novel, put it into the cart, and try a coupon that is refused. Does nothing the second
    time.
    """
    replay: Replay = app.extensions["replay"].replay
    with app.app_context():
        if any(summary.name.startswith("gift-bot") for summary in replay.recordings.summaries()):
            return
    clock = replay.clock
    try:
        agent = Agent(app, replay, time.time() - 5 * 60)
        with agent.recording:
            agent.do("navigate", "/?shelf=NOVEL", value="/?shelf=NOVEL", seen="shelf")
            agent.do("click", "/book/1", "a[href='/book/1']", seen="shelf")
            agent.do(
                "submit", "/cart/add/1", "form[action='/cart/add/1'] button", seen="book", count="1"
            )
            agent.do("type", "/cart/coupon", "input[name=code]", "GIFT", seen="cart", code="GIFT")
            customer = agent.hand_over("The coupon GIFT is unknown.")
        with customer:
            agent.do("type", "/cart/coupon", "input[name=code]", "SPRING10", code="SPRING10")
            agent.do("click", "/cart/checkout", "a[href='/cart/checkout']")
            agent.note("completion", value="It is ten per cent off.")
    finally:
        replay.clock = clock
