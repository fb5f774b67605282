"""In native environments, pages, macros and blocks give Python values, with recording and without."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import flask
import flask.templating
import pytest
from flask import Flask
from jinja2 import Environment
from jinja2.nativetypes import NativeEnvironment

from .harness import Case, Context, Replaying, check
from .things import Slug


class Native(NativeEnvironment, flask.templating.Environment):
    """An app's environment whose templates give values."""


def _with_bars(pieces: Iterable[Any]) -> str:
    return "|".join(map(str, pieces))


class Bars(flask.templating.Environment):
    """One that joins pieces in its own way."""

    concat = staticmethod(_with_bars)  # type: ignore[assignment]


class NativeBars(Native, Bars):
    """One that also gives values, but joins them to a text."""

    concat = staticmethod(_with_bars)  # type: ignore[assignment]


class Person:
    """Counts conversions to a text.

    :param log: where each question goes.
    """

    def __init__(self, log: list[str], name: str) -> None:
        self.log = log
        self.name = name

    def __str__(self) -> str:
        self.log.append(self.name)
        return f"<{self.name}>"

    __repr__ = __str__


def _context() -> Context:
    log: list[str] = []
    ann, bob = Person(log, "ann"), Person(log, "bob")

    def each() -> Iterator[Person]:
        for one in (ann, bob):
            log.append("next")
            yield one

    return {
        "log": log, "ann": ann, "bob": bob, "people": [ann, bob], "count": 3, "slug": Slug("[1]"), "each": each,
        "typed": lambda value: type(value).__name__,
    }  # fmt: skip


_LIBRARY = (
    "{% macro one(a) %}{{ a }}{% endmacro %}{% macro two(a) %}{{ a }}{{ a }}{% endmacro %}"
    "{% set listed = [1, ann] %}{{ listed }}{{ 3 }}"
)
_BASE = "{% block title %}{{ ann }}{% endblock %}{% block rest %}{{ typed(self.title()) }}{% endblock %}"

_PAGES = {
    "one object": "{{ ann }}",
    "objects": "{{ ann }}{{ bob }}",
    "a list of objects": "{{ [ann, 1] }}",
    "nothing": "",
    "none": "{{ none }}",
    "a number": "{{ count }}",
    "a tuple of numbers": "{{ count }},{{ 2 }}",
    "a list that a text says": "[1, {{ count }}]",
    "something undefined": "{{ missing }}",
    "a generator": "{{ each() }}",
    "what a generator gives": "{% for one in each() %}{{ one }}{% endfor %}",
    "constants that no template can say": "{{ [1.5, 'a', none] }}{{ {'a': (1, 2)} }}",
    "macros": "{% from 'library.html' import one, two %}{{ typed(one(ann)) }}{{ two(bob) }}{{ one(3) + one(4) }}",
    "macros with context": "{% from 'library.html' import one, two with context %}{{ typed(one(ann)) }}{{ two(bob) }}",
    "a caller": "{% macro outer() %}{{ typed(caller()) }}{% endmacro %}{% call outer() %}{{ people }}{% endcall %}",
    "an included module": "{% include 'library.html' without context %}",
    "an included module in a macro": "{% macro m(a) %}{% include 'note.html' without context %}{{ a }}{% endmacro %}"
    "{% set x %}{{ m(ann) }}{% endset %}{{ x|string|length > 30 }}",
    "an included module in a recursive loop": "{% for x in [[]] recursive %}{% include 'note.html' without context %}{{ loop(x) if x }}{% endfor %}",
    "an included module in a recursive loop of objects": "{% macro m() %}{% for x in people recursive %}"
    "{% include 'note.html' without context %}{{ x }}{% endfor %}{% endmacro %}{{ typed(m()) }}{% "
    "for x in m() %}{{ x }}{% endfor %}",
    "an included module in a set block": "{% set x %}{{ bob }}{% include 'note.html' without context %}{% endset %}{{ typed(x) }}{{ x }}",
    "an included template": "{% include 'library.html' %}",
    "a block's value": "{% extends 'base.html' %}{% block title %}{{ typed(super()) }}{% endblock %}",
    "a block twice": "{% extends 'base.html' %}{% block title %}{{ super() }}{{ super() }}{% endblock %}",
    "texts that are asked for late": "{{ [ann] }}{% set x %}{{ bob }}{{ [bob] }}{% endset %}{{ x }}{{ ann }}",
    "a set block": "{% set x %}{{ people }}{% endset %}{{ x|length }}{{ typed(x) }}",
    "a set block that says a list": "{% set x %}[{{ count }}, 2]{% endset %}{% for y in x %}{{ y }};{% endfor %}",
    "a set block of an app's own text": "{% set x %}{{ slug }}{% endset %}{{ x }}{{ typed(x) }}",
    "a filter's block": "{% filter length %}{{ people }}{% endfilter %}",
    "a recursive loop": "{% for x in [[[]], []] recursive %}{{ loop(x) if x }}{{ typed(x) }}{% endfor %}",
    "a cycler": "{{ cycler(1, 2) }}!",
    "a secret": "{% set password = slug %}{{ password }}{{ typed(password) }}",
}
_ENVIRONMENTS: dict[str, tuple[type[Environment], dict[str, Any]]] = {
    "escaping": (Native, {"autoescape": True}),
    "plain": (Native, {"autoescape": False}),
    "asynchronous": (Native, {"enable_async": True}),
    "finalizing": (Native, {"finalize": lambda value: "-" if value is None else value}),
    "a concat of its own": (Bars, {}),
    "a native one with a concat of its own": (NativeBars, {}),
}


