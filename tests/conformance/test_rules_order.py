"""What keeps the answers of a trace in step: recording and replay ask the same questions in the
same order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from jinja2 import Undefined

from . import hostile, things
from .harness import Case, Context, Replaying, check


def _ask(function: Callable[..., Any] | None = None, *arguments: Any) -> Any:
    return function(*arguments) if function is not None else "nothing to call"


def _push(container: Any, item: Any = 1) -> str:
    container.append(item)
    return ""


class _Undefined(Undefined):
    def __str__(self) -> str:
        return f"[no {self._undefined_name}]"


def _context() -> Context:
    return {
        "x": things.Plain("ann"), "o": things.Compared(3), "rows": [("a", 1), ("b", 2)], "nums": [3, 1, 2],
        "ident": lambda value: value, "wrap": lambda value: [value], "show": lambda *values: len(values),
        "ask": _ask, "push": _push, "changing": hostile.Changing(), "each": lambda *values: (value for value in values),
    }  # fmt: skip


def _setup(app: Flask) -> None:
    app.jinja_env.add_extension("jinja2.ext.do")
    app.jinja_env.filters["same"] = lambda value: value


_LENT = {
    "truth of what was lent is not asked": "{% set v = {1: []} %}{{ show(v) }}{{ show(v) }}{% if changing %}a{% endif %}{{ v }}",
    "list grows in its own loop": "{% set v = [1] %}{% for i in v %}{% if loop.index < 4 %}{{ push(v, i + 1) }}{{ i }}"
    "{{ loop.length }}{% endif %}{% endfor %}{{ v }}",
    "app keeps a method": "{% set v = [1] %}{{ ask(v.append, 3) }}{{ v }}",
    "method kept before": "{% set v = [1] %}{% set f = v.append %}{{ push(v) }}{{ f(3) }}{{ f(x) }}{{ v }}",
    "tuple comes back": "{% set t = (1, x) %}{{ ident(t)[1] }}{{ t }}",
    "generator comes back": "{{ ident([1, 2]|map('string'))|list }}",
    "namespace comes back": "{% set n = namespace(v=1, l=[1]) %}{{ ident(n).v }}{{ n.v }}{{ n.l }}{{ push(n.l) }}{{ n.l }}",
    "macro comes back": "{% macro m(a) %}({{ a }}{{ x }}){% endmacro %}{{ ident(m)(1) }}{{ wrap(m)[0](2) }}"
    "{% for f in each(m, self) %}{{ f is callable }}{% endfor %}",
    "loop comes back": "{% for i in nums %}{{ ident(loop).index }}{% endfor %}",
    "app calls joiner and cycler": "{% set j = joiner(',') %}{{ ask(j) }}{{ j() }}"
    "{% set c = cycler([1], [2]) %}{{ ask(c.next) }}{{ c.next() }}{{ c.current[0] }}",
    "lent in what is lent": "{% set a = [1] %}{% set l = [a] %}{{ push(a) }}{% for i in l %}{{ i }}{% endfor %}{{ l[0] }}",
    "app runs a macro that lends": "{% macro m() %}{% set v = [1] %}{{ push(v) }}{% endmacro %}{{ ask(m) }}"
    "{% set l = [1] %}{{ push(l) }}{{ l }}{% set t = not ident(m) %}{{ t }}",
    "list holds itself": "{% set v = [] %}{% do v.append(v) %}{{ v }}{{ x }}",
}

_OWN = {
    "container that a module sets": "{% import 'lib.html' as lib %}{{ lib.lst }}{% do lib.lst.append(1) %}{{ lib.lst }}",
    "module that the app came to first": "{% macro m() %}{% import 'lib.html' as lib %}{{ lib.box(1) }}{% endmacro %}"
    "{{ ask(m) }}{% import 'lib.html' as lib %}{{ lib.lst }}",
    "attributes of Jinja's own": "{% for i in [[1], [2]] %}{% set l = loop %}{{ l.nextitem }}{{ l|attr('nextitem') }}"
    "{% endfor %}{% macro m(a) %}{% endmacro %}{{ m.arguments }}{{ m.arguments|length }}",
    "methods of Jinja's own": "{% for v in nums %}{{ loop.changed == v }}{{ 1 if loop.cycle }}{% endfor %}"
    "{{ [].append is callable }}{{ x == 1 }}{{ x is callable }}{% if x %}{{ x }}{% endif %}",
    "lists in lists of filters": "{{ 'abcd'|batch(2)|list|length }}{{ ('abcd'|batch(2)|list)[0]|length }}"
    "{% for q in ['ab', 'cd']|map('batch', 1) %}{% for p in q %}{{ p|length }}{% endfor %}{% "
    "endfor %}{{ x }}",
    "pairs of a mapping": "{{ {'a': [1]}.items()|list|length }}{{ {'a': x}.items()|list|length }}"
    "{% for k in {'a': [1], 'b': x}.items() %}{{ k|length }}{{ k[1] }}{% endfor %}",
    "what a macro is given": "{% macro m() %}{{ varargs[0]|length }}{% for v in varargs %}{{ v|length }}{% endfor %}"
    "{{ kwargs.get('a')|length }}{{ kwargs.pop('a')|length }}{% endmacro %}{{ m(*rows, **{'a': "
    "nums}) }}",
    "loop with a condition": "{% for r in rows if nums %}{{ r.n }}{{ r[0] }}{{ r|length }}{% endfor %}",
    "text of a namespace": "{{ namespace(v=nums) }}{{ nums }}",
    "objects in dict()": "{{ dict(k=nums) }}{{ dict(k=nums).k|length }}",
    "app's functions within a list": "{% set c = cycler([['a']]|map('list')|list) %}{{ show(1) }}{{ c.next()|length }}",
    "not of and, not of or": "{{ not (changing and 1) }}{{ changing }}{{ not (changing or 0) }}{{ not not (changing and 1) }}"
    "{% if not (changing and 1) %}a{% endif %}{{ changing }}",
}

_LIB = "{% set lst = [x] %}{% macro box(a) %}[{{ a }}{{ y }}]{% endmacro %}"


@pytest.mark.parametrize("name", _LENT | _OWN)
def test_answers_stay_in_step(name: str, replaying: Replaying) -> None:
    """Recording and replay ask the same questions about containers that a template makes, lends to
    the app and gets back.
    """
    check(Case({"page.html": (_LENT | _OWN)[name], "lib.html": _LIB}, _context, _setup), replaying)


def _undefined(app: Flask) -> None:
    _setup(app)
    app.jinja_env.undefined = _Undefined


def _finalized(app: Flask) -> None:
    app.jinja_options = {"finalize": lambda value: value}
    _setup(app)


def _unoptimized(app: Flask) -> None:
    app.jinja_options = {"optimized": False}
    _setup(app)


def _asynchronous(app: Flask) -> None:
    app.jinja_options = {"enable_async": True}
    _setup(app)


_OF_UNDEFINED = (
    "{% macro m() %}{{ caller }}{{ caller() if caller }}{% endmacro %}{{ m() }}{% set e = [] %}{{ "
    "e|first }}"
    "{{ e|max is defined }}{{ e[0] }}{% set v = dict(k=1) %}{{ v|tojson }}{{ v }}{{ nowhere }}"
)
_AWAITED = (
    "{{ ('abc'|list)|length }}{{ ('bca'|sort)[0] }}{% macro m() %}{% set v = x.name or '' %}{{ v "
    "}}{% endmacro %}"
    "{{ ask(m) }}{{ m() }}{% for i in nums if i > 1 %}{{ i }}{% endfor %}{{ x.name }}"
)
_ENVIRONMENTS: dict[str, tuple[Callable[[Flask], None], str]] = {
    "own undefined": (_undefined, _OF_UNDEFINED),
    "finalize": (
        _finalized,
        "{% macro m() %}{% endmacro %}{{ m }}{% set l = [[1]] %}{{ l }}{{ l[0] }}{{ ident(m)() }}",
    ),
    "not optimized": (_unoptimized, "{{ [x, not ''.upper] }}{{ 'a'.upper() }}{{ x }}"),
    "asynchronous": (_asynchronous, _AWAITED),
}


@pytest.mark.parametrize("name", _ENVIRONMENTS)
def test_answers_stay_in_step_in_every_environment(name: str, replaying: Replaying) -> None:
    """Also if the app has customized its environment."""
    setup, template = _ENVIRONMENTS[name]
    check(Case(template, _context, setup), replaying)
