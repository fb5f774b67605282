"""What the player does with malformed fragments, and with those that have no place."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from turbohtml import parse

from flask_replay.recording.batch import Batch
from flask_replay.recording.events import Message, Socket
from flask_replay.storage import FileStorage

from ..player.handmade import keep, page, step
from ..player.screen import Screen

HTMX = {"HX-Request": "true", "HX-Current-URL": "/"}
BUTTON = '<button hx-get="/part" hx-target="#here">go</button><div id="here">old</div>'


def _asked(**headers: str) -> dict[str, str]:
    return {**HTMX, **{name.replace("_", "-"): value for name, value in headers.items()}}


@pytest.mark.parametrize(("body", "fragment", "note"), [
    ("<div id='here'>old</div>", {"request_headers": _asked(HX_Target="gone")}, "'gone' is not on the page"),
    ("<p>nothing asks here</p>", {"request_headers": _asked()}, "no element of the page made the request"),
    (BUTTON.replace("#here", "#["), {"request_headers": _asked()}, "'#['"),
    (BUTTON, {"request_headers": _asked(HX_Target="here"), "response_headers": {"HX-Retarget": "]]"}}, "is not a valid selector"),
    (BUTTON, {"request_headers": _asked(HX_Target="here"), "response_headers": {"HX-Redirect": "/login"}}, "sent to /login"),
    (BUTTON, {"request_headers": _asked(HX_Target="here"), "status": 500}, "status is 500"),
    (BUTTON, {"request_headers": _asked(HX_Target="here"), "html": "<b hx-swap-oob='beforeend:[['>x</b>"}, "is not a valid selector"),
    (BUTTON + "<i></i>" * 300, {"request_headers": _asked(HX_Target="here"), "html": f"<b hx-swap-oob='outerHTML:i'>{'x' * 99_999}</b>"}, "too many places"),
    (BUTTON, {"request_headers": {**_asked(HX_Target="div#here"), "HX-Source": "button"}, "response_headers": {"HX-Reswap": "sideways"}}, "not a swap style"),
    ("<p id='x'>", {"request_headers": _asked(HX_Target="x"), "response_headers": {"HX-Retarget": "html", "HX-Reswap": "outerHTML"}}, "the page cannot hold it"),
    ("""<meta name="htmx-config" content='{"responseHandling": 7}'>""", {"request_headers": _asked(HX_Target="gone")}, "'gone' is not on the page"),
    ("<p>x", {"request_headers": {"Turbo-Frame": "no"}}, "frame 'no' is not on the page"),
    ("<p>x", {"mimetype": "text/vnd.turbo-stream.html", "html": "<turbo-stream action=jump target=x>"}, "not a stream action"),
    ("<p>x", {"mimetype": "text/vnd.turbo-stream.html", "html": "<turbo-stream action=append targets='[['>"}, "is not a valid selector"),
    ("<p>x", {"request_headers": {"X-Up-Version": "3", "X-Up-Target": ".gone"}}, "'.gone' is not on the page"),
    ("<p>x", {"request_headers": {"X-Up-Version": "3", "X-Up-Target": "p:hover(", "X-Up-Mode": "root"}}, "is not a valid selector"),
    ("<p>x", {"request_headers": {"X-Up-Version": "3", "X-Up-Target": "p", "X-Up-Mode": "modal"}}, "overlay"),
    ("<p>x", {"request_headers": {"Sec-Fetch-Dest": "empty"}}, "only a script"),
])  # fmt: skip
def test_a_fragment_without_a_place_is_shown_beside_the_page(
    app: Flask, storage: FileStorage, body: str, fragment: dict[str, Any], note: str
) -> None:
    """The page stays unchanged, and a note says why."""
    html = str(fragment.pop("html", "<b>came</b>"))
    came = step(10, "/part", html, **{"mimetype": "text/html", **fragment})
    id = keep(storage, [step(0, "/", page("Shop", body), mimetype="text/html"), came])
    client = app.test_client()
    verdict = client.get(f"/replay/{id}/verdict/1.json?as=then").get_json()
    assert verdict["beside"] and note in verdict["note"]
    rebuilt = parse(client.get(f"/replay/{id}/page/1").text)
    before = parse(page("Shop", body)).select_one("body")
    after = rebuilt.select_one("body")
    assert before is not None and after is not None and after.html == before.html
    assert client.get(f"/replay/{id}/piece/1").text.count("came") == html.count("came")


@pytest.mark.parametrize(("body", "fragment"), [
    (BUTTON, {"request_headers": _asked(HX_Target="here"), "html": "<head>" * 40_000}),
    (BUTTON, {"request_headers": _asked(HX_Target="here"), "html": "<hx-a " * 40_000}),
    (BUTTON.replace("#here", "," * 200_000), {"request_headers": _asked()}),
    ("<a href=/part up-target='" + ":after," * 40_000 + "'>go</a>", {"request_headers": {"X-Up-Version": "3", "X-Up-Target": ".gone"}}),
])  # fmt: skip
def test_no_fragment_takes_long(
    app: Flask, storage: FileStorage, body: str, fragment: dict[str, Any]
) -> None:
    """Whatever it contains, because a visitor may have written it."""
    id = keep(
        storage,
        [
            step(0, "/", page("Shop", body)),
            step(10, "/part", **{"html": "<b>x</b>", "mimetype": "text/html", **fragment}),
        ],
    )
    began = time.process_time()
    assert app.test_client().get(f"/replay/{id}/page/1").status_code == 200
    assert time.process_time() - began < 5


def test_a_page_that_grows_without_end_is_not_rebuilt(app: Flask, storage: FileStorage) -> None:
    """Later fragments are shown beside it."""
    body = '<button hx-get="/part" hx-target="#here" hx-swap="beforeend">go</button><div id="here"></div>'
    parts = [
        step(n, f"/part?n={n}", f"<b>{'x' * 900_000}</b>", request_headers=_asked(HX_Target="here"))
        for n in range(1, 20)
    ]
    id = keep(storage, [step(0, "/", page("Shop", body)), *parts])
    client = app.test_client()
    assert len(client.get(f"/replay/{id}/page/19").text) < 10_000_000
    assert (
        "too long to be rebuilt" in client.get(f"/replay/{id}/verdict/19.json").get_json()["note"]
    )


def test_a_page_that_changes_without_end_is_rebuilt(app: Flask, storage: FileStorage) -> None:
    """Removed content no longer counts."""
    parts = [
        step(
            n,
            f"/part?n={n}",
            f"<b>{n}{'x' * 900_000}</b>",
            request_headers=_asked(HX_Target="here"),
        )
        for n in range(1, 20)
    ]
    id = keep(storage, [step(0, "/", page("Shop", BUTTON)), *parts])
    assert "<b>19x" in app.test_client().get(f"/replay/{id}/page/19").text


SOCKET = '<div hx-ext="ws" ws-connect="/chat"><p id="n">1</p></div>'
EVENTS = (
    '<div hx-ext="sse" sse-connect="/chat"><p id="n" sse-swap="tick" hx-target="#gone">1</p></div>'
)


@pytest.mark.parametrize(("body", "message", "note"), [
    (SOCKET, {"parts": ("<p id='gone'>came</p>",)}, "nothing of the message has a place"),
    (SOCKET, {"parts": ("<p hx-swap-oob='true:[['>came</p>",)}, "is not a valid selector"),
    (SOCKET, {"parts": ("came <!-- <p id='n'>",)}, "nothing of the message has a place"),
    (SOCKET, {"parts": (7, "<p id='gone'>came</p>")}, "nothing of the message has a place"),
    (SOCKET.replace("/chat", "/other"), {"parts": ("<p id='n'>came</p>",)}, "no element of the page accepts it"),
    ("<p id='n'>1</p>", {"parts": ("<p id='n'>came</p>",)}, "no element of the page accepts it"),
    ("<p id='n'>1</p>", {"parts": ("<turbo-stream action='update' target='gone'>came</turbo-stream>",)}, "'gone' is not on the page"),
    (EVENTS.replace("</div>", "<i sse-swap=tick></i>" * 300), {"parts": (f"came{'x' * 90_000}",), "event": "tick"}, "too many places"),
    (EVENTS, {"parts": ("<b>came</b>",), "event": "tick"}, "'#gone' is not on the page"),
    (EVENTS, {"parts": ("<b>came</b>",), "event": "tock"}, "no element of the page accepts it"),
    (EVENTS.replace("sse-connect", "sse-connected"), {"parts": ("<b>came</b>",), "event": "tick"}, "no element of the page accepts it"),
])  # fmt: skip
def test_a_message_without_a_place_is_shown_beside_the_page(
    app: Flask, storage: FileStorage, body: str, message: dict[str, Any], note: str
) -> None:
    """The page stays unchanged, as for fragments."""
    protocol = "events" if "event" in message else "websocket"
    opened = Batch(
        (
            *step(5, "/chat").events,
            Socket(offset_ms=5, socket="c", state="opened", protocol=protocol, url="/chat"),
        )
    )
    came = Batch((Message(offset_ms=10, socket="c", sent=True, url="/chat", **message),))
    id = keep(storage, [step(0, "/", page("Shop", body)), opened, came])
    client = app.test_client()
    verdict = client.get(f"/replay/{id}/verdict/2.json").get_json()
    assert verdict["beside"] and note in verdict["note"]
    assert (
        client.get(f"/replay/{id}/page/2").text.partition("<body>")[2]
        == parse(page("Shop", body)).serialize().partition("<body>")[2]
    )
    assert "came" in client.get(f"/replay/{id}/piece/2").text


def test_a_message_before_its_document_is_shown_alone(app: Flask, storage: FileStorage) -> None:
    """The page that receives it was not recorded."""
    id = keep(
        storage,
        [
            Batch(
                (
                    Message(
                        offset_ms=0,
                        socket="c",
                        sent=True,
                        url="/chat",
                        parts=("<p id='n'>early</p>",),
                    ),
                )
            ),
            step(5, "/", page("Shop")),
        ],
    )
    client = app.test_client()
    assert "early" in client.get(f"/replay/{id}/page/0").text
    assert client.get(f"/replay/{id}/verdict/0.json").get_json()["beside"] is False


def test_a_fragment_before_its_document_is_shown_alone(app: Flask, storage: FileStorage) -> None:
    """Its page was not recorded, or comes later."""
    id = keep(
        storage,
        [step(0, "/part", "<b>early</b>", request_headers=HTMX), step(5, "/", page("Shop"))],
    )
    client = app.test_client()
    assert "early" in client.get(f"/replay/{id}/page/0").text
    assert client.get(f"/replay/{id}/verdict/0.json").get_json()["whole"] is False


def test_going_back_shows_nothing_of_later_fragments(
    app: Flask, storage: FileStorage, serve: Callable[[Flask], str], tab: Page
) -> None:
    """The page of each step contains what had arrived until then, in any order of viewing."""
    parts = [
        step(100 * n, f"/part?n={n}", f"<b>{n}</b>", request_headers=_asked(HX_Target="here"))
        for n in range(1, 80)
    ]
    body = '<button hx-get="/part" hx-target="#here" hx-swap="beforeend">go</button><div id="here"></div>'
    id = keep(storage, [step(0, "/", page("Shop", body)), *parts])
    client = app.test_client()
    for number in (79, 3, 40, 0, 64, 2):
        assert client.get(f"/replay/{id}/page/{number}").text.count("<b>") == number
    screen = Screen(tab, f"{serve(app)}/replay/{id}")
    screen.press("ArrowRight", "ArrowRight")
    expect(screen.page.locator("#here b")).to_have_count(2)
    screen.press("ArrowLeft")
    expect(screen.page.locator("#here b")).to_have_count(1)
    assert screen.url == "https://shop.example/"


def test_fetched_pieces_and_data_are_shown_beside_the_page(
    app: Flask, storage: FileStorage, serve: Callable[[Flask], str], tab: Page
) -> None:
    """While they are the current event."""
    fetched = {"Sec-Fetch-Dest": "empty", "Referer": "/"}
    id = keep(storage, [
        step(0, "/", page("Shop")),
        step(10, "/piece", "<b>fetched</b>", request_headers=fetched),
        step(20, "/api", request_headers=fetched, mimetype="application/json", data={"stock": {"left": 3}}),
        step(30, "/next", page("Next"), request_headers={"Referer": "/"}),
    ])  # fmt: skip
    screen = Screen(tab, f"{serve(app)}/replay/{id}")
    beside = tab.locator("#beside")
    expect(beside).to_be_hidden()
    screen.press("ArrowRight")
    expect(beside.frame_locator("iframe").locator("b")).to_have_text("fetched")
    assert screen.title == "Shop"
    screen.press("ArrowRight")
    expect(beside).to_contain_text("left")
    screen.press("ArrowRight")
    expect(beside).to_be_hidden()
    assert screen.title == "Next"


def test_one_tab_can_be_followed(
    app: Flask, storage: FileStorage, serve: Callable[[Flask], str], tab: Page
) -> None:
    """Its page stays on the screen while the other tab is used, and the arrow keys skip the other's
    events.
    """
    one, two = (
        {"HX-Request": "true", "HX-Current-URL": "/"},
        {"HX-Request": "true", "HX-Current-URL": "/b"},
    )
    body = '<div id="here"></div>'
    id = keep(storage, [
        step(0, "/", page("One", body)),
        step(10, "/b", page("Two", body), request_headers={"Referer": "/"}),
        step(20, "/x", "<b>1</b>", request_headers={**one, "HX-Target": "here"}),
        step(30, "/y", "<b>2</b>", request_headers={**two, "HX-Target": "here"}),
    ])  # fmt: skip
    screen = Screen(tab, f"{serve(app)}/replay/{id}")
    expect(tab.locator("#tab option")).to_have_text(["All tabs", "Tab 1", "Tab 2"])
    screen.press("End")
    assert screen.title == "Two"
    tab.select_option("#tab", "0")
    assert screen.title == "One"
    expect(screen.page.locator("#here")).to_have_text("1")
    tab.locator("#play").focus()
    screen.press("Home", "ArrowRight")
    assert (screen.current, screen.title) == (2, "One")
    assert tab.locator("#events li.apart").count() == 2


def test_uncertainty_is_reported(
    app: Flask, storage: FileStorage, serve: Callable[[Flask], str], tab: Page
) -> None:
    """The change is made as far as it is known, and the panel has a note. The host of a message is
    the page's.
    """
    opened = Batch(
        (*step(20, "/chat").events, Socket(offset_ms=20, socket="c", state="opened", url="/chat"))
    )
    said = Message(
        offset_ms=30, socket="c", sent=True, url="/chat", parts=("<p id='n'><b>2</b> left</p>",)
    )
    id = keep(
        storage,
        [
            step(0, "/", page("Shop", SOCKET)),
            step(10, "/x", "<b>1</b>", request_headers=_asked(HX_Target="n")),
            opened,
            Batch((said,)),
        ],
    )
    screen = Screen(tab, f"{serve(app)}/replay/{id}")
    screen.press("ArrowRight")
    expect(tab.locator("#details")).to_contain_text(
        "the element that made the request is not on the page"
    )
    screen.press("End")
    expect(screen.page.locator("#n")).to_have_text("2 left")
    assert screen.url == "https://shop.example/"
    assert "2 left" in tab.locator("#events li").nth(3).inner_text()
