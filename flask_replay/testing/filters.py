"""Tests of filters."""

from __future__ import annotations

from typing import Any

import pytest

from ..codec import encode_batch
from ..recording.batch import Batch
from ..recording.events import Error, Frame, Request
from ..recording.gathering import facets_of
from ..recording.ids import new_id
from ..recording.summary import Tally
from ..storage import Entry, Filter, Head, Recordings, Storage, finalize
from ..trace.model import Trace

_STARTED = 1_700_000_000
_FIREFOX = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Accept-Language": "de-CH,de;q=0.8",
    "Referer": "https://search.example",
}
_PHONE = {
    "User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) "
    "Version/17.5 Mobile/15E148 Safari/604.1"
}
_TRACEBACK = """  File "/srv/shop/cart.py", line {line}, in add
    coupon = coupons[code]
  File "/usr/lib/python3.12/site-packages/orm.py", line 7, in __getitem__
    raise KeyError(key)
"""


def _session(
    storage: Storage, number: int, *batches: Batch, name: str = "", end: bool = True
) -> str:
    """Record a session, one batch after the other, and return its id."""
    head = Head(id=new_id(_STARTED + number), started_at=_STARTED + number)
    entries = [
        Entry(
            number=place,
            offset_ms=batch.events[0].offset_ms,
            end_ms=batch.events[0].offset_ms + 5 + number,
            tally=Tally.of(batch),
            payload=encode_batch(batch),
            landing=batch.request.url if batch.request and not place else "",
            name=name,
            facets=facets_of(batch),
        )
        for place, batch in enumerate(batches)
    ]
    storage.append(head, "w", entries)
    if end:
        assert finalize(storage, head.id, "me") is not None
    return head.id


def _page(
    url: str, *rest: Any, title: str = "", template: str = "page.html", **fields: Any
) -> Batch:
    """Return the batch of a page that somebody looked at."""
    fields = {"method": "GET", "endpoint": "shop.page", "status": 200, "duration_ms": 20, **fields}
    frame = Frame(
        offset_ms=0, template=template, trace=Trace(answers={"title": [title]} if title else {})
    )
    return Batch((Request(offset_ms=0, url=url, parts=("<p>Hello",), **fields), frame, *rest))


def _error(line: int, offset_ms: int = 700) -> Error:
    return Error(
        offset_ms=offset_ms,
        type="KeyError",
        message="'GIFT'",
        traceback=_TRACEBACK.format(line=line),
    )


def _compare(
    recordings: Recordings, sessions: dict[str, str], table: list[tuple[dict[str, Any], set[str]]]
) -> None:
    """Compare the results of filters with the expected sessions."""
    for where, names in table:
        found = [summary.id for summary in recordings.summaries(where=Filter(**where))]
        assert (where, {*found}) == (where, {sessions[name] for name in names})
        assert found == sorted(found, reverse=True)


