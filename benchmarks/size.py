"""The size of recordings in the archive."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable
from typing import Any, NamedTuple
from unittest import mock

from flask import Flask, render_template, request
from jinja2 import DictLoader

from flask_replay import Replay

from .page import make_tasks

_TEMPLATES = {
    "results.html": """<form><input name="q" value="{{ q }}"></form>
<ul>{% for task in found[:10] %}<li><b>{{ task.title }}</b> {{ task.owner.name }} {{ task.state.label }}</li>{% endfor %}</ul>
<p>{{ found|length }} of {{ total }}</p>""",
    "full.html": """<!doctype html><title>Page {{ page }}</title><h1>Tasks, page {{ page }}</h1>
{% for task in tasks %}<section class="task {{ task.state.kind }}"><h2 id="task-{{ task.key }}">{{ task.title }}</h2>
<dl><dt>Owner</dt><dd><a href="{{ task.owner.link() }}">{{ task.owner.name }}</a></dd><dt>State</dt>
<dd class="state">{{ task.state.label }}</dd><dt>Hours</dt><dd>{{ task.hours }}</dd></dl>
<p class="lead">A house is never finished; this is one of the things that are not finished now. Whoever has an
hour to spare is welcome to begin, and to write down here what became of it.</p></section>
{% endfor %}""",
}
_TEXTS = ("look after the roof", "task number 12", "cellar", "garden in the rain", "number 7: look")
_ROWS = 40


class Visitor:
    """A client that takes the time of a person, with an app that takes some milliseconds.

    Both use clocks of their own, so the size does not depend on the machine.
    """

    def __init__(self, app: Flask, replay: Replay) -> None:
        self.client = app.test_client()
        self.chance = random.Random(1)
        self.now = 1_700_000_000.0
        replay.clock = lambda: self.now

    def tick(self) -> float:
        """Replace ``time.perf_counter``: each call returns up to a millisecond more than the last
        one.
        """
        self.now += self.chance.uniform(0.0, 0.001)
        return self.now

    def send(self, method: str, path: str, wait: float, **options: Any) -> None:
        """Send a request.

        :param wait: seconds that pass before it, varied by half.
        """
        self.now += self.chance.uniform(0.5, 1.5) * wait
        self.client.open(path, method=method, **options).close()


def typing(visitor: Visitor) -> None:
    """Type into a search field: 200 keys, each with a form event and a list rendered again."""
    typed = [text[:end] for text in _TEXTS for end in range(1, len(text) + 1)]
    for key in range(200):
        visitor.send("POST", "/search", 0.15, data={"q": typed[key % len(typed)]})


def reading(visitor: Visitor) -> None:
    """Open the pages of a list: 80 pages of about 17 KB of HTML."""
    for page in range(80):
        visitor.send("GET", f"/tasks?page={page % 10 + 1}", 4.0)


class Session(NamedTuple):
    """A visit whose recording is measured.

    :param limit: bytes that its document may take.
    """

    label: str
    visit: Callable[[Visitor], None]
    limit: int


class Measured(NamedTuple):
    """The events of a visit, and the bytes of its document in the archive."""

    events: int
    size: int


SESSIONS = (
    Session("search as you type, 200 keys", typing, 4096),
    Session("80 full pages of 17 KB HTML", reading, 12288),
)


def make_app() -> Flask:
    """Return an app with a search and a long list."""
    app = Flask(__name__)
    app.config["SECRET_KEY"] = "benchmark"
    app.jinja_options = {"loader": DictLoader(_TEMPLATES)}
    tasks = make_tasks(10 * _ROWS)

    @app.post("/search")
    def search() -> str:
        text = request.form["q"]
        found = [task for task in tasks if text.lower() in task.title.lower()]
        return render_template("results.html", q=text, found=found, total=len(tasks))

    @app.get("/tasks")
    def full() -> str:
        page = request.args.get("page", 1, int)
        return render_template(
            "full.html", page=page, tasks=tasks[(page - 1) * _ROWS : page * _ROWS]
        )

    return app


def measure(session: Session) -> Measured:
    """Record a visit and return its size."""
    with tempfile.TemporaryDirectory() as folder:
        app = make_app()
        app.config["REPLAY_STORAGE"] = folder
        replay = Replay(app)
        visitor = Visitor(app, replay)
        with mock.patch("time.perf_counter", visitor.tick):
            session.visit(visitor)
        with app.app_context():
            replay.finalize()
            (summary,) = replay.recordings.summaries()
            assert replay.verify(summary.id).identical == summary.tally.frames
            return Measured(
                summary.tally.events, len(app.extensions["replay"].storage.load(summary.id))
            )


def run() -> bool:
    """Measure, print the table, and return whether the limits hold."""
    print(f"\n{'in the archive':36}{'events':>8}{'bytes':>10}")
    good = True
    for session in SESSIONS:
        events, size = measure(session)
        good = good and size <= session.limit
        print(
            f"{session.label:36}{events:8}{size:10} ({'≤' if size <= session.limit else 'NOT ≤'} "
            f"{session.limit})"
        )
    return good
