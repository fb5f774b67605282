"""Links to one recording that need no login: off by default, temporary, revocable, listed and
logged.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from flask_replay import ConfigError, Replay
from flask_replay.keys import make_key
from flask_replay.player.links import Links
from flask_replay.player.tickets import Tickets
from flask_replay.recording.ids import new_id

from ..conftest import replay_of
from .handmade import STARTED, TOUR, go_on, keep

MakeSite = Callable[..., Flask]


@pytest.fixture
def make_site(tmp_path: Path) -> MakeSite:
    """Return an app whose rule denies everything."""

    def make(
        *, secret_key: str | None = "test", url_prefix: str | None = "/replay", **config: Any
    ) -> Flask:
        app = Flask("links", instance_path=str(tmp_path / "instance"))
        app.config.update(
            SECRET_KEY=secret_key,
            REPLAY_ENABLED=False,
            REPLAY_STORAGE=str(tmp_path / "store"),
            **config,
        )
        Replay(app, authorize=lambda action, recording: False, url_prefix=url_prefix)
        return app

    return make


@pytest.fixture
def site(make_site: MakeSite) -> Flask:
    return make_site(REPLAY_LINKS=True)


def kept(app: Flask, **fields: Any) -> str:
    """Store a recording as the app's store would."""
    return keep(app.extensions["replay"].storage, TOUR, **fields)


def made(app: Flask, id: str, **options: Any) -> str:
    """Make a link, and return its path."""
    with app.app_context():
        return replay_of(app).link(id, **options)


def statuses(client: FlaskClient, id: str) -> set[int]:
    """Return the player's responses for the pages of a recording."""
    places = ("", "/steps.json", "/step/1.json", "/page/1", "/verdict/0.json", "/way/1.json")
    return {client.get(f"/replay/{id}{place}").status_code for place in places}


def test_files_stay_open_no_longer_than_the_link(site: Flask) -> None:
    """The files of a page that was opened with a link carry that link's ticket."""
    id, other = kept(site), kept(site)
    with site.app_context():
        replay = replay_of(site)
        made(site, id), made(site, id, expires=60)
        short, long = sorted(replay.links(), key=lambda link: link.expires_at)
        state = site.extensions["replay"]
        links, tickets = Links(site, state.settings, state.storage), Tickets(site)
        ticket = tickets.issue(id, long)
        assert tickets.holds(id, ticket, links)
        assert not tickets.holds(other, ticket, links)
        assert int(tickets.issue(id, short).partition("-")[0]) <= short.expires_at
        replay.unlink(long.id)
        assert not tickets.holds(id, ticket, links)
        assert tickets.holds(id, tickets.issue(id), links)


def test_browsers_do_not_cache_a_page_opened_with_a_link(site: Flask) -> None:
    """Otherwise it would still be shown after the link has expired."""
    id = kept(site)
    visitor = site.test_client()
    visitor.get(made(site, id))
    assert visitor.get(f"/replay/{id}/page/0?window=1").headers["Cache-Control"] == "no-store"


