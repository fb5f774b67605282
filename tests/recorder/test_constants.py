"""A filter of the app on a literal is called once, whether the app or the recorder loads the
template first.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask, render_template
from jinja2 import DictLoader

from flask_replay import Replay


def calls(folder: Path, *, enabled: bool, first: str) -> list[str]:
    """Return the arguments of calls of an app's functions.

    :param first: when the app asks for the template first, apart from requests.
    """
    app = Flask("constants", instance_path=str(folder))
    app.config.update(SECRET_KEY="s" * 32, REPLAY_ENABLED=enabled)
    app.jinja_loader = DictLoader(
        {"page.html": "{{ 'a'|kept }}{% if 'b' is kept %}{{ x }}{% endif %}"}
    )
    asked: list[str] = []

    def kept(value: str) -> str:
        asked.append(value)
        return value

    if first == "environment":
        assert app.jinja_env is not None
    Replay(app)
    app.jinja_env.filters["kept"] = kept
    app.jinja_env.tests["kept"] = lambda value: bool(kept(value))

    @app.get("/")
    def page() -> str:
        return render_template("page.html", x="x")

    if first == "template":
        with app.app_context():
            assert page() == "ax"
    client = app.test_client()
    assert [client.get("/").text for _ in range(3)] == ["ax"] * 3
    return asked


@pytest.mark.parametrize("first", ["request", "template", "environment"])
def test_constants_are_evaluated_as_often_as_without_a_recorder(first: str, tmp_path: Path) -> None:
    """The app may compile a template before a request is recorded: for a mail, or to warm up."""
    plain = calls(tmp_path / "plain", enabled=False, first=first)
    assert calls(tmp_path / "recorded", enabled=True, first=first) == plain == ["a", "b"]