class FilterContract:
    """The contract of lists with filters, for running and finished recordings."""

    @pytest.fixture
    def sessions(self, storage: Storage) -> dict[str, str]:
        """Record six sessions, two of which are running, and return their ids by their distinctive
        feature.
        """
        two = (_page("/"), _page("/more"))
        return {
            "plain": _session(storage, 0, *two, name="bob"),
            "search": _session(
                storage,
                1,
                _page("/?utm_source=letter&utm_campaign=spring", request_headers=_FIREFOX),
                _page(
                    "/books",
                    method="POST",
                    endpoint="shop.search",
                    form={"q": ["Élan 100%"]},
                    title="Cloud Atlas",
                ),
                name="Ann",
            ),
            "error": _session(
                storage,
                2,
                _page("/", request_headers=_PHONE),
                _page("/cart", _error(42), status=500, title="cloud"),
                name="Ann",
            ),
            "slow": _session(
                storage,
                3,
                *two,
                _page("/report", duration_ms=2_500, template="slow.html"),
                name="bob",
            ),
            "live error": _session(
                storage,
                4,
                _page("/"),
                _page("/cart", _error(57), _error(57, 900), status=500),
                name="Cid",
                end=False,
            ),
            "live": _session(storage, 5, *two, _page("/小説家"), end=False),
        }

    def test_each_filter_finds_its_recordings(
        self, storage: Storage, sessions: dict[str, str]
    ) -> None:
        """Filters work alone and combined."""
        recordings = Recordings(storage, 10, 1e9)
        recordings.pin(sessions["slow"])
        errors = {"error", "live error"}
        table: list[tuple[dict[str, Any], set[str]]] = [
            ({}, {*sessions}),
            ({"endpoint": "shop.search"}, {"search"}),
            ({"endpoint": "SHOP.page"}, {*sessions}),
            ({"template": "slow.html"}, {"slow"}),
            ({"method": "post"}, {"search"}),
            ({"code": 500}, errors),
            ({"code": "5xx"}, errors),
            ({"code": "2xx", "errors": True}, errors),
            ({"kind": "error"}, errors),
            ({"error": "KeyError"}, errors),
            ({"error": "ValueError"}, set()),
            ({"slower_than": "2s"}, {"slow"}),
            ({"slower_than": 2.501}, set()),
            ({"min_pages": 3}, {"slow", "live"}),
            ({"device": "phone"}, {"error"}),
            ({"browser": "firefox"}, {"search"}),
            ({"browser": "Firefox 128"}, {"search"}),
            ({"browser": "Firefox 12"}, set()),
            ({"system": "Linux"}, {"search"}),
            ({"language": "de"}, {"search"}),
            ({"referrer": "search.example"}, {"search"}),
            ({"campaign": "spring"}, {"search"}),
            ({"campaign": "source=letter"}, {"search"}),
            ({"pinned": True}, {"slow"}),
            ({"pinned": False, "min_pages": 3}, {"live"}),
            ({"interaction": False}, set()),
            ({"status": "live", "code": 200}, {"live error", "live"}),
            ({"name": "Ann", "template": "page.html"}, {"search", "error"}),
            (
                {"since": _STARTED + 2, "endpoint": "shop.page", "until": _STARTED + 4},
                {"error", "slow"},
            ),
        ]
        _compare(recordings, sessions, table)
        for where in (Filter(endpoint="shop.page"), Filter(endpoint="shop.page", text="bob")):
            first = storage.summaries(where=where, limit=1)
            assert [summary.id for summary in first] == [sessions["slow"]]

    def test_a_text_is_found_by_its_words(self, storage: Storage, sessions: dict[str, str]) -> None:
        """A word may have been read by a template, typed or sent, in any order. Signs of a query
        language are ordinary text.
        """
        table: list[tuple[dict[str, Any], set[str]]] = [
            ({"text": "cloud"}, {"search", "error"}),
            ({"text": "clo"}, {"search", "error"}),
            ({"text": "CLOUD atlas"}, {"search"}),
            ({"text": "atlas cloud elan"}, {"search"}),
            ({"text": "clo atlas"}, set()),
            ({"text": "ann"}, {"search", "error"}),
            ({"text": "小説"}, {"live"}),
            ({"text": sessions["plain"]}, {"plain"}),
            ({"text": sessions["live"]}, {"live"}),
            ({"text": "report", "slower_than": 1}, {"slow"}),
            ({"text": "report", "device": "phone"}, set()),
            ({"text": "100%"}, {"search"}),
            ({"text": "<b>Cloud</b> &amp; <i>Atlas</i>"}, {"search"}),
            ({"text": '\' OR "cloud" * : & | !'}, set()),
            ({"text": "%_'\"*"}, set()),
            ({"text": "\0"}, set()),
        ]
        _compare(Recordings(storage, 10, 1e9), sessions, table)

    def test_a_page_has_the_totals_of_all_pages(
        self, storage: Storage, sessions: dict[str, str]
    ) -> None:
        """The totals count all pages, in any order, but only recordings that the user may see."""
        recordings = Recordings(storage, 10, 1e9)
        found = recordings.found(limit=2)
        assert [summary.id for summary in found.summaries] == [
            sessions["live"],
            sessions["live error"],
        ]
        assert (found.totals.recordings, found.totals.complete, found.totals.live) == (6, True, 2)
        assert dict(found.totals.counts["code"]) == {"200": 6, "500": 2}
        assert found.totals.tally.pages == 14
        for sort, key in (
            ("start", lambda one: one.id),
            ("length", lambda one: (one.duration_ms, one.id)),
            ("pages", lambda one: (one.tally.pages, one.id)),
            ("errors", lambda one: (one.tally.errors, one.id)),
            ("size", lambda one: (one.size, one.id)),
        ):
            for name in (sort, f"-{sort}"):
                first = recordings.found(Filter(endpoint="shop.page"), sort=name, limit=4)
                second = recordings.summaries(
                    where=Filter(endpoint="shop.page"), sort=name, before=first.older
                )
                down = not name.startswith("-")
                everything = sorted(recordings.summaries(), key=key, reverse=down)
                assert (name, [*first.summaries, *second]) == (name, everything)
        some = recordings.found(opens=lambda summary: summary.name == "Ann")
        assert [summary.id for summary in some.summaries] == [sessions["error"], sessions["search"]]
        assert (some.totals.recordings, some.totals.tally.errors) == (2, 1)

    def test_visitors_without_a_name_are_last_in_both_directions(
        self, storage: Storage, sessions: dict[str, str]
    ) -> None:
        """A viewer who sorts by visitor looks for a name, on whichever page of the list it is."""
        nameless = _session(storage, 6, _page("/"), _page("/more"))
        recordings = Recordings(storage, 10, 1e9)
        named = ["search", "error", "live error", "plain", "slow"]  # Ann, Ann, Cid, bob, bob
        without = [sessions["live"], nameless]
        for where in (Filter(), Filter(endpoint="shop.page")):
            for sort, first, last in (
                ("who", named, without),
                ("-who", named[::-1], without[::-1]),
            ):
                found, before = list[str](), None
                while True:
                    page = recordings.found(where, sort=sort, before=before, limit=2)
                    found += [summary.id for summary in page.summaries]
                    before = page.older
                    if before is None:
                        break
                assert found == [*(sessions[name] for name in first), *last]

    def test_errors_are_grouped_by_kind(self, storage: Storage, sessions: dict[str, str]) -> None:
        """Errors are grouped by the app's own line, wherever it is now, with the moments at which
        they happened.
        """
        recordings = Recordings(storage, 10, 1e9)
        (kind,) = recordings.errors()
        assert (kind.type, kind.place, kind.message) == (
            "KeyError",
            "shop/cart.py:57 in add",
            "'GIFT'",
        )
        assert (kind.count, kind.recordings, kind.visitors) == (3, 2, 2)
        assert kind.moments == [(sessions["live error"], 700), (sessions["error"], 700)]
        assert kind.first_seen == _STARTED + 2.7
        found = recordings.summaries(where=Filter(error=kind.fingerprint))
        assert {summary.id for summary in found} == {sessions["error"], sessions["live error"]}
        assert recordings.errors(Filter(device="desktop")) == []

    def test_deleted_and_forgotten_recordings_are_not_found(
        self, storage: Storage, sessions: dict[str, str]
    ) -> None:
        """Another recording with the same id does not bring the old terms back."""
        recordings = Recordings(storage, 10, 1e9)
        recordings.delete(sessions["search"])
        found = recordings.summaries(where=Filter(endpoint="shop.page", name="Ann"))
        assert [summary.id for summary in found] == [sessions["error"]]
        recordings.forget("Ann")
        for where in (Filter(text="cloud"), Filter(device="phone"), Filter(browser="firefox")):
            assert recordings.summaries(where=where) == []
