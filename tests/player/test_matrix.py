"""Every route and socket of the player with every kind of person and program: each cell of the
table is checked.

A new route fails here until it has a row.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from flask import Flask, current_app, session
from itsdangerous import URLSafeTimedSerializer
from simple_websocket import Client, ConnectionError
from werkzeug.test import TestResponse

from flask_replay import Replay
from flask_replay.codec import digest_key
from flask_replay.host.own_routes import OwnRoutes
from flask_replay.recording.events import Error
from flask_replay.recording.ids import new_id
from flask_replay.recording.summary import Summary
from flask_replay.storage import FileStorage
from flask_replay.storage.names import LINKED
from flask_replay.web.api import token_hash

from .handmade import STARTED, go_on, keep, page, step

MARK = "m4rk-of-what-was-recorded"
"""A text in every field of the recordings, which no response to people without permission may
contain.
"""

FILE = f"p {{ content: '{MARK}' }}".encode()
VISIT = [
    step(
        0,
        f"/{MARK}",
        page(MARK, MARK),
        form={MARK: [MARK]},
        assets={"/a.css": digest_key(FILE)},
        errors=[Error(offset_ms=1, type=MARK, message=MARK)],
    ),
    step(1000, f"/{MARK}/2", page(MARK)),
]
NOWHERE = "api_nothing"
"""Answers where there is no route: see ``test_api_errors.py``."""

TOKEN, READER = "replay_of-a-program", "replay_of-a-reader"


class Row(NamedTuple):
    """A route.

    :ivar path: below the player's place; ``{id}`` stands for a recording of Ann's.
    :ivar action: what the rule is asked for; ``""`` if the route is open or has tokens of its own.
    :ivar shows: whether the answer holds what was recorded.
    :ivar form: the form's action, where the route changes something.
    :ivar told: whether it answers a script of the player, even if it changes something.
    """

    path: str
    action: str
    shows: bool = False
    form: str = ""
    method: str = "GET"
    told: bool = False

    @property
    def status(self) -> int:
        """Return the status of the response to people with permission."""
        return 302 if self.form and not self.told else 200


ROWS = {
    "list": Row("/", "list", shows=True),
    "newest": Row("/newest.json", "list"),
    "errors": Row("/errors", "list", shows=True),
    "visitor": Row("/visitor?user=ann", "list", shows=True),
    "compare": Row("/compare?a={id}:0&b={id}:1", "view", shows=True),
    "health": Row("/health", "health"),
    "health_data": Row("/health.json", "health"),
    "show": Row("/{id}", "view", shows=True),
    "steps": Row("/{id}/steps.json", "view", shows=True),
    "step": Row("/{id}/step/0.json", "view", shows=True),
    "page": Row("/{id}/page/0", "view", shows=True),
    "piece": Row("/{id}/piece/0", "view", shows=True),
    "asset": Row(f"/{{id}}/asset/{digest_key(FILE)}", "view", shows=True),
    "inner": Row("/{id}/asset/page/0", "view", shows=True),
    "offline": Row("/{id}/offline.html", "export"),
    "verdict": Row("/{id}/verdict/0.json", "view"),
    "way": Row("/{id}/way/1.json", "view"),
    "state": Row("/{id}/state/0.json", "view"),
    "template": Row("/{id}/template/0.json", "view"),
    "story": Row("/{id}/story.json", "view", shows=True),
    "news": Row("/{id}/live.json", "live", shows=True),
    "delete": Row("/{id}/delete", "delete", form="delete", method="POST"),
    "pin": Row("/{id}/pin", "pin", form="pin", method="POST"),
    "note": Row("/{id}/note", "note", form="note", method="POST"),
    "tag": Row("/{id}/tag", "note", form="note", method="POST"),
    "share": Row("/{id}/share", "share", form="share", method="POST", told=True),
    "record": Row("/record", "record", form="record", method="POST"),
    "clear": Row("/clear", "clear", form="clear", method="POST"),
    "link": Row("/link/x", ""),
    "api_begin": Row("/api/recordings", "", method="POST"),
    "api_act": Row("/api/recordings/{id}/actions", "", method="POST"),
    "api_complete": Row("/api/recordings/{id}/complete", "", method="POST"),
    "api_fail": Row("/api/recordings/{id}/fail", "", method="POST"),
    "api_list": Row("/api/recordings", ""),
    "api_errors": Row("/api/errors", ""),
    "api_read": Row("/api/recordings/{id}", ""),
    "api_state": Row("/api/recordings/{id}/frames/0", ""),
    "api_page": Row("/api/recordings/{id}/pages/0", ""),
    "api_note": Row("/api/recordings/{id}/notes", "", method="POST"),
    "api_unnote": Row("/api/recordings/{id}/notes/x", "", method="DELETE"),
    "api_tag": Row("/api/recordings/{id}/tags", "", method="POST"),
    "api_untag": Row("/api/recordings/{id}/tags/x", "", method="DELETE"),
    "api": Row("/api/openapi.json", ""),
    "color": Row("/color/a0522d.css", ""),
    "static": Row("/static/any/replay.css", ""),
}
SOCKETS = {"live": "/{id}/live"}
READS = ("api_read", "api_state", "api_page")
REMARKS = ("api_note", "api_unnote", "api_tag", "api_untag")
GUARDED = {name: row for name, row in ROWS.items() if row.action}
OPEN = {"anonymous": False, "nobody": False, "bob": False, "admin": True}


def authorize(action: str, recording: Summary | None) -> bool:
    """Allow everything to the admin, and their own recordings to others."""
    user = session.get("user")
    if current_app.extensions["replay"].replay.token == "reader":
        return action == "view" and recording is not None and recording.name == "ann"
    return user == "admin" or (
        recording is not None and user == recording.name and action in {"view", "live"}
    )


class Site:
    """An app with a recording of Ann's and one of Bob's, and the ways to send requests."""

    def __init__(self, folder: Path, rule: Any = authorize, **config: Any) -> None:
        self.app = Flask("guarded", instance_path=str(folder / "instance"))
        self.app.config.update(
            SECRET_KEY="test",
            REPLAY_ENABLED=True,
            REPLAY_LINKS=True,
            REPLAY_API_TOKENS={"bot": token_hash(TOKEN), "reader": f"read:{token_hash(READER)}"},
            **config,
        )
        self.storage = FileStorage(folder / "store")
        self.storage.put_template(digest_key(FILE), FILE)
        Replay(self.app, storage=self.storage, authorize=rule)
        self.id = keep(self.storage, VISIT, name="ann", landing=MARK)
        self.other = keep(self.storage, VISIT, name="bob", landing=MARK)

    def ask(
        self, row: Row, user: str, *, id: str = "", token: str = "", **options: Any
    ) -> TestResponse:
        """Send a request as somebody, by default with the headers that a browser sends from the
        player's own pages.
        """
        client = self.app.test_client()
        if user != "anonymous":
            with client.session_transaction() as theirs:
                theirs["user"] = user
        headers = options.pop("headers", {"Sec-Fetch-Site": "same-origin"})
        data = (
            {"token": token, "pinned": "yes", "name": "x", "text": "x", "tag": "x"}
            if row.form
            else None
        )
        path = f"/replay{row.path.format(id=id or self.id)}"
        return client.open(path, method=row.method, headers=headers, data=data, **options)

    def token(self, row: Row, *, id: str = "", age: float = 0, key: str = "test") -> str:
        """Sign a form, as the player does."""

        class Then(URLSafeTimedSerializer):
            def make_signer(self, salt: Any = None) -> Any:
                signer: Any = super().make_signer(salt)
                now = signer.get_timestamp
                signer.get_timestamp = lambda: now() - int(age)
                return signer

        named = (id or self.id) if "{id}" in row.path else ""
        return str(Then(key, salt="flask-replay.change").dumps([row.form, named]))

    @property
    def untouched(self) -> bool:
        """Whether nothing was deleted, pinned, remarked, shared or captured."""
        kept = (
            set(self.storage.ids()) == {self.id, self.other} and self.storage.marked("pinned") == {}
        )
        kept = (
            kept
            and self.storage.remarks() == {}
            and not any(key.startswith(LINKED) for key, _ in self.storage.templates())
        )
        return kept and self.app.extensions["flask_replay"].capturing.current is None


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture(scope="module")
def shared_site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Return the site for requests that must change nothing."""
    return Site(tmp_path_factory.mktemp("shared"))


