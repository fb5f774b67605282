"""The words by which recordings are found, whatever somebody has sent to be found by."""

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


def test_markup_is_none_of_the_words_but_what_is_around_it_is() -> None:
    """Neither a script, nor a tag; a sign is no tag."""
    page = "<p title=no>one <script src=no>no</script>two<style>no</style> three</p> x <y & &eacute;t&eacute;"
    assert said(page) == ["one", "two", "three", "x", "y", "ete"]
    assert said("1 < 2 <script>no</script> 4 > 3") == ["1", "2", "4", "3"]


@pytest.mark.parametrize("sign", ["<script ", "<style>", "<", "</script", "&#9", "<!--", "&amp;"])
def test_what_somebody_repeats_is_looked_at_once(sign: str) -> None:
    """A form of a megabyte takes as long for each letter as a short one."""
    found = said("before", sign * (1_000_000 // len(sign)), "behind")
    assert (found[0], found[-1]) == ("before", "behind")


@settings(max_examples=50, deadline=None)
@given(cells=st.lists(CELLS, max_size=5))
def test_no_trace_is_a_reason_to_fail(cells: list[Any]) -> None:
    """Whatever is in its cells, the words of other batches are known."""
    other = Batch((shown(["known"]),))
    assert "known" in words_of([Batch((shown(cells),)), other])


@pytest.mark.parametrize("cell", [["s"], ["ms", 1], ["s", "zz"], ["l"], [], [["s"]], ["s", None]])
def test_cells_that_make_no_sense_say_nothing(cell: Any) -> None:
    """They are found in recordings that somebody made up, or that were damaged."""
    assert list(words_of([Batch((shown([cell]),)), Batch((shown(["known"]),))])) == ["known"]
