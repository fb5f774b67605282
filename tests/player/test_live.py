"""Watching a running session, in the browser and on the socket itself."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g, session
from playwright.sync_api import Page, Route, expect
from simple_websocket import Client, ConnectionClosed, ConnectionError

from flask_replay.player import live
from flask_replay.recording.batch import Batch
from flask_replay.recording.events import Message, Request, Socket
from flask_replay.recording.ids import new_id
from flask_replay.recording.model import Recording
from flask_replay.recording.summary import Summary
from flask_replay.storage import FileStorage, finalize

from .handmade import STARTED, TOUR, go_on, make_app, page, step
from .screen import Screen

CHAT = Batch(
    (
        Request(
            offset_ms=70_000, method="GET", url="/chat", host="https://shop.example", status=101
        ),
        Socket(offset_ms=70_000, socket="c", state="opened", url="/chat"),
    )
)
HELLO = Batch(
    (
        Message(
            offset_ms=71_000, socket="c", sent=False, url="/chat", json={"text": "Hello?"}, size=17
        ),
    )
)
HTML = Batch(
    (
        Message(
            offset_ms=72_000, socket="c", sent=True, url="/chat", parts=("<p>Hi, Ann</p>",), size=14
        ),
    )
)
BYE = Batch(
    (Socket(offset_ms=73_000, socket="c", state="closed", url="/chat", code=1000, by="visitor"),)
)


@pytest.fixture
def running(storage: FileStorage) -> str:
    """Return a running recording."""
    name = new_id(STARTED)
    go_on(storage, name, TOUR[:2])
    return name


@pytest.fixture
def watch(
    app: Flask, serve: Callable[[Flask], str], tab: Page, running: str
) -> Callable[..., Screen]:
    """Return a function that opens it in the tab."""
    address = serve(app)
    return lambda moment="": Screen(tab, f"{address}/replay/{running}", moment=moment)


def connect(address: str, id: str, cursor: object = None, **headers: str) -> Client:
    """Open a viewer's socket, as the player's page does."""
    after = f"?after={json.dumps(cursor)}".replace(" ", "").replace('"', "%22") if cursor else ""
    place = address.removeprefix("http://")
    origin = address.rpartition(":")[0]  # this client leaves the port out of Host, too
    return Client.connect(
        f"ws://{place}/replay/{id}/live{after}", headers={"Origin": origin, **headers}
    )


def told(client: Client) -> Any:
    """Return the next message to a viewer, except for signs of life."""
    while True:
        news = json.loads(client.receive(timeout=10))
        if news["steps"] or news["ended"]:
            return news


def test_new_events_are_shown_while_watching(
    watch: Callable[..., Screen], storage: FileStorage, running: str
) -> None:
    """The player stays at the end. A viewer who navigates away stays there until they follow again."""
    screen = watch()
    follow = screen.tab.get_by_role("button", name="Follow")
    expect(follow).to_have_attribute("aria-pressed", "true")
    assert (screen.current, screen.title) == (1, "Cart")
    go_on(storage, running, TOUR[2:6], number=2)
    expect(screen.tab.locator("#events button")).to_have_count(6)
    assert (screen.current, screen.title) == (5, "Sorry")
    screen.press("ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowLeft")
    expect(follow).to_have_attribute("aria-pressed", "false")
    assert screen.current == 1
    go_on(storage, running, [TOUR[6], CHAT, HELLO, HTML, BYE], number=6)
    expect(screen.tab.locator("#events button")).to_have_count(11)
    assert (screen.current, screen.position, screen.title) == (1, 1000, "Cart")
    follow.click()
    assert screen.current == 10
    screen.press("ArrowLeft")
    beside = screen.tab.frame_locator("#beside iframe")
    expect(beside.locator("p")).to_have_text("Hi, Ann")
    assert screen.title == "Goodbye"
    assert "Hello?" in screen.tab.inner_text("#events")


def test_an_event_of_another_worker_does_not_stop_a_page_that_loads(
    watch: Callable[..., Screen], storage: FileStorage, running: str
) -> None:
    """It may arrive later than its successors, and is inserted among them."""
    go_on(storage, running, TOUR[2:], number=2)
    screen = watch("#t=0")
    held: list[Route] = []
    screen.tab.route("**/page/5*", lambda route: held.append(route))
    with screen.tab.expect_request("**/page/5*"):
        screen.press("e")
    with screen.tab.expect_request("**/page/5*"):
        go_on(storage, running, [step(63_000, "/late")], worker="another")
    expect(screen.tab.locator("#events button")).to_have_count(8)
    held[-1].continue_()
    expect(screen.tab.locator("#url")).to_contain_text("/pay")
    assert (screen.current, screen.title) == (5, "Sorry")


def test_an_event_before_the_current_one_leaves_it_current(
    watch: Callable[..., Screen], storage: FileStorage, running: str
) -> None:
    """Another worker was slower to write. The page still belongs to the current event."""
    screen = watch("#t=1000")
    go_on(storage, running, [step(500, "/early", page("Early"))], number=7)
    expect(screen.tab.locator("#events button")).to_have_count(3)
    assert (screen.current, screen.title) == (2, "Cart")
    screen.press("ArrowLeft")
    assert (screen.current, screen.title) == (1, "Early")


def test_the_end_of_the_session_is_announced(
    watch: Callable[..., Screen], storage: FileStorage, running: str
) -> None:
    """A finished recording stays open, with all of it."""
    screen = watch()
    go_on(storage, running, TOUR[2:], number=2)
    assert finalize(storage, running, "me") is not None
    expect(screen.tab.get_by_role("status").filter(has_text="has ended")).to_be_visible()
    expect(screen.tab.locator("#events button")).to_have_count(len(TOUR))
    expect(screen.tab.locator("#live")).to_be_hidden()
    assert (screen.current, screen.title) == (6, "Goodbye")


def test_a_discarded_session_is_announced(
    watch: Callable[..., Screen], storage: FileStorage, running: str
) -> None:
    """What was shown so far stays on the screen."""
    screen = watch()
    storage.drop(running)
    expect(screen.tab.get_by_role("status").filter(has_text="not kept")).to_be_visible()
    assert screen.tab.locator("#events button").count() == 2


def test_without_a_socket_the_player_polls(
    watch: Callable[..., Screen],
    storage: FileStorage,
    running: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As under gunicorn's ``sync`` workers."""
    monkeypatch.setattr(live, "may_hold", lambda environ: False)
    screen = watch()
    go_on(storage, running, TOUR[2:], number=2)
    expect(screen.tab.locator("#events button")).to_have_count(len(TOUR))
    assert screen.current == 6
    assert finalize(storage, running, "me") is not None
    expect(screen.tab.get_by_role("status").filter(has_text="has ended")).to_be_visible()


