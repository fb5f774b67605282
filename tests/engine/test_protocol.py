"""What instrumented code asks is what the protocol declares, and both directions answer it."""

from __future__ import annotations

import ast
from typing import Any

from jinja2 import Environment, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.sandbox import SandboxedEnvironment

from flask_replay.engine.ignoring import ReplayIgnore, asking
from flask_replay.engine.instrument import ASKS_AGAIN, instrument
from flask_replay.engine.protocol import HELPER_NAMES, AsyncHelpers, Helpers
from flask_replay.engine.recording.tracer import Tracer
from flask_replay.engine.replaying.replayer import Replayer

PAGES = (
    (
        "{{ a.b }}{{ a.b.c }}{{ a._b }}{{ a.value }}{{ a['b'] }}{{ a[b] }}{{ a[1:b] }}{{ "
        "user.password }}"
    ),
    "{{ f(a, *b, **c) }}{{ a.f(b) }}{{ a|upper }}{% if a is defined %}x{% endif %}",
    (
        "{% if not a or b < c <= d or a in b %}{{ -a + b ** 2 }}{% endif %}{{ a ~ b }}{{ '%s %s' % "
        "(a, b) }}"
    ),
    (
        "{% for a, (b, c) in rows %}{{ loop.index }}{{ loop(a) }}{% endfor %}{% for a in b %}{{ a "
        "}}{% endfor %}"
    ),
    (
        "{% for a in rows recursive %}{{ loop(a) }}{% endfor %}{% set token = f() %}{% set a, b = c "
        "%}{% set n.x = 1 %}"
    ),
    (
        "{% macro m(a=1) %}{{ a }}{{ caller() }}{% endmacro %}{% call m() %}x{% endcall %}{{ [a, b] "
        "}}{{ {'a': b} }}"
    ),
    "{% include a %}{% include b ignore missing with context %}{% import c as d with context %}",
    "{% block x scoped %}{{ super() }}{% endblock %}{% autoescape a %}{{ b }}{% endautoescape %}",
    "{% filter upper %}{{ a }}{% endfilter %}{% set a %}{{ b }}{% endset %}{% extends p %}",
    "{% replay_ignore %}{{ secret }}{% endreplay_ignore %}",
    "{% called %}{% laid %}",
    "{{ user.token }}{{ a.f() }}{% autoescape false %}{{ a ~ b }}{% endautoescape %}",
)


class Tags(Extension):
    """``{% called %}`` calls a method of an extension, ``{% laid %}`` lays names over those of the
    page.
    """

    tags = {"called", "laid"}

    def parse(self, parser: Parser) -> nodes.Node:
        """Return what the tag stands for."""
        token = next(parser.stream)
        if token.value == "called":
            return nodes.Output([self.call_method("say")]).set_lineno(token.lineno)
        node = nodes.OverlayScope(lineno=token.lineno)
        node.context = nodes.Dict([])
        node.body = [nodes.Output([nodes.Name("a", "load")])]
        return node

    def say(self) -> str:
        """Return nothing."""
        return ""


def _helpers(
    source: str, *, awaited: bool = False, kind: type[Environment] = Environment
) -> set[str]:
    """Return what the instrumented code of a template takes from its runtime."""
    extensions: list[Any] = [ReplayIgnore, Tags]
    environment = asking(kind(extensions=extensions, autoescape=True, enable_async=awaited))
    python = environment.compile(source, "page.html", raw=True)
    module = instrument(
        python, asks_again=ASKS_AGAIN, formats_in_turn=True, sensitive=lambda name: name == "token"
    )
    return {
        node.attr
        for node in ast.walk(module)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "_h"
    }


class Sandbox(SandboxedEnvironment):
    """Wants to see additions."""

    intercepted_binops = frozenset({"+"})


def test_code_asks_all_of_it_and_nothing_else() -> None:
    """In synchronous, asynchronous and sandboxed environments."""
    asked = {
        name
        for page in PAGES
        for awaited in (False, True)
        for name in _helpers(page, awaited=awaited)
    }
    assert asked | _helpers("{{ a + b }}", kind=Sandbox) == HELPER_NAMES


def both_directions(tracer: Tracer, replayer: Replayer) -> tuple[AsyncHelpers, Helpers]:
    """Have mypy compare signatures: it would refuse a helper that one of them lacks."""
    return tracer, replayer
