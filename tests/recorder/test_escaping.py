"""An app may decide anew for each template and each render whether it escapes."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask, render_template, request
from jinja2 import DictLoader

from flask_replay import Replay

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
