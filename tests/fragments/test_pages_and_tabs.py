"""To which page and which tab a request belongs."""

from __future__ import annotations

import time
from typing import Any

import pytest

from flask_replay.fragments.pages_and_tabs import follow
from flask_replay.recording.batch import Batch
from flask_replay.recording.events import Message, Request, Socket


def ask(url: str, from_page: str = "", html: str = "<p>x", **fields: Any) -> Batch:
    """Return the batch of one request: a page that is opened, unless headers say otherwise."""
    asked = {"Sec-Fetch-Dest": "document", **({"Referer": from_page} if from_page else {})}
    asked = {**asked, **fields.pop("request_headers", {})}
    fields = {
        "method": "GET",
        "status": 200,
        "mimetype": "text/html",
        "parts": (html,) if html else (),
        **fields,
    }
    return Batch((Request(offset_ms=0, url=url, request_headers=asked, **fields),))


def swap(url: str, page: str) -> Batch:
    """Return the batch of a request by htmx."""
    return ask(
        url,
        request_headers={"Sec-Fetch-Dest": "empty", "HX-Request": "true", "HX-Current-URL": page},
    )


def tabs(*batches: Batch) -> list[int]:
    """Return the tab of each batch."""
    return [place.tab for place in follow(batches)]


def test_following_links_stays_in_one_tab() -> None:
    """Each page comes from the previous one."""
    assert tabs(ask("/"), ask("/a", "/"), ask("/b", "/a"), swap("/x", "/b")) == [0, 0, 0, 0]


def test_going_back_opens_no_tab() -> None:
    """From a list to each of its items and back, which sends no request."""
    assert tabs(ask("/"), ask("/1", "/"), ask("/2", "/"), swap("/x", "/2"), ask("/3", "/")) == [
        0,
        0,
        0,
        0,
        0,
    ]


def test_pages_used_alternately_are_tabs() -> None:
    """A link was opened in another tab, and both are used."""
    places = follow(
        [
            ask("/"),
            ask("/a", "/"),
            swap("/x", "/"),
            swap("/y", "/a"),
            swap("/z", "/"),
            ask("/b", "/a"),
        ]
    )
    assert [place.tab for place in places] == [0, 1, 0, 1, 0, 1]
    assert [place.page for place in places] == [0, 1, 0, 1, 0, 5]


def test_a_typed_address_opens_a_tab_if_the_previous_page_is_used_again() -> None:
    """It names no page, so only later requests decide."""
    assert tabs(ask("/"), ask("/typed"), swap("/x", "/typed")) == [0, 0, 0]
    assert tabs(ask("/"), ask("/typed"), swap("/x", "/")) == [0, 1, 0]


def test_ten_thousand_pages_opened_from_one_take_linear_time() -> None:
    """A visitor may name the same page each time."""
    batches = [ask("/"), *(ask(f"/{number}", "/") for number in range(10_000))]
    began = time.process_time()
    follow(batches)
    assert time.process_time() - began < 3


def test_redirects_belong_to_the_original_request() -> None:
    """The page after a form comes from the form's page, and a fragment from its first request."""
    moved = ask("/save", "/", html="", method="POST", status=303, redirect="/saved?n=1")
    places = follow([ask("/"), moved, ask("/saved?n=1", "/"), swap("/x", "/saved?n=1")])
    assert [(place.kind, place.page, place.first) for place in places[1:]] == [
        ("", 0, 1),
        ("document", 2, 1),
        ("htmx", 2, 3),
    ]


def test_an_address_pushed_by_a_script_names_its_page() -> None:
    """A header contains it, or the next request does."""
    pushed = ask(
        "/x",
        response_headers={"HX-Push-Url": "/pushed"},
        request_headers={"HX-Request": "true", "HX-Current-URL": "/"},
    )
    places = follow(
        [
            ask("/"),
            pushed,
            swap("/y", "/pushed"),
            swap("/z", "/unheard-of"),
            ask("/next", "/unheard-of"),
        ]
    )
    assert [place.page for place in places] == [0, 0, 0, 0, 4]
    assert [place.url for place in places] == ["/", "/pushed", "/pushed", "/unheard-of", "/next"]
    assert [place.tab for place in places] == [0, 0, 0, 0, 0]


