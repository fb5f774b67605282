"""Viewing recordings makes none."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask, Response, render_template_string
from playwright.sync_api import Page

from flask_replay.recording.events import Request

from ..conftest import AppMaker, recordings_of, replay_of
from ..faults import until
from .screen import Screen

PAGE = """<!doctype html><html><head><link rel=stylesheet href=/look.css></head>
<body><h1>{{ title }}</h1><img src=/look.svg><a href=/>on</a></body></html>"""
LOOK = {
    "look.css": ("text/css", "h1 { color: rgb(1, 2, {{ n }}) }"),
    "look.svg": ("image/svg+xml", "<svg>{{ n }}</svg>"),
}


@pytest.fixture
def app(make_app: AppMaker) -> Flask:
    """Return an app whose pages load what it renders, open to everybody on this machine."""
    app = make_app(REPLAY_FLUSH_INTERVAL=0.05)
    app.debug = True
    app.add_url_rule("/", "page", lambda: render_template_string(PAGE, title="Hello"))

    def look(name: str) -> Response:
        mimetype, source = LOOK[name]
        return Response(
            render_template_string(source, n=3),
            mimetype=mimetype,
            headers={"Cache-Control": "no-store"},
        )

    app.add_url_rule("/<any('look.css', 'look.svg'):name>", "look", look)
    return app


def asked(app: Flask) -> list[list[str]]:
    """Return the requests in running recordings."""
    return [
        [
            event.url
            for event in recording.events
            if isinstance(event, Request) and event.url != "/favicon.ico"
        ]
        for recording in recordings_of(app)
    ]


def test_visitors_who_watch_their_own_visit_add_nothing_to_it(
    app: Flask, serve: Callable[[Flask], str], tab: Page
) -> None:
    """Neither the player's pages nor the files of a replayed page. What they do in the app is
    recorded.
    """
    address = serve(app)
    tab.goto(f"{address}/")
    tab.goto(f"{address}/?again")
    until(lambda: len(asked(app)[0]) == 6)  # a request is kept after it was answered
    before = asked(app)
    assert set(before[0]) == {"/", "/?again", "/look.css", "/look.svg"}
    (recording,) = recordings_of(app)
    tab.goto(f"{address}/replay/")
    screen = Screen(tab, f"{address}/replay/{recording.summary.id}", moment="#t=0")
    heading = screen.page.locator("h1")
    # its style was loaded
    assert heading.evaluate("h => getComputedStyle(h).color") == "rgb(1, 2, 3)"
    tab.goto(f"{address}/replay/{recording.summary.id}/page/0")
    tab.goto(f"{address}/replay/health")
    tab.goto(f"{address}/replay/nothing")
    assert asked(app) == before


def test_a_viewer_who_is_no_visitor_starts_no_visit(
    app: Flask, serve: Callable[[Flask], str], tab: Page
) -> None:
    """The recorder sets no cookie and starts no recording, whatever cookies the viewer has."""
    client = app.test_client()
    client.get("/").close()
    client.get("/?again").close()
    (recording,) = recordings_of(app)
    address = serve(app)
    tab.goto(f"{address}/replay/")
    Screen(tab, f"{address}/replay/{recording.summary.id}", moment="#t=0").page.locator(
        "h1"
    ).wait_for()
    assert tab.context.cookies() == []
    assert asked(app) == [["/", "/?again"]]


@pytest.mark.parametrize("dest", ["image", "style", "font", "audio", "video", "track"])
def test_content_embedded_by_another_site_is_no_visit(app: Flask, dest: str) -> None:
    """With or without a visitor's cookie. If a page of the app embeds it, it is."""
    client = app.test_client()
    client.get("/").close()
    client.get(
        "/look.svg", headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": dest}
    ).close()
    app.test_client().get(
        "/look.svg", headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": dest}
    ).close()
    client.get(
        "/look.css", headers={"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": dest}
    ).close()
    client.get(
        "/?linked", headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "document"}
    ).close()
    assert asked(app) == [["/", "/look.css", "/?linked"]]


def test_a_refused_viewer_and_an_unknown_address_leave_nothing(make_app: AppMaker) -> None:
    """Whatever error page the app has, and whatever visit the viewer has."""
    app = make_app(authorize=lambda action, recording: False)
    app.register_error_handler(
        404, lambda error: (render_template_string("<p>nothing {{ n }}</p>", n=1), 404)
    )
    client = app.test_client()
    client.get("/hello/ann").close()
    (before,) = recordings_of(app)
    for path in (
        "/replay",
        "/replay/",
        f"/replay/{before.summary.id}",
        "/replay/x/y/z",
        "/replay/static/any/none.js",
    ):
        client.get(path).close()
    client.post("/replay/clear").close()
    (after,) = recordings_of(app)
    assert list(after.events) == list(before.events)
    with app.app_context():
        replay_of(app).flush()
