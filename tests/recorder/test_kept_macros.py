"""Macros and modules that an app keeps work after their page, as without us."""

from __future__ import annotations

import gc
import traceback
from collections.abc import Callable, Iterable
from itertools import count, pairwise
from typing import Any

import pytest
from flask import Flask, render_template, render_template_string
from jinja2 import DictLoader, Environment, UndefinedError, nodes, pass_context
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.runtime import Context, Macro
from jinja2.utils import _PassArg

from ..conftest import replay_of

TEMPLATES = {
    "macros.html": (
        "{% set unit = 'kg' %}{% macro weigh(n) %}{{ n }} {{ unit }}{{ mark() }}{% endmacro %}"
        "{% macro mark() %}!{{ weigh.name }}{% endmacro %}"
    ),
    "own macro": "{% from 'macros.html' import weigh with context %}{{ keep(weigh) }}",
    "macro in a list": "{% import 'macros.html' as m with context %}{{ keep([m.weigh][0]) }}",
    "module": "{% import 'macros.html' as m with context %}{{ keep_weigh_of(m) }}",
    "context": "{% from 'macros.html' import weigh with context %}{{ keep_from_context() }}",
    "filter": "{% from 'macros.html' import weigh with context %}{{ weigh|kept }}",
    "caller": "{% call kept_caller() %}5 kg!weigh{% endcall %}",
}


@pytest.mark.parametrize("page", [name for name in TEMPLATES if name != "macros.html"])
def test_a_kept_macro_works_in_later_requests(app: Flask, page: str) -> None:
    """When a view or another template calls it. The frame is exact."""
    kept: dict[str, Any] = {}

    def keep(macro: Any) -> str:
        kept["weigh"] = macro
        return ""

    @pass_context
    def keep_from_context(context: Context) -> str:
        return keep(context["weigh"])

    app.jinja_loader = DictLoader(TEMPLATES)
    app.add_template_global(keep)
    app.add_template_global(keep_from_context)
    app.add_template_global(lambda module: keep(lambda n: module.weigh(n)), "keep_weigh_of")
    app.add_template_global(lambda caller: keep(lambda n: caller()), "kept_caller")
    app.add_template_filter(keep, "kept")
    app.add_url_rule("/keep", "keep", lambda: render_template(page))
    app.add_url_rule("/call", "call", lambda: str(kept["weigh"](5)))
    app.add_url_rule(
        "/print", "print", lambda: render_template_string("<p>{{ w(5) }}</p>", w=kept["weigh"])
    )
    client, replay = app.test_client(), replay_of(app)
    client.get("/keep").close()
    replay.flush()  # the page has become a frame
    for _ in range(2):
        assert client.get("/call").text == "5 kg!weigh"
        assert client.get("/print").text == "<p>5 kg!weigh</p>"
    client.get("/keep").close()
    with app.app_context():
        replay.finalize()
        (summary,) = replay.recordings.summaries()
        assert replay.verify(summary.id).differences == ()


WEIGH = "{% from 'macros.html' import weigh with context %}"


class Shelf:
    """Keeps what its operators are given."""

    def __init__(self) -> None:
        self.kept: list[Any] = []

    def _keep(self, other: Any) -> bool:
        self.kept.append(other)
        return True

    __eq__ = __ne__ = __lt__ = __contains__ = __add__ = __getitem__ = _keep  # type: ignore[assignment]
    __hash__ = None  # type: ignore[assignment]


def _shown(app: Flask, page: str, **values: Any) -> None:
    """Show a page to a visitor, and make a frame of it."""
    app.jinja_loader = DictLoader({**TEMPLATES, "page": WEIGH + page})
    app.add_url_rule("/", "page", lambda: render_template("page", **values))
    app.test_client().get("/").close()
    replay_of(app).flush()


@pytest.mark.parametrize(
    "expression",
    [
        *("shelf == weigh", "weigh != shelf", "shelf < weigh", "weigh in shelf", "shelf + weigh"),
        *("shelf[weigh]", "[shelf] == [weigh]", "shelf is eq(weigh)", "weigh in [[shelf][0]]"),
    ],
)
def test_an_operator_of_the_app_may_keep_a_macro(app: Flask, expression: str) -> None:
    """Its result is a number or a truth value, which says nothing about its operands."""
    shelf = Shelf()
    _shown(app, f"{{{{ {expression} }}}}", shelf=shelf)
    assert shelf.kept[0](5) == "5 kg!weigh"


