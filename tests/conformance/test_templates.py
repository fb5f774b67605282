"""What templates consist of: inheritance, macros, loops, scopes, and the ways in which an app
renders them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import (
    Flask,
    Response,
    current_app,
    get_template_attribute,
    render_template,
    render_template_string,
    stream_template,
    stream_template_string,
)
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from . import things
from .harness import Case, Context, Replaying, Site, check, frames_of, page

PARTS = {
    "base.html": "<t>{% block title %}{{ site }}{% endblock %}</t>{% block body %}{% endblock %}",
    "scoped.html": "{% for n in nav %}{% block item scoped %}{{ n.name }}{% endblock %}{% endfor %}",
    "middle.html": "{% extends 'base.html' %}{% block title %}m-{{ super() }}{% endblock %}"
    "{% block body %}[{% block inner %}{{ who }}{% endblock %}]{% endblock %}",
    "must.html": "{% block need required %}{% endblock %}",
    "macros.html": "{% macro field(f, label='l') %}<{{ label }}:{{ f.name }}{{ varargs }}{{ kwargs|length }}>{% endmacro %}"
    "{% macro box(title) %}<b {{ title }}>{{ caller() if caller }}</b>{% endmacro %}"
    "{% macro each(items) %}{% for i in items %}{{ caller(i, loop.index) }}{% endfor %}{% "
    "endmacro %}"
    "{% macro tree(node) %}{{ node.name }}{% for n in node %}({{ tree(n) }}){% endfor %}{% "
    "endmacro %}",
    "row.html": "<{{ person.name }}{{ loop.index if loop is defined }}{{ who }}>",
    "chunk.html": "{% for n in nav %}{{ n.name }}{% endfor %}",
    "shared.html": "{% from 'macros.html' import field %}{% import 'macros.html' as m %}"
    "{% macro pair(p) %}{{ field(p) }}{{ m.field(p, 'x') }}{% endmacro %}",
    "aware.html": "{% from 'macros.html' import field, absent with context %}{% from 'macros.html' import box %}"
    "{% macro pair(p) %}{{ field(p) }}{{ absent }}{{ box(p.name) }}{% endmacro %}",
    "open.html": "{% include 'gone.html' ignore missing %}{% macro pair(p) %}{{ p.name|upper }}{% endmacro %}",
    "framed.html": "{% set line %}{% include 'chunk.html' %}-{% endset %}"
    "{% macro pair(p) %}{{ line }}{{ p.name|upper }}{{ line }}{% endmacro %}",
}

_FEATURES = {
    "extends": "{% extends 'base.html' %}{% block title %}{{ who }}{% endblock %}",
    "extends twice with super": "{% extends 'middle.html' %}{% block title %}p-{{ super() }}{% endblock %}"
    "{% block inner %}{{ super() }}{{ super()|upper }}{% endblock %}",
    "super of the super": "{% extends 'middle.html' %}{% block title %}{{ super.super() }}{% endblock %}",
    "self block": "{% extends 'base.html' %}{% block title %}T{{ who }}{% endblock %}"
    "{% block body %}{{ self.title() }}{{ self.title() }}{% endblock %}",
    "scoped block in a loop": "{% extends 'scoped.html' %}{% block item %}<{{ n.name }}{{ loop.index }}>{% endblock %}",
    "scoped block of the page": "{% for p in nav %}{% block b scoped %}{{ p.name }}{% endblock %}{% endfor %}",
    "required block": "{% extends 'must.html' %}{% block need %}{{ who }}{% endblock %}",
    "block in a block in a condition": "{% block a %}{% if who %}{% block b %}{{ who }}{% endblock %}{% endif %}{% endblock %}",
    "block sees what the page set": "{% set x = who %}{% block a %}{{ x }}{{ who }}{% endblock %}",
    "text outside of blocks": "{% extends 'base.html' %}gone{{ who }}{% set title = nav[0].name %}"
    "{% block body %}{{ title }}{% endblock %}",
    "macro defaults": "{% from 'macros.html' import field %}{{ field(nav[0]) }}{{ field(nav[1], 'x', 1, 2, k=3) }}",
    "macro of what is missing": "{% macro m(a, b) %}{{ a }}{{ b is defined }}{% endmacro %}{{ m(1) }}{{ m(b=2) }}",
    "macro with caller": "{% from 'macros.html' import box %}{% call box(who) %}{{ who }}{% endcall %}{{ box('none') }}",
    "caller with arguments": "{% import 'macros.html' as m %}{% call(p, n) m.each(nav) %}{{ n }}{{ p.name }}{% endcall %}",
    "call within a call": "{% import 'macros.html' as m %}{% call m.box(1) %}{% call m.box(who) %}in{% endcall %}{% endcall %}",
    "macro calls itself": "{% import 'macros.html' as m %}{{ m.tree(tree) }}",
    "macro's attributes": "{% macro m(a, b=1) %}{% endmacro %}{{ m.name }}{{ m.arguments }}{{ m.catch_kwargs }}{{ m.caller }}{{ m }}{{ [m] }}",
    "macro in a loop": "{% for p in nav %}{% macro m() %}{{ p.name }}{% endmacro %}{{ m() }}{% endfor %}",
    "macro as an argument": "{% macro a(x) %}<{{ x }}>{% endmacro %}{% macro b(f) %}{{ f(who) }}{% endmacro %}{{ b(a) }}",
    "macro imported in a loop": "{% for p in nav %}{% from 'macros.html' import field %}{{ field(p) }}{% endfor %}",
    "macro of a template that imports": "{% from 'shared.html' import pair %}{{ pair(nav[0]) }}",
    "macro, with context, of a template that imports": "{% from 'shared.html' import pair with context %}{{ pair(nav[0]) }}",
    "macro of a template that imports with context": "{% from 'aware.html' import pair %}{{ pair(nav[0]) }}{{ pair(nav[1]) }}",
    "module of a template that imports with context": "{% import 'aware.html' as a %}{{ a.pair(nav[0]) }}{{ a.pair(nav[1]) }}",
    "macro, with context, of a template that imports with context": "{% from 'aware.html' import pair with context %}{{ pair(nav[0]) }}",
    "macro of a template that includes": "{% from 'framed.html' import pair %}{{ pair(nav[0]) }}{{ pair(nav[1]) }}",
    "macro beside an include that may be missing": "{% from 'open.html' import pair %}{{ pair(nav[0]) }}{{ pair(nav[1]) }}",
    "template named by a set block": "{% set part %}row.html{% endset %}{% set base %}base.html{% endset %}"
    "{% for person in nav %}{% include part %}{% include ['gone.html', part] %}{% endfor %}{% include base %}",
    "macro of a template named by markup": "{% from 'macros' ~ '.html'|safe import field %}{{ field(nav[0]) }}",
    "import in a macro": "{% macro m(p) %}{% import 'macros.html' as x %}{{ x.field(p) }}{% endmacro %}{{ m(nav[0]) }}",
    "include in a loop": "{% for person in nav %}{% include 'row.html' %}{% endfor %}",
    "include in a macro": "{% macro m(person) %}{% include 'row.html' %}{% endmacro %}{{ m(nav[1]) }}",
    "include in a block": "{% extends 'base.html' %}{% block body %}{% include 'chunk.html' %}{% endblock %}",
    "include that extends": "{% include 'middle.html' %}{{ who }}",
    "set block with a filter": "{% set x | upper | replace('A', '4') %}{{ who }}{% endset %}{{ x }}",
    "filter block": "{% filter upper|replace('N', 'M') %}{{ who }}{% for p in nav %}{{ p.name }}{% endfor %}{% endfilter %}",
    "with": "{% with a = nav[0], b = who %}{{ a.name }}{{ b }}{% with %}{% set a = 1 %}{{ a }}{% endwith %}{{ a.name }}{% endwith %}",
    "autoescape blocks": "{{ tag }}{% autoescape false %}{{ tag }}{% autoescape true %}{{ tag }}{% endautoescape %}{% endautoescape %}",
    "loop controls": "{% for p in nav %}{% if loop.first %}{% continue %}{% endif %}{{ p.name }}{% break %}{% endfor %}",
    "loop of a loop": "{% for p in nav %}{% set outer = loop %}{% for l in p.name %}{{ outer.index }}{{ loop.index }}{{ l }}"
    "{% endfor %}{% endfor %}",
    "loop else and filter": "{% for p in nav if p.name == who %}{{ p.name }}{% else %}nobody{{ who }}{% endfor %}",
    "loop's own attributes": "{% for p in nav %}{{ loop.index0 }}{{ loop.revindex0 }}{{ loop.length }}{{ loop.depth0 }}{{ loop }}{% endfor %}",
    "recursive loop": "{% for n in [tree] recursive %}{{ n.name }}{{ loop.depth }}{% if n.children %}<{{ loop(n.children) }}>{% endif %}{% endfor %}",
    "namespace": "{% set n = namespace(found=none) %}{% for p in nav %}{% if p.name %}{% set n.found = p %}{% endif %}{% endfor %}{{ n.found.name }}",
    "cycler and joiner": "{% set c = cycler('odd', who) %}{% set j = joiner(', ') %}{% for p in nav %}{{ j() }}{{ c.next() }}{% endfor %}"
    "{{ c.current }}{% do c.reset() %}{{ c.next() }}",
    "changed and cycle": "{% for p in nav %}{% if loop.changed(p.name|first) %}!{% endif %}{{ loop.cycle('a', 'b') }}{% endfor %}",
    "raw and comments": "{% raw %}{{ who }}{% endraw %}{# {{ who }} #}{{ who }}",
    "nested conditions": "{% if who == 'x' %}1{% elif nav and not tag %}2{% elif nav|length > 1 %}3{% else %}4{% endif %}",
    "nested data": "{{ {'a': [nav[0], {'b': who}]}['a'][1]['b'] }}{{ [[who]][0][0] }}{{ (nav[0].name, who)|join }}",
}


def _context() -> Context:
    return {
        "who": "ann",
        "site": "<site>",
        "tag": "<b>",
        "nav": [things.Plain("one"), things.Plain("two"), things.Plain("three")],
        "tree": things.Tree("root", things.Tree("a", things.Tree("b")), things.Tree("c")),
    }


def _extensions(app: Flask) -> None:
    app.jinja_env.add_extension("jinja2.ext.do")
    app.jinja_env.add_extension("jinja2.ext.loopcontrols")


FEATURES = {
    name: Case({"page.html": source} | PARTS, _context, _extensions)
    for name, source in _FEATURES.items()
}


@pytest.mark.parametrize("name", FEATURES)
def test_template_feature(name: str, replaying: Replaying) -> None:
    """Each feature of templates is recorded and replayed."""
    check(FEATURES[name], replaying)


_PAGE = "{% extends 'base.html' %}{% block body %}{{ who }}{% for p in nav %}{{ p.name }}{% endfor %}{% endblock %}"


def _block(context: Context) -> ResponseReturnValue:
    template = current_app.jinja_env.get_template("page.html")
    return "".join(template.blocks["body"](template.new_context(context)))


def _generated(context: Context) -> ResponseReturnValue:
    def pieces() -> Iterator[str]:
        yield "before "
        yield render_template("row.html", person=context["nav"][0], who="w")
        yield " after"

    return Response("".join(pieces()))


def _half_read(context: Context) -> ResponseReturnValue:
    pieces = current_app.jinja_env.get_template("page.html").generate(context)
    return "".join((next(pieces), next(pieces)))


WAYS: dict[str, Callable[[Context], Any]] = {
    "render_template": lambda context: render_template("page.html", **context),
    "render_template by a list": lambda context: render_template(
        ["gone.html", "page.html"], **context
    ),
    "render_template by a name in markup": lambda context: render_template(
        Markup("page.html"), **context
    ),
    "render_template by an object": lambda context: render_template(
        current_app.jinja_env.get_template("page.html"), **context
    ),
    "render_template_string": lambda context: render_template_string(_PAGE, **context),
    "stream_template": lambda context: stream_template("page.html", **context),
    "stream_template_string": lambda context: stream_template_string(_PAGE, **context),
    "environment's template": lambda context: current_app.jinja_env.get_template(
        "page.html"
    ).render(context),
    "environment's string": lambda context: current_app.jinja_env.from_string(_PAGE).render(
        **context
    ),
    "template with globals": lambda context: current_app.jinja_env.get_template(
        "page.html", globals={"site": "g"}
    ).render(who="w", nav=[]),
    "selected template": lambda context: current_app.jinja_env.select_template(
        ["x", "page.html"]
    ).render(context),
    "generate": lambda context: "".join(
        current_app.jinja_env.get_template("page.html").generate(context)
    ),
    "stream": lambda context: "".join(
        current_app.jinja_env.get_template("page.html").stream(context)
    ),
    "buffered stream": lambda context: _buffered(
        current_app.jinja_env.get_template("page.html").stream(context)
    ),
    "two renders": lambda context: (
        render_template("page.html", **context)
        + render_template("row.html", person=context["nav"][0])
    ),
    "text around a render": _generated,
    "context processor": lambda context: render_template("page.html", nav=context["nav"]),
}


def _buffered(stream: Any) -> str:
    stream.enable_buffering(3)
    return "".join(stream)


def _processor(app: Flask) -> None:
    app.context_processor(lambda: {"who": "from the processor", "site": "s"})


@pytest.mark.parametrize("way", WAYS)
def test_way_to_render(way: str, replaying: Replaying) -> None:
    """However an app renders a template, it is recorded."""
    check(Case({"page.html": _PAGE} | PARTS, _context, _processor, WAYS[way]), replaying)


def test_a_macro_called_from_python_does_not_affect_the_page(replaying: Replaying) -> None:
    """An app that calls a macro, or reads a template's module, gets the same result as without
    recording.
    """

    def view(context: Context) -> str:
        field = get_template_attribute("macros.html", "field")
        module: Any = current_app.jinja_env.get_template("macros.html").module
        return render_template("page.html", **context) + field(context["nav"][0]) + module.box("x")

    check(Case({"page.html": _PAGE} | PARTS, _context, view=view), replaying)


def test_a_block_rendered_alone_does_not_affect_the_page(replaying: Replaying) -> None:
    """Its output, for example as a fragment, is the same as without recording."""

    def view(context: Context) -> str:
        return str(_block(context)) + render_template("page.html", **context)

    check(Case({"page.html": _PAGE} | PARTS, _context, view=view), replaying)


def test_a_stream_that_is_not_read_to_its_end(replaying: Replaying) -> None:
    """The app sees no difference, and later renders are recorded."""

    def view(context: Context) -> str:
        return str(_half_read(context)) + render_template("row.html", person=context["nav"][0])

    seen = Site({"page.html": _PAGE} | PARTS, _extensions, recorded=True).visit(_context, view)
    plain = Site({"page.html": _PAGE} | PARTS, _extensions, recorded=False).visit(_context, view)
    assert seen.body == plain.body
    stopped, whole = replaying.replay(*frames_of(seen))
    assert stopped.problem
    assert (whole.text, whole.problem) == (seen.renders[1].output, "")


def test_a_template_compiled_before_the_recorder_started(replaying: Replaying) -> None:
    """It is recorded, too."""

    def setup(app: Flask) -> None:
        for name in ("page.html", "base.html"):
            app.jinja_env.get_template(name)

    check(Case({"page.html": _PAGE} | PARTS, _context, setup), replaying)


def test_one_template_in_many_renders(replaying: Replaying) -> None:
    """Several renders of one template in a request have separate frames."""

    def view(context: Context) -> str:
        return "".join(
            render_template("row.html", person=person, who=number)
            for number, person in enumerate(context["nav"])
        )

    assert len(check(Case(PARTS, _context, view=view), replaying).renders) == 3


def test_templates_may_nest_as_deeply_as_without_a_recorder(replaying: Replaying) -> None:
    """They need no more of the stack than Jinja's own code."""
    deep = "{{ n }}{% set n = n - 1 %}{% if n %}{% include 'page.html' %}{% endif %}."
    check(Case({"page.html": deep}, lambda: {"n": 600}), replaying)


def test_the_pieces_of_a_macro_that_is_a_generator_stay_the_same() -> None:
    """A macro that includes without context is one. Without escaping, a template may iterate over
    it.
    """
    pages = {
        "page.html": "{% macro m() %}{% include 'part.html' without context %}{% endmacro %}{% for x in m() %}[{{ x }}]{% endfor %}",
        "part.html": "a{{ 1 }}{% for n in range(2) %}.{% endfor %}",
    }

    def setup(app: Flask) -> None:
        app.jinja_options = {"autoescape": False}

    bare, recorded = (
        Site(pages, setup, recorded=heard).visit(dict, page) for heard in (False, True)
    )
    assert recorded.body == bare.body == b"[a1][.][.]"