def closed(answer: TestResponse) -> bool:
    """Whether a response is a 404 without anything of a recording or of the player."""
    text = answer.get_data(as_text=True) + str(answer.headers)
    return (
        answer.status_code == 404
        and MARK not in text
        and "ann" not in text
        and "replay" not in text.lower()
    )


def test_every_route_has_a_row(site: Site) -> None:
    """And every row has a route, with its method."""
    own = {name for name in OwnRoutes(site.app).endpoints if not name.endswith(NOWHERE)}
    found = {
        (rule.endpoint.rpartition(".")[2], rule.websocket)
        for rule in site.app.url_map.iter_rules()
        if rule.endpoint in own
    }
    assert found == {(name, False) for name in ROWS} | {(name, True) for name in SOCKETS}
    for rule in site.app.url_map.iter_rules():
        name = rule.endpoint.rpartition(".")[2]
        if rule.endpoint in own and not rule.websocket:
            assert (rule.methods or set()) - {"HEAD", "OPTIONS"} == {ROWS[name].method}


@pytest.mark.parametrize("name", GUARDED)
def test_the_admin_has_access(site: Site, name: str) -> None:
    """Otherwise the cells below would prove nothing."""
    row = ROWS[name]
    answer = site.ask(row, "admin", token=site.token(row))
    assert answer.status_code == row.status
    assert (MARK in answer.get_data(as_text=True)) == row.shows
    assert site.untouched == (not row.form)


