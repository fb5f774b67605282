"""The list of recordings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Blueprint, Flask
from jinja2 import Undefined
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client

from flask_replay.errors import StorageError
from flask_replay.recording.ids import new_id
from flask_replay.recording.summary import Summary
from flask_replay.storage import FileStorage
from flask_replay.storage.finding import listing
from flask_replay.storage.finding.listing import PAGE_SIZE

from .handmade import STARTED, TOUR, go_on, keep, make_app, step


def shown(html: str) -> list[str]:
    """Return the ids that a list links to, in order."""
    return re.findall(r'class="who" href="/replay/([^"]+)"', html)


def test_an_empty_list_says_what_to_do(folder: Path) -> None:
    """It explains how to make a first recording."""
    html = make_app(folder, recorded=True).test_client().get("/replay/").get_data(as_text=True)
    assert "No recordings yet" in html
    assert "Open your site in another tab" in html


def test_the_list_says_why_nothing_is_recorded(app: Flask) -> None:
    """So nobody waits in vain for recordings."""
    html = app.test_client().get("/replay/").get_data(as_text=True)
    assert "Not recording: REPLAY_ENABLED is False" in html
    assert "Open your site" not in html


def test_the_list_is_newest_first_and_in_pages(app: Flask, storage: FileStorage) -> None:
    """The links to older recordings show every recording once."""
    ids = [keep(storage, TOUR) for _ in range(2 * PAGE_SIZE + 1)]
    client = app.test_client()
    found: list[str] = []
    path: str | None = "/replay/"
    while path is not None:
        html = client.get(path).get_data(as_text=True)
        found += shown(html)
        older = re.search(r'rel="next" href="([^"]+)"', html)
        path = older.group(1) if older is not None else None
    assert found == sorted(ids, reverse=True)


def test_a_page_out_of_range_is_empty(app: Flask, storage: FileStorage) -> None:
    """Beyond the oldest recording there is an empty page with a link back. An invalid cursor shows
    the first page.
    """
    oldest = keep(storage, TOUR)
    client = app.test_client()
    html = client.get(f"/replay/?before={oldest}").get_data(as_text=True)
    assert "Nothing older" in html
    assert 'href="/replay/"' in html
    assert shown(client.get("/replay/?before=../../etc").get_data(as_text=True)) == [oldest]


def test_a_page_is_full_although_some_recordings_are_hidden(
    folder: Path, storage: FileStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Recordings that a viewer may not see leave no gaps, as long as there is time to look for
    more.
    """
    monkeypatch.setattr(listing, "LISTING_PATIENCE", 60.0)
    for number in range(3 * PAGE_SIZE):
        keep(storage, TOUR, name="mine" if number < PAGE_SIZE + 1 else "other")

    def authorize(action: str, recording: Summary | None) -> bool:
        return recording is None or recording.name == "mine"

    html = make_app(folder, authorize).test_client().get("/replay/").get_data(as_text=True)
    assert len(shown(html)) == PAGE_SIZE
    assert 'rel="next"' in html


def test_a_running_recording_is_live_and_opens_with_everything_so_far(
    app: Flask, storage: FileStorage
) -> None:
    """Visitors who are on the site now are in the list, and each reload shows more."""
    running = new_id(STARTED)
    go_on(storage, running, TOUR[:2])
    client = app.test_client()
    assert '<span class="live">live</span>' in client.get("/replay/").get_data(as_text=True)
    assert 'id="live"' in client.get(f"/replay/{running}").get_data(as_text=True)
    assert len(client.get(f"/replay/{running}/steps.json").json["steps"]) == 2  # type: ignore[index]
    go_on(storage, running, TOUR[2:4], number=2)
    assert len(client.get(f"/replay/{running}/steps.json").json["steps"]) == 4  # type: ignore[index]


