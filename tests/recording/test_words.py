"""The words by which recordings are found, whatever a visitor sends."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flask_replay.recording.batch import Batch
from flask_replay.recording.events import AnyEvent, Frame, Request
from flask_replay.recording.words import words_of
from flask_replay.trace.model import Trace

TAGS = st.sampled_from(["s", "ms", "l", "t", "d", "u", "", "\ud800"])
CELLS = st.recursive(
    st.none() | st.integers() | st.text() | st.binary() | st.floats() | TAGS,
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(TAGS, inner).map(list)
    ),
    max_leaves=10,
)


def said(*texts: str) -> list[str]:
    request = Request(offset_ms=0, method="POST", url="/", status=200, form={"said": list(texts)})
    return list(words_of([Batch((request,))]))


def shown(cells: list[Any]) -> AnyEvent:
    return Frame(offset_ms=0, template="x", trace=Trace(answers={"a": cells}))


def test_markup_contains_no_words_but_the_text_around_it_does() -> None:
    """Neither scripts nor tags. A mere ``<`` is not a tag."""
    page = "<p title=no>one <script src=no>no</script>two<style>no</style> three</p> x <y & &eacute;t&eacute;"
    assert said(page) == ["one", "two", "three", "x", "y", "ete"]
    assert said("1 < 2 <script>no</script> 4 > 3") == ["1", "2", "4", "3"]


@pytest.mark.parametrize("sign", ["<script ", "<style>", "<", "</script", "&#9", "<!--", "&amp;"])
def test_repeated_text_is_read_once(sign: str) -> None:
    """For each letter, a form of a megabyte takes as long as a short one."""
    found = said("before", sign * (1_000_000 // len(sign)), "behind")
    assert (found[0], found[-1]) == ("before", "behind")


@settings(max_examples=50, deadline=None)
@given(cells=st.lists(CELLS, max_size=5))
def test_no_trace_causes_a_failure(cells: list[Any]) -> None:
    """Whatever its cells contain, the words of other batches are found."""
    other = Batch((shown(["known"]),))
    assert "known" in words_of([Batch((shown(cells),)), other])


@pytest.mark.parametrize("cell", [["s"], ["ms", 1], ["s", "zz"], ["l"], [], [["s"]], ["s", None]])
def test_meaningless_cells_have_no_words(cell: Any) -> None:
    """They occur in forged or damaged recordings."""
    assert list(words_of([Batch((shown([cell]),)), Batch((shown(["known"]),))])) == ["known"]
