"""Visitors who never return displace nobody, and requests that nobody looks at count for nothing."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, abort, render_template_string
from werkzeug.test import EnvironBuilder

from flask_replay.fragments.shown_responses import is_aside
from flask_replay.recording.summary import Summary
from flask_replay.storage.lifecycle.retention import cleanup
from flask_replay.storage.lifecycle.unconfirmed import thin
from flask_replay.testing import finished

from ..conftest import AppMaker, recordings_of, replay_of

IMAGE = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


def shown(app: Flask, **options: Any) -> list[Summary]:
    with app.app_context():
        replay_of(app).flush()
        return replay_of(app).recordings.summaries(limit=1_000, **options)


def flood(app: Flask, count: int) -> None:
    """Post a form as visitors without cookies, which counts as an interaction."""
    for _ in range(count):
        app.test_client(use_cookies=False).post("/save", data={"title": "x"}).close()


def visit(app: Flask, *paths: str) -> None:
    client = app.test_client()
    for path in paths:
        client.get(path).close()


# Visitors who never come back


def test_visitors_who_never_return_are_limited_and_displace_nobody(make_app: AppMaker) -> None:
    """The newest of them are kept, running or finished, whatever cleanup must delete."""
    app = make_app(REPLAY_MAX_UNCONFIRMED=3, REPLAY_MAX_RECORDINGS=5)
    visit(app, "/hello/ann", "/two")
    flood(app, 20)
    assert len(shown(app)) == 4
    assert len(app.extensions["replay"].storage.touched()) == 4
    with app.app_context():
        replay_of(app).finalize()
        flood(app, 20)
        replay_of(app).finalize()
        for n in range(4):
            visit(app, f"/hello/{n}", "/two")
        replay_of(app).finalize()
        cleaned = replay_of(app).recordings.cleanup()
        assert cleaned is not None
        assert len(cleaned.unconfirmed) == 6  # with five others there is no room for any
    assert [summary.tally.pages for summary in shown(app)] == [2] * 5


def test_unconfirmed_recordings_are_listed_on_request(app: Flask) -> None:
    """By the command, by the player and from Python."""
    flood(app, 2)
    visit(app, "/hello/ann", "/two")
    (ann,) = shown(app, unconfirmed=False)
    assert len(shown(app)) == 3
    run = app.test_cli_runner().invoke
    assert run(args=["replay", "list"]).output.count("active") == 1
    assert run(args=["replay", "list", "--unconfirmed"]).output.count("active") == 3
    app.debug = True
    client = app.test_client()
    page, all_of_them = client.get("/replay/").text, client.get("/replay/?unconfirmed=yes").text
    assert page.count('class="who"') == 1 and f"/replay/{ann.id}" in page
    assert (
        all_of_them.count('class="who"') == 3 and all_of_them.count("never came back</span>") == 2
    )


def test_a_visitor_who_returns_is_confirmed(app: Flask) -> None:
    """Even if another worker wrote the first page long ago."""
    client = app.test_client()
    client.post("/save", data={"title": "x"}).close()
    (before,) = shown(app)
    client.get("/hello/ann").close()
    (after,) = shown(app)
    assert (before.flags, after.flags) == (("unconfirmed",), ())
    thin(app.extensions["replay"].storage, 0)
    assert [summary.id for summary in shown(app)] == [after.id]


def test_a_visitor_who_is_logged_in_is_confirmed(make_app: AppMaker) -> None:
    """They sent the app's cookie, and so would have sent ours."""
    app = make_app(identify=lambda: "ann")
    client = app.test_client()
    client.set_cookie("session", "theirs")
    client.post("/save", data={"title": "x"}).close()
    (ann,) = shown(app)
    assert ann.flags == ()


def test_captures_and_programs_are_never_unconfirmed(app: Flask) -> None:
    """Somebody started them on purpose."""
    with app.app_context():
        app.extensions["replay"].capturing.start("bug", detached=True)
        flood(app, 1)
        with replay_of(app).start("bot") as bot:
            bot.record_action("click", "#buy")
    assert [("unconfirmed" in summary.flags) for summary in shown(app)] == [False, False]


def test_cleanup_by_size_deletes_unconfirmed_recordings_first(make_app: AppMaker) -> None:
    """Their bytes would displace those of visitors."""
    app = make_app()
    visit(app, "/hello/ann", "/two")
    with app.app_context():
        replay_of(app).finalize()
        flood(app, 2)
        replay_of(app).finalize()
        ann = next(summary for summary in shown(app) if not summary.flags)
        storage = app.extensions["replay"].storage
        planned = cleanup(storage, 10, 1e9, ann.size, dry_run=True)
        assert planned is not None
        assert (len(planned.unconfirmed), planned.large, planned.left) == (2, [], 1)


