"""The facts by which lists are filtered: small, bounded, and the same from any worker."""

from __future__ import annotations

import gc
from typing import Any

import msgspec

from flask_replay.recording.batch import Batch
from flask_replay.recording.events import Error, Frame, Request
from flask_replay.recording.facets import LONGEST_FACET, MOST_FACETS, Facets, Failure, merged
from flask_replay.recording.failures import failure_of
from flask_replay.recording.gathering import facets_of
from flask_replay.recording.summary import Summary, Tally
from flask_replay.recording.words import words, words_of
from flask_replay.trace.model import Trace

APP = '  File "/srv/{release}/shop/cart.py", line {line}, in add\n    coupon = coupons[code]\n'
LIBRARY = (
    '  File "/usr/lib/python3.12/site-packages/orm.py", line 7, in get\n    raise KeyError(key)\n'
)


def request(url: str = "/", **fields: Any) -> Request:
    return Request(**{"offset_ms": 0, "method": "GET", "url": url, "status": 200, **fields})


def error(traceback: str, message: str = "", type: str = "KeyError") -> Error:
    return Error(offset_ms=5, type=type, message=message, traceback=traceback)


def test_facets_of_batches_add_up() -> None:
    """In order: the first value counts for a visitor, and the longest for the duration of a
    request.
    """
    first = facets_of(
        Batch(
            (
                request(endpoint="a", duration_ms=9),
                Frame(offset_ms=0, template="x", templates={"y": "1"}),
            )
        )
    )
    second = facets_of(
        Batch(
            (
                request(
                    "/?utm_source=s&utm_x=no&utm_term=",
                    endpoint="b",
                    request_headers={"User-Agent": "curl/8"},
                ),
            )
        )
    )
    both = first | second
    assert (both.endpoints, both.templates, both.codes) == (("a", "b"), ("x", "y"), (200,))
    assert (both.slowest_ms, both.campaign, both.browser, both.device) == (
        9,
        ("source=s",),
        "curl 8",
        "desktop",
    )
    assert merged([]) == Facets() == Facets() | Facets()
    assert (
        facets_of(Batch((request(aside=True, request_headers={"User-Agent": "curl/8"}),))).device
        == ""
    )


def test_facets_are_bounded_whatever_a_visitor_sends() -> None:
    """In number and in length."""
    huge = "x" * 10_000
    batches = [
        Batch((request(f"/?utm_source={huge}", endpoint=f"{number}{huge}", request_headers={"Referer": f"https://{huge}"}), error("", huge, str(number))))
        for number in range(1_000)
    ]  # fmt: skip
    facets = merged(map(facets_of, batches))
    assert len(facets.endpoints) == len(facets.failures) == MOST_FACETS
    assert len(msgspec.msgpack.encode(facets)) < 5 * MOST_FACETS * LONGEST_FACET
    for referrer in ("https://[", "//", "javascript:1", "https://a.example:x/"):
        facets_of(
            Batch((request("/?utm_source=%ff%00&&=", request_headers={"Referer": referrer}),))
        )


def test_errors_are_of_one_kind_by_type_and_the_apps_own_lines() -> None:
    """Whatever their message, their line numbers, and where the app is installed. Libraries change
    independently of the app.
    """
    kinds = {
        failure_of(error(APP.format(release=release, line=line) + LIBRARY, message)).fingerprint
        for release, line, message in (("r1", 4, "a"), ("r2", 4, "b"), ("r1", 40, "c"))
    }
    assert len(kinds) == 1
    others = [
        error(APP.format(release="r1", line=4), type="ValueError"),
        error(APP.format(release="r1", line=4).replace("add", "remove")),
        error(LIBRARY),
        error("", "no 12"),
        error("", "nothing"),
    ]
    assert len({failure_of(one).fingerprint for one in others} | kinds) == 6
    assert failure_of(error("", "no 12")).fingerprint == failure_of(error("", "no 7")).fingerprint
    assert (
        failure_of(error(APP.format(release="r1", line=4) + LIBRARY)).place
        == "shop/cart.py:4 in add"
    )
    assert failure_of(error("  File nonsense\n" * 9)).place == ""