def test_a_viewer_continues_after_a_lost_connection(
    app: Flask, serve: Callable[[Flask], str], storage: FileStorage, running: str
) -> None:
    """With a cursor: no event is repeated or missed, whichever worker wrote it meanwhile."""
    address = serve(app)
    first = connect(address, running)
    news = told(first)
    assert [made["key"] for made in news["steps"]] == [["worker", 0], ["worker", 1]]
    first.close()
    go_on(storage, running, TOUR[2:4], number=2)
    second = connect(address, running, news["cursor"])
    news = told(second)
    assert [made["key"] for made in news["steps"]] == [["worker", 2], ["worker", 3]]
    go_on(storage, running, TOUR[4:], number=4)
    assert finalize(storage, running, "me") is not None
    rest = told(second)
    assert rest["ended"] or told(second)["ended"]


def test_events_that_a_failing_store_accepted_late_are_shown(
    app: Flask, serve: Callable[[Flask], str], storage: FileStorage, running: str
) -> None:
    """An entry with a lower number than the viewer's last one is sent, because the cursor knows
    each entry by its key.
    """
    go_on(storage, running, TOUR[3:4], number=3)
    address = serve(app)
    client = connect(address, running)
    news = told(client)
    go_on(storage, running, TOUR[2:3], number=2)
    late = {tuple(made["key"]) for made in told(client)["steps"]}
    assert ("worker", 2) in late
    assert {("worker", 2)} == late - {tuple(made["key"]) for made in news["steps"]}
    client.close()


def test_an_event_is_shown_within_half_a_second(
    app: Flask, serve: Callable[[Flask], str], storage: FileStorage, running: str
) -> None:
    """After it was written to the journal."""
    client = connect(serve(app), running)
    told(client)
    waits = []
    for number in range(2, 7):
        go_on(storage, running, [TOUR[number]], number=number)
        start = time.monotonic()
        assert len(told(client)["steps"]) == 1
        waits.append(time.monotonic() - start)
    assert sorted(waits)[2] < 0.5
    client.close()


