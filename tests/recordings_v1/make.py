"""Make the recordings in this folder: ``python -m tests.recordings_v1.make FOLDER``.

It was run once, by the first version that wrote format 1, and what it made stays as it is for ever.
When the format of recordings changes, a folder ``recordings_v2`` is made by a copy of this that
uses what is new.
"""

from __future__ import annotations

import json
import sys
import traceback
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from flask import (
    Flask,
    abort,
    flash,
    redirect,
    render_template,
    render_template_string,
    request,
    url_for,
)
from jinja2 import DictLoader
from markupsafe import Markup
from werkzeug.wrappers import Response

from flask_replay import Replay

TEMPLATES = {
    "base.html": "<!doctype html><title>{% block title %}Shop{% endblock %}</title>"
    "{% for category, message in get_flashed_messages(with_categories=true) %}<p class={{ "
    "category }}>{{ message }}</p>"
    "{% endfor %}{% block body %}{% endblock %}",
    "parts.html": "{% macro price(amount, currency='€') %}<b>{{ currency }}{{ '%.2f'|format(amount) }}</b>{% endmacro %}",
    "line.html": "<li>{{ loop_index }}: {{ item.title|upper }} by {{ item.author or 'nobody' }}</li>",
    "shop.html": "{% extends 'base.html' %}{% from 'parts.html' import price %}"
    "{% block title %}{{ super() }}: {{ books|length }} books{% endblock %}{% block body %}<ul>"
    "{% for item in books if item.stock %}{% set loop_index = loop.index %}{% include 'line.html' "
    "%}"
    "{{ price(item.price) }}<time>{{ item.published }}</time>{{ item.discount(10)|money }}"
    "{% else %}<p>nothing</p>{% endfor %}</ul><a href='{{ url_for('form', q='a&b') }}'>{{ note "
    "}}{{ missing }}</a>"
    "{{ now.strftime('%Y-%m-%d') }} {{ options.get('size', 3) }} {{ options.colour is defined }} "
    "{{ 'tea' in words }}"
    "{{ blob|length }} {{ huge }} {{ ratio }} {{ none }}{% endblock %}",
    "form.html": "{% extends 'base.html' %}{% block body %}<form method=post>"
    "<input name=title value='{{ title }}'><input name=password value='{{ password }}'></form>{% "
    "endblock %}",
}


@dataclass
class Book:
    """An item that a page of the app shows."""

    title: str
    author: str | None
    price: Decimal
    published: date
    stock: int

    def discount(self, percent: int) -> Decimal:
        """Return a lower price."""
        return self.price * (100 - percent) / 100


BOOKS = [
    Book("Émile & the <Detectives>", "Kästner", Decimal("9.90"), date(1929, 10, 15), 3),
    Book("Beowulf", None, Decimal("12.50"), date(1000, 1, 1), 1),
    Book("Gone", "x", Decimal(1), date(2000, 2, 29), 0),
]


def create_app(folder: Path, format: str) -> tuple[Flask, Replay]:
    """Return an app that writes recordings in a format."""
    app = Flask("shop")
    app.config.update(SECRET_KEY="only for these", REPLAY_STORAGE=str(folder), REPLAY_FORMAT=format)
    app.jinja_loader = DictLoader(TEMPLATES)
    replay = Replay(app, identify=lambda: request.args.get("visitor"))
    app.jinja_env.filters["money"] = lambda amount: Markup("<i>{}</i>").format(amount)

    @app.get("/")
    def shop() -> str:
        return render_template(
            "shop.html", books=BOOKS, note=Markup("<em>new</em>"), now=datetime(2026, 11, 21, 8, 30, tzinfo=UTC),
            options={"colour": "red"}, words=["tea", "milk"], blob=b"\x00\xff", huge=2**70, ratio=float("inf"), none=None,
        )  # fmt: skip

    @app.route("/form", methods=["GET", "POST"])
    def form() -> str | Response:
        if request.method == "POST" and request.form["title"]:
            flash(f"{request.form['title']} is saved", "good")
            return redirect(url_for("shop", token="abcdef123456"))
        return render_template(
            "form.html", title="ünïcode", password=request.form.get("password", "")
        )

    @app.get("/two")
    def two() -> str:
        return "".join(render_template_string("<p>{{ n }}</p>", n=n) for n in (1, 2)) + "<hr>"

    @app.get("/broken")
    def broken() -> str:
        return render_template_string("before {{ 1 / nothing }}", nothing=0)

    @app.post("/api")
    def api() -> dict[str, Any]:
        return {"got": request.get_json()}

    @app.get("/gone")
    def gone() -> str:
        abort(410)

    return app, replay


def visit(client: Any, visitor: str) -> None:
    """Visit every page."""
    who = {"visitor": visitor}
    client.get("/", query_string=who)
    client.post("/form", query_string=who, data={"title": "", "password": "hunter2hunter2"})
    client.post(
        "/form",
        query_string=who,
        data={"title": "Tea", "password": "hunter2hunter2"},
        follow_redirects=True,
    )
    client.get("/two")
    client.get("/broken")
    client.post("/api", json={"n": [1, None, 2.5, {"deep": True}], "api_key": "abcdefgh12345678"})
    client.get("/gone")


def expected(replay: Replay) -> dict[str, Any]:
    """Return what later versions must find."""
    found = {}
    for summary in replay.recordings.summaries():
        report = replay.verify(summary.id)
        found[summary.id] = {
            "name": summary.name,
            "status": summary.status,
            "started_at": summary.started_at,
            "landing": summary.landing,
            "events": summary.tally.events,
            "errors": summary.tally.errors,
            "requests": [
                [batch.request.method, batch.request.url, batch.request.status]
                for batch in replay.recordings.get(summary.id).batches
                if batch.request is not None
            ],
            "verdicts": [verdict.verdict for verdict in report.verdicts],
            "frames": [replay.render(summary.id, number).html for number in range(report.frames)],
        }
    return found


def main(folder: Path) -> None:
    """Make the store, and what is expected of it."""
    # not the paths of the machine that runs this
    traceback.format_tb = lambda *_: ['  File "shop.py", line 7, in view\n']
    store = folder / "store"
    for format in ("msgpack", "json"):
        app, replay = create_app(store, format)
        visit(app.test_client(), f"{format} visitor")
        with app.app_context():
            replay.finalize()
            with replay.record(f"{format} job"):
                for name in ("ann", "bob"):
                    render_template_string("<p>Dear {{ name }}</p>", name=name)
    for format in ("msgpack", "json"):
        first, second = create_app(store, format), create_app(store, format)
        client = first[0].test_client()
        visit(client, f"running {format} visitor")
        other = second[0].test_client()
        cookie = client.get_cookie("replay")
        assert cookie is not None
        other.set_cookie("replay", cookie.value)
        other.get("/two")
        for app, replay in (first, second):
            with app.app_context():
                replay.flush()
    with first[0].app_context():
        text = json.dumps(expected(first[1]), indent=1, ensure_ascii=False)
    (folder / "expected.json").write_text(text + "\n", encoding="utf-8")
    (store / "lock").unlink()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
