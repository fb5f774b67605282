"""Pieces of a page that are not texts fail to be joined with the same message as without a
recorder.
"""

from __future__ import annotations

import pytest

from tests.fuzzing.compare import Comparison

from .harness import Replaying

RECURSIVE = (
    "{% for each in people recursive %}a{{ each.name }}"
    "{% include 'absent.html' ignore missing without context %}"
    "{% if loop.depth0 < 2 %}{{ loop(each.friends) }}{% endif %}{% endfor %}"
)
"""Such a loop returns a generator, which is printed if output is not escaped."""

PAGES = {
    "page": RECURSIVE,
    "after blocks": "{% block a %}1{{ word }}2{% endblock %}x{% block b %}1{% endblock %}" + RECURSIVE,
    "in a block": "{% block a %}1{{ word }}2{% endblock %}{% block b %}c" + RECURSIVE + "{% endblock %}",
    "in a macro": "{% macro m() %}{% filter upper %}1{{ word }}{% endfilter %}" + RECURSIVE + "{% endmacro %}{{ m() }}",
    "in a variable": "{% set a %}{% include 'part.html' %}" + RECURSIVE + "{% endset %}{{ a }}",
}  # fmt: skip


@pytest.mark.parametrize("kind", ["plain", "bare text", "async", "strict", "native"])
@pytest.mark.parametrize("page", PAGES)
def test_joining_invalid_pieces_fails_alike(page: str, kind: str, replaying: Replaying) -> None:
    """The message counts Jinja's pieces, not those that the recorder joins."""
    templates = {"page.html": PAGES[page], "part.html": "<i>{{ word }}</i>{{ count }}"}
    assert Comparison(replaying).compare(kind, templates) == ""
