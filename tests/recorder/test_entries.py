"""However a template's code is run, the result is that of the app's own code, and its recording
replays or says why not.
"""

from __future__ import annotations

import ast
import asyncio
import gc
import inspect
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, current_app, render_template, render_template_string, stream_template
from flask.templating import Environment
from jinja2 import (
    ChoiceLoader,
    DictLoader,
    FileSystemBytecodeCache,
    ModuleLoader,
    Template,
    nodes,
    pass_context,
)
from jinja2.compiler import CodeGenerator
from jinja2.ext import Extension
from jinja2.nativetypes import NativeCodeGenerator, NativeTemplate
from jinja2.parser import Parser
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment

from flask_replay.boundary import Boundary
from flask_replay.engine.instrument import generate
from flask_replay.engine.replaying import Renderer, verify_all
from flask_replay.engine.replaying.verify import Outcome
from flask_replay.recorder.cleaning.cleaner import Cleaner
from flask_replay.recorder.templates.render import frames
from flask_replay.recording.events import Frame
from flask_replay.sanitize import Sanitizer

from ..conformance.harness import Seen, Site, nothing, page
from ..conftest import replay_of

PAGES = {
    "page.html": "<h1>{{ title }}</h1>{% block card %}<p>{{ user.name }}</p>{% endblock %}",
    "base.html": "<main>{% block card %}base {{ title }}{% endblock %}</main>",
    "child.html": "{% extends 'base.html' %}{% block card %}{{ super() }} of {{ user.name }}{% endblock %}",
    "part.html": "part {{ title }}",
    "with_part.html": "{% include 'part.html' %}|{% include ['none.html', 'part.html'] %}",
}


class User:
    name = "ann"


def _context() -> dict[str, Any]:
    return {"title": "Hi", "user": User()}


def _named(name: str) -> Callable[[dict[str, Any]], str]:
    return lambda context: render_template(name, **context)


def _sourced(source: str) -> Callable[[dict[str, Any]], str]:
    return lambda context: render_template_string(source, **context)


class Both:
    """An app, and a recorded copy of it, which get the same requests."""

    def __init__(self, setup: Callable[[Flask], None] = nothing) -> None:
        self.sites = [Site(PAGES, setup, recorded=recorded) for recorded in (False, True)]

    def visit(
        self,
        view: Callable[[dict[str, Any]], Any],
        context: Callable[[], dict[str, Any]] = _context,
    ) -> Seen:
        plain, seen = (site.visit(context, view) for site in self.sites)
        assert (seen.body, seen.error, seen.log) == (plain.body, plain.error, plain.log)
        return seen


def _frames(seen: Seen) -> tuple[list[Frame], list[str]]:
    """Return the frames of a recorded request with their verdicts."""
    made, documents = frames(
        seen.renders, lambda moment: 0, Cleaner(Sanitizer(), Boundary()).begin()
    )
    verdicts = verify_all("id", made, Renderer(documents.__getitem__)).verdicts
    return made, [verdict.verdict for verdict in verdicts]


def _is_exact(seen: Seen, count: int = 1) -> bool:
    return _frames(seen)[1] == [Outcome.IDENTICAL] * count


# An app's own classes


class Loud(Template):
    def render(self, *arguments: Any, **variables: Any) -> str:
        return super().render(*arguments, **variables).upper()


class Titled(Template):
    def new_context(self, vars: Any = None, shared: bool = False, locals: Any = None) -> Context:
        return super().new_context({**(vars or {}), "title": "its own"}, shared, locals)


class Own(Template):
    def render(self, *arguments: Any, **variables: Any) -> str:
        pieces = self.root_render_func(self.new_context(dict(*arguments, **variables)))
        return "|".join(f"{type(piece).__name__}:{piece}" for piece in pieces)


class Modules(Template):
    def make_module(self, *arguments: Any, **variables: Any) -> Any:
        return super().make_module(*arguments, **variables)