def test_an_unreadable_recording_is_named_with_the_reason(app: Flask, storage: FileStorage) -> None:
    """It does not affect other recordings, says why it is unreadable, and can be deleted."""
    good = keep(storage, TOUR)
    foreign, cut = new_id(STARTED + 10_000), keep(storage, TOUR, name="Cut")
    storage.save(foreign, b"not a recording")
    storage.save(cut, storage.load(cut)[:-20])
    client = app.test_client()
    html = client.get("/replay/").get_data(as_text=True)
    assert set(shown(html)) == {good, foreign, cut}
    reason = re.search(r'class="reason" colspan="7">([^<]+)<', html)
    assert reason is not None
    for id in (foreign, cut):
        page = client.get(f"/replay/{id}")
        assert page.status_code == 200
        assert "cannot be read" in page.get_data(as_text=True)
        assert "Delete it" in page.get_data(as_text=True)
        assert client.get(f"/replay/{id}/steps.json").status_code == 404
    assert reason.group(1) in client.get(f"/replay/{foreign}").get_data(as_text=True)


def test_an_unavailable_store_is_reported_in_a_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a page of its own, and not at all to people who may not look."""

    def fail(*args: object, **options: object) -> None:
        raise StorageError("the disk is gone")

    for method in ("summaries", "finished"):
        monkeypatch.setattr(FileStorage, method, fail)
    for path in ("/replay/", f"/replay/{new_id()}"):
        answer = make_app(folder).test_client().get(path)
        assert answer.status_code == 503
        assert "the disk is gone" in answer.get_data(as_text=True)
        assert make_app(folder, debug=False).test_client().get(path).status_code == 404


def test_the_list_looks_the_same_in_an_app_with_unusual_jinja_settings(
    app: Flask, storage: FileStorage
) -> None:
    """The app's delimiters, undefined class and disabled escaping do not affect the player."""
    keep(storage, [step(0, "/<b>"), *TOUR], name="<script>alert(1)</script>")
    app.jinja_options = {
        "variable_start_string": "<<",
        "variable_end_string": ">>",
        "undefined": Undefined,
    }
    app.jinja_env.autoescape = False
    html = app.test_client().get("/replay/").get_data(as_text=True)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script>alert" not in html


def test_the_player_works_under_any_prefix(folder: Path, storage: FileStorage) -> None:
    """Links respect a prefix of the app, a parent blueprint and a mount point."""
    recording = keep(storage, TOUR)
    app = make_app(folder, url_prefix=None)
    admin = Blueprint("admin", __name__, url_prefix="/admin")
    admin.register_blueprint(
        app.extensions["replay"].replay.blueprint, url_prefix="/visits", name="watch"
    )
    app.register_blueprint(admin)
    client = Client(DispatcherMiddleware(Flask("outer"), {"/shop": app}))
    here = {"REMOTE_ADDR": "127.0.0.1"}
    html = client.get("/shop/admin/visits/", environ_base=here).get_data(as_text=True)
    assert f'href="/shop/admin/visits/{recording}"' in html
    own = re.findall(r'(?:script.*src|stylesheet" href)="(/shop/admin/visits/static/[^"]+)"', html)
    assert len(own) == 3
    for address in own:
        with client.get(address) as answer:
            assert answer.status_code == 200 and "immutable" in answer.headers["Cache-Control"]
    player = client.get(f"/shop/admin/visits/{recording}", environ_base=here).get_data(as_text=True)
    assert f'data-root="/shop/admin/visits/{recording}"' in player


def test_an_interrupted_recording_is_marked_in_the_list_and_the_player(
    app: Flask, storage: FileStorage
) -> None:
    """Its end may be missing. A finished recording has no mark, and neither is live."""
    cut, whole = keep(storage, TOUR, status="interrupted"), keep(storage, TOUR)
    client = app.test_client()
    assert client.get("/replay/").get_data(as_text=True).count(">interrupted</span>") == 1
    for recording, marks in ((cut, 1), (whole, 0)):
        page = client.get(f"/replay/{recording}").get_data(as_text=True)
        assert page.count(">interrupted<") == marks
        assert 'id="live"' not in page