@pytest.mark.parametrize(
    ("filtered", "taken"),
    [
        ("[weigh]|select", lambda found: found[0]),
        ("[weigh]|map('default')", lambda found: found[0]),
        ("[weigh]|reverse", lambda found: found[0]),
        ("[weigh]|batch(2)", lambda found: found[0][0]),
        ("{1: weigh}|items", lambda found: found[0][1]),
    ],
)
def test_an_iterator_of_a_filter_may_contain_a_macro(
    app: Flask, filtered: str, taken: Callable[[Any], Any]
) -> None:
    """What it contains is known only when the app reads it."""
    kept: list[Iterable[Any]] = []
    _shown(app, f"{{{{ keep({filtered}) }}}}", keep=kept.append)
    assert taken([*kept[0]])(5) == "5 kg!weigh"


def _keeps_in_finalize(environment: Environment, kept: list[Context]) -> None:
    @pass_context
    def finalize(context: Context, value: Any) -> Any:
        kept.append(context)
        return value

    environment.finalize = finalize


def _keeps_in_named_filter(environment: Environment, kept: list[Context]) -> None:
    environment.filters["noted"] = pass_context(lambda context, value: kept.append(context))


def _keeps_in_own_class(environment: Environment, kept: list[Context]) -> None:
    class Keeping(Context):
        def call(self, *arguments: Any, **keywords: Any) -> Any:
            kept.append(self)
            return super().call(*arguments, **keywords)

    environment.context_class = Keeping


def _keeps_in_tag(environment: Environment, kept: list[Context]) -> None:
    class Noted(Extension):
        tags = {"noted"}

        def parse(self, parser: Parser) -> nodes.Node:
            line = next(parser.stream).lineno
            noted = self.call_method("note", [nodes.ContextReference()])
            return nodes.Output([noted]).set_lineno(line)

        def note(self, context: Context) -> str:
            kept.append(context)
            return ""

    environment.add_extension(Noted)


def _keeps_in_computed_mark(environment: Environment, kept: list[Context]) -> None:
    class Marked:
        def __getattribute__(self, name: str) -> Any:
            is_mark = name == "jinja_pass_arg"
            return _PassArg.context if is_mark else object.__getattribute__(self, name)

        def __call__(self, context: Context) -> str:
            kept.append(context)
            return ""

    environment.globals["noted"] = Marked()


@pytest.mark.parametrize(
    ("keeps", "page"),
    [
        (_keeps_in_finalize, "{{ user }}"),
        (_keeps_in_named_filter, "{{ [1]|map('noted')|list }}"),
        (_keeps_in_own_class, "{{ weigh(1) }}"),
        (_keeps_in_tag, "{% noted %}"),
        (_keeps_in_computed_mark, "{{ noted() }}"),
    ],
)
def test_the_macros_of_a_kept_context_work(
    app: Flask, keeps: Callable[[Environment, list[Context]], None], page: str
) -> None:
    """In whatever way the app was given the context."""
    kept: list[Context] = []
    keeps(app.jinja_env, kept)
    _shown(app, page, user="ann")
    assert kept[-1]["weigh"](5) == "5 kg!weigh"


def test_a_kept_macro_returns_a_coroutine_that_looks_like_jinjas(app: Flask) -> None:
    """A page that forgets to await it prints its name."""
    kept: list[Any] = []
    app.jinja_options = {"enable_async": True}
    _shown(app, "{{ keep(weigh) }}", keep=kept.append)
    coroutine = kept[0](5)
    assert str(coroutine).startswith("<coroutine object Macro._async_invoke at ")
    coroutine.close()


def test_the_macros_of_a_page_that_failed_work(app: Flask) -> None:
    """A debugger lets a developer call them later, in the frames of the traceback."""
    kept: list[BaseException] = []

    def page() -> str:
        try:
            return render_template_string(TEMPLATES["macros.html"] + "{{ weigh(1) }}{{ no.user }}")
        except UndefinedError as error:
            kept.append(error)
            return "failed"

    app.jinja_loader = DictLoader(TEMPLATES)
    app.add_url_rule("/", "page", page)
    app.test_client().get("/").close()
    replay_of(app).flush()
    frames = [frame.f_locals for frame, _ in traceback.walk_tb(kept[0].__traceback__)]
    assert [found["weigh"](5) for found in frames if "weigh" in found] == ["5 kg!weigh"]


