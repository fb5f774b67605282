"""A scripted agent that shops: it records itself, and the pages that it is served are in its recording."""

from __future__ import annotations

import re
import time

from flask import Flask

from flask_replay import Replay

_TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')


class Agent:
    """Drives the shop with a test client; a real one has a browser, and takes screenshots too.

    The time that passes is the recorder's clock alone: nobody has to wait for it.

    :param started: seconds since 1970.
    """

    def __init__(self, app: Flask, replay: Replay, started: float) -> None:
        self.client = app.test_client()
        self.replay = replay
        self.now = started
        self.page = self.place = ""
        replay.clock = lambda: self.now
        with app.app_context():
            self.recording = replay.start(agent_run="Gift Bot", metadata={"task": "Buy a novel as a gift"})

    def do(self, type: str, path: str, selector: str = "", value: str | None = None, **form: str) -> None:
        """Act on the page that is there, and have another one.

        :param form: is sent; without it the page is only looked at.
        """
        self.now += 1.6
        self.recording.record_action(
            type, selector, value, dom_snapshot=self.page or None, metadata={"url": self.place}
        )
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


def shop(app: Flask) -> None:
    """Find a novel, put it into the cart, and meet a coupon that does not work; unless that was done already."""
    replay: Replay = app.extensions["replay"].replay
    with app.app_context():
        if any(summary.name.startswith("gift-bot") for summary in replay.recordings.list()):
            return
    clock = replay.clock
    try:
        agent = Agent(app, replay, time.time() - 5 * 60)
        with agent.recording:
            agent.do("navigate", "/", value="/")
            agent.do("click", "/book/1", "a[href='/book/1']")
            agent.do("submit", "/cart/add/1", "form[action='/cart/add/1'] button", count="1")
            agent.do("type", "/cart/coupon", "input[name=code]", "GIFT", code="GIFT")
            agent.recording.record_action("completion", value="The coupon GIFT is unknown.", dom_snapshot=agent.page)
    finally:
        replay.clock = clock