@pytest.mark.parametrize("kind", [Loud, Titled, Own, NativeTemplate])
@pytest.mark.parametrize("name", ["page.html", "child.html", "with_part.html"])
def test_methods_of_a_custom_template_class_are_called(kind: type[Template], name: str) -> None:
    """An app's ``render`` or ``new_context`` takes effect, and the frame is exact."""
    both = Both(lambda app: setattr(app.jinja_env, "template_class", kind))
    assert _is_exact(both.visit(_named(name)))


def test_a_template_whose_overrides_a_twin_would_bypass_is_left_to_the_app(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The frame says why the render was not recorded, and keeps none of its output."""
    both = Both(lambda app: setattr(app.jinja_env, "template_class", Modules))
    made, verdicts = _frames(both.visit(_named("page.html")))
    assert verdicts == [Outcome.NOT_RECORDED]
    assert made[0].unrecorded == "its template's class has a make_module of its own"
    assert "'page.html'" not in caplog.text and "page.html is not recorded" in caplog.text


class Renamed(CodeGenerator):
    """Generates different code from Jinja's."""

    def visit_Const(self, node: nodes.Const, frame: Any) -> None:
        super().visit_Const(nodes.Const("another" if node.value == "one" else node.value), frame)


class RenamedNatively(Renamed, NativeCodeGenerator):
    """The same for a native environment."""


@pytest.mark.parametrize("kind", [Renamed, RenamedNatively])
def test_output_of_a_custom_code_generator_is_left_to_the_app(kind: type[CodeGenerator]) -> None:
    """A replay would generate different code."""

    def prepare(app: Flask) -> None:
        app.jinja_env.code_generator_class = kind

    made, verdicts = _frames(
        Both(prepare).visit(lambda _: render_template_string("{{ ('one', 1)[0] }}"))
    )
    assert verdicts == [Outcome.NOT_RECORDED]
    assert made[0].unrecorded == "its environment has a code generator of its own"


class OverExtension(Extension):
    """``{% over %}…{% endover %}``: names are first looked up in a mapping of the app."""

    tags = {"over"}

    def parse(self, parser: Parser) -> nodes.Node:
        node = nodes.OverlayScope(lineno=next(parser.stream).lineno)
        node.context = self.call_method("_scope")
        node.body = parser.parse_statements(("name:endover",), drop_needle=True)
        return node

    def _scope(self) -> dict[str, str]:
        return {"who": "Bob"}


def test_names_that_shadow_others_twice_are_left_to_the_app() -> None:
    """Only the app's mapping knows the inner ones, and a replay does not have it."""
    both = Both(lambda app: app.jinja_env.add_extension(OverExtension))
    source = "{% over %}{% over %}{{ who }}{% endover %}{% endover %}"
    _, verdicts = _frames(both.visit(lambda _: render_template_string(source)))
    assert verdicts == [Outcome.NOT_RECORDED]


class Spoken(Environment):
    """Overrides everything that a template asks its environment."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        return f"[{super().getattr(obj, attribute)}]"

    def getitem(self, obj: Any, argument: Any) -> Any:
        return f"<{super().getitem(obj, argument)}>"

    def call_filter(self, name: str, *arguments: Any, **keywords: Any) -> Any:
        return f"{name}!{super().call_filter(name, *arguments, **keywords)}"

    def compile(self, source: Any, *arguments: Any, **keywords: Any) -> Any:
        return super().compile(
            source + "!" if isinstance(source, str) else source, *arguments, **keywords
        )


def test_methods_of_a_custom_environment_are_called() -> None:
    """An app's ``getattr``, ``getitem``, ``call_filter`` and ``compile`` run, and their results
    replay.
    """

    def speak(app: Flask) -> None:
        app.jinja_environment = Spoken

    seen = Both(speak).visit(_sourced("{{ user.name }}{{ pair[0] }}{{ names|map('upper')|join }}"), lambda: {
        "user": User(), "pair": [1, 2], "names": ["a"],
    })  # fmt: skip
    assert seen.body == b"[ann]&lt;1&gt;upper!A!"
    assert _is_exact(seen)


def test_wrappers_of_render_are_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tracing libraries put a span around ``Template.render``."""
    spans: list[str] = []
    plain = Template.render

    def traced(self: Template, *arguments: Any, **variables: Any) -> str:
        spans.append(str(self.name))
        return plain(self, *arguments, **variables)

    monkeypatch.setattr(Template, "render", traced)
    assert _is_exact(Both().visit(_named("page.html")))
    assert spans == ["page.html", "page.html"]


# Ways to render


def _block(context: dict[str, Any]) -> str:
    environment = current_app.jinja_env
    template = environment.get_template("page.html")
    return environment.concat(template.blocks["card"](template.new_context(context)))  # type: ignore[attr-defined]


WAYS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "block": _block,
    "root function": lambda context: "".join(
        (template := current_app.jinja_env.get_template("child.html")).root_render_func(
            template.new_context(context)
        )
    ),
    "stream": lambda context: stream_template("child.html", **context),
    "generate, read when the request is over": lambda context: current_app.response_class(
        current_app.jinja_env.get_template("page.html").generate(context)
    ),
    "stream of pieces": lambda context: "|".join(
        current_app.jinja_env.get_template("page.html").stream(context)
    ),
    "half read": lambda context: next(
        current_app.jinja_env.get_template("page.html").generate(context)
    ),
    "overlay": lambda context: (
        current_app.jinja_env.overlay(trim_blocks=True).get_template("page.html").render(context)
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_render_is_recorded(way: str) -> None:
    """However an app runs a template's code, it leaves one frame."""
    made, verdicts = _frames(Both().visit(WAYS[way]))
    assert verdicts == ["unfinished" if way == "half read" else Outcome.IDENTICAL]
    assert made[0].block == ("card" if way == "block" else "")


def test_overlays_made_before_the_first_request_are_recorded() -> None:
    """Overlays of the environment and of other overlays, and the templates that they have already
    loaded.
    """

    def setup(app: Flask) -> None:
        overlay = app.jinja_env.overlay(trim_blocks=True)
        within = overlay.overlay(autoescape=False)
        own = overlay.overlay()
        own.template_class = Loud
        app.extensions["made"] = [
            overlay,
            overlay.get_template("page.html"),
            within,
            own,
            app.jinja_env,
        ]

    def view(context: dict[str, Any]) -> str:
        ready = (
            made if isinstance(made, Template) else made.get_template("page.html")
            for made in current_app.extensions["made"]
        )
        return "".join(template.render(context) for template in ready)

    assert _is_exact(Both(setup).visit(view), 5)


def test_each_rendered_block_leaves_a_frame() -> None:
    """A page made of blocks consists of as many renders."""
    seen = Both().visit(lambda context: _block(context) + _block({**context, "title": "Ho"}))
    assert seen.body == b"<p>ann</p><p>ann</p>"
    assert _is_exact(seen, 2)


def test_an_asynchronous_generator_ends_with_its_reader() -> None:
    """What the template opened is closed when reading stops, not by the garbage collector."""

    def setup(app: Flask) -> None:
        app.jinja_options = {"enable_async": True}

    def view(context: dict[str, Any]) -> str:
        opened: list[Any] = []

        async def rows() -> AsyncIterator[int]:
            try:
                for number in range(9):
                    yield number
            finally:
                context["log"].append("closed")

        async def read_one() -> str:
            opened.append(rows())
            template = current_app.jinja_env.from_string(
                "{% for row in rows %}[{{ row }}]{% endfor %}"
            )
            pieces = template.generate_async(rows=opened[0])
            first: str = await anext(pieces)
            await pieces.aclose()
            return first

        return asyncio.run(read_one())

    assert Both(setup).visit(view, lambda: {"log": []}).log == ["closed"]


# What cannot be instrumented, or seems so


class Tag(Extension):
    """Returns a node to be tested."""

    tags = {"tag"}
    node: Callable[[Tag], nodes.Expr]

    def parse(self, parser: Any) -> nodes.Node:
        line = next(parser.stream).lineno
        return nodes.Output([type(self).node(self)]).set_lineno(line)

    def upper(self, *values: Any) -> str:
        return repr(values).upper()


_NODES: dict[str, Callable[[Tag], nodes.Expr]] = {
    "imported name": lambda tag: nodes.ImportedName("os.sep"),
    "imported module": lambda tag: nodes.Getattr(nodes.ImportedName("math"), "pi", "load"),
    "imported function": lambda tag: nodes.Call(nodes.ImportedName("os.path.basename"), [nodes.Const("a/b")], [], None, None),
    "list": lambda tag: nodes.Const([1, "two", [3]]),
    "dict": lambda tag: nodes.Const({"a": [1], "b": ("x",)}),
    "containers that are given": lambda tag: tag.call_method("upper", [nodes.Const([]), nodes.Const({}), nodes.Const(())]),
    "environment's attribute": lambda tag: nodes.EnvironmentAttribute("newline_sequence"),
    "extension's attribute": lambda tag: tag.attr("identifier"),
}  # fmt: skip


def _tagged(node: Callable[[Tag], nodes.Expr]) -> Callable[[Flask], None]:
    kind = type("Tagged", (Tag,), {"node": node})
    return lambda app: app.jinja_env.add_extension(kind)


@pytest.mark.parametrize("name", _NODES)
def test_nodes_of_an_extension_are_recorded(name: str) -> None:
    """Everything that Jinja documents for extensions is instrumented like the template's own code."""
    seen = Both(_tagged(_NODES[name])).visit(_sourced("{{ user.name }}{% tag %}{{ title }}"))
    assert _is_exact(seen)


@pytest.mark.parametrize(
    "node", [lambda tag: nodes.Const({1}), lambda tag: nodes.Const(frozenset({2}))]
)
def test_a_template_without_a_twin_is_rendered_by_the_app(
    node: Callable[[Tag], nodes.Expr],
) -> None:
    """The visitor gets the page, and the frame says why it cannot be replayed."""
    both = Both(_tagged(node))
    for _ in range(2):
        made, verdicts = _frames(both.visit(_sourced("{% tag %}{{ user.name }}")))
        assert verdicts == [Outcome.NOT_RECORDED]
        assert made[0].unrecorded.startswith("it cannot be instrumented")


def test_making_a_twin_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """That a source can have no twin is remembered."""
    tries: list[str] = []

    def fail(environment: Any, tree: Any, *arguments: Any, **keywords: Any) -> Any:
        tries.append("try")
        raise RecursionError("too deep")

    monkeypatch.setattr("flask_replay.engine.recording.compiling.generate", fail)
    both = Both()
    for _ in range(3):
        both.visit(_sourced("{{ title }} of a string"))
        both.visit(_named("page.html"))
    assert len(tries) == 2


def test_a_twin_that_fails_at_its_first_step_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The app's own code renders, this time and from then on. The visitor notices nothing."""

    # code that calls ``finalize`` needs it
    monkeypatch.setattr("flask_replay.engine.recording.output.passed_on", None)
    both = Both(lambda app: setattr(app.jinja_env, "finalize", lambda value: value))
    for way in (_named("page.html"), lambda context: stream_template("page.html", **context)):
        made, verdicts = _frames(both.visit(way))
        assert verdicts == [Outcome.NOT_RECORDED]
        assert "TypeError" in made[0].unrecorded


# Errors as an app knows them


def _told(error: BaseException) -> list[str]:
    """Return the frames of a traceback as in a log, except for Jinja's own."""
    return [
        f"{Path(entry.filename).name}:{entry.lineno}:{entry.name}"
        for entry in traceback.extract_tb(error.__traceback__)
        if "jinja2" not in Path(entry.filename).parts
    ]


@pytest.mark.parametrize("source", [
    "{{ title }}{{ fail() }}",
    "{{ fail() }}",
    "{{ 1 / 0 }}",
    "{{ title }}\n{{ 1 / 0 }}",
    "{{ nothing.at.all }}",
    "{% macro m(x) %}{{ fail(x) }}{% endmacro %}\n{{ m(1) }}",
    "{% for x in [1] %}{{ loop.index }}{{ x|failing }}{% endfor %}",
    "{% include 'failing.html' %}",
    "{% extends 'base.html' %}{% block card %}\n{{ super() }}{{ user.fail() }}{% endblock %}",
])  # fmt: skip
def test_the_traceback_is_the_apps(source: str) -> None:
    """Handlers and loggers see the usual frames, with template lines, and no others."""
    seen: list[list[str]] = []

    def fail(*arguments: Any) -> str:
        raise ValueError("the app's")

    class Failing(User):
        def fail(self) -> str:
            return fail()

    def setup(app: Flask) -> None:
        app.jinja_env.filters["failing"] = fail
        loader = DictLoader({"failing.html": "\n{{ fail() }}"})
        app.jinja_env.loader = ChoiceLoader([loader, app.jinja_env.loader])  # type: ignore[list-item]

    def view(context: dict[str, Any]) -> str:
        try:
            return render_template_string(source, **context)
        except Exception as error:
            seen.append(_told(error))
            return type(error).__name__

    both = Both(setup)
    for _ in range(2):
        both.visit(view, lambda: {"title": "Hi", "user": Failing(), "fail": fail})
    assert seen[0] == seen[1] and seen[2] == seen[3]
    assert any("template" in line for line in seen[1])


# What the app changes


@pass_context
def _with_context(context: Context, value: Any, *rest: Any) -> str:
    return f"context {value}"


_CHANGES: dict[str, Callable[[Any], Any]] = {
    "filter": lambda env: env.filters.update(upper=lambda text: "U:" + text),
    "filter by a decorator": lambda env: env.app.template_filter("upper")(lambda text: "D:" + text),
    "length": lambda env: env.filters.update(length=lambda value: 7),
    "e": lambda env: env.filters.update(e=lambda value: "E"),
    "string": lambda env: env.filters.update(string=lambda value: "S"),
    "default": lambda env: env.filters.update(default=lambda value, *a: "DEF"),
    "test": lambda env: env.tests.update(odd=lambda value: value == 2),
    "filter with the context": lambda env: env.filters.update(upper=_with_context),
    "filter with the environment": lambda env: env.filters.update(length=_with_context),
    "filters as a whole": lambda env: setattr(env, "filters", {**env.filters, "upper": lambda text: "W:" + text}),
    "an app's filter": lambda env: env.filters.update(own=lambda text: "new " + text),
    "one added, one gone": lambda env: (env.filters.pop("wordwrap"), env.filters.update(wordwrap2=str)),
    "global": lambda env: env.globals.update(range=lambda n: ["global"]),
    "finalize": lambda env: setattr(env, "finalize", lambda value: value or "-"),
}  # fmt: skip


@pytest.mark.parametrize("change", _CHANGES)
def test_later_changes_of_the_app_take_effect(change: str) -> None:
    """A function that is replaced after a page was recorded is called, as without a recorder."""
    source = (
        "{{ title|upper }}{{ title|own }}{{ [title]|length }}{{ title|e }}{{ 1|string }}{{ "
        "title|default('d') }}{{ 'x'|upper }}"
        "{{ 3 is odd }}{{ [title]|map('upper')|first }}{% for n in range(2) %}{{ n }}{% endfor %}"
    )

    def setup(app: Flask) -> None:
        app.jinja_env.filters["own"] = lambda text: "old " + text
        app.jinja_env.loader = DictLoader({"page.html": source})

    def swap(context: dict[str, Any]) -> str:
        _CHANGES[change](current_app.jinja_env)
        return "changed"

    both = Both(setup)
    for _ in range(2):
        assert _is_exact(both.visit(page))
    both.visit(swap)
    for _ in range(2):
        made, verdicts = _frames(both.visit(page))
        called_otherwise = change == "finalize" or change.startswith("filter with the")
        assert verdicts == ([Outcome.NOT_RECORDED] if called_otherwise else [Outcome.IDENTICAL])
        assert bool(made[0].unrecorded) is called_otherwise


# Where sources come from


def test_a_source_that_changed_after_compiling_is_left_to_the_app() -> None:
    """Compiled templates stay in use when their files change. The visitor gets the old page."""

    def setup(app: Flask) -> None:
        app.jinja_env.get_template("page.html")

    both = Both(setup)
    for site in both.sites:
        loader: Any = site.app.jinja_loader
        loader.mapping["page.html"] = "another"
        site.app.jinja_env.auto_reload = False
    made, verdicts = _frames(both.visit(_named("page.html")))
    assert verdicts == [Outcome.NOT_RECORDED]
    assert made[0].unrecorded == "its source has changed since it was compiled"


def test_a_module_with_its_source_beside_it_is_recorded(tmp_path: Path) -> None:
    """Compiled modules are recorded if the app has their sources."""

    def setup(app: Flask) -> None:
        app.jinja_env.compile_templates(tmp_path / "modules", zip=None)
        app.jinja_env.loader = ModuleLoader(tmp_path / "modules")

    assert _is_exact(Both(setup).visit(_named("child.html")))


def test_bytecode_from_a_cache_is_recorded(tmp_path: Path) -> None:
    """Code compiled by another process is recorded like code compiled here."""
    for _ in range(2):
        both = Both(
            lambda app: setattr(
                app.jinja_env, "bytecode_cache", FileSystemBytecodeCache(str(tmp_path))
            )
        )
        assert _is_exact(both.visit(_named("child.html")))


def test_a_template_made_from_bare_nodes_is_left_to_the_app() -> None:
    """There is no source to keep."""
    tree = nodes.Template([nodes.Output([nodes.TemplateData("made by hand")])], lineno=1)
    made, verdicts = _frames(
        Both().visit(lambda context: current_app.jinja_env.from_string(tree).render(context))
    )
    assert verdicts == [Outcome.NOT_RECORDED]
    assert made[0].unrecorded == "its source is not available"


_READ_LAST: dict[str, Callable[[Any], object]] = {
    "parsed": lambda env: env.parse("stale"),
    "compiled": lambda env: env.compile("stale"),
    "analysed": lambda env: list(env.lex("stale")) and env.preprocess("stale"),
}


@pytest.mark.parametrize("how", _READ_LAST)
def test_the_last_source_read_is_not_taken_for_that_of_bare_nodes(how: str) -> None:
    """An app may read a source for other reasons before it makes a template from a tree."""
    tree = nodes.Template([nodes.Output([nodes.TemplateData("made by hand")])], lineno=1)

    def view(context: dict[str, Any]) -> str:
        _READ_LAST[how](current_app.jinja_env)
        return current_app.jinja_env.from_string(tree).render(context)

    assert _frames(Both().visit(view))[1] == [Outcome.NOT_RECORDED]


@pytest.mark.parametrize(
    "source", ["title", "missing", "title|upper ~ '!'", "[1, 2][0] + 1", "title == 'x'"]
)
def test_a_compiled_expression_has_the_same_value(source: str) -> None:
    """Jinja makes a template of it that prints nothing, so there is no frame."""
    both = Both()
    seen = both.visit(
        lambda context: repr(current_app.jinja_env.compile_expression(source)(context))
    )
    assert not seen.error
    assert seen.renders == []


_OPTIONS: dict[str, tuple[str, Any]] = {
    "blocks": ("trim_blocks", True),
    "spaces before blocks": ("lstrip_blocks", True),
    "escaping": ("autoescape", True),
    "the last line": ("keep_trailing_newline", True),
    "delimiters": ("variable_start_string", "<<"),
    "comments of lines": ("line_comment_prefix", "##"),
    "operators": ("intercepted_binops", frozenset("+")),
    "signs": ("intercepted_unops", frozenset("-")),
}


@pytest.mark.parametrize("option", _OPTIONS)
def test_options_changed_between_two_renders_of_a_source_take_effect(option: str) -> None:
    """The source is compiled with the current options, not with those of its first twin."""
    source = "{% if 1 %}\n  {% set x = 1 %}{{ title }}<< title }}{{ 1 + x }}{{ -x }}{{ '<' }}## c\n{% endif %}\n"
    name, value = _OPTIONS[option]

    def setup(app: Flask) -> None:
        app.jinja_env = environment = SandboxedEnvironment()  # type: ignore[misc, assignment]
        environment.binop_table["+"] = lambda left, right: "no sums"
        environment.unop_table["-"] = lambda operand: "no signs"

    def view(context: dict[str, Any]) -> str:
        environment = current_app.jinja_env
        first = environment.from_string(source)
        pages = [first.render(context)]
        setattr(environment, name, value)
        pages += [environment.from_string(source).render(context), first.render(context)]
        assert pages[0] == pages[2] != pages[1]
        return "|".join(pages)

    made, verdicts = _frames(Both(setup).visit(view, lambda: {"title": "<Hi>"}))
    assert verdicts == [Outcome.IDENTICAL, Outcome.IDENTICAL, Outcome.NOT_RECORDED]
    assert (
        made[2].unrecorded
        == "its environment generates other code than when the template was compiled"
    )


def test_the_twin_of_a_string_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """``render_template_string`` compiles the app's code at each call, and the recorder compiles
    its twin once.
    """
    made: list[Any] = []

    def count(*arguments: Any, **keywords: Any) -> Any:
        made.append(arguments)
        return generate(*arguments, **keywords)

    monkeypatch.setattr("flask_replay.engine.recording.compiling.generate", count)
    both = Both()
    for title in ("one", "two", "three"):
        assert _is_exact(both.visit(_sourced("{{ title }}!"), lambda title=title: {"title": title}))  # type: ignore[misc]
    assert len(made) == 1


def test_the_recorder_recognizes_jinjas_own_render() -> None:
    """It joins the pieces of a page itself only if Jinja does nothing else with them."""
    from flask_replay.recorder.templates import watched

    assert inspect.unwrap(Template.render).__code__ is watched._JOINING


def test_a_finalizer_that_parses_during_compilation_does_no_harm(app: Flask) -> None:
    """The garbage collector runs it at any time, and formatting a traceback parses."""
    alive = [True]

    class Circle:
        def __init__(self) -> None:
            self.circle = self

        def __del__(self) -> None:
            with suppress(SystemError):  # what it parses within may be the interpreter's own work
                ast.parse("1 + 2")
            if alive:
                Circle()

    app.add_url_rule(  # first: Werkzeug parses for it, in an interpreter that may fail at this
        "/made/<int:n>", "made", lambda n: render_template_string("{{ n + 1 }}" * (n + 1), n=n)
    )
    client = app.test_client()
    client.get("/made/0").close()
    Circle()
    thresholds = gc.get_threshold()
    gc.set_threshold(5)
    try:
        for number in range(1, 5):
            client.get(f"/made/{number}").close()
    finally:
        alive.clear()
        gc.collect()  # the last of them must not parse within what another test, or pytest, parses
        gc.set_threshold(*thresholds)
    with app.app_context():
        replay_of(app).finalize()
        frames = [frame for found in replay_of(app).recordings.list() for frame in found.frames]
    assert [frame.unrecorded for frame in frames] == [""] * 5
