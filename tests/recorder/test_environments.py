"""Apps with several Jinja environments, and environments of several apps."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask, render_template, request
from flask.templating import Environment
from jinja2 import DictLoader, Template

from flask_replay import Replay
from flask_replay.engine.replaying import verify_all
from flask_replay.engine.replaying.verify import Outcome

from ..conftest import recordings_of

PAGES = DictLoader(
    {
        "page.html": "{% extends 'layout.html' %}{% block main %}{{ user }}{% include './part.html' %}{% endblock %}",
        "layout.html": "<main>{% block main %}{% endblock %}</main>",
        "shop/part.html": "the shop",
    }
)


class Shouting(Template):
    """Templates of one tenant."""


class Tenants(Flask):
    """An app in which each tenant has an environment."""

    environments: dict[str, Environment]

    @property
    def jinja_env(self) -> Environment:  # type: ignore[override]
        """Return the environment of the tenant of this request."""
        return self.environments[request.args.get("tenant", "books")]


class Shop(Environment):
    """An environment in which names that begin with a dot are relative to a folder."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app, loader=PAGES)
        self.asked: list[tuple[str, str]] = []

    def join_path(self, template: str, parent: str) -> str:
        self.asked.append((template, parent))
        return template.replace("./", "shop/")


def _record(app: Flask, folder: Path) -> None:
    app.config.update(REPLAY_STORAGE=str(folder / app.name), REPLAY_SPOOL=str(folder / "spool"))
    app.secret_key = "signs the cookie"
    Replay(app)


def _serves(app: Flask) -> None:
    app.add_url_rule("/", "index", lambda: render_template("page.html", user="Ann"))


def _frames(app: Flask) -> int:
    """Return the number of an app's frames, all of which replay exactly."""
    state = app.extensions["replay"]
    verdicts = [
        verdict.verdict
        for recording in recordings_of(app)
        for verdict in verify_all(recording.id, recording.frames, state.renderer).verdicts
    ]
    assert verdicts == [Outcome.IDENTICAL] * len(verdicts)
    assert state.boundary.seen == set()
    return len(verdicts)


def test_every_environment_of_an_app_is_watched_once(tmp_path: Path) -> None:
    """Whichever comes first, and however often it is their turn."""
    app = Tenants("tenants")
    app.environments = {"books": Shop(app), "music": Shop(app)}
    _record(app, tmp_path)
    _serves(app)
    client = app.test_client()
    kinds = []
    for tenant in ("books", "music", "books", "music"):
        assert client.get(f"/?tenant={tenant}").text == "<main>Annthe shop</main>"
        kinds.append(app.environments[tenant].template_class)
    assert _frames(app) == 4
    assert kinds[:2] == kinds[2:]


def test_a_template_class_that_is_set_later_is_watched_too(tmp_path: Path) -> None:
    """An app may change its environment between two requests."""
    app = Tenants("late")
    app.environments = {"books": Shop(app)}
    _record(app, tmp_path)
    _serves(app)
    client = app.test_client()
    client.get("/")
    app.environments["books"].template_class = Shouting
    app.environments["books"].cache.clear()  # type: ignore[union-attr]
    client.get("/")
    assert _frames(app) == 2


def test_two_apps_may_share_an_environment(tmp_path: Path) -> None:
    """Each page belongs to the recording of its own app."""
    first, second = Tenants("first"), Tenants("second")
    shared = Shop(first)
    for app in (first, second):
        app.environments = {"books": shared}
        _record(app, tmp_path)
        _serves(app)
    for app in (first, second, first):
        assert app.test_client().get("/").status_code == 200
    assert [_frames(app) for app in (first, second)] == [2, 1]


@pytest.mark.parametrize("requests", [1, 2])
def test_the_app_joins_paths_as_often_as_without_a_recorder(requests: int, tmp_path: Path) -> None:
    """Its function may count, or look something up."""
    bare, recorded = Tenants("bare"), Tenants("recorded")
    _record(recorded, tmp_path)
    asked = []
    for app in (bare, recorded):
        environment = Shop(app)
        app.environments = {"books": environment}
        _serves(app)
        for _ in range(requests):
            app.test_client().get("/")
        asked.append(environment.asked)
    assert asked[0] == asked[1]
    assert _frames(recorded) == requests
