"""Macros, blocks and loops that the app passes from one template to another count there as objects
of the app.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, zip_longest
from types import ModuleType
from typing import Any

import pytest
from flask import Flask, Response, g, render_template, stream_template
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from tests.cores import compiled, running_on

from .harness import Case, Replaying, Site, check, frames_of, page

__all__ = ["compiled"]

BOX = "{% macro box(x) %}<b>{{ x.name }}, {{ user.name }}</b>{% endmacro %}"
LIBRARY = (
    "{% macro box(x) %}{{ bold(x.name) }}{% endmacro %}{% macro bold(text) %}<b>{{ text }}</b>{% endmacro %}"
    "{% set unit = 'kg' %}"
)


class Person:
    """A person of the page."""

    def __init__(self, name: str) -> None:
        self.name = name


class Card:
    """A part of a page that its own template renders when it is printed."""

    def __init__(self, **slots: Any) -> None:
        self.slots = slots

    def __html__(self) -> str:
        return render_template("inner.html", card=self)


def _context() -> dict[str, Any]:
    people = [Person("Ann"), Person("<Bob>")]
    return {"user": people[0], "people": people}


def _keep(value: Any) -> str:
    g.kept = value
    return ""


@pass_context
def _component(context: Context, name: str) -> Markup:
    """Render another template with everything that the first one has."""
    return Markup(context.environment.get_template(name).render(context.get_all()))


def _setup(app: Flask) -> None:
    def show(given: Any = None, caller: Any = None) -> Markup:
        return Markup(render_template("inner.html", given=given or caller))

    app.context_processor(_context)
    app.template_global()(show)
    app.template_filter("shown")(show)
    app.template_test("long")(lambda given: len(show(given)) > 3)
    app.add_template_global(_keep, "keep")
    app.add_template_global(Card, "card")
    app.add_template_global(_component, "component")
    app.add_template_filter(_component, "component")


@pytest.fixture(params=["C", "Python"])
def core(request: pytest.FixtureRequest, compiled: ModuleType) -> Iterator[None]:
    """Record with each of the cores."""
    with running_on(compiled if request.param == "C" else None):
        yield


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize(
    ("first", "inner"),
    [
        (BOX + "{{ show(box) }}{{ box(user) }}", "{{ given(people[1]) }}{{ given.name }}"),
        (BOX + "{{ show([box, user]) }}", "{{ given[0](given[1]) }}"),
        (BOX + "{{ box|shown }}", "{{ given(user) }}{{ given.arguments }}"),
        (BOX + "{{ 1 if box is long }}", "{{ given(user) }}"),
        ("{% call show() %}{{ user.name }}{% endcall %}", "[{{ given() }}]"),
        ("{% block a %}{{ user.name }}{% endblock %}{{ show(self) }}", "[{{ given.a() }}]"),
        (
            "{% for p in people %}{{ show(loop) }}{% endfor %}",
            "{{ given.index }}{{ given.length }}",
        ),
        (
            "{% for p in people %}{{ show(loop) }}{% endfor %}",
            "{{ (given.nextitem or user).name }}",
        ),
        ("{% for p in people %}{{ show(loop.cycle) }}{% endfor %}", "{{ given('a', user.name) }}"),
        (
            (
                "{% for p in people recursive %}{{ p.name }}{% if loop.depth < 2 %}{{ show(loop) }}{% endif %}"
                "{% endfor %}"
            ),
            "({{ given(people) }})",
        ),
        ("{% import 'library' as lib %}{{ show(lib) }}", "{{ given.box(user) }}{{ given.unit }}"),
        ("{% import 'library' as lib %}{{ show(lib) }}", "{% set b = given.bold %}{{ b('!') }}"),
        (
            "{% import 'aliases' as lib with context %}{{ show(lib) }}{{ lib.box(user) }}",
            "{{ given.box(user) }}",
        ),
        (BOX + "{{ keep(box) }}{{ show() }}{{ box(user) }}", "{{ g.kept(user) }}"),
        (BOX + "{{ component('inner.html') }}", "{{ box(user) }}"),
        (
            (
                "{% block a %}{{ user.name }}{% endblock %}{% set it = user %}"
                "{{ component('inner.html') }}{% set it = self %}{{ component('inner.html') }}"
            ),
            "{{ it.a() if it.a else it.name }}",
        ),
        (BOX + "{{ 'inner.html'|component }}", "{{ box(user) }}"),
        (
            "{% for p in people %}{% set turn = loop %}{{ component('inner.html') }}{% endfor %}",
            "{{ turn.last }}",
        ),
        (BOX + "{% include 'part' %}", "{{ box(user) }}"),
        (BOX + "{{ card(head=box) }}", "{{ card.slots.head(user) }}"),
        (BOX + "{{ show(box) }}", "{{ component('last') }}{{ given(user) }}"),
    ],
)
def test_another_template_uses_it(first: str, inner: str, replaying: Replaying) -> None:
    """At once, while the first one waits for it. Both replay exactly."""
    templates = {
        "page.html": first,
        "inner.html": inner,
        "library": LIBRARY,
        "aliases": "{% macro _card(x) %}{{ x.name }}{% endmacro %}{% set _panel = _card %}"
        "{% macro box(x) %}{{ _panel(x) }}{% endmacro %}",
        "part": "{{ component('inner.html') }}",
        "last": "({{ given(user) }})",
    }
    seen = check(Case(templates, setup=_setup), replaying)
    assert len(seen.renders) > 1


@pytest.mark.usefixtures("core")
def test_a_later_template_uses_it(replaying: Replaying) -> None:
    """The first one has ended, and is not a frame yet."""
    templates = {"first": BOX + "{{ keep(box) }}{{ box(user) }}", "page.html": "{{ g.kept(user) }}"}
    view = lambda context: render_template("first") + render_template("page.html")
    check(Case(templates, setup=_setup, view=view), replaying)


@pytest.mark.usefixtures("core")
def test_two_streams_take_turns(replaying: Replaying) -> None:
    """The macro is the first one's own in its turns, and the app's in those of the other."""
    templates = {
        "first": BOX
        + "{{ keep(box) }}{% for p in people %}{{ box(p) }}{{ loop.index }}{% endfor %}",
        "page.html": "{% for p in people %}{{ g.kept(p) }}{{ p.name }}{% endfor %}",
    }

    def view(context: Any) -> str:
        first, other = (stream_template(name) for name in ("first", "page.html"))
        return "".join(chain.from_iterable(zip_longest(first, other, fillvalue="-")))

    check(Case(templates, setup=_setup, view=view), replaying)


@pytest.mark.usefixtures("core")
def test_a_stream_gives_it_to_templates_within(replaying: Replaying) -> None:
    """Whose renders begin and end between two of its pieces."""
    templates = {
        "page.html": BOX + "{% for p in people %}{{ show(box) }}{{ box(p) }}{% endfor %}",
        "inner.html": "{{ given(user) }}",
    }
    view = lambda context: Response(stream_template("page.html"))
    check(Case(templates, setup=_setup, view=view), replaying)


@pytest.mark.usefixtures("core")
def test_a_page_gives_one_for_each_of_many_rows(replaying: Replaying) -> None:
    """Only a few of them are looked at for each row."""
    templates = {
        "page.html": "{% for n in range(200) %}{% call show() %}{{ n }}{{ user.name }}{% endcall %}{% endfor %}",
        "inner.html": "<td>{{ given() }}</td>",
    }
    assert len(check(Case(templates, setup=_setup), replaying).renders) == 201


@pytest.mark.usefixtures("core")
def test_a_template_that_fails_gives_its_macros_back(replaying: Replaying) -> None:
    """The template whose macro it is goes on."""
    templates = {
        "page.html": BOX + "{{ attempt(box) }}{{ box(user) }}",
        "inner.html": "{{ 1 / 0 }}",
    }

    def attempt(given: Any) -> str:
        try:
            return render_template("inner.html", given=given)
        except ZeroDivisionError as error:
            return str(error)

    def setup(app: Flask) -> None:
        _setup(app)
        app.template_global()(attempt)

    seen = Site(templates, setup, recorded=True).visit(dict, page)
    frames, documents = frames_of(seen)
    replayed = replaying.replay(frames, documents)
    assert replayed[0].text == seen.renders[0].output == "division by zero<b>Ann, Ann</b>"


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize(
    ("first", "inner"),
    [
        ("{% for p in people %}{{ show(loop) }}{% endfor %}", "{% for x in given %}{% endfor %}"),
        ("{% for n in 'abc' %}{{ show(loop) }}{% endfor %}", "{{ given|list|length }}"),
        ("{% for n in [1, 2] %}{{ show(loop) }}{% endfor %}", "{{ given|list|length }}"),
    ],
)
def test_the_other_template_takes_the_items_of_a_loop(first: str, inner: str) -> None:
    """The first frame says that it is incomplete, because these items are missing there."""
    templates = {"page.html": first, "inner.html": inner}
    frames, _ = frames_of(Site(templates, _setup, recorded=True).visit(dict, page), flagged=True)
    assert [frame.flags for frame in frames] == [("untraced",), ()]


@pytest.mark.usefixtures("core")
def test_the_app_looks_ahead_in_a_loop_twice(replaying: Replaying) -> None:
    """What decides about the next item reads a name that the page has not read so far."""
    first = (
        "{% macro wanted() %}{{ word }}{% endmacro %}"
        "{% for n in numbers if n == 1 or wanted() %}{{ ahead(loop) }}{{ ahead(loop) }}{{ n }}{% endfor %}{{ wanted() }}"
    )

    def setup(app: Flask) -> None:
        app.add_template_global(lambda loop: str(loop.nextitem), "ahead")

    check(Case(first, lambda: {"word": "yes", "numbers": [1, 2, 3]}, setup), replaying)
