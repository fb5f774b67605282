"""Environments that override reads, and what templates can reach of Jinja's internals."""

from __future__ import annotations

from typing import Any

import flask
import jinja2
import pytest
from flask import Flask
from jinja2.nativetypes import NativeEnvironment

from .harness import Case, Context, Replaying, check


class Person:
    name = "Ann"
    n = 3

    def __str__(self) -> str:
        return "<Ann>"


class Same:
    """Returns the name of whatever is read."""

    def __getitem__(self, key: Any) -> Any:
        return key


def _context() -> Context:
    return {
        "d": {"a": 13, "o": Person()},
        "o": Person(),
        "same": Same(),
        "people": [Person(), Person()],
        "f": lambda *arguments, **keywords: f"{len(arguments)}{sorted(keywords)}",
    }


_REACHED = {
    "the context": (
        "{% set x = self._TemplateReference__context %}{{ x.name }}{{ x.parent.o.name }}{{ "
        "x.blocks|length }}"
        "{% block b %}{{ self._TemplateReference__context.parent.d.a }}{% endblock %}{{ "
        "x.resolve('o').n }}{{ d.a }}"
    ),
    "a namespace that an object fills": "{% set ns = namespace(d, self=37) %}{{ ns.a }}{{ ns.self }}{{ ns.o.name }}",
    "and the page after it": "{% set ns = namespace(d) %}{% set ns.b = o %}{% set ns.a = 2 %}{{ ns.a }}{{ ns.b.name }}",
    "a dictionary that an object fills": "{% set e = dict(d, again=1) %}{{ e.a }}{{ e.o.name }}{{ e|length }}",
    "keywords of any name": (
        "{{ f(self=1, word=2, operands=3, again=4, context=5, callee=6, name=7, owner=8, first=9, "
        "keywords=1) }}"
        "{{ namespace(d, word=1).word }}{{ dict(d, self=1)|length }}{{ o.name }}"
    ),
    "keys that come back": "{% set t = (o, 2) %}{{ same[t][0].name }}{{ t[0].name }}{{ same[1, 2] }}{{ same[[1, 2]] }}",
    "what has no text of its own": (
        "{% set c = cycler('a', 'b') %}{{ c }}{{ c.next() }}{{ [c] }}{{ c ~ 'x' }}{{ c|string "
        "}}{{ joiner(',') }}"
        "{{ [1]|map('string') }}{{ '%s'|format(c) }}{{ '{}'.format(c) }}{{ c.current }}"
    ),
    "what has none and is constant": "{{ {'a': 1}.items }}{{ [].append }}{{ 'x'.join }}{{ [o].append }}{{ range }}",
    "what Jinja makes": (
        "{% macro m() %}{{ caller }}{% endmacro %}{% call m() %}{% endcall %}{{ m }}{{ self.b "
        "}}{{ self }}"
        "{% block b %}{% endblock %}{% for x in [1] %}{{ loop }}{{ loop.cycle }}{% endfor %}{{ "
        "o.name }}"
    ),
}


@pytest.mark.parametrize("name", _REACHED)
def test_everything_that_a_template_reaches_is_replayed(name: str, replaying: Replaying) -> None:
    """Each kind by its own rule, and what follows stays in step."""
    check(Case(_REACHED[name], _context), replaying)


class PrefersItems(flask.templating.Environment):
    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, dict) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)


class Lax(jinja2.StrictUndefined):
    def __bool__(self) -> bool:  # type: ignore[override]
        return False


class LaxAttributes(flask.templating.Environment):
    """Gives attributes a more lenient kind of undefined than names."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        found = super().getattr(obj, attribute)
        return Lax(name=attribute) if isinstance(found, jinja2.StrictUndefined) else found


class LowersKeys(flask.templating.Environment):
    def getitem(self, obj: Any, argument: Any) -> Any:
        return super().getitem(obj, argument.lower() if isinstance(argument, str) else argument)


class Native(NativeEnvironment, flask.templating.Environment):
    pass


_ENVIRONMENTS: dict[str, tuple[type[Any], dict[str, Any], str]] = {
    "items before attributes": (
        PrefersItems,
        {},
        (
            "{% set q = {'items': 3, 'k': o} %}{{ q.items }}{{ q.k.name }}{{ q.keys()|list }}{{ "
            "d.values }}{{ {'get': 1}.get }}"
        ),
    ),
    "two kinds of undefined": (
        LaxAttributes,
        {"undefined": jinja2.StrictUndefined},
        (
            "{% set opts = {'k': 1} %}{% if opts.zz %}yes{% else %}no{% endif %}{{ o.zz or 'dflt' "
            "}}{{ d.q or 1 }}{{ 'x'.y or 2 }}"
        ),
    ),
    "keys of its own": (
        LowersKeys,
        {},
        (
            "{% set q = {'k': o} %}{{ q['K'].name }}{{ d['A'] }}{{ [1, 2][1] }}{{ {'x': 1}['X'] }}{{ "
            "'abc'[0] }}"
        ),
    ),
    "lists": (Native, {}, "{{ [1, 2] }}"),
    "a list of sums": (Native, {}, "{{ [o.n + 1, people|length] }}"),
    "macros that give numbers": (
        Native,
        {},
        (
            "{% macro m(x) %}{{ x }}{% endmacro %}{{ m(o.n) + m(2) }}{% set z %}{{ o.n }}{% endset "
            "%}{{ z }}!"
        ),
    ),
}


@pytest.mark.parametrize("name", _ENVIRONMENTS)
def test_a_custom_environment_is_replayed(name: str, replaying: Replaying) -> None:
    """What it reads of the template's own containers is recorded if Jinja would read something
    else.
    """
    kind, options, template = _ENVIRONMENTS[name]

    def setup(app: Flask) -> None:
        app.jinja_environment = kind
        app.jinja_options = options

    check(Case(template, _context, setup), replaying)


def test_filters_that_replace_jinjas_may_return_other_types(replaying: Replaying) -> None:
    """An app's ``groupby`` returns lists, and its ``list`` a tuple."""

    def setup(app: Flask) -> None:
        def groupby(people: Any, name: str) -> list[list[Any]]:
            return [[key, [one for one in people if getattr(one, name) == key]] for key in (3,)]

        app.jinja_env.filters.update(groupby=groupby, list=tuple)

    template = (
        "{% for key, some in people|groupby('n') %}{{ key }}{% for one in some %}{{ one.name }}{% "
        "endfor %}{% endfor %}"
        "{{ people|groupby('n')|length }}{{ ([1, 2]|list)[0] }}{{ 'ab'|list|length }}"
    )
    check(Case(template, _context, setup), replaying)
