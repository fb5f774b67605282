"""The cost of an unrecorded request, counted in function calls, is almost nothing."""

from __future__ import annotations

import multiprocessing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, jsonify, render_template_string
from flask.testing import FlaskClient

from flask_replay import Replay

from ..conftest import AppMaker, recordings_of
from ..counting import calls

_MOST = 24
"""Python functions that may be called for a request besides those of the app."""


def _app() -> Flask:
    app = Flask("steps")
    app.config["SECRET_KEY"] = "steps"
    app.add_url_rule("/", "page", lambda: jsonify(said="hello"))
    return app


def _visitor(app: Flask) -> FlaskClient:
    """Return a visitor who has the app's cookie, if it sets one."""
    client = app.test_client()
    for _ in range(3):
        client.get("/", buffered=True)
        client.get("/nowhere", buffered=True)
    return client


@pytest.mark.parametrize(
    "settings", [{"REPLAY_SAMPLE_RATE": 0.0}, {"REPLAY_EXCLUDE": ("page",)}], ids=str
)
def test_an_unrecorded_request_takes_few_steps(tmp_path: Path, settings: dict[str, Any]) -> None:
    """Because its visitor is not sampled, or its endpoint is excluded.

    Counted in a new interpreter: apps of other tests may have left receivers of Flask's signals.
    """
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(_more_steps, (tmp_path, settings)) <= _MOST


def _more_steps(folder: Path, settings: dict[str, Any]) -> int:
    """Return how many more functions are called for a request with us than without."""
    bare, ours = _app(), _app()
    ours.config.update(settings, REPLAY_STORAGE=str(folder), REPLAY_FLUSH_INTERVAL=3600)
    Replay(ours)
    visitors = [_visitor(app) for app in (bare, ours)]
    visitors[0].set_cookie("replay", "x" * 80)  # a longer header is read by more steps of the app's
    few, more = (calls(partial(visitor.get, "/", buffered=True)) for visitor in visitors)
    return more - few


def test_wrappers_and_overrides_of_methods_keep_working(tmp_path: Path) -> None:
    """Added before or after ours, or in a subclass: each is called once for a request."""
    called: list[str] = []

    class Own(Flask):
        def preprocess_request(self, *given: Any) -> Any:
            called.append("class begins")
            return super().preprocess_request(*given)

        def process_response(self, *given: Any) -> Any:
            called.append("class ends")
            return super().process_response(*given)

    def wrap(name: str, method: str) -> None:
        inner = getattr(app, method)

        def outer(*given: Any) -> Any:
            called.append(name)
            return inner(*given)

        setattr(app, method, outer)

    app = Own("own")
    wrap("before us", "preprocess_request")
    app.config.update(SECRET_KEY="steps", REPLAY_STORAGE=str(tmp_path))
    Replay(app)
    wrap("after us", "process_response")
    app.add_url_rule("/", "page", lambda: render_template_string("<p>{{ 1 + 1 }}</p>"))
    assert app.test_client().get("/").text == "<p>2</p>"
    assert called == ["before us", "class begins", "after us", "class ends"]
    (recording,) = recordings_of(app)
    assert len([*recording.frames]) == 1


def test_an_app_that_only_begins_a_request_leaves_nothing(make_app: AppMaker) -> None:
    """As tests of apps do: nothing was answered. A request that goes on to the end is recorded."""
    app = make_app()
    with app.test_request_context("/hello/you"):
        app.preprocess_request()
        response = app.make_response(app.dispatch_request())
        assert not recordings_of(app)
        assert app.process_response(response).status_code == 200
    app.extensions["replay"].recorder.handover.hand_over_all()
    (recording,) = recordings_of(app)
    assert [batch.request.url for batch in recording.batches if batch.request] == ["/hello/you"]
