"""Static files that a browser requests are kept, although nothing in the recording names them."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask, abort, render_template_string, request
from flask.testing import FlaskClient

from flask_replay import Replay

from ..conftest import recordings_of

BROWSER = {"Sec-Fetch-Dest": "script", "Sec-Fetch-Site": "same-origin"}
"""Headers with which a browser loads a script of the app's own page."""


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    """Return an app whose page has a script that loads others, whatever their names are."""
    folder = tmp_path / "static"
    folder.mkdir()
    for name in ("main", "theme-dark", "theme-light", "private"):
        (folder / f"{name}.js").write_text(f"'{name}'")
    app = Flask("files", root_path=str(tmp_path), instance_path=str(tmp_path / "instance"))
    app.config.update(SECRET_KEY="test", REPLAY_ENABLED=True)

    @app.before_request
    def check() -> None:
        if request.path.endswith("private.js"):
            abort(403)

    app.add_url_rule(
        "/",
        "home",
        lambda: render_template_string('<script src="/static/main.js"></script>{{ 1 }}'),
    )
    Replay(app)
    return app


def kept(app: Flask) -> list[list[str]]:
    """Return the paths of the files that each request of the newest recording names."""
    batches = recordings_of(app)[0].batches
    return [sorted(batch.request.assets) for batch in batches if batch.request is not None]


def load(client: FlaskClient, name: str, **headers: str) -> None:
    """Load a static file as a browser does."""
    client.get(f"/static/{name}", headers=BROWSER | headers).close()


def test_a_file_that_nothing_names_is_kept_once_the_browser_requests_it(app: Flask) -> None:
    """One event of the recording names all such files. Those that the page names are known."""
    client = app.test_client()
    client.get("/").close()
    for name in ("main.js", "theme-dark.js?v=2", "theme-dark.js", "theme-light.js"):
        load(client, name)
    new = ["/static/theme-dark.js", "/static/theme-light.js"]
    assert kept(app) == [["/static/main.js"], new]
    load(client, "theme-dark.js")
    assert kept(app) == [["/static/main.js"], new]
    event = recordings_of(app)[0].batches[1].request
    assert event is not None
    assert (event.url, event.aside, event.parts) == ("/static/theme-dark.js", True, ())


@pytest.mark.parametrize(
    ("name", "headers"),
    [
        ("none.js", {}),  # it does not exist, and its name may hold anything
        ("private.js", {}),  # the visitor did not get it
        ("theme-dark.js", {"Sec-Fetch-Site": "cross-site"}),
        ("theme-dark.js", {"Sec-Fetch-Dest": "document"}),
    ],
)
def test_nothing_else_is_kept(app: Flask, name: str, headers: dict[str, str]) -> None:
    """Only files that a page of the app has loaded."""
    client = app.test_client()
    client.get("/").close()
    load(client, name, **headers)
    assert kept(app) == [["/static/main.js"]]


def test_a_static_file_begins_no_recording(app: Flask) -> None:
    """Nor does it continue one that this worker does not know, such as one that has ended."""
    client = app.test_client()
    load(client, "theme-dark.js")
    assert recordings_of(app) == []
    client.get("/").close()
    with app.app_context():
        writer = app.extensions["replay"].writer
    writer.flush()
    writer.queue.encoder.totals.clear()
    load(client, "theme-dark.js")
    assert kept(app) == [["/static/main.js"]]


def test_files_are_not_noted_if_none_are_kept(app: Flask) -> None:
    """See ``REPLAY_ASSETS``."""
    app.extensions["replay"].writer.library.largest = 0
    client = app.test_client()
    client.get("/").close()
    load(client, "theme-dark.js")
    assert len(recordings_of(app)[0].batches) == 1


def test_files_are_not_noted_if_the_request_may_not_be_recorded(app: Flask) -> None:
    """``should_record`` decides about them like about pages."""
    permission = app.extensions["replay"].recorder.permission
    permission.should_record, permission.is_needed = lambda request: request.path == "/", True
    client = app.test_client()
    client.get("/").close()
    load(client, "theme-dark.js")
    assert kept(app) == [["/static/main.js"]]
