"""A page of the list is cheap, however many recordings there are and however few the viewer may
see.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from flask_replay.recording.ids import new_id
from flask_replay.recording.summary import Summary
from flask_replay.storage import FileStorage
from flask_replay.storage.finding.listing import PAGE_SIZE, Listed, listed

from .handmade import STARTED, TOUR, keep, make_app
from .test_list import shown

MANY = [Summary(id=new_id(STARTED - n)) for n in range(2_000)]
"""Recordings, newest first."""


class Store:
    """Counts calls."""

    def __init__(self) -> None:
        self.asked = 0

    def find(self, before: str | None, size: int) -> list[Summary]:
        self.asked += 1
        return [summary for summary in MANY if before is None or summary.id < before][:size]


class Rule:
    """Allows some recordings, and counts how often it is called.

    :param every: allows one recording in this many.
    :param seconds: that an answer takes.
    """

    def __init__(self, every: int, seconds: float = 0) -> None:
        self.every = every
        self.seconds = seconds
        self.now = 0.0
        self.asked = 0

    def opens(self, summary: Summary) -> bool:
        self.asked += 1
        self.now += self.seconds
        return MANY.index(summary) % self.every == self.every - 1

    def page(self, store: Store, before: str | None = None) -> Listed:
        return listed(store.find, self.opens, before, clock=lambda: self.now)


def test_a_rule_that_allows_everything_is_called_for_one_page() -> None:
    """And for one more recording, to know whether there is another page."""
    rule, store = Rule(every=1), Store()
    page = rule.page(store)
    assert (page.summaries, page.older) == (MANY[:PAGE_SIZE], MANY[PAGE_SIZE - 1].id)
    assert (rule.asked, store.asked) == (PAGE_SIZE + 1, 1)


@pytest.mark.parametrize("every", [1_000, 2_000, 5_000])
def test_a_fast_rule_that_allows_few_of_many_fills_the_first_page(every: int) -> None:
    """With few requests to the store."""
    rule, store = Rule(every), Store()
    page = rule.page(store)
    assert page == Listed(MANY[every - 1 :: every], None)
    assert (rule.asked, store.asked) == (2_000, 5)


@pytest.mark.parametrize("seconds", [0.001, 0.01, 1])
def test_a_slow_rule_is_called_for_little_more_than_a_page(seconds: float) -> None:
    """The page ends there, and the next one continues."""
    rule, store = Rule(2_000, seconds), Store()
    page = rule.page(store)
    assert page.summaries == []
    assert rule.asked <= 2 * PAGE_SIZE + 1
    assert page.older == MANY[rule.asked - 1].id


@pytest.mark.parametrize(
    ("every", "seconds"), [(1, 0), (3, 0.001), (7, 0.5), (400, 0), (400, 0.01), (5_000, 0.002)]
)
def test_going_through_the_pages_shows_everything_allowed_once(every: int, seconds: float) -> None:
    """The rule is called again only for recordings between the last one shown and the next page."""
    rule, store = Rule(every, seconds), Store()
    found: list[Summary] = []
    before: str | None = None
    pages = 0
    while pages == 0 or before is not None:
        pages += 1
        page = rule.page(store, before)
        found += page.summaries
        before = page.older
    assert found == MANY[every - 1 :: every]
    assert rule.asked <= len(MANY) + pages * every


def test_the_list_says_that_older_recordings_may_be_visible(
    folder: Path, storage: FileStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a link to them."""
    mine = keep(storage, TOUR, name="ann")
    for _ in range(2 * PAGE_SIZE):
        keep(storage, TOUR)
    monkeypatch.setattr("flask_replay.storage.finding.listing.LISTING_PATIENCE", -1)
    client = make_app(
        folder, lambda action, recording: getattr(recording, "name", "ann") == "ann"
    ).test_client()
    html = client.get("/replay/").get_data(as_text=True)
    assert shown(html) == [] and "Older ones may be" in html
    html = client.get(html.partition('rel="next" href="')[2].partition('"')[0]).get_data(
        as_text=True
    )
    assert shown(html) == [mine]


@pytest.mark.parametrize("kind", ["many", "few"])
def test_a_long_list_is_read_from_the_cache(
    storage: FileStorage, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Each file's header is read once as long as it is unchanged."""
    ids = [keep(storage, TOUR) for _ in range(5)]
    limit = {"many": 500, "few": 5}[kind]
    reads: list[str] = []
    read: Callable[[str], object] = storage._header
    monkeypatch.setattr(storage, "_header", lambda id: reads.append(id) or read(id))  # type: ignore[func-returns-value]
    storage.summaries(limit=limit)
    assert len(reads) == 5
    found = storage.summaries(limit=limit)
    assert [summary.id for summary in found] == sorted(ids, reverse=True)
    assert len(reads) == {"many": 5, "few": 10}[kind]
    storage.delete(ids[0])
    assert len(storage.summaries(limit=limit)) == 4
