"""Functions that Jinja calls while compiling are called as often with recording as without."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from flask import Flask, render_template_string
from flask.templating import Environment
from jinja2 import (
    ChoiceLoader,
    DictLoader,
    FileSystemBytecodeCache,
    ModuleLoader,
    pass_environment,
    pass_eval_context,
)
from jinja2.nativetypes import NativeCodeGenerator
from jinja2.sandbox import SandboxedEnvironment

from flask_replay.engine.ignoring import ReplayIgnore

from .harness import Case, Context, Replaying, Site, check, frames_of, page


class Reading(Environment):
    """Overrides attribute access, and counts it."""

    read = 0

    def getattr(self, obj: Any, attribute: str) -> Any:
        if attribute == "spoken":
            type(self).read += 1
            return f"{obj} {self.read}"
        return super().getattr(obj, attribute)


class Sandbox(SandboxedEnvironment, Environment):
    """A sandbox."""


class Native(Environment):
    """Generates code that yields values."""

    code_generator_class = NativeCodeGenerator


class Plain:
    """Cannot be a constant in code."""

    def __len__(self) -> int:
        return 3


CALLS: list[str] = []
"""The calls since the site of a case was created."""


def _counting(kind: type[Environment] = Environment, **options: Any) -> Callable[[Flask], None]:
    """Give an app functions whose results contain the number of calls so far."""

    def count(word: str, value: Any) -> str:
        CALLS.append(word)
        return f"{word} {value} {len(CALLS)}"

    def setup(app: Flask) -> None:
        CALLS.clear()
        Reading.read = 0
        app.jinja_environment = kind
        app.jinja_options = {
            name: (lambda value: count("finalize", value)) if name == "finalize" else value
            for name, value in options.items()
        }
        environment = app.jinja_env
        environment.filters["f"] = lambda value, end="": count("f", value) + end
        environment.filters["words"] = lambda value: count("words", value).split()
        environment.filters["plain"] = lambda value: (count("plain", value), Plain())[1]
        environment.filters["here"] = pass_environment(
            lambda here, value: count(f"here {here is environment}", value)
        )
        environment.filters["wants"] = pass_eval_context(
            lambda context, value: count(f"wants {context.autoescape}", value)
        )
        environment.filters["fails"] = lambda value: (
            1 / (len(CALLS) - 1) if count("fails", value) else 0
        )
        environment.tests["t"] = lambda value: "t" in count("t", value)

    return setup


def _asked() -> Context:
    """Note which calls were made before the page was requested, and which during it."""
    return {"x": "x", "log": CALLS}


def _twice(context: Context) -> str:
    """Render the same source twice: Flask compiles it twice."""
    return "".join(
        render_template_string("{{ 'a'|f }}{% if 'a' is t %}{{ x }}{% endif %}", **context)
        for _ in "ab"
    )


PAGES = {
    "a filter that is printed": "{{ 'a'|f }}{{ 'a'|f }}",
    "a filter in a condition": "{% if 'a'|f == 'f a 1' %}{{ x }}{% endif %}",
    "a test": "{{ 'a' is t }}{% if 'a' is t %}{{ x }}{% endif %}",
    "arguments of a filter that is not constant": "{{ x|f(end='b'|f) }}{{ x|default('b'|f) }}",
    "filters of filters": "{{ 'a'|f|upper|f }}{% set b = 'a'|f|upper|f %}{{ b }}",
    "a filter that gives a list": "{% for word in 'a b'|words %}{{ word }}{% endfor %}{{ 'a'|words|length }}",
    "a filter that gives what cannot stand in code": "{{ 'a'|plain|length }}{% if 'a'|plain|length %}{{ x }}{% endif %}",
    "a filter that wants the environment": "{{ 'a'|here }}{% if 'a'|here %}{{ 'a'|here }}{% endif %}",
    "a filter that wants to know how it is escaped": "{{ '<'|wants }}{% autoescape false %}{{ '<'|wants }}{% endautoescape %}",
    "a filter that fails at first": "{{ 'a'|fails }}{{ 'a'|f }}",
    "in a macro, a block and a loop": "{% macro m(a='d'|f) %}{{ a }}{{ 'm'|f }}{% endmacro %}{{ m() }}"
    "{% block b %}{{ 'b'|f }}{% endblock %}{% for i in [1, 2] %}{{ 'i'|f }}{% endfor %}{{ m() }}",
    "one or the other": "{{ 'a'|f if 'a' is t else 'b'|f }}{{ x if 'a' is t else 'b'|f }}{{ 'a' is t and 'a'|f }}",
}
CASES = {name: Case(page, _asked, _counting()) for name, page in PAGES.items()} | {
    "the same source twice": Case("", _asked, _counting(), _twice),
    "what is printed": Case("{{ 1 }}{{ 'a' }}{{ x }}{{ 'a'|f }}", _asked, _counting(finalize=True)),
    "an environment that does not optimize": Case(
        "{{ 'a'|f }}{% if 'a'|f %}{{ x }}{% endif %}", _asked, _counting(optimized=False)
    ),
    "a sandbox": Case("{{ 'a'|f }}{% if 'a' is t %}{{ x }}{% endif %}", _asked, _counting(Sandbox)),
    "native code": Case("{{ 'a'|f }} {{ 'a'|words }} {{ 'a' is t }}", _asked, _counting(Native)),
    "attributes": Case(
        "{{ 'a'.spoken }}{% if 'a'.spoken %}{{ 'a'.spoken }}{% endif %}", _asked, _counting(Reading)
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_constants_are_evaluated_as_often_as_without_a_recorder(
    name: str, replaying: Replaying
) -> None:
    """The page shows how often, and the replay equals the page."""
    check(CASES[name], replaying)


@pytest.mark.parametrize("loader", ["bytecode", "modules"])
def test_constants_compiled_by_an_earlier_process_keep_their_values(
    loader: str, tmp_path: Path, replaying: Replaying
) -> None:
    """The app's functions are called once, to find out how the values were made. The page has the
    values of the compiled code.
    """

    def setting_up(app: Flask, modules: Path) -> None:
        _counting()(app)
        if loader == "bytecode":
            app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(tmp_path))
        elif modules.exists():
            app.jinja_env.loader = ChoiceLoader(
                [ModuleLoader(modules), cast(DictLoader, app.jinja_loader)]
            )

    for name, source in PAGES.items():
        setup = partial(setting_up, modules=tmp_path / name)
        earlier = Site({"page.html": source}, setup, recorded=False)
        compiled = earlier.visit(_asked, page)
        if loader == "modules":
            CALLS.clear()
            earlier.app.jinja_env.compile_templates(tmp_path / name, zip=None)
        seen = Site({"page.html": source}, setup, recorded=True).visit(_asked, page)
        assert (seen.body, len(seen.log)) == (compiled.body, len(compiled.log)), name
        frames, documents = frames_of(seen)
        assert [frame.unrecorded for frame in frames] == [""], name
        assert [answer.text for answer in replaying.replay(frames, documents)] == [
            seen.body.decode()
        ], name


def test_constants_of_an_ignored_part_are_evaluated_as_often() -> None:
    """The code of its template differs when it is recorded."""
    source = "{{ 'a'|f }}{% replay_ignore %}{{ 'a'|f }}{{ 'b'|f }}{% endreplay_ignore %}{{ 'a'|f }}"

    def setup(app: Flask) -> None:
        _counting()(app)
        app.jinja_env.add_extension(ReplayIgnore)

    seen = []
    for recorded in (False, True):
        site = Site({"page.html": source}, setup, recorded=recorded)
        answer = site.visit(_asked, page)
        seen.append((answer.body, answer.log))
    assert seen[0] == seen[1] == (b"f a 1f a 2f b 3f a 4", ["f"] * 4)