def _setup(kind: str) -> Callable[[Flask], None]:
    def setup(app: Flask) -> None:
        app.jinja_environment, app.jinja_options = _ENVIRONMENTS[kind]  # type: ignore[assignment]

    return setup


def _value(values: Context) -> str:
    """Return a representation of a page's value without calling objects of the app."""
    environment = flask.current_app.jinja_env
    template = environment.get_template("page.html")
    awaited = environment.is_async
    value: Any = asyncio.run(template.render_async(values)) if awaited else template.render(values)
    return f"{type(value).__name__} {value if isinstance(value, str | int | None) else ''}"


_PUT_TOGETHER = (
    "objects",
    "texts that are asked for late",
    "macros",
    "an included module",
    "an included module in a macro",
    "an included module in a set block",
    "a block twice",
    "a set block",
    "a caller",
)
_CASES = [(name, "escaping") for name in _PAGES]
_CASES += [(name, kind) for kind in _ENVIRONMENTS for name in _PUT_TOGETHER if kind != "escaping"]


@pytest.mark.parametrize(("name", "kind"), _CASES)
def test_expressions_with_values_give_them_recorded_and_replayed(
    name: str, kind: str, replaying: Replaying
) -> None:
    """No object is converted to a text in addition, and texts are evaluated again."""
    templates = {
        "page.html": _PAGES[name],
        "library.html": _LIBRARY,
        "base.html": _BASE,
        "note.html": "a {{ 1 }}",
    }
    check(Case(templates, _context, _setup(kind), _value), replaying)


def test_a_list_of_plain_values_is_shown_as_its_text(replaying: Replaying) -> None:
    """For a value that is not a text, the frame has Python's representation, if computing it runs
    no code of the app.
    """
    seen = check(Case("{{ [count, 'a'] }}", _context, _setup("escaping"), _value), replaying)
    assert [render.output for render in seen.renders] == ["[3, 'a']"]


def test_pieces_read_one_by_one_are_shown_one_by_one(replaying: Replaying) -> None:
    """A reader of a stream gets values. Representations that only the app can compute are not in
    the frame.
    """

    def view(values: Context) -> str:
        template = flask.current_app.jinja_env.get_template("page.html")
        return ",".join(type(piece).__name__ for piece in template.generate(values))

    seen = check(Case("{{ count }}<br>{{ ann }}", _context, _setup("escaping"), view), replaying)
    assert seen.body == b"int,str,Person"
    assert [render.output for render in seen.renders] == ["3<br>"]


def test_a_macro_called_by_python_returns_its_value(replaying: Replaying) -> None:
    """Flask's ``get_template_attribute`` makes it available."""

    def view(values: Context) -> str:
        macro = flask.get_template_attribute("library.html", "one")
        return f"{type(macro(values['count'])).__name__} {type(macro(values['ann'])).__name__}"

    check(Case({"library.html": _LIBRARY}, _context, _setup("plain"), view), replaying)