def test_people_who_may_not_view_get_no_socket(
    folder: Path, serve: Callable[[Flask], str], storage: FileStorage, running: str
) -> None:
    """Nor does a page of another site, whatever cookies the viewer's browser sends."""
    closed = serve(make_app(folder, lambda action, recording: False))
    with pytest.raises(ConnectionError):
        connect(closed, running)
    opened = serve(make_app(folder))
    with pytest.raises(ConnectionError):
        connect(opened, running, Origin="https://evil.example")
    with pytest.raises(ConnectionError):
        connect(opened, new_id(STARTED))
    client = make_app(folder, lambda action, recording: False).test_client()
    assert client.get(f"/replay/{running}/live.json").status_code == 404


def test_a_viewer_who_loses_permission_is_shown_no_more(
    folder: Path, serve: Callable[[Flask], str], storage: FileStorage, running: str
) -> None:
    """The rule is called again before anything is sent, with freshly loaded request data."""
    staff = {"ann"}

    def authorize(action: str, recording: Summary | None) -> bool:
        return bool(g.role == "support")

    app = make_app(folder, authorize, debug=False)

    @app.before_request
    def load() -> None:
        g.role = "support" if session.get("user") in staff else ""

    signed = app.session_interface.get_signing_serializer(app).dumps({"user": "ann"})  # type: ignore[attr-defined]
    client = connect(serve(app), running, Cookie=f"session={signed}")
    assert len(told(client)["steps"]) == 2
    go_on(storage, running, TOUR[2:3], number=2)
    assert len(told(client)["steps"]) == 1
    staff.clear()
    go_on(storage, running, TOUR[3:], number=3)
    with pytest.raises(ConnectionClosed) as closed:
        client.receive(timeout=10)
    assert closed.value.reason == live.REFUSED


def test_any_cursor_is_accepted(app: Flask, running: str) -> None:
    """An invalid one means the beginning, and no response fails."""
    client = app.test_client()
    for junk in (
        "",
        "x",
        "[]",
        "{}",
        '{"worker":[1]}',
        '{"worker":["a","b"]}',
        '{"other":[3,9]}',
        "[" * 5000,
    ):
        answer = client.get(f"/replay/{running}/live.json", query_string={"after": junk})
        assert len(answer.json["steps"]) == 2  # type: ignore[index]


def test_the_list_of_events_summarises_a_connection(
    app: Flask, storage: FileStorage, running: str
) -> None:
    """Its opening is a request. Messages and the end are described in a few words."""
    go_on(storage, running, [CHAT, HELLO, HTML, BYE], number=2)
    client = app.test_client()
    _, _, *found = client.get(f"/replay/{running}/steps.json").json["steps"]  # type: ignore[index]
    assert [(made["method"], made.get("says")) for made in found] == [
        ("GET", None),
        ("received", '{"text":"Hello?"}'),
        ("sent", "Hi, Ann"),
        ("closed", "1000 by the visitor"),
    ]
    details = client.get(f"/replay/{running}/step/3.json").json
    assert details is not None
    assert details["data"] == {"json": {"text": "Hello?"}, "size": 17}
    assert client.get(f"/replay/{running}/step/5.json").json["connection"]["code"] == 1000  # type: ignore[index]


def test_a_step_whose_tab_is_found_later_is_sent_again() -> None:
    """A page counts as opened in another tab once both pages are used. No other step is repeated."""
    asked = [
        ("/", {}), ("/b", {"Referer": "/"}), ("/x", {"HX-Request": "true", "HX-Current-URL": "/b"}),
        ("/y", {"HX-Request": "true", "HX-Current-URL": "/"}), ("/z", {"HX-Request": "true", "HX-Current-URL": "/b"}),
    ]  # fmt: skip
    batches = [
        step(n, url, "<p>x", request_headers=headers) for n, (url, headers) in enumerate(asked)
    ]
    cursor: live.Cursor = {}
    known: dict[int, int] = {}
    came: list[list[int]] = []
    for count in (2, 3, 4, 5, 5):
        keys = [("worker", n) for n in range(count)]
        recording = Recording(summary=Summary(id="r"), batches=batches[:count], keys=keys)
        found = live.news(recording, cursor)
        cursor = found["cursor"]
        came.append([fresh["key"][1] for fresh in found["steps"]])
        known.update({fresh["key"][1]: fresh.get("tab", 0) for fresh in found["steps"]})
    assert came == [[0, 1], [2], [3], [1, 2, 4], []]
    assert known == {0: 0, 1: 1, 2: 1, 3: 0, 4: 1}