def test_a_link_shows_one_recording_and_allows_nothing_else(
    site: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    """The link is removed from the address at once. Its cookie is sent only to the pages of that
    recording.
    """
    caplog.set_level(logging.INFO, "flask_replay.audit")
    mine, other = kept(site), kept(site)
    running = new_id(STARTED)
    go_on(site.extensions["replay"].storage, running, TOUR)
    path = made(site, mine, at=61.5)
    visitor = site.test_client()
    assert statuses(visitor, mine) == {404}

    opened = visitor.get(path)
    assert (opened.status_code, opened.location) == (302, f"/replay/{mine}#t=61500")
    assert opened.headers["Referrer-Policy"] == "no-referrer"
    assert opened.headers["Cache-Control"] == "no-store"
    (cookie,) = opened.headers.getlist("Set-Cookie")
    assert (
        f"Path=/replay/{mine};" in f"{cookie};"
        and "HttpOnly" in cookie
        and "SameSite=Lax" in cookie
    )
    assert (
        "Secure"
        in site.test_client().get(path, base_url="https://shop.example").headers["Set-Cookie"]
    )

    assert statuses(visitor, mine) == {200}
    page = visitor.get(f"/replay/{mine}").text
    assert path.rpartition("/")[2] not in page and "Delete" not in page
    assert (
        statuses(visitor, other)
        == statuses(visitor, running)
        == statuses(site.test_client(), mine)
        == {404}
    )
    token = visitor.get_cookie("flask_replay_link", path=f"/replay/{mine}")
    assert token is not None
    assert statuses_with(site, other, token.value) == {404}  # although somebody copied the cookie
    for place in ("/", "/health", f"/{mine}/offline.html", f"/{mine}/live.json"):
        assert visitor.get(f"/replay{place}").status_code == 404
    for change in ("delete", "pin"):
        headers = {"Sec-Fetch-Site": "same-origin"}
        assert visitor.post(f"/replay/{mine}/{change}", headers=headers).status_code == 404

    said = [record.getMessage() for record in caplog.records]
    with site.app_context():
        (link,) = replay_of(site).links()
    assert any("action=share" in line and f"link {link.id} was made" in line for line in said)
    assert any("action=share" in line and f"link {link.id} was opened" in line for line in said)
    assert any("action=view" in line and f"by link {link.id}" in line for line in said)
    assert not any(path.rpartition("/")[2] in line for line in said)


def statuses_with(app: Flask, id: str, token: str) -> set[int]:
    """Return the player's responses to a request with a forged cookie."""
    client = app.test_client()
    client.set_cookie("flask_replay_link", token, path="/")
    return statuses(client, id)


def test_an_expired_revoked_or_forged_link_opens_nothing(
    site: Flask, make_site: MakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does a player that was opened with it."""
    id = kept(site)
    old, gone, good = made(site, id, expires="1h"), made(site, id), made(site, id, expires="2d")
    visitors = [site.test_client() for _ in range(3)]
    for visitor, path in zip(visitors, (old, gone, good), strict=True):
        assert visitor.get(path).status_code == 302
    with site.app_context():
        replay = replay_of(site)
        listed = {
            round((link.expires_at - link.made_at) / 3600): link.id for link in replay.links()
        }
        assert sorted(listed) == [1, 48, 168]
        replay.unlink(listed[168])
        replay.recordings.pin(id)
        replay.recordings.cleanup()  # which does not affect links
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 2 * 3600)
    assert [statuses(visitor, id) for visitor in visitors] == [{404}, {404}, {200}]
    assert [site.test_client().get(path).status_code for path in (old, gone, good)] == [
        404,
        404,
        302,
    ]
    token = good.rpartition("/")[2]
    for forged in (
        token[:-2] + ("aa" if token[-2:] != "aa" else "bb"),
        token[:-1],
        "x",
        "..",
        "a.b.c",
        "%00",
    ):
        assert site.test_client().get(f"/replay/link/{forged}").status_code == 404
        assert statuses_with(site, id, forged) == {404}
    another = make_site(REPLAY_LINKS=True, secret_key="another")
    assert another.test_client().get(good).status_code == 404
    off = make_site()
    assert off.test_client().get(good).status_code == 404
    assert statuses_with(off, id, token) == {404}

    with site.app_context():
        assert [link.id for link in replay.links()] == [listed[48]]
        replay.recordings.delete(id)
        assert replay.links() == []  # links to missing recordings are not stored


@pytest.mark.parametrize("keys", [(), (make_key(),)], ids=["plain", "encrypted"])
def test_a_link_ends_with_its_recording(make_site: MakeSite, keys: tuple[str, ...]) -> None:
    """However the recording was deleted. Earlier links do not open a restored copy."""
    site = make_site(REPLAY_LINKS=True, REPLAY_ENCRYPTION_KEYS=keys)
    with site.app_context():
        replay = replay_of(site)
        recordings = replay.recordings
        ways: dict[str, Callable[[str], object]] = {
            "delete": recordings.delete,
            "forget": lambda id: recordings.forget("Ann"),
            "clear": lambda id: recordings.clear(),
            "cleanup": lambda id: recordings.cleanup(max_recordings=0),
            "another program": recordings.storage.delete,
        }
        for way, end in ways.items():
            id, other = kept(site, name="Ann"), kept(site)
            path, others = made(site, id), made(site, other)
            document = recordings.storage.load(id)
            recordings.pin(other)
            end(id)
            visitor = site.test_client()
            assert (way, visitor.get(path).status_code, visitor.get(others).status_code) == (
                way,
                404,
                302,
            )
            if way in {"delete", "clear", "cleanup"}:
                recordings.storage.save(id, document)
                assert (way, visitor.get(path).status_code) == (way, 404)


def test_links_are_off_by_default_and_say_why(make_site: MakeSite) -> None:
    app = make_site()
    id = kept(app)
    for site, reason in (
        (app, "REPLAY_LINKS is off"),
        (make_site(REPLAY_LINKS=True, secret_key=None), "no SECRET_KEY"),
        (make_site(REPLAY_LINKS=True, url_prefix=None), "need the player"),
    ):
        with site.app_context(), pytest.raises(ConfigError, match=reason):
            replay_of(site).link(id)
    result = app.test_cli_runner().invoke(args=["replay", "link", id])
    assert (result.exit_code, "REPLAY_LINKS is off" in result.output) == (1, True)


def test_links_are_made_listed_and_revoked_on_the_command_line(make_site: MakeSite) -> None:
    """Also in an encrypted store, where their documents have no recognizable names."""
    site = make_site(REPLAY_LINKS=True, REPLAY_ENCRYPTION_KEYS=make_key())
    run = site.test_cli_runner().invoke
    id = kept(site)
    address = run(args=["replay", "link", id, "--at", "1:02", "--expires", "30m"]).output.strip()
    assert address.startswith("/replay/link/")
    opened = site.test_client().get(address)
    assert opened.location == f"/replay/{id}#t=62000"
    (link,) = json.loads(run(args=["replay", "links", "--json"]).output)
    assert (link["recording"], link["at_ms"]) == (id, 62_000)
    assert run(args=["replay", "links"]).output.startswith(f"{link['id']}  {id}  until 20")
    assert run(args=["replay", "unlink", link["id"]]).output == f"{link['id']} revoked.\n"
    again = run(args=["replay", "unlink", link["id"]])
    assert (again.exit_code, "there is no link" in again.output) == (1, True)
    assert run(args=["replay", "links"]).output == "There are no links.\n"
    assert run(args=["replay", "link", "0" * 26]).exit_code == 1


def test_a_link_never_uses_a_recorded_host(make_site: MakeSite) -> None:
    """A visitor may have sent any host, and the link would lead people there."""
    site = make_site(REPLAY_LINKS=True)
    id = kept(site)
    run = site.test_cli_runner().invoke
    assert made(site, id).startswith("/replay/link/")
    with site.test_request_context(base_url="https://here.example"):
        assert replay_of(site).link(id).startswith("https://here.example/replay/link/")
    for host in ("https://a.example", "https://a.example/", "http://localhost:5000"):
        printed = run(args=["replay", "link", id, "--host", host]).output
        assert printed.startswith(f"{host.rstrip('/')}/replay/link/")
    for host in (
        "a.example",
        "https://",
        "https://a@b",
        "https://a/b",
        "javascript://a",
        "https://a\nb",
    ):
        assert run(args=["replay", "link", id, "--host", host]).exit_code == 1
    site.config.update(SERVER_NAME="shop.example:8443", PREFERRED_URL_SCHEME="https")
    assert made(site, id).startswith("https://shop.example:8443/replay/link/")


def test_a_link_survives_key_rotation_and_opens_no_current_template(site: Flask) -> None:
    """It opens only what was recorded, and nothing that the app says now or later."""
    id = kept(site)
    path = made(site, id)
    site.config.update(SECRET_KEY="next", SECRET_KEY_FALLBACKS=["test"])
    visitor = site.test_client()
    assert visitor.get(path).status_code == 302
    assert statuses(visitor, id) == {200}
    for place in ("page/1", "verdict/0.json", "way/1.json"):
        assert visitor.get(f"/replay/{id}/{place}?as=now").status_code == 404
    site.config.update(SECRET_KEY_FALLBACKS=[])
    assert site.test_client().get(path).status_code == 404
