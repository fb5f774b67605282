"""The statements of ``docs/how-to/extensions.md`` about other extensions. Its examples run with
those of all pages.
"""

from __future__ import annotations

from pathlib import Path

from flask import Flask, Response, render_template_string, request
from flask_caching import Cache
from flask_debugtoolbar import DebugToolbarExtension
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_talisman import Talisman
from werkzeug.exceptions import TooManyRequests

from flask_replay import Replay
from flask_replay.recording.events import Request


def make(folder: Path, **settings: object) -> Flask:
    app = Flask("neighbours", instance_path=str(folder))
    app.config.update(SECRET_KEY="test", **settings)

    @app.get("/page/<name>")
    def page(name: str) -> str:
        return render_template_string("<html><body><h1>{{ name }}</h1></body></html>", name=name)

    return app


def finish(app: Flask, replay: Replay) -> list[tuple[int, ...]]:
    """Return for each recording, oldest first, the number of identical frames and the statuses of
    its requests.
    """
    found = []
    with app.app_context():
        replay.finalize()
        for summary in reversed(replay.recordings.summaries()):
            events = [
                event
                for batch in replay.recordings.get(summary.id).batches
                for event in batch.events
            ]
            statuses = [event.status for event in events if isinstance(event, Request)]
            verification = replay.verify(summary.id)
            assert verification.ok
            found.append((verification.identical, *statuses))
    return found


def test_rate_limits_of_the_app_do_not_affect_an_exempt_player(tmp_path: Path) -> None:
    """Responses to requests over the limit are recorded with their page."""
    app = make(tmp_path)
    limiter = Limiter(
        get_remote_address, app=app, default_limits=["2 per minute"], storage_uri="memory://"
    )
    replay = Replay(app, authorize=lambda action, recording: True)
    app.register_error_handler(
        429,
        lambda error: (
            render_template_string("{{ error.description }}", error=error),
            TooManyRequests.code,
        ),
    )
    client = app.test_client()
    assert [client.get("/page/ann").status_code for _ in range(3)] == [200, 200, 429]
    assert [client.get("/replay/").status_code for _ in range(3)] == [200, 200, 429]
    limiter.exempt(replay.blueprint)
    assert client.get("/replay/").status_code == 200
    assert finish(app, replay) == [(3, 200, 200, 429)]


def test_security_policies_of_the_app_do_not_affect_the_player(tmp_path: Path) -> None:
    """The player can frame a recorded page that forbids framing."""
    app = make(tmp_path)
    Talisman(
        app,
        content_security_policy={"default-src": "'self'"},
        frame_options="DENY",
        force_https=False,
    )
    replay = Replay(app, authorize=lambda action, recording: True)
    client = app.test_client()
    assert [client.get("/page/ann").headers["X-Frame-Options"] for _ in range(2)] == [
        "DENY",
        "DENY",
    ]
    assert finish(app, replay) == [(2, 200, 200)]
    with app.app_context():
        (summary,) = replay.recordings.summaries()
    for address in (f"/replay/{summary.id}", f"/replay/{summary.id}/page/0"):
        headers = client.get(address).headers
        assert headers["X-Frame-Options"] == "SAMEORIGIN"
        assert "frame-ancestors 'self'" in headers["Content-Security-Policy"]


def test_a_cached_page_is_recorded_as_text_and_carries_no_other_visitors_cookie(
    tmp_path: Path,
) -> None:
    """No template runs for visitors who get it."""
    app = make(tmp_path, CACHE_TYPE="SimpleCache")
    cache = Cache(app)
    replay = Replay(app)

    @app.get("/cached")
    @cache.cached(60)
    def cached() -> str:
        return render_template_string("<h1>{{ title }}</h1>", title="once")

    cookies = []
    for _ in range(2):
        visitor = app.test_client()
        cookies.append(visitor.get("/cached").headers["Set-Cookie"])
        assert visitor.get("/cached").data == b"<h1>once</h1>"
    assert cookies[0] != cookies[1]
    assert finish(app, replay) == [(1, 200, 200), (0, 200, 200)]


def test_the_toolbar_is_text_that_no_template_made(tmp_path: Path) -> None:
    """The page around it is identical."""
    app = make(tmp_path, DEBUG_TB_ENABLED=True, DEBUG=True)
    DebugToolbarExtension(app)
    replay = Replay(app)
    client = app.test_client()
    assert [b"flDebug" in client.get(f"/page/{name}").data for name in ("ann", "bob")] == [
        True,
        True,
    ]
    assert finish(app, replay) == [(2, 200, 200)]
    with app.app_context():
        (summary,) = replay.recordings.summaries()
        assert replay.verify(summary.id).literal > 1_000
    for address in ("/replay/", f"/replay/{summary.id}", f"/replay/{summary.id}/page/0"):
        page = client.get(address)
        added = page.text.count('id="flDebug"')
        assert added == ("/page/" in address), "the recorded page has the one of then"
        assert page.content_length == len(page.data)


def test_no_extension_changes_what_the_player_sends(tmp_path: Path) -> None:
    """Some compress every page, and the size of a compressed page reveals what is in it."""
    app = make(tmp_path)

    @app.after_request
    def change(response: Response) -> Response:
        response.direct_passthrough = False
        response.set_data(b"(compressed)")
        response.headers.update({"Content-Encoding": "br", "Content-Type": "text/plain"})
        return response

    Replay(app, authorize=lambda action, recording: True)
    client = app.test_client()
    assert client.get("/page/ann").headers["Content-Encoding"] == "br"
    page = client.get("/replay/", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in page.headers and page.mimetype == "text/html"
    assert "</html>" in page.text and page.content_length == len(page.data)
    data = client.get("/replay/api/recordings", headers={"Accept-Encoding": "gzip"})
    assert data.mimetype == "application/json"


def test_no_extension_sends_parts_of_the_players_pages(tmp_path: Path) -> None:
    """Nor adds to their content in place."""
    app = make(tmp_path)

    @app.after_request
    def cut(response: Response) -> Response:
        response.make_conditional(request, accept_ranges=True, complete_length=20)
        if isinstance(response.response, list):
            response.response.append(b"(more)")
        return response

    Replay(app, authorize=lambda action, recording: True)
    page = app.test_client().get("/replay/", headers={"Range": "bytes=0-9"})
    assert page.status_code == 200 and "Content-Range" not in page.headers
    assert page.text.rstrip().endswith("</html>")
