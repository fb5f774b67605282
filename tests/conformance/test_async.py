"""Asynchronous environments and views: awaiting, iterating and calling."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from flask import Flask, current_app, render_template, stream_template

from . import hostile, things
from .harness import Case, Context, Replaying, check

PARTS = {
    "base.html": "{% block title %}base {{ who }}{% endblock %}{% block body %}{% endblock %}",
    "macros.html": "{% macro show(a) %}[{{ a }}{{ greet(a) if greet is defined }}]{% endmacro %}",
    "part.html": "part {{ greet(who) }}",
    "note.html": "note {{ 1 + 1 }}{% for n in range(2) %}.{% endfor %}",
}

_USES = {
    "coroutine function": "{{ greet('x') }}{{ greet('y') }}{{ greet('x') }}",
    "coroutine function in a condition": "{% if yes() %}yes{% endif %}{{ 'a' if yes() else 'b' }}{{ yes() and 'then' }}",
    "coroutine function as an argument": "{{ show(greet('x')) }}{{ greet(greet('x')) }}",
    "result that is asked on": "{{ load().name }}{{ load().greet('z') }}{% set p = load() %}{{ p.name }}{{ p }}",
    "method that is awaited": "{{ service.find(1).name }}{{ service.find(2).name }}{{ service.ready() }}",
    "asynchronous generator": "{% for n in numbers() %}{{ loop.index }}{{ n }}{{ loop.last }}{% endfor %}",
    "asynchronous generator, half read": "{% for n in numbers() %}{{ n }}{% break %}{% endfor %}",
    "asynchronous iterable": "{% for n in streamed %}{{ n }}{% else %}none{% endfor %}{{ streamed }}",
    "asynchronous iterable, filtered": "{% for n in numbers() if n > 1 %}{{ loop.index }}{{ n }}{% endfor %}",
    "filters over an asynchronous generator": "{{ numbers()|join('-') }}{{ numbers()|list }}{{ numbers()|first }}{{ numbers()|sum }}"
    "{{ numbers()|map('string')|list }}{{ numbers()|select('odd')|list }}",
    "unpacking": "{% for a, b in pairs() %}{{ a }}{{ b }}{% endfor %}",
    "list and objects": "{% for p in people %}{{ p.name }}{{ loop.length }}{{ loop.nextitem.name if loop.nextitem }}{% endfor %}",
    "generator": "{% for n in plain %}{{ n }}{% endfor %}{% for n in plain %}{{ n }}{% endfor %}",
    "counting": "{% if x %}{{ x }}{% endif %}{{ x or 'no' }}{% for i in x %}{{ i }}{% endfor %}",
    "macros": "{% macro m(a) %}<{{ a }}{{ greet(a) }}>{% endmacro %}{{ m(who) }}{{ m(greet('x')) }}",
    "caller": "{% macro m() %}<{{ caller(who) }}>{% endmacro %}{% call(w) m() %}{{ greet(w) }}{% endcall %}",
    "import": "{% import 'macros.html' as m %}{{ m.show(who) }}{% from 'macros.html' import show with context %}{{ show(who) }}",
    "include": "{% include 'part.html' %}{% for who in ['a', 'b'] %}{% include 'part.html' %}{% endfor %}",
    "extends": "{% extends 'base.html' %}{% block title %}{{ super() }}{{ greet(who) }}{% endblock %}{% block body %}{{ self.title() }}"
    "{% endblock %}",
    "include without context in a macro": "{% macro m(a) %}<{% include 'note.html' without context %}{{ a }}>{% endmacro %}{{ m(who) }}",
    "include without context in a macro, called with more": "{% macro m(a) %}{% include ['gone.html', 'note.html'] without context %}"
    "{{ caller(a) }}{% endmacro %}{% call(w) m(greet('x')) %}{% include 'note.html' ignore "
    "missing without context %}{{ w }}{% endcall %}",
    "include without context in a set block": "{% set x %}{% include 'note.html' without context %}{{ who }}{% endset %}[{{ x }}{{ x }}]",
    "include without context in a filter": "{% filter upper %}{{ who }}{% include 'no' ~ 'te.html' without context %}{% endfilter %}",
    "include without context in a block": "{% block b %}{% include 'note.html' without context %}{% endblock %}{{ self.b()|upper }}",
    "recursive loop": "{% for n in [tree] recursive %}{{ n.name }}{% if n.children %}{{ loop(n.children) }}{% endif %}{% endfor %}",
    "set blocks and filters": "{% set x %}{{ greet('x') }}{% endset %}{{ x|upper }}{% filter upper %}{{ greet('y') }}{% endfilter %}",
    "groupby": "{% for k, g in people|groupby('name') %}{{ k }}{{ g|length }}{% endfor %}",
}


class Service:
    async def find(self, number: int) -> things.Plain:
        await asyncio.sleep(0)
        return things.Plain(f"found {number}")

    async def ready(self) -> bool:
        return True


def _context() -> Context:
    log: list[str] = []

    async def greet(name: str) -> str:
        await asyncio.sleep(0)
        log.append(f"greet {name}")
        return f"hello {name}"

    async def numbers() -> AsyncIterator[int]:
        for number in (1, 2, 3):
            log.append(f"number {number}")
            yield number

    async def pairs() -> AsyncIterator[tuple[str, int]]:
        yield "a", 1
        yield "b", 2

    async def load() -> things.Plain:
        return things.Plain("loaded")

    async def yes() -> bool:
        return True

    def plain() -> Iterator[int]:
        yield from (7, 8)

    return {
        "who": "ann", "greet": greet, "numbers": numbers, "pairs": pairs, "load": load, "yes": yes,
        "plain": plain(), "service": Service(), "streamed": things.Streamed(), "log": log,
        "people": [things.Plain("b"), things.Plain("a")], "x": hostile.Counting(log),
        "tree": things.Tree("root", things.Tree("leaf")), "show": lambda value: f"({value})",
    }  # fmt: skip


def _asynchronous(app: Flask) -> None:
    app.jinja_options = {"enable_async": True, "extensions": ["jinja2.ext.loopcontrols"]}


def _awaited(context: Context) -> str:
    return asyncio.run(current_app.jinja_env.get_template("page.html").render_async(context))


def _generated(context: Context) -> str:
    async def pieces() -> str:
        template = current_app.jinja_env.get_template("page.html")
        return "".join([piece async for piece in template.generate_async(context)])

    return asyncio.run(pieces())


WAYS: dict[str, Callable[[Context], Any]] = {
    "render": lambda context: render_template("page.html", **context),
    "render_async": _awaited,
    "generate_async": _generated,
    "stream_template": lambda context: stream_template("page.html", **context),
}


@pytest.mark.parametrize("use", _USES)
def test_asynchronous_template(use: str, replaying: Replaying) -> None:
    """What a template awaits is recorded as its result."""
    check(Case({"page.html": _USES[use]} | PARTS, _context, _asynchronous), replaying)


@pytest.mark.parametrize("way", WAYS)
def test_way_to_render_asynchronously(way: str, replaying: Replaying) -> None:
    """Every way in which an asynchronous environment renders is recorded."""
    page = "{{ greet(who) }}{% for n in numbers() %}{{ n }}{% endfor %}{% include 'part.html' %}"
    check(Case({"page.html": page} | PARTS, _context, _asynchronous, WAYS[way]), replaying)


def test_asynchronous_view_of_a_plain_environment(replaying: Replaying) -> None:
    """A view in an event loop renders a plain template."""

    def view(context: Context) -> str:
        async def answer() -> str:
            await asyncio.sleep(0)
            return render_template("page.html", **context)

        return asyncio.run(answer())

    check(
        Case("{{ who }}{% for p in people %}{{ p.name }}{% endfor %}", _context, view=view),
        replaying,
    )


def test_two_renders_at_once(replaying: Replaying) -> None:
    """Renders that alternate in one event loop do not mix."""

    def view(context: Context) -> str:
        async def both() -> str:
            template = current_app.jinja_env.get_template("page.html")
            first, second = (
                template.render_async(context, who="one"),
                template.render_async(context, who="two"),
            )
            return "|".join(await asyncio.gather(first, second))

        return asyncio.run(both())

    page = "{{ who }}{{ greet(who) }}{{ service.find(who).name }}"
    seen = check(Case({"page.html": page} | PARTS, _context, _asynchronous, view), replaying)
    assert seen.body == b"onehello onefound one|twohello twofound two"
