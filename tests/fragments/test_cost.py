"""The cost of a fragment is proportional to the size of its page, however many elements may have
requested it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest

from flask_replay.fragments.answer import Answer
from flask_replay.fragments.dom import NoPlace, Tree
from flask_replay.fragments.htmx import apply
from flask_replay.recording.events import Request

from ..counting import growth

TARGETS = [
    "next .out",
    "previous .out",
    "next",
    "previous",
    "#out",
    "closest li",
    "find i",
    "this",
    "next .none",
]


@pytest.mark.parametrize("target", TARGETS)
def test_finding_the_source_of_a_request_takes_linear_time(target: str) -> None:
    """Each row may be the source, and has a target of its own."""

    def work(size: int) -> Callable[[], object]:
        row = (
            f'<li><b hx-post="/act" hx-target="{target}"><i>act</i></b><p class="out">out</p></li>'
        )
        tree = Tree(
            f'<!doctype html><body><p class="out" id="out">x</p><ul>{row * size}</ul><p class="out">y</p>'
        )
        asked = Request(
            offset_ms=0,
            method="POST",
            url="/act",
            status=200,
            request_headers={"HX-Request": "true"},
        )

        def put() -> None:
            with suppress(NoPlace):
                apply(tree, Answer(asked, "<u>done</u>", asked))

        return put

    assert growth(work, 50) < 6
