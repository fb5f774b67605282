"""An app may decide anew for each template and each render whether it escapes."""

from __future__ import annotations

from functools import wraps
from pathlib import Path

import msgspec
import pytest
from flask import Flask, render_template, render_template_string, request
from jinja2 import DictLoader

from flask_replay import Replay
from flask_replay.engine.replaying import Renderer

TEMPLATES = {
    "page": (
        "{{ tag }}{{ '<'|kept }}{{ tag ~ '<' }}{% macro m() %}{{ tag }}{% endmacro %}{{ m() ~ tag "
        "}}{% include 'part' %}{% import 'part' as p with context %}{{ p.bold('<') }}{% block b %}{{ tag }}{{ "
        "super }}{% endblock %}{{ self.b() ~ tag }}"
    ),
    "part": "{% macro bold(text) %}<b>{{ text }}</b>{% endmacro %}{{ tag }}{{ bold(tag) ~ '<' }}",
}


def visit(folder: Path, addresses: list[str], *, enabled: bool) -> tuple[list[str], list[str]]:
    """Return the pages of an app that escapes unless the address has ``raw``, and the names of
    templates for which it was asked. Pages below ``/unseen`` are not recorded.
    """
    app = Flask("escaping", instance_path=str(folder))
    app.config.update(SECRET_KEY="s" * 32, REPLAY_ENABLED=enabled, REPLAY_EXCLUDE=["/unseen"])
    app.jinja_loader = DictLoader(TEMPLATES)
    asked: list[str] = []

    @wraps(app.select_jinja_autoescape)
    def escapes(name: str) -> bool:
        asked.append(name)
        return "raw" not in request.args

    app.jinja_options = {"autoescape": escapes}
    replay = Replay(app)
    app.add_template_filter(str, "kept")
    app.add_url_rule("/", "page", lambda: render_template("page", tag="<i>"))
    app.add_url_rule("/unseen", "unseen", lambda: render_template("page", tag="<i>"))
    client = app.test_client()
    seen = sum(not address.startswith("/unseen") for address in addresses)
    pages = [client.get(address).text for address in addresses]
    with app.app_context():
        replay.finalize()
        for summary in replay.recordings.summaries():
            verification = replay.verify(summary.id)
            assert verification.identical == verification.frames == seen
    return pages, asked


@pytest.mark.parametrize(
    "addresses",
    [["/", "/?raw=", "/"], ["/?raw=", "/", "/?raw="], ["/unseen?raw=", "/", "/?raw="]],
)
def test_an_app_that_decides_by_request_is_asked_as_often(
    addresses: list[str], tmp_path: Path
) -> None:
    """What it answered when it compiled a template is in the code of all later pages."""
    bare = visit(tmp_path / "bare", addresses, enabled=False)
    assert visit(tmp_path / "recorded", [*addresses], enabled=True) == bare


@pytest.mark.parametrize("enabled", [False, True])
def test_an_imported_module_is_escaped_as_when_the_app_created_it(
    tmp_path: Path, *, enabled: bool
) -> None:
    """In an asynchronous environment, where each render would create its own, such a page is left
    unrecorded.
    """
    app = Flask("shared", instance_path=str(tmp_path))
    app.config.update(SECRET_KEY="s" * 32, REPLAY_ENABLED=enabled)
    app.jinja_loader = DictLoader(TEMPLATES)
    app.jinja_options = {"enable_async": True, "autoescape": lambda name: "raw" not in request.args}
    replay = Replay(app)
    app.add_url_rule(
        "/",
        "page",
        lambda: render_template_string("{% from 'part' import bold %}{{ bold('<')|string }}"),
    )
    client = app.test_client()
    assert client.get("/?raw=").text == client.get("/").text == "<b><</b>"
    with app.app_context():
        replay.finalize()
        for recording in replay.recordings.list():
            assert all("escaped" in frame.unrecorded for frame in recording.frames)


def test_answers_that_do_not_fit_turn_no_escaping_off(tmp_path: Path) -> None:
    """If a trace has too many of them, each template is escaped as its code was."""
    app = Flask("doubted", instance_path=str(tmp_path))
    app.config.update(SECRET_KEY="s" * 32)
    app.jinja_options = {"autoescape": lambda name: True}
    replay = Replay(app)
    app.add_url_rule(
        "/", "page", lambda: render_template_string("{% macro m() %}<i>{% endmacro %}{{ m() }}")
    )
    client = app.test_client()
    assert [client.get("/").text for _ in range(2)] == ["<i>", "<i>"]
    with app.app_context():
        replay.finalize()
        (recording,) = replay.recordings.list()
        frame, _ = recording.frames
        answers = {**frame.trace.answers, "escapes()": [False, True]}
        trace = msgspec.structs.replace(frame.trace, answers=answers)
        rendered = Renderer(replay.recordings.document).render(
            msgspec.structs.replace(frame, trace=trace)
        )
    assert rendered.html == "<i>" and "escapes()" in rendered.problem