@pytest.mark.parametrize("name", GUARDED)
@pytest.mark.parametrize("user", ["anonymous", "nobody", "bob"])
def test_people_without_permission_get_nothing(shared_site: Site, name: str, user: str) -> None:
    """Strangers, known users, and users who may see another recording, even with a stolen form."""
    row = ROWS[name]
    assert closed(shared_site.ask(row, user, token=shared_site.token(row)))
    assert closed(shared_site.ask(row, user, token=shared_site.token(row), headers={}))
    assert shared_site.untouched


@pytest.mark.parametrize("name", [name for name, row in GUARDED.items() if "{id}" in row.path])
def test_permission_for_one_recording_does_not_extend_to_another(
    shared_site: Site, name: str
) -> None:
    """Bob sees his own recording, and may change neither."""
    row = ROWS[name]
    mine = shared_site.ask(
        row, "bob", id=shared_site.other, token=shared_site.token(row, id=shared_site.other)
    )
    assert mine.status_code == (200 if row.action in {"view", "live"} else 404)
    assert closed(shared_site.ask(row, "bob", token=shared_site.token(row, id=shared_site.other)))
    assert shared_site.untouched


@pytest.mark.parametrize("name", GUARDED)
@pytest.mark.parametrize("cookie", ["expired", "forged", "cut", "of another key"])
def test_an_old_or_forged_login_is_refused(
    shared_site: Site, name: str, cookie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The app's session decides."""
    row, app = ROWS[name], shared_site.app
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    good = serializer.dumps({"user": "admin"})
    if cookie == "expired":
        monkeypatch.setitem(app.config, "PERMANENT_SESSION_LIFETIME", -1)
    value = {"expired": good, "forged": good[:-3] + "abc", "cut": good[:-1], "of another key": ""}[
        cookie
    ]
    if cookie == "of another key":
        app.secret_key = "other"
        value = app.session_interface.get_signing_serializer(app).dumps({"user": "admin"})  # type: ignore[attr-defined]
        app.secret_key = "test"
    headers = {"Sec-Fetch-Site": "same-origin", "Cookie": f"session={value}"}
    assert closed(shared_site.ask(row, "anonymous", token=shared_site.token(row), headers=headers))
    assert shared_site.untouched


@pytest.mark.parametrize("name", [name for name, row in GUARDED.items() if row.form])
@pytest.mark.parametrize(
    "token",
    ["none", "forged", "expired", "of another key", "of another recording", "of another action"],
)
def test_a_form_that_is_not_ours_changes_nothing(shared_site: Site, name: str, token: str) -> None:
    """Even if the admin sends it from the player's own page."""
    row = ROWS[name]
    good = shared_site.token(row)
    value = {
        "none": "",
        "forged": good[:-2] + ("aa" if good[-2:] != "aa" else "bb"),
        "expired": shared_site.token(row, age=13 * 3600),
        "of another key": shared_site.token(row, key="guessed"),
        "of another recording": shared_site.token(row._replace(path="/{id}"), id=shared_site.other),
        "of another action": shared_site.token(row._replace(form="view")),
    }[token]
    assert closed(shared_site.ask(row, "admin", token=value))
    assert shared_site.untouched


FOREIGN: list[dict[str, str]] = [
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    {
        "Sec-Fetch-Site": "cross-site",
        "Sec-Fetch-Mode": "cors",
        "Sec-Fetch-Dest": "empty",
        "Origin": "https://evil.example",
    },
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"},
    {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
]


@pytest.mark.parametrize("name", GUARDED)
@pytest.mark.parametrize(
    "headers",
    FOREIGN,
    ids=lambda headers: f"{headers['Sec-Fetch-Site']} {headers['Sec-Fetch-Dest']}",
)
def test_a_page_of_another_site_learns_nothing(
    shared_site: Site, name: str, headers: dict[str, str]
) -> None:
    """Although the browser sends the admin's cookies."""
    row = ROWS[name]
    assert closed(shared_site.ask(row, "admin", token=shared_site.token(row), headers=headers))
    assert shared_site.untouched


@pytest.mark.parametrize("name", GUARDED)
def test_a_browser_without_fetch_metadata_lets_no_other_site_read_or_change(
    site: Site, name: str
) -> None:
    """Its Origin alone decides, even if the app allows every site to read its other pages."""
    row = ROWS[name]
    site.app.after_request(share)
    answer = site.ask(
        row, "admin", token=site.token(row), headers={"Origin": "https://evil.example"}
    )
    assert answer.status_code == (404 if row.form else 200)
    assert site.untouched
    if answer.status_code == 200:
        assert not [
            name for name in answer.headers.keys() if name.startswith("Access-Control-Allow")
        ]
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]


def share(response: Any) -> Any:
    """Let every site read a response, as apps with an API do for all of theirs."""
    response.headers["Access-Control-Allow-Origin"] = "https://evil.example"
    response.headers["Access-Control-Allow-Credentials"] = "true"
    return response


@pytest.mark.parametrize("name", [name for name, row in GUARDED.items() if not row.form])
def test_a_link_from_another_site_works(shared_site: Site, name: str) -> None:
    """For example in an issue or a message, for people with permission."""
    headers = {
        "Sec-Fetch-Site": "cross-site",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Dest": "document",
    }
    assert shared_site.ask(ROWS[name], "admin", headers=headers).status_code == 200
    assert closed(shared_site.ask(ROWS[name], "bob", headers=headers))


@pytest.mark.parametrize("name", GUARDED)
@pytest.mark.parametrize("debug", [True, False])
def test_an_unknown_host_opens_nothing_without_a_rule(
    tmp_path: Path, name: str, debug: bool
) -> None:
    """In debug mode, only this machine's hosts do. Otherwise not even these."""
    site, row = Site(tmp_path, None, DEBUG=debug), ROWS[name]
    for host, peer in (("evil.example", "127.0.0.1"), ("localhost", "192.168.1.9")):
        place = {"REMOTE_ADDR": peer, "HTTP_HOST": host}
        headers = {"Sec-Fetch-Site": "same-origin", "Origin": f"http://{host}"}
        answer = site.ask(
            row, "admin", token=site.token(row), headers=headers, environ_overrides=place
        )
        assert closed(answer), host
    assert site.untouched
    mine = site.ask(row, "anonymous", token=site.token(row))
    assert mine.status_code == (row.status if debug else 404)


@pytest.mark.parametrize("name", [name for name in ROWS if name.startswith("api_")])
@pytest.mark.parametrize(
    "sent",
    [
        "",
        "Bearer",
        "Bearer x",
        f"Basic {TOKEN}",
        f"Bearer {TOKEN}x",
        f"Bearer {token_hash(TOKEN)}",
        f"bearer {TOKEN[:-1]}",
    ],
)
def test_programs_need_their_token(shared_site: Site, name: str, sent: str) -> None:
    """Neither the admin's cookies nor the hash in the settings is accepted."""
    answer = shared_site.ask(ROWS[name], "admin", headers={"Authorization": sent}, json={})
    assert answer.status_code == 401 and MARK not in answer.get_data(as_text=True)
    assert shared_site.untouched


@pytest.mark.parametrize("name", ["api_act", "api_complete", "api_fail"])
def test_a_program_writes_to_no_recording_of_a_visitor(shared_site: Site, name: str) -> None:
    """Its token is valid only for recordings that it started."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    answer = shared_site.ask(
        ROWS[name], "anonymous", headers=headers, json={"sequence": 1, "type": "x", "message": "x"}
    )
    assert answer.status_code == 404 and MARK not in answer.get_data(as_text=True)
    assert shared_site.untouched


def test_a_program_reads_what_the_rule_opens_to_its_token_and_records_nothing(site: Site) -> None:
    """A token for recording cannot read, whoever's cookies it sends."""
    reader, bot = ({"Authorization": f"Bearer {token}"} for token in (READER, TOKEN))
    for name in READS:
        mine = site.ask(ROWS[name], "anonymous", headers=reader)
        state = name == "api_state"  # the page is literal text: it has no frame
        assert (mine.status_code, MARK in mine.text) == ((404, False) if state else (200, True)), (
            name
        )
        for id, user, headers, status in (
            (site.other, "anonymous", reader, 404),
            (site.other, "admin", reader, 404),
            ("0" * 26, "admin", reader, 404),
            ("x", "admin", reader, 404),
            (site.id, "admin", bot, 403),
        ):
            answer = site.ask(ROWS[name], user, id=id, headers=headers)
            assert (answer.status_code, MARK in answer.text) == (status, False), (name, headers)
    for name in ("api_begin", "api_act", "api_complete", "api_fail", *REMARKS):
        answer = site.ask(ROWS[name], "admin", headers=reader, json={})
        assert (answer.status_code, MARK in answer.text) == (403, False)
    assert site.untouched


@pytest.mark.parametrize("name", ["api", "static"])
def test_public_resources_contain_nothing_recorded(site: Site, name: str) -> None:
    """They are the description of the API, and the player's own scripts and styles."""
    with site.ask(ROWS[name], "anonymous") as answer:
        assert answer.status_code == 200 and MARK not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("user", "headers", "opens"),
    [
        ("admin", {}, True),
        ("anonymous", {}, False),
        ("nobody", {}, False),
        ("bob", {}, False),
        ("admin", {"Origin": "https://evil.example"}, False),
        ("admin", {"Origin": "null"}, False),
        ("admin", {"Sec-Fetch-Site": "cross-site"}, False),
        ("forged", {}, False),
    ],
)
@pytest.mark.parametrize("name", SOCKETS)
def test_a_socket_opens_only_with_permission_to_watch(
    site: Site,
    serve: Callable[[Flask], str],
    name: str,
    user: str,
    headers: dict[str, str],
    opens: bool,
) -> None:
    """And only from the player's own page, because browsers let every site open sockets to any
    other.
    """
    running = new_id(STARTED)
    go_on(site.storage, running, VISIT)
    address = serve(site.app)
    app = site.app
    cookie = app.session_interface.get_signing_serializer(app).dumps({"user": user})  # type: ignore[attr-defined]
    if user == "forged":
        cookie = cookie[:-1]
    sent = {
        "Origin": address.rpartition(":")[0],
        **({} if user == "anonymous" else {"Cookie": f"session={cookie}"}),
        **headers,
    }
    place = f"ws://{address.removeprefix('http://')}/replay{SOCKETS[name].format(id=running)}"
    if not opens:
        with pytest.raises(ConnectionError):
            Client.connect(place, headers=sent)
        return
    client = Client.connect(place, headers=sent)
    assert MARK in json.dumps(json.loads(client.receive(timeout=10)))
    client.close()