def test_words_are_normalized() -> None:
    """Lower-case letters and digits of any script. In scripts without spaces, each pair of
    characters is a word.
    """
    assert [*words("Élan_vital: 100% ŒUVRE, Straße ｆｕｌｌ")] == [
        "elan",
        "vital",
        "100",
        "œuvre",
        "strasse",
        "full",
    ]
    assert [*words("小説家 книга ανάλυση")] == ["小説", "説家", "книга", "αναλυση"]
    assert [*words("%_'\"*\0 \ud800")] == []
    assert {len(word) for word in words("x" * 1_000)} == {40}


def test_the_words_of_a_batch_are_those_shown_and_sent_without_markup_and_masks() -> None:
    """Texts and numbers of traces, forms and JSON, but not the placeholders of secrets."""
    trace = Trace(
        answers={"title": ["Cloud", ["m", "<b class='c'>Atlas</b> &amp; more"], [3], ["l", "tuple", "inner"], 12.5, True, ["e", "KeyError"]]},
        kept={0: "[redacted]"},
    )  # fmt: skip
    batch = Batch(
        (
            request("/books%20of?q=a+b", form={"q": ["typed"]}, json={"key": ["sent", 17]}, parts=(0, "<i>by hand</i><script>no()</script>")),
            Frame(offset_ms=0, trace=trace),
        )
    )  # fmt: skip
    found = words_of([batch])
    assert {*found} == {
        *("books", "of", "q", "a", "b", "typed", "sent", "17", "by", "hand"),
        *("cloud", "atlas", "more", "inner", "12", "5"),
    }
    assert (
        len(words_of([Batch((request(f"/{number}/{number}a"),)) for number in range(10_000)]))
        == 4_000
    )


def test_words_are_found_in_whichever_frame_they_changed() -> None:
    """Columns that equal those of the previous frame are skipped. Those of other frames are read."""
    tables: tuple[dict[str, list[Any]], ...] = (
        {"title": ["cloud", "atlas"], "pages": [3]},
        {"title": ["cloud", "atlas"], "pages": [4]},
        {"title": ["north"], "pages": [4]},
        {"title": ["cloud", "nine"]},
    )
    frames = [Frame(offset_ms=0, trace=Trace(answers=answers)) for answers in tables]
    found = words_of([Batch((frames[0], frames[1])), Batch((frames[2],)), Batch((frames[3],))])
    assert {*found} == {"cloud", "atlas", "3", "4", "north", "nine"}


def test_a_broken_batch_adds_no_words_and_hides_no_later_ones() -> None:
    """The same texts count when they occur in a later, readable batch."""
    said = request("/books", form={"q": ["cloud"]})
    broken = Batch((said, Frame(offset_ms=0, trace=Trace(answers={"title": 7}))))  # type: ignore[dict-item]
    assert [*words_of([broken])] == []
    assert [*words_of([broken, Batch((said,)), Batch((said, request("/atlas")))])] == [
        *("books", "cloud", "atlas"),
    ]


def test_the_garbage_collector_skips_summaries() -> None:
    """They cannot be part of a cycle. Thousands of them are read for one page of errors, and the
    collector would take as long as the reading.
    """
    failed = Facets(failures=(Failure("0" * 12, "KeyError"),))
    summary = Summary(id="", tally=Tally(errors=1), facets=failed)
    parts = (summary, summary.tally, summary.facets, *summary.facets.failures)
    assert not any(map(gc.is_tracked, parts))


def test_errors_of_one_kind_may_have_different_causes() -> None:
    """A timeout and a refusal of the same gateway are one error of the app."""
    relation = "The above exception was the direct cause of the following exception:"
    own = APP.format(release=1, line=42)
    plain, timeout = (
        failure_of(error(text))
        for text in (own, f"{LIBRARY}{APP}TimeoutError: 3 s\n\n{relation}\n\n{own}")
    )
    assert plain == timeout