def test_recordings_of_older_versions_are_not_unconfirmed(app: Flask) -> None:
    """They contain nothing about cookies, so they count as visitors'."""
    storage = app.extensions["replay"].storage
    name = finished(storage)
    cleaned = cleanup(storage, 10, 1e9, max_unconfirmed=0)
    assert cleaned is not None and cleaned.unconfirmed == [] and storage.ids() == [name]


# What the lists return


def test_running_recordings_are_listed_after_an_interaction(app: Flask) -> None:
    """One page is no interaction. The recording is available by its id."""
    client = app.test_client()
    client.get("/hello/ann").close()
    assert shown(app) == []
    (recording,) = recordings_of(app)
    client.get("/two").close()
    with app.app_context():
        replay = replay_of(app)
        replay.flush()
        assert [summary.id for summary in replay.recordings.active()] == [recording.summary.id]
        replay.finalize()
        assert replay.recordings.active() == []
        replay.recordings.pin(recording.summary.id)
        (whole,) = replay.recordings.list()
    assert [batch.request.url for batch in whole.batches if batch.request] == ["/hello/ann", "/two"]
    assert whole.summary.pinned
    assert (whole.id, whole.status) == (recording.summary.id, "finished")
    assert whole.name == recording.summary.name


# What a person would count


@pytest.mark.parametrize(
    ("headers", "path", "status", "aside"),
    [
        ({}, "/", 200, False),
        ({}, "/nowhere", 404, False),
        ({}, "/favicon.ico", 404, True),
        ({}, "/apple-touch-icon-precomposed.png", 404, True),
        ({}, "/static/app.css.map", 404, False),
        ({}, "/robots.txt", 404, True),
        ({}, "/.well-known/security", 404, True),
        ({}, "/about.html", 404, False),
        ({}, "/report.pdf", 200, False),
        ({"Accept": IMAGE}, "/photo", 200, True),
        ({"Accept": HTML}, "/", 200, False),
        ({"Accept": "text/css,*/*;q=0.1"}, "/style", 500, True),
        ({"Accept": "*/*"}, "/", 200, False),
        ({"Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate"}, "/report.pdf", 404, False),
        ({"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Mode": "navigate"}, "/", 200, True),
        ({"Sec-Fetch-Dest": "image", "Sec-Fetch-Mode": "no-cors"}, "/photo", 404, True),
        ({"Sec-Fetch-Dest": "empty", "Sec-Fetch-Mode": "cors"}, "/rows", 200, False),
        ({"Sec-Fetch-Dest": "empty", "Sec-Fetch-Mode": "no-cors"}, "/beacon", 200, True),
        ({"Sec-Fetch-Dest": "report", "Sec-Fetch-Mode": "cors"}, "/csp", 200, True),
        ({"Sec-Fetch-Dest": "document", "Sec-Purpose": "prefetch"}, "/", 200, True),
        ({"Sec-Fetch-Dest": "document", "Sec-Purpose": "prefetch;prerender"}, "/", 200, True),
        ({"Purpose": "prefetch"}, "/", 200, True),
        ({"X-Purpose": "preview"}, "/", 200, True),
        ({"X-Moz": "prefetch"}, "/", 200, True),
        ({"X-Sec-Purpose": "prefetch"}, "/", 200, True),
        ({"HX-Preloaded": "true"}, "/", 200, True),
    ],
)
def test_some_responses_do_not_count_as_pages(
    headers: dict[str, str], path: str, status: int, *, aside: bool
) -> None:
    """According to the browser's headers, or else, for a missing file, according to its name."""
    environ = EnvironBuilder(path=path, headers=list(headers.items())).get_environ()
    assert is_aside(environ, path, status) is aside


def test_a_page_with_its_icon_frames_and_prefetches_counts_once(app: Flask) -> None:
    """As a person would count. A visit with one page has no interaction."""
    app.errorhandler(404)(lambda error: (render_template_string("<p>nothing here</p>"), 404))
    app.add_url_rule("/icon.png", "icon", lambda: abort(404))
    client = app.test_client()
    told: list[tuple[str, dict[str, str]]] = [
        ("/favicon.ico", {}),
        ("/hello/ann", {"Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate"}),
        ("/icon.png", {"Sec-Fetch-Dest": "image", "Sec-Fetch-Mode": "no-cors"}),
        ("/two", {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Mode": "navigate"}),
        ("/hello/next", {"Sec-Purpose": "prefetch"}),
    ]
    for path, headers in told:
        client.get(path, headers=headers).close()
    client.post("/save", headers={"Sec-Fetch-Dest": "empty", "Sec-Fetch-Mode": "no-cors"}).close()
    (recording,) = recordings_of(app)
    summary = recording.summary
    assert (summary.tally.pages, summary.tally.posts, summary.tally.requests) == (1, 0, 6)
    assert summary.landing == "/hello/ann"
    assert not summary.tally.interaction
