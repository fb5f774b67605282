"""Finding recordings: the list's filters, errors, and the page of one visitor."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from flask_replay.player.charts import chart
from flask_replay.player.pages import size
from flask_replay.recording.events import Error
from flask_replay.recording.ids import new_id
from flask_replay.storage import FileStorage

from .handmade import STARTED, TOUR, go_on, keep, make_app, page, step, summarize
from .test_list import shown

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1"
REFUSED = Error(
    offset_ms=5_000, type="shop.PaymentError", message="no gateway for <b>CHF</b>", traceback=""
)
CUSTOMER = [step(0, "/order", page("Thank you"), method="POST")]
HOSTILE = "\"><img src=x onerror=alert(1)>'{{ 7 * 7 }}\u202e%_*"


@pytest.fixture
def made(storage: FileStorage) -> dict[str, str]:
    """Return the ids of a few recordings by their distinctive features."""
    ann = [
        step(
            0,
            "/?utm_campaign=spring",
            page("Welcome"),
            endpoint="shop.home",
            request_headers={"User-Agent": PHONE},
        ),
        step(
            9_000,
            "/buy",
            page("Cloud Atlas"),
            method="POST",
            duration_ms=2_500,
            endpoint="shop.buy",
        ),
    ]
    bob = [
        step(0, "/", page("Welcome"), endpoint="shop.home"),
        step(4_900, "/pay", page("Sorry"), status=500, errors=[REFUSED]),
    ]
    many = [step(1_000 * number, f"/{number}", page("Page")) for number in range(9)]
    return {
        "ann": keep(storage, ann, name="Ann"),
        "bob": keep(storage, bob, name="Bob"),
        "many": keep(storage, many),
    }


FILTERS = {
    "text=cloud+atl": ["ann"],
    "user=Bob": ["bob"],
    "endpoint=shop.home": ["bob", "ann"],
    "method=POST&code=200": ["ann"],
    "code=5xx": ["bob"],
    "kind=error": ["bob"],
    "errors=yes": ["bob"],
    "error=PaymentError": ["bob"],
    "slower_than=2s": ["ann"],
    "min_pages=5": ["many"],
    "device=phone": ["ann"],
    "campaign=spring": ["ann"],
    "status=live": [],
    "pinned=yes": [],
    "since=1d": [],
    "until=2001-01-01": [],
}


def test_each_filter_in_the_address_finds_recordings_and_is_a_chip(
    app: Flask, made: dict[str, str]
) -> None:
    """Removing the chip leads to the list without that filter."""
    client = app.test_client()
    for query, found in FILTERS.items():
        text = client.get(f"/replay/?{query}").text
        assert (query, shown(text)) == (query, [made[name] for name in found])
        assert text.count('class="chip on"') == query.count("=") and "unknown filter" not in text
        without = html.unescape(re.findall(r'class="chip on" href="([^"]+)"', text)[0])
        assert len(parse_qs(urlsplit(without).query)) == query.count("=") - 1


UNKNOWN = (
    "nonsense=1",
    "code=9999",
    "since=never",
    "min_pages=-1",
    "sort=beauty",
    "before=../../etc",
    "unconfirmed=perhaps",
    "device=phone&device=desktop",
    "slower_than=%00",
    "text=" + "x" * 2_000,
    "__class__=1",
    "_external=1",
    "a%22onload=x",
)


def test_an_invalid_filter_is_named(app: Flask, made: dict[str, str]) -> None:
    """It is neither an error nor silently ignored."""
    client = app.test_client()
    for place in ("", "errors"):
        for query in UNKNOWN:
            answer = client.get(f"/replay/{place}?{query}")
            assert (query, answer.status_code, answer.text.count("unknown filter")) == (
                query,
                200,
                1,
            )


def test_a_visitors_page_names_filters_that_it_does_not_have(
    app: Flask, made: dict[str, str]
) -> None:
    """They would be ignored otherwise."""
    text = app.test_client().get("/replay/visitor?user=Bob&errors=yes&nonsense=1").text
    assert text.count("unknown filter") == 2 and made["bob"] in shown(text)


def test_times_are_those_of_the_viewer(
    app: Flask, storage: FileStorage, serve: Callable[[Flask], str], browser: Browser
) -> None:
    """In a chart, in chips, and in the fields of the panel, also on the night in which the clocks
    change. The address has them in UTC.
    """
    moment = datetime(2026, 11, 1, 4, 30, tzinfo=UTC).timestamp()
    keep(storage, TOUR, id=new_id(moment), started_at=moment)
    context = browser.new_context(timezone_id="America/New_York", locale="en-GB")
    tab = context.new_page()
    tab.goto(f"{serve(app)}/replay/?since=2026-11-01T03:30:00Z")
    expect(tab.locator(".chip.on b")).to_have_text("31 Oct 2026, 23:30")
    expect(tab.locator(".time time")).to_have_text(["1 Nov 2026, 00:30"] * 2)
    tab.get_by_text("Filter", exact=True).click()
    expect(tab.get_by_label("From", exact=True)).to_have_value("2026-10-31 23:30:00")
    tab.get_by_label("Until").fill("2026-11-02")
    tab.get_by_role("button", name="Show").click()
    expect(tab.locator(".chip.on b")).to_have_text(["31 Oct 2026, 23:30", "2 Nov 2026, 00:00"])
    assert parse_qs(urlsplit(tab.url).query) == {
        "since": ["2026-11-01T03:30:00Z"],
        "until": ["2026-11-02T05:00:00Z"],
    }
    tab.get_by_text("Filter", exact=True).click()
    tab.get_by_label("From", exact=True).fill("7d")
    tab.get_by_label("Until").fill("")
    tab.get_by_role("button", name="Show").click()
    expect(tab.locator(".chip.on b")).to_have_text(["Last week"])
    context.close()


def test_hostile_text_is_shown_as_text(app: Flask, storage: FileStorage) -> None:
    """In names, addresses, facets, errors, and in the address of the list itself."""
    failing = [
        step(
            0,
            f"/{HOSTILE}",
            page("x"),
            endpoint=HOSTILE,
            errors=[Error(offset_ms=1, type=HOSTILE, message=HOSTILE)],
        )
    ]
    for _ in range(2):
        keep(storage, [*failing, *TOUR], name=HOSTILE, landing=HOSTILE)
    client = app.test_client()
    asked = {"text": HOSTILE, HOSTILE: HOSTILE, "endpoint": HOSTILE}
    texts = [
        client.get("/replay/", query_string=query).text
        for query in ({}, asked, {"endpoint": HOSTILE})
    ]
    texts += [
        client.get("/replay/errors").text,
        client.get("/replay/visitor", query_string={"user": HOSTILE}).text,
    ]
    for text in texts:
        assert "<img src=x" not in text and "49" not in re.findall(r"\{\{.*?\}\}", text)
        assert "&lt;img src=x" in text


def test_a_form_leaves_no_empty_filters_in_the_address(app: Flask, made: dict[str, str]) -> None:
    """It has a field for each filter, and most of them are empty."""
    answer = app.test_client().get("/replay/?text=&device=phone&code=&nonsense=1")
    assert (answer.status_code, answer.location) == (302, "/replay/?device=phone&nonsense=1")


def test_headings_sort_in_both_directions(app: Flask, made: dict[str, str]) -> None:
    """The next page continues in the same order."""
    client = app.test_client()
    text = client.get("/replay/?sort=pages").text
    assert shown(text)[0] == made["many"] and 'aria-sort="descending"' in text
    turned = html.unescape(re.findall(r'aria-sort="descending"><a href="([^"]+)"', text)[0])
    assert shown(client.get(turned).text)[-1] == made["many"]
    assert "3 recordings of 2 named visitors" in re.sub(r"\s+", " ", text)


def test_visits_without_interaction_are_hidden_by_default(
    app: Flask, storage: FileStorage, made: dict[str, str]
) -> None:
    """A chip says so."""
    passer = keep(storage, TOUR[:1], flags=("parted",))
    client = app.test_client()
    assert passer not in shown(client.get("/replay/").text)
    assert passer in shown(client.get("/replay/?unconfirmed=yes").text)


def test_errors_are_listed_by_kind_with_links_to_their_moments(
    folder: Path, storage: FileStorage, made: dict[str, str]
) -> None:
    """Only from recordings that the viewer may see."""
    again = keep(storage, [step(0, "/"), step(7_000, "/pay", errors=[REFUSED])], name="Carl")
    text = make_app(folder).test_client().get("/replay/errors").text
    assert text.count("shop.PaymentError") == 1 and "no gateway for &lt;b&gt;CHF" in text
    for id in (made["bob"], again):
        assert f'/replay/{id}#t=5000"' in text
    in_one_minute = re.findall(r"<a [^>]*#t=5000\"><time [^>]* data-second>", text)
    assert len(in_one_minute) == 2
    assert re.findall(r'<path d="([^"]*)"/></svg></td>', text) == ["M0.1 40v-40.0h.8v40.0z"]
    cells = re.findall(r'data-label="(?:times|visitors)">(\d+)<', text)
    assert cells == ["2", "2"]
    mine = make_app(
        folder, lambda action, recording: recording is None or recording.name == "Bob"
    ).test_client()
    assert again not in mine.get("/replay/errors").text
    assert shown(mine.get("/replay/?error=shop.PaymentError").text) == [made["bob"]]


def test_a_visitors_page_includes_visits_before_the_login_and_after_the_logout(
    folder: Path, storage: FileStorage
) -> None:
    """The rule is applied to each recording."""
    before = keep(storage, TOUR, flags=("parted",))
    own = keep(storage, TOUR, name="Ann", flags=("parted", f"after:{before}"))
    after = keep(storage, TOUR, flags=(f"after:{own}",))
    other = keep(storage, TOUR, name="Bob")
    text = make_app(folder).test_client().get("/replay/visitor?user=Ann").text
    assert shown(text) == [after, own, before]
    assert "before login" in text and "after logout" in text and other not in text
    mine = make_app(
        folder, lambda action, recording: recording is None or recording.name == "Ann"
    ).test_client()
    assert shown(mine.get("/replay/visitor?user=Ann").text) == [own]
    assert [
        mine.get(f"/replay/visitor{query}").status_code
        for query in ("", "?user=", "?user=Bob", "?user=Eve")
    ] == [404] * 4


def test_a_visitors_recordings_on_the_time_line_are_links(
    app: Flask, storage: FileStorage, serve: Callable[[Flask], str], tab: Page
) -> None:
    """A lane has the recordings of one device. The line says when it begins and ends."""
    first, last = (
        keep(storage, TOUR, name="Ann", id=new_id(moment), started_at=moment)
        for moment in (STARTED, STARTED + 86_400)
    )
    tab.goto(f"{serve(app)}/replay/visitor?user=Ann")
    expect(tab.locator(".lanes .ends time")).to_have_count(2)
    ends = tab.locator(".lanes .ends time").all_inner_texts()
    assert ends[0] != ends[1] and all("," in text for text in ends)
    tab.locator(".lanes a").last.click()
    expect(tab).to_have_url(re.compile(first))
    tab.go_back()
    tab.locator(".lanes a").first.click()
    expect(tab).to_have_url(re.compile(last))


def test_yesterday_is_the_day_before_today(
    app: Flask, storage: FileStorage, serve: Callable[[Flask], str], tab: Page
) -> None:
    """In the viewer's time zone, however many hours ago."""
    for day, hour in ((16, 12), (28, 20), (29, 6), (30, 1)):
        moment = datetime(2026, 11, day, hour, tzinfo=UTC).timestamp()
        keep(storage, TOUR, id=new_id(moment), started_at=moment)
    tab.clock.set_fixed_time(datetime(2026, 11, 30, 7, tzinfo=UTC))
    tab.goto(f"{serve(app)}/replay/")
    expect(tab.locator("tbody .started")).to_have_text(
        ["6 hr. ago", "yesterday", "2 days ago", "14 days ago"]
    )