def connect(name: str, protocol: str = "websocket", referer: str = "") -> Batch:
    """Return the batch that opens a connection. Only event streams say for which page."""
    (asked,) = ask(
        f"/{name}", referer, html="", mimetype="", request_headers={"Sec-Fetch-Dest": "empty"}
    ).events
    return Batch(
        (asked, Socket(offset_ms=0, socket=name, state="opened", protocol=protocol, url=f"/{name}"))
    )


def hear(name: str, **fields: Any) -> Batch:
    """Return a message that the app sent."""
    return Batch((Message(offset_ms=0, socket=name, sent=True, url=f"/{name}", **fields),))


def test_messages_belong_to_the_page_that_opened_their_connection() -> None:
    """Whatever pages were opened since."""
    html = {"parts": ("<p id='n'>1</p>",)}
    closed = Batch((Socket(offset_ms=0, socket="ws", state="closed", url="/ws"),))
    places = follow([
        ask("/"), connect("ws"), ask("/b", "/"), connect("sse", "events", "/"), hear("ws", **html),
        hear("sse", **html), hear("sse", text="1"), hear("ws", text="1"), closed, hear("unheard-of", **html),
    ])  # fmt: skip
    assert [place.page for place in places] == [0, 0, 2, 0, 0, 0, 0, 0, 0, 0]
    assert [place.kind for place in places[4:]] == ["socket", "event", "event", "", "", "socket"]


@pytest.mark.parametrize(("fields", "kind"), [
    ({}, "document"),
    ({"request_headers": {"Sec-Fetch-Dest": "empty"}}, "fetch"),
    ({"request_headers": {"Sec-Fetch-Dest": "iframe"}}, "fetch"),
    ({"request_headers": {"Sec-Fetch-Dest": "", "X-Requested-With": "XMLHttpRequest"}}, "fetch"),
    ({"request_headers": {"Sec-Fetch-Dest": "", "Sec-Fetch-Mode": "cors"}}, "fetch"),
    ({"request_headers": {"Sec-Fetch-Dest": ""}}, "document"),
    ({"request_headers": {"HX-Request": "true"}}, "htmx"),
    ({"request_headers": {"HX-Request": "true", "HX-History-Restore-Request": "true"}}, "document"),
    ({"request_headers": {"Turbo-Frame": "f"}}, "turbo"),
    ({"mimetype": "text/vnd.turbo-stream.html"}, "turbo"),
    ({"request_headers": {"X-Up-Version": "3.14.3"}}, "unpoly"),
    ({"request_headers": {"HX-Request": "true"}, "html": ""}, "htmx"),
    ({"request_headers": {"HX-Request": "true"}, "html": "", "status": 303}, ""),
    ({"html": "", "mimetype": "image/png"}, ""),
    ({"html": "", "mimetype": "application/json", "data": [1], "request_headers": {"Sec-Fetch-Dest": "empty"}}, "fetch"),
])  # fmt: skip
def test_headers_distinguish_documents_from_fragments(fields: dict[str, Any], kind: str) -> None:
    """Those of the request and of the response."""
    assert follow([ask("/", **fields)])[0].kind == kind


def test_invalid_headers_cause_no_error() -> None:
    """Invalid addresses, and pages that were never opened."""
    junk = [
        swap("/x", "http://[bad"),
        ask("//", "http://[bad"),
        swap("http://[", "/"),
        ask("/", response_headers={"HX-Push-Url": "//["}),
    ]
    assert len(follow(junk)) == 4


def test_ten_thousand_pages_take_linear_time() -> None:
    """In the number of requests."""
    batches = [
        ask(f"/{n}", f"/{n - 1}") if n % 3 else swap(f"/s{n}", f"/{n - 1}") for n in range(10_000)
    ]
    began = time.perf_counter()
    follow(batches)
    assert time.perf_counter() - began < 3
