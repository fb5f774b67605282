"""Instrumented code calls the helpers that the protocol declares, and both directions implement
them.
"""

from __future__ import annotations

import ast
import inspect
from typing import Any

import pytest
from jinja2 import Environment, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.sandbox import SandboxedEnvironment

from flask_replay.engine.ignoring import ReplayIgnore, for_twins
from flask_replay.engine.instrument import ASKS_AGAIN, instrument
from flask_replay.engine.protocol import (
    HELPER_NAMES,
    MIRRORED,
    AsyncHelpers,
    Helpers,
    SharedHelpers,
)
from flask_replay.engine.recording.tracer import Tracer
from flask_replay.engine.replaying.replayer import Replayer
from flask_replay.engine.runtime import Runtime

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
    "{% block x scoped %}{{ super() }}{% endblock %}{{ self.x() }}{% autoescape a %}{{ b }}{% endautoescape %}",
    "{% filter upper %}{{ a }}{% endfilter %}{% set a %}{{ b }}{% endset %}{% extends p %}",
    "{% replay_ignore %}{{ secret }}{% endreplay_ignore %}",
    "{% called %}{% laid %}",
    "{{ user.token }}{{ a.f() }}{% autoescape false %}{{ a ~ b }}{% endautoescape %}",
)


class Tags(Extension):
    """``{% called %}`` calls a method of an extension, ``{% laid %}`` adds names to those of the
    page.
    """

    tags = {"called", "laid"}

    def parse(self, parser: Parser) -> nodes.Node:
        """Return the output of the tag."""
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
    """Return the helpers that the instrumented code of a template calls."""
    extensions: list[Any] = [ReplayIgnore, Tags]
    environment = for_twins(kind(extensions=extensions, autoescape=True, enable_async=awaited))
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
    """Intercepts additions."""

    intercepted_binops = frozenset({"+"})


def test_generated_code_calls_exactly_the_declared_helpers() -> None:
    """In synchronous, asynchronous and sandboxed environments."""
    asked = {
        name
        for page in PAGES
        for awaited in (False, True)
        for name in _helpers(page, awaited=awaited)
    }
    assert asked | _helpers("{{ a + b }}", kind=Sandbox) == HELPER_NAMES


def _helpers_of(section: type) -> list[str]:
    return [name for name in vars(section) if not name.startswith("_")]


def _module(kind: type) -> str:
    return kind.__module__.rpartition(".")[2]


def _module_of(direction: type, helper: str) -> str:
    """Return the name of the module in which a direction defines a helper, or declares one that is
    made for each render.
    """
    return _module(
        next(
            kind
            for kind in direction.__mro__
            if helper in vars(kind) or helper in inspect.get_annotations(kind)
        )
    )


@pytest.mark.parametrize("direction", [Tracer, Replayer])
def test_each_section_is_implemented_in_the_module_of_its_name(direction: type) -> None:
    """For both directions."""
    places = {
        module: {_module_of(direction, helper) for helper in _helpers_of(section)}
        for module, section in MIRRORED.items()
    }
    assert places == {module: {module} for module in MIRRORED}


@pytest.mark.parametrize("direction", [Tracer, Replayer])
@pytest.mark.parametrize("question", ["find", "select", "default_module", "imports_anew"])
def test_templates_are_found_in_modules_of_one_name(direction: type, question: str) -> None:
    """The generated code asks its environment for them."""
    assert _module_of(direction, question) == "includes"


def test_both_directions_combine_their_parts_in_the_same_order() -> None:
    """The order of the protocol, whose sections name the modules."""
    parts = [_module(kind) for kind in Tracer.__bases__]
    assert parts == [_module(kind) for kind in Replayer.__bases__]
    assert [part for part in parts if part in MIRRORED] == list(MIRRORED)
    for module, section in MIRRORED.items():
        assert f"``{module}.py`` in both directions" in str(section.__doc__)


def test_shared_helpers_are_in_the_common_runtime() -> None:
    """A recording and a replay may each extend them."""
    runtime = Runtime(Environment())
    assert [name for name in _helpers_of(SharedHelpers) if not hasattr(runtime, name)] == []


def both_directions(tracer: Tracer, replayer: Replayer) -> tuple[AsyncHelpers, Helpers]:
    """Let mypy compare the signatures: it reports a helper that one of the directions lacks."""
    return tracer, replayer