def test_charts_and_sizes_accept_any_number() -> None:
    """A damaged summary may contain any."""
    assert chart([]) is None and chart([1e300, -5.0]) is None
    drawn = chart([0.0, 3_999_999_999.0, 1e300])
    assert drawn is not None and len(drawn.bars) == 2
    drawn = chart([STARTED + 60 * number for number in range(40)])
    assert drawn is not None and drawn.width <= 48 and sum(bar.number for bar in drawn.bars) == 40
    assert [size(count) for count in (0, 999, 1_500, 25_000_000, 10**18)] == [
        "0 B",
        "999 B",
        "1.5 kB",
        "25 MB",
        "1000000000 GB",
    ]


def test_a_viewer_finds_a_customer_and_an_error_among_many(
    app: Flask, storage: FileStorage, made: dict[str, str], serve: Callable[[Flask], str], tab: Page
) -> None:
    """By typing and clicking. New recordings are announced, and the list does not move until the
    viewer reloads it.
    """
    for number in range(100):
        keep(storage, CUSTOMER, name=f"Customer {number}")
    tab.clock.install()
    address = f"{serve(app)}/replay/"
    with tab.expect_response("**/newest.json*"):
        tab.goto(address)
    rows = tab.locator("tbody .who")
    first = rows.first.inner_text()
    go_on(storage, summarize(TOUR).id, TOUR)
    tab.clock.fast_forward(21_000)
    expect(tab.locator("#new")).to_have_text("1 new · show")
    assert rows.first.inner_text() == first
    tab.locator("#new").click()
    expect(rows.first).not_to_have_text(first)
    tab.get_by_role("searchbox").fill("customer 71")
    tab.keyboard.press("Enter")
    expect(rows).to_have_text(["Customer 71"])
    assert urlsplit(tab.url).query == "text=customer+71"
    tab.get_by_title("Remove this filter").click()
    tab.get_by_text("Filter", exact=True).click()
    tab.get_by_label("Slower than").fill("2s")
    tab.get_by_role("button", name="Show").click()
    expect(rows).to_have_text(["Ann"])
    tab.get_by_role("link", name="Errors", exact=True).first.click()
    kind = tab.locator("tr", has_text="shop.PaymentError")
    expect(kind.locator(".spark path")).to_have_css("stroke", "none")  # icons have one
    kind.locator(".moments a").click()
    tab.wait_for_selector("body[data-ready]:not([data-loading])")
    expect(tab.locator("#url")).to_contain_text("/pay")
