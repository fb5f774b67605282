"""Random pages give the same as without recording, and replay exactly."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from tests.conformance.harness import Replaying

from .compare import Comparison, make

PARTS = 4
TEMPLATES = 75
"""In each part."""
DEPTH = 1


@pytest.fixture(scope="module")
def replaying() -> Iterator[Replaying]:
    """Return a process that replays."""
    replaying = Replaying()
    yield replaying
    replaying.close()


@pytest.fixture
def comparison(replaying: Replaying) -> Comparison:
    """Return a comparison of small pages."""
    return Comparison(replaying, DEPTH)


@pytest.mark.parametrize("part", range(PARTS))
def test_pages_are_the_same_bare_recorded_and_replayed(part: int, comparison: Comparison) -> None:
    """The calls on their objects are the same, too, and failures are alike. The test has parts so
    that workers share it.
    """
    assert list(comparison.differences(range(part * TEMPLATES, (part + 1) * TEMPLATES))) == []
    assert comparison.counts.total() == TEMPLATES
    rendered = sum(count for name, count in comparison.counts.items() if name.endswith("rendered"))
    assert rendered > TEMPLATES // 2  # otherwise errors would be compared


def test_a_difference_is_found(comparison: Comparison) -> None:
    """An app whose filter answers differently each time gives another page each time, and this is
    reported.
    """
    templates = {"page.html": "{{ word|shout }}"}
    assert comparison.compare("plain", templates) == ""
    answers = itertools.count()
    for site in comparison.sites["plain"][1:]:
        site.app.jinja_env.filters["shout"] = lambda value: next(answers)
    assert "bare gave" in comparison.compare("plain", templates)


def test_a_seed_always_gives_the_same_templates() -> None:
    """A difference can be examined again by its number."""
    assert make(7) == make(7)
    assert make(7) != make(8)
