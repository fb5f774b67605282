"""Viewing, exporting and deleting recordings writes lines to the log ``flask_replay.audit``."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask, request
from simple_websocket import Client

from flask_replay import Replay
from flask_replay.host import audit
from flask_replay.recording.ids import new_id
from flask_replay.recording.summary import Summary
from flask_replay.storage import FileStorage

from .handmade import STARTED, TOUR, go_on, keep
from .test_access import SAME_ORIGIN, token

FIELDS = ("action", "recording", "viewer", "address", "via", "detail")


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Callable[[], list[dict[str, str]]]:
    """Return a function that returns the lines since its last call, as the attributes of their
    records.
    """
    caplog.set_level(logging.INFO, "flask_replay.audit")

    def take() -> list[dict[str, str]]:
        found = [record for record in caplog.records if record.name == "flask_replay.audit"]
        caplog.clear()
        assert not any("\n" in record.getMessage() for record in found)
        return [{name: vars(record)[name] for name in FIELDS} for record in found]

    return take


@pytest.fixture
def app(folder: Path) -> Flask:
    """Return an app whose visitors name themselves, and in which Bob may only list."""
    app = Flask("audited", instance_path=str(folder))
    app.config.update(SECRET_KEY="test", REPLAY_ENABLED=False)

    def authorize(action: str, recording: Summary | None) -> bool:
        return who() == "ann" or action == "list"

    def who() -> str | None:
        return request.headers.get("X-User")

    Replay(app, storage=FileStorage(folder), authorize=authorize, identify=who)
    return app


ANN = {"X-User": "ann"}
Lines = Callable[[], list[dict[str, str]]]


def test_every_response_with_recorded_data_writes_a_line(
    app: Flask, storage: FileStorage, lines: Lines
) -> None:
    """The line says who requested what, and from where."""
    id = keep(storage, TOUR)
    client = app.test_client()
    for view in ("", "/steps.json", "/step/0.json", "/page/0", "/piece/0", "/verdict/0.json"):
        assert client.get(f"/replay/{id}{view}", headers=ANN).status_code == 200
        assert lines() == [
            {
                "action": "view", "recording": id, "viewer": "ann", "address": "127.0.0.1", "via": "web",
                "detail": f"/replay/{id}{view}",
            }
        ]  # fmt: skip
    client.get("/replay/")
    assert [(line["action"], line["viewer"]) for line in lines()] == [("list", "")]


def test_a_refusal_writes_a_line_too(app: Flask, storage: FileStorage, lines: Lines) -> None:
    """It says what was requested."""
    id = keep(storage, TOUR)
    assert (
        app.test_client().get(f"/replay/{id}/page/0", headers={"X-User": "bob"}).status_code == 404
    )
    (line,) = lines()
    assert (line["action"], line["viewer"], line["detail"]) == (
        "refused",
        "bob",
        f"view /replay/{id}/page/0",
    )


def test_deleting_and_pinning_write_a_line_afterwards(
    app: Flask, storage: FileStorage, lines: Lines
) -> None:
    """One line for each recording. A forged form writes a line that says so."""
    one, two = keep(storage, TOUR), keep(storage, TOUR)
    client = app.test_client()
    client.environ_base["HTTP_X_USER"] = "ann"
    pin, delete = token(client, f"/replay/{one}", "pin"), token(client, f"/replay/{one}", "delete")
    clear = token(client, "/replay/", "clear")
    lines()
    client.post(f"/replay/{one}/pin", data={"token": pin, "pinned": "yes"}, headers=SAME_ORIGIN)
    client.post(f"/replay/{one}/delete", data={"token": "forged"}, headers=SAME_ORIGIN)
    client.post(f"/replay/{one}/delete", data={"token": delete}, headers=SAME_ORIGIN)
    client.post("/replay/clear", data={"token": clear}, headers=SAME_ORIGIN)
    assert [(line["action"], line["recording"], line["viewer"]) for line in lines()] == [
        ("pin", one, "ann"), ("refused", one, "ann"), ("delete", one, "ann"), ("clear", two, "ann"),
    ]  # fmt: skip


def test_watching_live_writes_a_line_whenever_something_is_shown(
    app: Flask, storage: FileStorage, serve: Callable[[Flask], str], lines: Lines
) -> None:
    """This holds for polling and for sockets."""
    id = new_id(STARTED)
    go_on(storage, id, TOUR[:2])
    client = app.test_client()
    news = client.get(f"/replay/{id}/live.json", headers=ANN).get_json()
    assert [line["action"] for line in lines()] == ["live"]
    asked = {"after": json.dumps(news["cursor"])}
    assert (
        client.get(f"/replay/{id}/live.json", headers=ANN, query_string=asked).get_json()["steps"]
        == []
    )
    assert lines() == []
    address = serve(app)
    place = f"ws://{address.removeprefix('http://')}/replay/{id}/live"
    socket = Client.connect(place, headers={"Origin": address.rpartition(":")[0], **ANN})
    socket.receive(timeout=10)
    assert [(line["action"], line["recording"], line["viewer"]) for line in lines()] == [
        ("live", id, "ann")
    ]
    socket.close()


@pytest.mark.parametrize(
    ("command", "action"),
    [
        (["list"], "list"),
        (["show", "{id}"], "view"),
        (["verify"], "view"),
        (["verify", "{id}"], "view"),
        (["export", "{place}"], "export"),
        (["pin", "{id}"], "pin"),
        (["unpin", "{id}"], "unpin"),
        (["delete", "{id}", "--yes"], "delete"),
        (["clear", "--yes"], "clear"),
        (["cleanup", "--max-recordings", "0"], "cleanup"),
        (["forget", "--user", "ann", "--yes"], "forget"),
    ],
)
def test_commands_write_a_line_for_each_recording(
    app: Flask, storage: FileStorage, tmp_path: Path, lines: Lines, command: list[str], action: str
) -> None:
    """With the account that ran the command."""
    ids = [keep(storage, TOUR, name="ann")]
    words = [word.format(id=ids[0], place=tmp_path / "copy.tar") for word in command]
    result = app.test_cli_runner().invoke(args=["replay", *words])
    assert result.exit_code == 0, result.output
    found = lines()
    assert {line["via"] for line in found} == {"command"} and all(line["viewer"] for line in found)
    assert [(line["action"], line["recording"]) for line in found] == [
        (action, "" if action == "list" else ids[0])
    ]


def test_a_dry_run_writes_no_line(app: Flask, storage: FileStorage, lines: Lines) -> None:
    """Nothing was deleted."""
    keep(storage, TOUR)
    app.test_cli_runner().invoke(args=["replay", "cleanup", "--max-recordings", "0", "--dry-run"])
    assert lines() == []


def test_deleting_from_python_writes_a_line(app: Flask, storage: FileStorage, lines: Lines) -> None:
    """Even outside of requests and commands."""
    id = keep(storage, TOUR)
    with app.app_context():
        app.extensions["flask_replay"].recordings.delete(id)
    assert [(line["action"], line["recording"], line["via"]) for line in lines()] == [
        ("delete", id, "program")
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ann@example.org", "ann@example.org"),
        ("Ann Page", '"Ann Page"'),
        ("Zoë", '"Zoë"'),
        ('a" via=command b="', r'"a\" via=command b=\""'),
        ("a\nvia=command", r'"a\nvia=command"'),
        ("\x1b]0;owned\x07", r'"\x1b]0;owned\x07"'),
        ("\x9b2J", r'"\x9b2J"'),
        ("a\u202egnp.exe", r'"a\u202egnp.exe"'),
        ("a\u2028b\u0085c\rd", r'"a\u2028b\x85c\rd"'),
        ("\udcff", r'"\udcff"'),
        ("back\\slash", r'"back\\slash"'),
        ("", '""'),
    ],
)
def test_a_line_is_inert(text: str, expected: str) -> None:
    """A viewer's name cannot end a line, fake a field or move the cursor."""
    assert audit.quoted(text) == expected


def test_a_line_consists_of_pairs(caplog: pytest.LogCaptureFixture) -> None:
    """Missing values are omitted."""
    caplog.set_level(logging.INFO, "flask_replay.audit")
    audit.note("view", "01k", viewer="Ann Page", via="web", detail="/replay/01k/page/3")
    assert caplog.messages == [
        'action=view recording=01k viewer="Ann Page" via=web detail=/replay/01k/page/3'
    ]
