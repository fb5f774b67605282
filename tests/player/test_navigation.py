"""How a visitor came from page to page, as far as the recording shows, and what they did on each
page before.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from turbohtml import parse

from flask_replay.player.steps import Steps, follow_steps
from flask_replay.player.visitor_input import page_before
from flask_replay.recording.batch import Batch
from flask_replay.recording.model import Recording
from flask_replay.storage import FileStorage

from .handmade import keep, page, step, summarize
from .screen import Screen

HOME = page(
    "Home",
    """<nav><a href="/">Home</a> <a href="/books/7?from=home"><img alt="Dune" src=""></a> <a href="books">Books</a>
    <a href="/help" aria-label="Help" title="Ask us"><b>Ask</b><i>!</i></a></nav>
    <form action="/search"><input name="q"><select name="in"><option>all</option><option>new</option></select>
    <button>Find</button></form>
    <form method="post" action="/cart/add"><input type="hidden" name="csrf" value="t0ken">
    <input type="number" name="count" value="1"><button name="do" value="add">Add</button>
    <button name="do" value="gift">Gift</button></form>
    <form method="post" action="/login"><input name="name"><input type="password" name="password">
    <input type="checkbox" name="stay"><textarea name="say"></textarea><input type="submit" value="Log in"></form>""",
)
THERE = {"Referer": "/"}
LEFT = 2400
"""Milliseconds of playing after which a page that was shown for four seconds is about to be left.
"""

ASKED: list[tuple[dict[str, Any], tuple[str, str]]] = [
    ({"url": "/books/7?from=home"}, ("link", "Dune")),
    ({"url": "/books"}, ("link", "Books")),
    ({"url": "/help"}, ("link", "Help")),
    ({"url": "/search?q=clo&in=new"}, ("form", "Find")),
    (
        {"url": "/cart/add", "method": "POST", "form": {"count": ["2"], "do": ["gift"]}},
        ("form", "Gift"),
    ),
    (
        {"url": "/login", "method": "POST", "form": {"name": ["ann"], "password": ["[redacted]"]}},
        ("form", "Log in"),
    ),
    ({"url": "/books/8"}, ("script", "")),
    ({"url": "/books/8", "request_headers": {}}, ("typed address", "")),
    (
        {"url": "/books/8", "request_headers": {"Sec-Fetch-Site": "none", **THERE}},
        ("typed address", ""),
    ),
    ({"url": "/elsewhere", "method": "DELETE"}, ("script", "")),
]


@pytest.fixture
def way(app: Flask, storage: FileStorage) -> Callable[..., dict[str, Any]]:
    """Return the explanation of how the visitor came to the last step of a recording."""

    def ask(batches: list[Any]) -> dict[str, Any]:
        id = keep(storage, batches)
        answer = app.test_client().get(f"/replay/{id}/way/{len(batches) - 1}.json")
        return dict(answer.get_json())

    return ask


@pytest.mark.parametrize(("asked", "told"), ASKED)
def test_a_step_is_explained_by_an_element_of_the_page(
    way: Callable[..., dict[str, Any]], asked: dict[str, Any], told: tuple[str, str]
) -> None:
    """A link with that address or a form with those fields. Otherwise the player says that nothing
    led there.
    """
    found = way(
        [step(0, "/", HOME), step(900, html=page("There"), **{"request_headers": THERE, **asked})]
    )
    assert (found["kind"], found["says"]) == told
    assert (found["from"], found["t"], found["marked"]) == (0, 900, bool(told[1]))


def test_an_explanation_follows_redirects(way: Callable[..., dict[str, Any]]) -> None:
    """A form led to the page to which its response redirected. Without a form, the redirect did."""
    sent = step(
        900,
        "/cart/add",
        method="POST",
        status=302,
        redirect="/cart",
        form={"count": ["2"]},
        request_headers=THERE,
    )
    found = way([step(0, "/", HOME), sent, step(950, "/cart", page("Cart"), request_headers=THERE)])
    assert (found["kind"], found["says"], found["t"]) == ("form", "Add", 900)
    away = step(900, "/old", status=302, redirect="/new", request_headers=THERE)
    assert (
        way([step(0, "/", HOME), away, step(950, "/new", page("New"), request_headers=THERE)])[
            "kind"
        ]
        == "redirect"
    )


def test_the_first_page_was_reached_from_outside(way: Callable[..., dict[str, Any]]) -> None:
    """Nothing precedes it."""
    assert way([step(0, "/", HOME)])["kind"] == "typed address"
    assert (
        way([step(0, "/", HOME, request_headers={"Referer": "https://news.example/"})])["kind"]
        == "another site"
    )


def test_a_reloaded_page_says_so(way: Callable[..., dict[str, Any]]) -> None:
    """It has the same referrer as before."""
    lonely = page("Lonely")
    visit = [
        step(0, "/a", lonely, request_headers=THERE),
        step(500, "/a", lonely, request_headers=THERE),
    ]
    assert way(visit)["kind"] == "loaded again"


@pytest.mark.parametrize(
    "html",
    ["", "<form", "<a href='http://['>x</a>", "<a href=/there>" * 3000, "<form><form>" * 3000, "<select name=q>" * 99,
     "<frameset><frame>", "<svg><a href=/x></a></svg>", "plain", "<template><a href=/there>x</a></template>",
     "<form action=/there><input name='\"]>'><button formaction='//['>x", "<body>" * 500 + "<a href='\0'>"],
)  # fmt: skip
def test_any_page_is_accepted(app: Flask, storage: FileStorage, html: str) -> None:
    """Whatever it contains, there is an answer, and the page is shown."""
    visit = [
        step(0, "/?q=1", html or None),
        step(500, "/there?q=2&q=3&%ff=", page("There"), request_headers=THERE),
    ]
    id = keep(storage, visit)
    client = app.test_client()
    assert client.get(f"/replay/{id}/way/1.json").status_code == 200
    assert client.get(f"/replay/{id}/page/0?to=1").status_code == 200
    for junk in ("-1", "99", "x", "0", ""):
        assert client.get(f"/replay/{id}/page/0?to={junk}").status_code == 200


HOSTILE = '"><script>hacked = 1</script></textarea></style><img src=x onerror=hacked=1>'


def test_typed_text_is_shown_as_text_in_the_page_too(app: Flask, storage: FileStorage) -> None:
    """Whatever a form or address contains. The page keeps its policy, and its links lead nowhere."""
    form = {"name": [HOSTILE], "say": [HOSTILE], "password": [HOSTILE], HOSTILE: [HOSTILE]}
    asked = step(900, "/login", page("In"), method="POST", form=form, request_headers=THERE)
    ahead = '<link rel="prefetch" href="/ahead">'
    id = keep(storage, [step(0, f"/?q={quote(HOSTILE)}&{quote(HOSTILE)}=1", HOME + ahead), asked])
    client = app.test_client()
    plain, left = (client.get(f"/replay/{id}/page/0{query}") for query in ("", "?to=1"))
    tree = parse(left.get_data(as_text=True))
    assert [str(found.attr("value")) for found in tree.select("[name=name], [name=q]")] == [
        HOSTILE,
        HOSTILE,
    ]
    assert tree.select("script, [onerror], link[rel=prefetch]") == []
    assert [base.attr("target") for base in tree.select("base")] == ["_blank"]
    assert left.headers["Content-Security-Policy"] == plain.headers["Content-Security-Policy"]
    assert "sandbox;" in left.headers["Content-Security-Policy"]


@pytest.fixture
def play(
    app: Flask, storage: FileStorage, serve: Callable[[Flask], str], tab: Page
) -> Callable[..., Screen]:
    """Return a function that opens a recording in the tab."""
    address = serve(app)

    def open_recording(batches: list[Any], **options: Any) -> Screen:
        return Screen(tab, f"{address}/replay/{keep(storage, batches)}", **options)

    return open_recording


def test_a_search_box_contains_the_searched_text(play: Callable[..., Screen]) -> None:
    """Although the template did not write it there. Existing text and other elements stay
    unchanged.
    """
    found = HOME.replace("<button>Find", '<input type="hidden" name="page" value="1"><button>Find')
    screen = play([step(0, "/search?q=clo&in=new&page=2&count=5", found)])
    assert screen.page.locator("[name=q]").input_value() == "clo"
    assert screen.page.locator("[name=in]").input_value() == "new"
    assert screen.page.locator("[name=page]").get_attribute("value") == "1"


def test_a_form_is_filled_in_and_its_button_pressed_before_the_page_changes(
    play: Callable[..., Screen],
) -> None:
    """With the sent values, redacted ones included. The cursor points at the button."""
    form = {"name": ["ann"], "password": ["[redacted]"], "stay": ["on"], "say": ["<b>hi</b>"]}
    sent = step(
        4000, "/login", method="POST", status=302, redirect="/in", form=form, request_headers=THERE
    )
    screen = play(
        [step(0, "/", HOME), sent, step(4050, "/in", page("In"), request_headers=THERE)],
        stopped=True,
    )
    screen.press("Space")
    screen.wait(LEFT)
    left = screen.tab.frame_locator("#screen iframe[src*='to=2']:not(.coming)")
    expect(left.locator("[name=password]")).to_have_value("[redacted]")
    assert left.locator("[name=name]").input_value() == "ann"
    assert left.locator("[name=say]").input_value() == "<b>hi</b>"
    assert left.locator("[name=stay]").is_checked()
    expect(left.locator("input[type=submit]")).to_have_css("outline-style", "solid")
    expect(left.locator("#flask-replay-cursor")).to_be_visible()
    assert screen.url == "https://shop.example/"
    screen.wait(900)
    assert screen.url == "https://shop.example/in"
    expect(screen.tab.locator("#way")).to_have_text("form “Log in”")
    assert screen.title == "In"
    screen.press("Home")
    assert screen.page.locator("[name=name]").input_value() == ""


def test_the_followed_link_is_highlighted(play: Callable[..., Screen]) -> None:
    """On its page, before the next page is shown. Manual steps show each page as it arrived."""
    screen = play(
        [step(0, "/", HOME), step(4000, "/books", page("Books"), request_headers=THERE)],
        stopped=True,
    )
    screen.press("Space")
    screen.wait(LEFT)
    left = screen.tab.frame_locator("#screen iframe[src*='to=1']:not(.coming)")
    expect(left.get_by_text("Books")).to_have_css("outline-style", "solid")
    assert screen.tab.locator("iframe").count() <= 3
    screen.press("Space", "ArrowRight")
    expect(screen.tab.locator("#way")).to_have_text("link “Books”")
    screen.press("ArrowLeft")
    expect(screen.page.get_by_text("Books")).to_have_css("outline-style", "none")


def test_a_saved_file_shows_this_too(
    app: Flask, storage: FileStorage, tab: Page, tmp_path: Path
) -> None:
    """There, pages have no address that could name the cursor."""
    id = keep(
        storage, [step(0, "/", HOME), step(4000, "/books", page("Books"), request_headers=THERE)]
    )
    file = tmp_path / "recording.html"
    file.write_bytes(app.test_client().get(f"/replay/{id}/offline.html").data)
    screen = Screen(tab, file.as_uri(), stopped=True)
    screen.press("Space")
    screen.wait(LEFT)
    expect(screen.page.get_by_text("Books")).to_have_css("outline-style", "solid")
    expect(screen.page.locator("#flask-replay-cursor")).to_be_visible()
    screen.wait(900)
    assert screen.title == "Books"
    assert screen.tab.locator("#way").inner_text() == "link “Books”"


def test_the_previous_page_is_searched_for_backwards() -> None:
    """Step by step, and no further than needed, however long the recording is."""
    asked: list[int] = []

    class Watched(Steps):
        def __getitem__(self, number: Any) -> Any:
            asked.append(number)
            return super().__getitem__(number)

    batches = [step(number, f"/{number}", page(str(number))) for number in range(300)]
    recording = Recording(summary=summarize(batches), batches=batches)
    steps = follow_steps(recording)
    found = page_before(Watched(recording, [one.place for one in steps]), steps[299])
    assert found is not None
    assert (found.number, asked) == (298, [298])


SECTION = page(
    "Post",
    '<style>:target { color: rgb(0 128 64) }</style><p style="height: 3000px">text</p>'
    '<p id="last">last</p>',
)


@pytest.mark.parametrize(
    ("sent", "fragment"),
    [
        ([step(900, "/post", SECTION, request_headers=THERE)], "last"),
        (
            [
                step(
                    900,
                    "/answer",
                    method="POST",
                    status=302,
                    redirect="/post#last",
                    request_headers=THERE,
                ),
                step(950, "/post", SECTION, request_headers=THERE),
            ],
            "last",
        ),
        (
            [
                step(900, "/old", status=302, redirect="/post", request_headers=THERE),
                step(950, "/post", SECTION, request_headers=THERE),
            ],
            "last",
        ),
        ([step(900, "/post?all=1", SECTION, request_headers=THERE)], ""),
    ],
)
def test_a_page_is_scrolled_to_the_fragment_of_its_address(
    play: Callable[..., Screen], sent: list[Batch], fragment: str
) -> None:
    """A link or a redirect contains the fragment, which browsers do not send."""
    links = '<a href="/post#last">last</a><a href="/old#last">old</a><a href="/post?all=1">all</a>'
    start = page(
        "Start", f'{links}<form method="post" action="/answer"><button>Send</button></form>'
    )
    screen = play([step(0, "/", start), *sent])
    screen.press("End")
    last = screen.page.locator("#last")
    if fragment:
        expect(last).to_be_in_viewport()
        expect(last).to_have_css("color", "rgb(0, 128, 64)")
    else:
        expect(last).not_to_be_in_viewport()
