"""From a log line to the moment in a recording."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import render_template_string

from flask_replay import MomentFilter

from .conftest import AppMaker, recordings_of, replay_of


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Return the output of the root logger, in which each line has the address of its moment."""
    # a migration disables existing loggers
    monkeypatch.setattr(logging.getLogger("small"), "disabled", False)
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(MomentFilter())
    handler.setFormatter(logging.Formatter("%(message)s <%(replay_url)s>"))
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)


def urls(log: io.StringIO) -> list[str]:
    """Return the addresses in a log."""
    return [
        line.rpartition("<")[2][:-1] for line in log.getvalue().splitlines() if line.endswith(">")
    ]


def test_a_traceback_in_the_log_leads_to_the_broken_page(
    make_app: AppMaker, log: io.StringIO
) -> None:
    """With an address in the player, at a moment within the request."""
    app = make_app()
    app.debug = True
    app.config["PROPAGATE_EXCEPTIONS"] = False

    @app.get("/fails")
    def fails() -> str:
        raise LookupError("no such book")

    client = app.test_client()
    client.get("/")
    client.get("/fails")
    (recording,) = recordings_of(app)
    (address,) = set(urls(log))
    place = urlsplit(address)
    assert (place.scheme, place.netloc, place.path) == (
        "http",
        "localhost",
        f"/replay/{recording.summary.id}",
    )
    assert client.get(place.path).status_code == 200
    offset_ms, request = int(place.fragment.removeprefix("t=")), recording.batches[1].request
    assert request is not None
    assert request.offset_ms <= offset_ms <= request.offset_ms + request.duration_ms + 1


def test_log_lines_without_a_recording_have_no_address(
    make_app: AppMaker, log: io.StringIO
) -> None:
    """Outside of requests, in an excluded request, in a job of an app whose host is unknown, and
    without a player.
    """
    app = make_app(REPLAY_EXCLUDE=("/quiet",))
    replay = replay_of(app)

    @app.get("/quiet")
    def quiet() -> str:
        app.logger.error("quiet")
        return str(replay.current_url())

    app.logger.error("outside")
    assert app.test_client().get("/quiet").text == "None"
    with app.app_context(), replay.record("letter"):
        app.logger.error("job")
    app.config["SERVER_NAME"] = "shop.example"
    with app.app_context(), replay.record("letter"):
        app.logger.error("job")
    assert [bool(url) for url in urls(log)] == [False, False, False, True]
    assert "//shop.example/replay/" in urls(log)[-1]
    hidden = make_app("hidden", url_prefix=None)
    hidden.add_url_rule(
        "/here",
        "here",
        lambda: render_template_string("{{ x }}", x=replay_of(hidden).current_url()),
    )
    assert hidden.test_client().get("/here").text == "None"


@pytest.mark.parametrize("fails", [False, True])
def test_a_url_hook_of_the_app_may_log_and_fail(
    make_app: AppMaker, log: io.StringIO, fails: bool
) -> None:
    """Its own log lines get no address, and its exceptions are caught."""
    app = make_app()

    @app.url_defaults
    def complete(endpoint: str, values: dict[str, Any]) -> None:
        app.logger.error("completing")
        if fails:
            raise LookupError("no language")

    @app.get("/told")
    def told() -> str:
        app.logger.error("told")
        return "told"

    assert app.test_client().get("/told").text == "told"
    lines = log.getvalue().splitlines()
    assert "completing <>" in lines
    assert ("told <>" in lines) is fails
