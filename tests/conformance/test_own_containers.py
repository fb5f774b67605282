"""Containers that a template makes are replayed, even with keys that only the app can compare."""

from __future__ import annotations

from typing import Any

import pytest

from .harness import Case, Replaying, check
from .things import Slug, State


class Person:
    """Equals only itself. Its text is its name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __str__(self) -> str:
        return self.name

    __repr__ = __str__


def _context() -> dict[str, Any]:
    return {
        "ann": Person("ann"),
        "bob": Person("bob"),
        "slug": Slug("a-b"),
        "state": State.OPEN,
        "word": "word",
    }


_PAGES = {
    "an object": "{{ {ann: [1]}[ann] }}{{ {ann: [1]}.get(ann) }}",
    "one of several": "{% set x = {ann: [1], 'b': bob} %}{{ x[ann] }}{% for k in x %}{{ k }}{{ x[k] }}{% endfor %}",
    "a text that equals the app's": "{{ {slug: [1, 2]}['a-b'] }}{{ {slug: [bob, 2]}['a-b']|first }}{{ {state: [2]}['open'] }}",
    "a dict within": "{% set x = {ann: {'a': 1}} %}{{ x[ann].a }}{{ x[ann]['a'] }}",
    "something that is changed later": (
        "{% set l = [word] %}{% set x = {ann: l} %}{% set y = x[ann] %}{% if y.append(bob) %}{% "
        "endif %}{{ y }}{{ l }}"
    ),
    "a namespace": "{% set x = {slug: namespace(a=1)} %}{{ x['a-b'].a }}",
    "a cycler": "{% set x = {slug: cycler(1, 2)} %}{{ x['a-b'].next() }}{{ x['a-b'].next() }}",
    "a macro": "{% macro m() %}M{% endmacro %}{{ {slug: m}['a-b']() }}",
    "compared": "{{ {slug: [1]}['a-b'] == [1] }}{{ ({slug: [1]}['a-b'] + [bob])|length }}",
    "taken out": "{% set x = {slug: 7, 'q': 7, ann: [8]} %}{{ x.pop('a-b') }}{{ x.pop(ann) }}{{ x|length }}{{ x }}",
    "or else another": (
        "{% set x = {slug: [1]} %}{{ x.get('a-b', [3]) }}{{ x.get('z', [3]) }}{{ "
        "x.setdefault('a-b', 2) }}"
        "{{ x.setdefault('c', [ann]) }}{{ x|length }}{{ x['c']|first }}"
    ),
    "absent": "{% set x = {ann: 1} %}{{ x.get(bob) }}{{ x[bob] }}{{ x.get(bob, 3) }}{{ x.get(bob, [4]) }}",
    "none": "{% set x = {ann: none} %}{{ x.get(ann) }}{{ x.get(ann, 1) }}{{ x.pop(ann) }}{{ x }}",
}


@pytest.mark.parametrize("name", _PAGES)
def test_values_under_keys_that_are_objects_of_the_app_are_found_again(
    name: str, replaying: Replaying
) -> None:
    """A replay has the container itself, and the trace says at which position the key is."""
    check(Case(_PAGES[name], _context), replaying)


def test_a_macro_that_includes_without_context_prints_itself_as_a_generator(
    replaying: Replaying,
) -> None:
    """Jinja makes it one by mistake. The address in its text is the one that the visitor saw."""
    template = "{% macro m() %}{% include 'part.html' without context %}{% endmacro %}{{ m() }}"
    check(Case({"page.html": template, "part.html": "part"}, _context), replaying)