def test_a_kept_macro_that_is_called_often_needs_no_more_memory(app: Flask) -> None:
    """It imports, includes, and creates containers and texts each time."""
    kept: list[Macro] = []
    app.jinja_loader = DictLoader(
        {
            **TEMPLATES,
            "part": "{{ user.password }}",
            "page": (
                "{% macro row(user) %}" + WEIGH + "{{ weigh(user.id) }}{% include 'part' %}"
                "{% for name, value in user|items %}{{ name ~ value }}{% endfor %}"
                "{{ use([user.password]) }}{% endmacro %}{{ keep(row) }}"
            ),
        }
    )
    app.add_template_global(kept.append, "keep")
    app.add_template_global(len, "use")
    app.add_url_rule("/", "page", lambda: render_template("page"))
    app.test_client().get("/").close()
    replay_of(app).flush()

    def after(calls: int) -> int:
        for number in range(calls):
            kept[0]({"id": 1_000 + number, "password": f"secret {number}"})
        gc.collect()
        return len(gc.get_objects())

    with app.test_request_context():
        counts = [after(10), *(after(40) for _ in range(5))]
    # other threads may create objects in one round; a macro that grows does so in every round
    assert min(later - earlier for earlier, later in pairwise(counts)) < 10


def test_what_a_function_reads_by_a_macro_after_a_block_is_its_own(app: Flask) -> None:
    """The template calls the block, and a filter of the app the macro."""
    numbers = count()
    app.jinja_loader = DictLoader(
        {
            "page": (
                "{% macro numbered() %}{{ next() }}{% endmacro %}{% block part %}{{ next() "
                "}}{% endblock %}{{ self.part() }}{{ [numbered]|map('called')|join }}{{ next() }}"
            )
        }
    )
    app.add_template_global(lambda: next(numbers), "next")
    app.add_template_filter(lambda macro: f"<{macro()}>", "called")
    app.add_url_rule("/", "page", lambda: render_template("page"))
    client, replay = app.test_client(), replay_of(app)
    assert client.get("/").text == "01<2>3"
    client.get("/").close()
    with app.app_context():
        replay.finalize()
        (summary,) = replay.recordings.summaries()
        assert replay.verify(summary.id).identical == 2


@pytest.mark.parametrize(
    "used",
    [
        *("{{ [self.part]|map('called')|join }}", "{{ [super]|select('called')|list|length }}"),
        *("{{ shelf + self.part }}", "{% for text in lazily(super) %}{{ text }}{% endfor %}"),
        "{{ called_when_printed(super) ~ called_when_printed(self.part) }}",
    ],
)
def test_what_a_block_reads_for_the_app_is_not_of_the_page(app: Flask, used: str) -> None:
    """Whenever the app calls it. A template that calls the same block is in step."""
    numbers = count()

    class Printed:
        def __init__(self, block: Callable[[], str]) -> None:
            self.block = block

        def __str__(self) -> str:
            return self.block()

    class Calling:
        def __add__(self, block: Callable[[], str]) -> str:
            return block()

    app.jinja_loader = DictLoader(
        {
            "base": "{% block page %}{{ next() }}{% endblock %}{% block part %}{{ next() }}{% endblock %}",
            "page": (
                f"{{% extends 'base' %}}{{% block page %}}{used}{{{{ next() }}}}{{{{ super() }}}}"
                "{{ self.part() }}{{ next() }}{% endblock %}"
            ),
        }
    )
    app.add_template_global(lambda: next(numbers), "next")
    app.add_template_global(lambda block: (block() for _ in range(2)), "lazily")
    app.add_template_global(Printed, "called_when_printed")
    app.add_template_filter(lambda block: f"<{block()}>", "called")
    app.add_template_test(lambda block: bool(block()), "called")
    app.add_url_rule("/", "page", lambda: render_template("page", shelf=Calling()))
    client, replay = app.test_client(), replay_of(app)
    for _ in range(2):
        client.get("/").close()
    with app.app_context():
        replay.finalize()
        (summary,) = replay.recordings.summaries()
        assert replay.verify(summary.id).identical == 2
