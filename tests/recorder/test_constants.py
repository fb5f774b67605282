"""A filter of the app on a literal is called once, whether the app or the recorder loads the
template first.
"""

from __future__ import annotations

from itertools import count
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


def test_a_constant_that_no_loaded_source_gives_again_is_asked_for_once_more(
    tmp_path: Path,
) -> None:
    """Although several loaders have the same source. The visitor gets the app's own page."""
    app = Flask("constants", instance_path=str(tmp_path))
    app.secret_key = "s" * 32
    app.jinja_loader = DictLoader({"page.html": "{{ 'a'|numbered }}"})
    numbers = count()
    app.add_template_filter(lambda value: f"{value}{next(numbers)}", "numbered")
    app.add_url_rule("/", "page", lambda: render_template("page.html"))
    with app.app_context():
        assert render_template("page.html") == "a0"
    Replay(app)
    client = app.test_client()
    assert [client.get("/").text for _ in range(2)] == ["a0", "a0"]
    assert next(numbers) == 2


@pytest.mark.parametrize(
    ("source", "recorded"),
    [
        ("{{ {'a': 1}|tojson }}{{ {'a': n}|tojson }}", True),
        ("{{ 'http://x.org'|urlize }}{{ n }}", False),
        ("{{ {'a': n}|tojson }}{{ 'a'|numbered }}", True),
    ],
)
def test_a_page_keeps_the_constants_of_the_policies_with_which_it_was_compiled(
    source: str, recorded: bool, tmp_path: Path
) -> None:
    """It is recorded only if these constants are in the code that is generated now, too."""
    pages = []
    for enabled in (False, True):
        app = Flask("policies", instance_path=str(tmp_path / str(enabled)))
        app.config.update(SECRET_KEY="s" * 32, REPLAY_ENABLED=enabled, REPLAY_EXCLUDE=["/unseen"])
        app.jinja_loader = DictLoader({"page.html": source})
        replay = Replay(app)
        numbers = count()
        app.add_template_filter(
            lambda value, numbers=numbers: f"{value}{next(numbers)}", "numbered"
        )
        for address in ("/unseen", "/", "/again"):
            app.add_url_rule(address, address, lambda: render_template("page.html", n=3))
        client = app.test_client()
        client.get("/unseen")
        app.jinja_env.policies.update({"json.dumps_kwargs": {"indent": 2}, "urlize.rel": "me"})
        pages.append([client.get(address).text for address in ("/", "/again")])
    with app.app_context():
        replay.finalize()
        (summary,) = replay.recordings.summaries()
        assert replay.verify(summary.id).identical == 2 * recorded
    assert pages[0] == pages[1]
