"""Deeply nested pages work as without recording, and so does their replay."""

from __future__ import annotations

import pytest

from .harness import Case, Context, Replaying, Site, check, page

_RECURSING = {
    "a macro": "{% macro m(n) %}{{ n.name }}{% if n.child %}{{ m(n.child) }}{% endif %}{% endmacro %}{{ m(tree) }}",
    "a loop": "{% for n in [tree] recursive %}{{ n.name }}{% if n.child %}{{ loop([n.child]) }}{% endif %}{% endfor %}",
    "a macro of two": "{% macro m(n, by) %}{{ n.name * by }}{% if n.child %}{{ m(n.child, by) }}{% endif %}{% endmacro %}"
    "{{ m(tree, 2) }}",
    "a loop over a tuple": "{% for n in (tree,) recursive %}({% if n.child %}{{ loop((n.child,)) }}{% endif %})"
    "{% endfor %}",
}
_CHAINS = {
    "elif": "{% if x == -1 %}no"
    + "".join(f"{{% elif x == {number} %}}{number}" for number in range(350))
    + "{% endif %}",
    "else within else": "{% if x == 1 %}a{% else %}" * 18 + "b" + "{% endif %}" * 18,
    "sum": "{{ " + " + ".join(["x"] * 40) + " }}",
    "and": "{{ " + " and ".join(["x"] * 40) + " }}",
    "attributes": "{{ x" + ".real" * 40 + " }}",
}


class Node:
    """A node of a chain."""

    def __init__(self, name: int, child: Node | None) -> None:
        self.name = name
        self.child = child


def _deep(depth: int) -> Context:
    tree = None
    for number in range(depth):
        tree = Node(number, tree)
    return {"tree": tree, "x": 349}


@pytest.mark.parametrize("sources", [_RECURSING, _CHAINS], ids=["recursing", "chains"])
def test_a_page_may_nest_as_deeply_as_without_recording(
    sources: dict[str, str], replaying: Replaying
) -> None:
    """Each level is within the previous one, in calls or in Jinja's generated code. None needs more
    of Python's stack.
    """
    check(Case("|".join(sources.values()), lambda: _deep(150)), replaying)


def test_a_page_that_recursed_too_deeply_is_left_to_the_app() -> None:
    """The recorder's own stack frames may have exceeded the limit."""
    site = Site({"page.html": _RECURSING["a macro"]}, lambda app: None, recorded=True)
    failed = site.visit(lambda: _deep(1000), page)
    assert "RecursionError" in failed.error
    seen = site.visit(lambda: _deep(3), page)
    assert seen.body == b"210"
    assert seen.renders[0].unrecorded == "it recurses to Python's recursion limit"


@pytest.mark.parametrize(
    "source",
    [
        "{% macro m(n) %}{{ x }}{{ n.end }}{% endmacro %}[{{ m(ending) }}]",
        (
            "{% for n in [ending] recursive %}{{ n.end if loop.depth0 }}[{{ loop([ending]) }}]{% "
            "endfor %}"
        ),
    ],
    ids=["macro", "loop"],
)
def test_an_iterator_that_ends_too_early_gives_an_undefined(source: str) -> None:
    """Jinja does this for a ``StopIteration`` from any call."""
    sites = (
        Site({"page.html": source}, lambda app: None, recorded=recorded)
        for recorded in (True, False)
    )
    assert [site.visit(lambda: {"ending": _Ending(), "x": 1}, page).body for site in sites] == [
        b"[]",
        b"[]",
    ]


class _Ending:
    """Raises ``StopIteration`` outside of an iteration."""

    @property
    def end(self) -> str:
        raise StopIteration
