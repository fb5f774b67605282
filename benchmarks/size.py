"""What a recording takes in the archive."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from flask import Flask, render_template, request
from flask.testing import FlaskClient
from jinja2 import DictLoader

from flask_replay import Replay

from .page import make_tasks

_SEARCH = {
    "search.html": """<!doctype html><title>Search</title>{% include "results.html" %}""",
    "results.html": """<form><input name="q" value="{{ q }}"></form>
<ul>{% for task in found %}<li><b>{{ task.title }}</b> {{ task.owner.name }} {{ task.state.label }}</li>{% endfor %}</ul>
<p>{{ found|length }} of {{ total }}</p>""",
    "full.html": """<!doctype html><title>Page {{ page }}</title><h1>Tasks, page {{ page }}</h1>
{% for task in tasks %}<section class="task {{ task.state.kind }}"><h2 id="task-{{ task.key }}">{{ task.title }}</h2>
<dl><dt>Owner</dt><dd><a href="{{ task.owner.link() }}">{{ task.owner.name }}</a></dd><dt>State</dt>
<dd class="state">{{ task.state.label }}</dd><dt>Hours</dt><dd>{{ task.hours }}</dd></dl>
<p class="lead">A house is never finished; this is one of the things that are not finished now.</p></section>
{% endfor %}""",
}
_TEXTS = ("look after the roof", "task number 12", "cellar", "garden in the rain", "number 7: look")
LIMITS = {"400 events: search as you type": 4096, "80 full pages of HTML": 12288}


def _app() -> Flask:
    app = Flask(__name__)
    app.config["SECRET_KEY"] = "benchmark"
    app.jinja_options = {"loader": DictLoader(_SEARCH)}
    tasks = make_tasks(40)

    @app.post("/search")
    def search() -> str:
        text = request.form["q"]
        found = [task for task in tasks if text.lower() in task.title.lower()]
        return render_template("results.html", q=text, found=found, total=len(tasks))

    @app.get("/tasks")
    def full() -> str:
        page = request.args.get("page", 1, int)
        return render_template("full.html", page=page, tasks=tasks)

    return app


def typing(client: FlaskClient) -> None:
    """Type into a search field: 200 keys, each a form event and a list rendered again."""
    keys = 0
    while keys < 200:
        for text in _TEXTS:
            for end in range(1, len(text) + 1):
                if keys < 200:
                    client.post("/search", data={"q": text[:end]}).close()
                    keys += 1


def reading(client: FlaskClient) -> None:
    """Read 80 full pages."""
    for page in range(80):
        client.get(f"/tasks?page={page % 9 + 1}").close()


def measure(visit: Callable[[FlaskClient], None]) -> tuple[int, int]:
    """Record a visit. Returns the events, and the bytes of its archive file."""
    with tempfile.TemporaryDirectory() as folder:
        app = _app()
        app.config["REPLAY_STORAGE"] = folder
        replay = Replay(app)
        visit(app.test_client())
        with app.app_context():
            replay.finalize()
            (summary,) = replay.recordings.list()
            assert replay.verify(summary.id).identical == summary.tally.frames
        return summary.tally.events, (Path(folder) / "archive" / f"{summary.id}.replay").stat().st_size


def run() -> bool:
    """Measure, print the table, and tell whether the limits hold."""
    print(f"\n{'in the archive':36}{'events':>8}{'bytes':>10}")
    good = True
    for (label, limit), visit in zip(LIMITS.items(), (typing, reading), strict=True):
        events, size = measure(visit)
        good = good and size <= limit
        print(f"{label:36}{events:8}{size:10}  ({'≤' if size <= limit else 'NOT ≤'} {limit})")
    return good
