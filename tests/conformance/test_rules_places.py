"""Rules 17 to 19: the position in a template, the running template, and which template a name
referred to.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import (
    Flask,
    current_app,
    get_template_attribute,
    render_template,
    render_template_string,
)
from jinja2 import DictLoader, FunctionLoader, pass_context
from jinja2.runtime import Context as JinjaContext
from markupsafe import Markup

from . import things
from .harness import Case, Context, Replaying, check

MACROS = {
    "macros.html": "{% macro show(a) %}[{{ a }}|{{ who }}|{{ site }}]{% endmacro %}{% set exported = who %}"
    "{% macro wrap() %}<{{ caller() }}>{% endmacro %}",
    "part.html": "part({{ who }}{{ mine }}{{ site }})",
    "base.html": "{% set above = who %}<{% block title %}{{ who }}{% endblock %}|{% block body %}base{% endblock %}>",
    "middle.html": "{% extends 'base.html' %}{% block body %}middle {{ super() }}{% endblock %}",
}

_NAMES = {
    "17 macro without context sees the global": "{% import 'macros.html' as m %}{{ who }}{{ m.show(1) }}{{ m.exported }}",
    "17 macro with context sees the page": "{% import 'macros.html' as m with context %}{{ m.show(1) }}{{ m.exported }}",
    "17 both": "{% from 'macros.html' import show %}{% from 'macros.html' import show as own with context %}"
    "{{ show(1) }}{{ own(1) }}",
    "17 set shadows the page": "{{ who }}{% set who = 'set' %}{{ who }}{% include 'part.html' %}",
    "17 with shadows the page": "{% with who = 'with' %}{{ who }}{% include 'part.html' %}{% endwith %}{{ who }}",
    "17 loop variable shadows the page": "{% for who in 'ab' %}{{ who }}{% include 'part.html' %}{% endfor %}{{ who }}",
    "17 set within a loop stays there": "{% for i in [1, 2] %}{% set who = i %}{{ who }}{% endfor %}{{ who }}",
    "17 macro's arguments": "{% macro m(who, site=2) %}{{ who }}{{ site }}{% endmacro %}{{ m(1) }}{{ m(site, who) }}{{ who }}",
    "17 block's scope": "{% extends 'base.html' %}{% set who = 'child' %}{% block title %}{{ who }}{{ above }}{% endblock %}",
    "17 set in the parent": "{% extends 'middle.html' %}{% block title %}{{ super() }}{{ who }}{% endblock %}",
    "17 names of Jinja's own": "{{ range(3)|list }}{{ dict(a=1) }}{% set range = 5 %}{{ range }}{{ namespace(a=2).a }}",
    "17 app's own names for Jinja's": "{{ cycler }}{{ joiner() }}",
    "17 template's copy of a name": "{% set copy = who %}{% set who = 'x' %}{{ copy }}{{ who }}",
    "17 include without context": "{% include 'part.html' without context %}{% include 'part.html' %}",
    "17 import's own names": "{% import 'macros.html' as m %}{{ m.exported is defined }}{{ m.gone is defined }}{{ m.show.name }}",
    "17 name that is not there": "{{ gone }}{{ gone is defined }}{{ who is defined }}{{ gone|default('d') }}",
    "17 name of none": "{{ nothing }}{{ nothing is none }}{{ nothing is defined }}",
    "17 caller sees the page": "{% from 'macros.html' import wrap %}{% set mine = 3 %}{% call wrap() %}{{ who }}{{ mine }}"
    "{% endcall %}",
    "17 namespace in a loop": "{% set n = namespace(seen=0) %}{% for i in 'abc' %}{% set n.seen = n.seen + 1 %}{% endfor %}"
    "{{ n.seen }}",
    "17 self": "{% block title %}{{ who }}{% endblock %}{{ self.title() }}{{ self.title() }}",
    "17 set block": "{% set who %}<i>{{ who }}</i>{% endset %}{{ who }}{% set up | upper %}a{{ site }}{% endset %}{{ up }}",
}


def _names() -> Context:
    return {"who": "page", "nothing": None, "cycler": "mine", "joiner": lambda: "own joiner"}


def _globals(app: Flask) -> None:
    app.jinja_env.globals.update(who="global", site=things.Plain("site"))


class Renders:
    """An object that renders while a template reads it."""

    def __init__(self) -> None:
        self.name = "inner"

    @property
    def card(self) -> Markup:
        return Markup(render_template("card.html", thing=self))

    def __str__(self) -> str:
        return render_template_string("<{{ thing.name }}>", thing=self)

    def __iter__(self) -> Any:
        for number in (1, 2):
            yield render_template_string("{{ number }}{{ thing.name }}", number=number, thing=self)

    def __bool__(self) -> bool:
        return render_template_string("{{ thing.name }}", thing=self) == "inner"


@pass_context
def _asks_context(context: JinjaContext) -> str:
    return "".join(str(context.resolve(name)) for name in ("who", "who", "site"))


def _rendering() -> Context:
    thing = Renders()

    def render_inner(name: str) -> Markup:
        return Markup(
            render_template_string(
                "{{ who }}{{ name }}{{ thing.name }}", who="w", name=name, thing=thing
            )
        )

    def deeper(depth: int) -> Markup:
        return Markup(
            render_template_string(
                "({{ d }}{{ deeper(d - 1) if d }}{{ who }})",
                d=depth,
                deeper=deeper,
                who=f"w{depth}",
            )
        )

    return {
        "who": "page",
        "thing": thing,
        "render_inner": render_inner,
        "deeper": deeper,
        "asks": _asks_context,
        "wrap": lambda macro, *arguments: Markup("<w>{}</w>").format(macro(*arguments)),
        "skip": lambda macro: str(macro())[:0],
        "kept": things.Plain(),
    }


_STANDING_STILL = {
    "18 property renders": "{{ thing.name }}{{ thing.card }}{{ thing.name }}{{ who }}",
    "18 call renders": "{{ who }}{{ render_inner('a') }}{{ thing.name }}{{ render_inner('b') }}{{ who }}",
    "18 render within a call within a render": "{{ deeper(3) }}{{ who }}",
    "18 filter renders": "{{ thing|rendered }}{{ thing.name }}{{ 'x'|rendered }}",
    "18 text and truth render": "{{ thing }}{% if thing %}{{ thing.name }}{% endif %}{{ thing ~ who }}",
    "18 iterator renders": "{% for line in thing %}{{ line }}{{ who }}{{ loop.last }}{% endfor %}",
    "18 app calls a macro": "{% macro m(a) %}{{ a }}{{ kept.name }}{% endmacro %}{{ wrap(m, 1) }}{{ kept.name }}{{ m(2) }}",
    "18 app calls a macro for nothing": "{% macro m() %}{{ kept.name }}{{ kept.greet() }}{% endmacro %}{{ skip(m) }}"
    "{{ kept.name }}{{ m() }}",
    "18 app calls caller": "{% macro m() %}{{ wrap(caller, kept) }}{% endmacro %}{% call(k) m() %}{{ k.name }}{% endcall %}",
    "18 app's filter calls a macro": "{% macro m() %}{{ kept.name }}{% endmacro %}{{ m|applied }}{{ kept.name }}",
    "18 app asks the context": "{{ asks() }}{% set who = 2 %}{{ asks() }}{{ who }}",
    "18 macro of a template, from Python": "{{ attribute('macros.html', 'show') }}{{ who }}",
    "18 module of a template, from Python": "{{ module('macros.html') }}{{ who }}",
}


def _rendering_setup(app: Flask) -> None:
    _globals(app)
    app.jinja_env.filters["rendered"] = lambda value: render_template_string(
        "{{ v }}!", v=getattr(value, "name", value)
    )
    app.jinja_env.filters["applied"] = lambda macro: macro() + macro()
    app.jinja_env.globals["attribute"] = lambda name, macro: get_template_attribute(name, macro)(1)

    def exported(name: str) -> Any:
        module: Any = current_app.jinja_env.get_template(name).module
        return module.exported

    app.jinja_env.globals["module"] = exported


_WHICH = {
    "19 include from a list": "{% include ['gone.html', 'part.html'] %}{% include [which, 'gone.html'] %}",
    "19 include that is missing": "{% include 'gone.html' ignore missing %}{% include ['a', 'b'] ignore missing %}end",
    "19 include by a variable": "{% include which %}{% for name in names %}{% include name %}{% endfor %}",
    "19 include a template object": "{% include template %}{{ who }}",
    "19 extends a variable": "{% extends layout %}{% block body %}{{ who }}{% endblock %}",
    "19 extends a template object": "{% extends template_base %}{% block body %}{{ super() }}{{ who }}{% endblock %}",
    "19 extends by a condition": "{% extends 'base.html' if who else 'middle.html' %}{% block title %}t{% endblock %}",
    "19 extends, only if": "{% if who %}{% extends 'base.html' %}{% endif %}{% block body %}b{{ who }}{% endblock %}",
    "19 import by a variable": "{% import macro_file as m %}{{ m.show(who) }}{% from macro_file import show %}{{ show(2) }}",
    "19 import a template object": "{% import template_macros as m with context %}{{ m.show(1) }}",
    "19 name that is another template each time": "{% include 'tenant/x.html' %}{% include 'tenant/y.html' %}",
    "19 template that the loader makes": "{% include 'made/7.html' %}{% include 'made/8.html' %}",
    "19 text and HTML templates": "{% include 'note.txt' %}{% include 'note.html' %}",
    "19 name relative to its parent": "{% include './near.html' %}",
    "19 dynamic include by an object": "{% include slug %}{% include [slug] %}",
}

_SOURCES = MACROS | {
    "note.txt": "{{ tag }}",
    "note.html": "{{ tag }}",
    "dir/near.html": "near {{ who }}",
}


def _load(name: str) -> str | None:
    """Return templates as a database of tenants would."""
    if name.startswith(("tenant/", "made/")):
        return f"{name} for {{{{ who }}}}"
    return _SOURCES.get(name)


def _loading(pages: dict[str, str]) -> Callable[[Flask], None]:
    def setup(app: Flask) -> None:
        _globals(app)
        app.jinja_loader = FunctionLoader(lambda name: pages.get(name) or _load(name))
        join = app.jinja_env.join_path

        def join_path(template: str, parent: str) -> str:
            return f"dir/{template[2:]}" if template.startswith("./") else join(template, parent)

        app.jinja_env.join_path = join_path

    return setup


def _which() -> Context:
    environment = current_app.jinja_env
    return {
        "who": "page",
        "tag": "<b>",
        "which": "part.html",
        "names": ["part.html", "note.html"],
        "layout": things.Slug("base.html"),
        "slug": things.Slug("part.html"),
        "macro_file": "macros.html",
        "template": environment.get_template("part.html"),
        "template_base": environment.get_template("base.html"),
        "template_macros": environment.get_template("macros.html"),
    }


CASES = (
    {name: Case({"page.html": page} | MACROS, _names, _globals) for name, page in _NAMES.items()}
    | {
        name: Case(
            {"page.html": page, "card.html": "<card>{{ thing.name }}{{ who }}</card>"} | MACROS,
            _rendering,
            _rendering_setup,
        )
        for name, page in _STANDING_STILL.items()
    }
    | {name: Case({}, _which, _loading({"page.html": page})) for name, page in _WHICH.items()}
)


@pytest.mark.parametrize("name", CASES)
def test_names_and_templates_are_resolved_as_recorded(name: str, replaying: Replaying) -> None:
    """In a replay, names, nested renders and templates mean what they meant then."""
    check(CASES[name], replaying)


def test_a_template_that_the_app_changes_between_renders(replaying: Replaying) -> None:
    """A name may refer to another source in the next render. Each frame keeps its own."""
    sources = {"page.html": "one {{ who }}"}

    def view(context: Context) -> str:
        first = render_template("page.html", **context)
        sources["page.html"] = "two {{ who }}"
        current_app.jinja_env.cache.clear()  # type: ignore[union-attr]
        second = render_template("page.html", **context)
        sources["page.html"] = "one {{ who }}"
        current_app.jinja_env.cache.clear()  # type: ignore[union-attr]
        return first + second

    def setup(app: Flask) -> None:
        app.jinja_loader = DictLoader(sources)

    seen = check(Case({}, _names, setup, view), replaying)
    assert seen.body == b"one pagetwo page"
