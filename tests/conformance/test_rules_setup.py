"""Rules 20 to 22: what affects a render besides its template: settings, sandboxes, extensions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flask.templating
import jinja2
import pytest
from flask import Flask, render_template
from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment, SandboxedEnvironment
from markupsafe import Markup

from flask_replay.boundary import Boundary
from flask_replay.recorder.cleaning.cleaner import Cleaner
from flask_replay.recorder.templates.render import frames
from flask_replay.sanitize import Sanitizer

from . import things
from .harness import Case, Context, Replaying, Site, check, nothing, page


def _options(**options: Any) -> Callable[[Flask], None]:
    def setup(app: Flask) -> None:
        app.jinja_options = options

    return setup


def _policies(**policies: Any) -> Callable[[Flask], None]:
    def setup(app: Flask) -> None:
        app.jinja_env.policies.update(
            {name.replace("__", "."): value for name, value in policies.items()}
        )

    return setup


class OwnUndefined(jinja2.Undefined):
    """An app's own class of undefined values."""

    def __str__(self) -> str:
        return f"({self._undefined_name} is not here)"

    def __bool__(self) -> bool:
        return False


class Sandbox(SandboxedEnvironment, flask.templating.Environment):
    """A sandbox that also checks operators."""

    intercepted_binops = frozenset({"+", "**"})
    intercepted_unops = frozenset({"-"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        return (
            f"{operator} refused"
            if operator == "**"
            else super().call_binop(context, operator, left, right)
        )


class FrozenSandbox(ImmutableSandboxedEnvironment, flask.templating.Environment):
    """A sandbox that changes nothing."""


class OwnEnvironment(flask.templating.Environment):
    """An environment that overrides attribute access."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        value = super().getattr(obj, attribute)
        return f"own {value}" if isinstance(value, str) else value


def _environment(kind: type[flask.templating.Environment]) -> Callable[[Flask], None]:
    def setup(app: Flask) -> None:
        app.jinja_environment = kind

    return setup


class TwiceExtension(Extension):
    """``{% twice value %}…{% endtwice %}``: a tag that calls its extension with a body."""

    tags = {"twice"}

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        arguments = [parser.parse_expression()]
        body = parser.parse_statements(("name:endtwice",), drop_needle=True)
        return nodes.CallBlock(self.call_method("_twice", arguments), [], [], body, lineno=line)

    def _twice(self, value: Any, caller: Callable[[], str]) -> str:
        return f"{value}:{caller()}{caller()}"


class CacheExtension(Extension):
    """``{% cache key %}…{% endcache %}``: its body may not run."""

    tags = {"cache"}

    def __init__(self, environment: jinja2.Environment) -> None:
        super().__init__(environment)
        environment.extend(fragments={})

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        arguments: list[nodes.Expr] = [parser.parse_expression(), nodes.ContextReference()]
        body = parser.parse_statements(("name:endcache",), drop_needle=True)
        return nodes.CallBlock(self.call_method("_cached", arguments), [], [], body, lineno=line)

    def _cached(self, key: str, context: Any, caller: Callable[[], str]) -> str:
        fragments: dict[str, str] = self.environment.fragments  # type: ignore[attr-defined]
        if key not in fragments:
            fragments[key] = caller()
        return f"{fragments[key]}@{context.name}"


class StampExtension(Extension):
    """``{% stamp %}``: a tag that prints, and a word that is replaced before parsing."""

    tags = {"stamp"}

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return source.replace("@@who@@", "{{ who }}")

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        return nodes.Output([self.call_method("_stamp", [nodes.Name("who", "load")])], lineno=line)

    def _stamp(self, who: Any) -> Markup:
        return Markup("<stamp>{}</stamp>").format(who)


class OverlayExtension(Extension):
    """``{% over value %}…{% endover %}``: names are first looked up in a mapping from the app or
    the page.
    """

    tags = {"over"}

    def parse(self, parser: Parser) -> nodes.Node:
        node = nodes.OverlayScope(lineno=next(parser.stream).lineno)
        node.context = self.call_method("_scope", [parser.parse_expression()])
        node.body = parser.parse_statements(("name:endover",), drop_needle=True)
        return node

    def _scope(self, value: Any) -> dict[str, Any]:
        return {"who": value, "row": [value, "second"], "token": "s3cr3t-0f-a-tag"}


def _extensions(*extensions: Any) -> Callable[[Flask], None]:
    def setup(app: Flask) -> None:
        for extension in extensions:
            app.jinja_env.add_extension(extension)

    return setup


def _i18n(*, newstyle: bool) -> Callable[[Flask], None]:
    def setup(app: Flask) -> None:
        environment: Any = app.jinja_env
        environment.add_extension("jinja2.ext.i18n")
        environment.install_gettext_callables(
            lambda message: {"Hello %(who)s": "Hallo %(who)s", "plain": "schlicht <b>"}.get(
                message, message
            ),
            lambda one, many, n: (one if n == 1 else many).replace("book", "Buch"),
            newstyle=newstyle,
            pgettext=lambda context, message: f"{context}/{message}",
        )

    return setup


_TRANS = (
    "{% trans who=who %}Hello {{ who }}{% endtrans %}{{ _('plain') }}{{ gettext('100%%') }}"
    "{% trans n=books|length %}a book{% pluralize %}{{ n }} books{% endtrans %}"
    "{% trans trimmed %}  two\n  lines {% endtrans %}{{ ngettext('a book', 'books', 2) }}"
)

_LINES = "# for i in [1, 2]\n  row ${ i }\n# endfor\n## a comment\n<% if who %>${ who }<% endif %>"

_SPACES = (
    "{% if who %}\n  a\n  {% set x = 1 %}\n  b\n{% endif %}\n{#- gone -#}\n c {{- who -}} d\n\n"
)

_SANDBOXED = {
    "21 calls": "{{ person.greet('x') }}{{ call(1) }}{{ range(3)|list }}{{ call(person) }}",
    "21 format": "{{ '{}'.format(person) }}{{ '{0.name}'.format(person) }}{{ '{a}'.format_map({'a': who}) }}{{ '%s' % who }}",
    "21 range": "{% for i in range(2, 5) %}{{ i }}{% endfor %}{{ range(10)|length }}",
    "21 unsafe attributes": "{{ person.__class__ is defined }}{{ call.__globals__ is defined }}{{ person._hidden is defined }}",
    "21 operators it watches": "{{ 1 + 2 }}{{ rank + 1 }}{{ 2 ** 3 }}{{ rank ** 2 }}{{ -rank }}{{ -1 }}{{ 3 - 1 }}",
    "21 methods of containers": "{% set l = [1] %}{{ l|length }}{{ d.get('a') }}{{ d.items()|list }}{{ who.upper() }}",
    "21 class and callable object": "{{ Described.make(1) }}{{ callable(2) }}{{ rank.rank }}",
    "21 macros and filters": "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(who) }}{{ [1, 2]|map('string')|join }}{{ call(*[1]) }}",
    "21 Markup's format": "{{ ('<b>{}</b>'|safe).format('<') }}{{ ('%s'|safe) % '<' }}",
}

_ESCAPED = (
    "{% macro field(x) %}{% autoescape person %}{{ tag }}{{ x ~ tag|safe }}{{ [x]|join(tag|safe) "
    "}}{% endautoescape %}"
    "{% if caller %}{{ caller(x) }}{% endif %}{% endmacro %}{{ field(tag) }}{{ 'none' if not "
    "person }}{{ tag }}"
)
_SETTINGS: dict[str, tuple[str, Callable[[Flask], None]]] = {
    "20 delimiters": (
        "<% for i in [1, 2] %>[[ i ]]<% endfor %>{{ not }}<# comment #>[[ who ]]",
        _options(
            block_start_string="<%", block_end_string="%>", variable_start_string="[[", variable_end_string="]]",
            comment_start_string="<#", comment_end_string="#>",
        ),
    ),
    "20 line statements": (
        _LINES,
        _options(
            line_statement_prefix="#", line_comment_prefix="##", variable_start_string="${", variable_end_string="}",
            block_start_string="<%", block_end_string="%>",
        ),
    ),
    "20 trimmed blocks": (_SPACES, _options(trim_blocks=True, lstrip_blocks=True)),
    "20 trailing newline": (_SPACES, _options(keep_trailing_newline=True)),
    "20 newlines": ("a\r\nb{{ who }}\r\n", _options(newline_sequence="\r\n")),
    "20 unoptimized": ("{{ 1 + 2 }}{{ 'a'|upper }}{{ who }}", _options(optimized=False)),
    "20 autoescape never": ("{{ tag }}{{ tag ~ '<' }}{{ tag|safe }}", _options(autoescape=False)),
    "20 autoescape by name": ("{{ tag }}", _options(autoescape=lambda name: name == "page.html")),
    "20 autoescape by an object": (_ESCAPED, _options()),
    "20 autoescape by an enum": (_ESCAPED.replace("person", "kinds.colour"), _options()),
    "20 autoescape by a text": (_ESCAPED.replace("person", "kinds.state"), _options()),
    "20 autoescape by an empty text": (_ESCAPED.replace("person", "kinds.slug"), _options()),
    "20 autoescape by a named tuple": (_ESCAPED.replace("person", "kinds.pair"), _options()),
    "20 autoescape by a number": (_ESCAPED.replace("person", "kinds.level"), _options()),
    "20 autoescape by what is undefined": (_ESCAPED.replace("person", "gone"), _options(undefined=jinja2.DebugUndefined)),
    "20 autoescape by a list of the page": (
        "{% autoescape [person] %}{{ tag }}{% endautoescape %}{% autoescape [] %}{{ tag }}{% endautoescape %}", _options()
    ),
    "20 own undefined": ("{{ gone }}{{ gone is defined }}{{ who.gone }}{{ 'x' if gone else 'y' }}", _options(undefined=OwnUndefined)),
    "20 chainable undefined": ("x{{ gone.a.b['c'] }}{{ who.x.y }}", _options(undefined=jinja2.ChainableUndefined)),
    "20 debug undefined super": (
        "{% block a %}[{{ super }}]{{ super|upper ~ 1 }}{{ super is defined }}{{ super|default('x') }}{% endblock %}",
        _options(undefined=jinja2.DebugUndefined),
    ),
    "20 debug undefined": ("{{ gone }}{{ who.gone }}", _options(undefined=jinja2.DebugUndefined)),
    "20 messages name the types of Jinja's objects": (
        "{% macro m() %}{% endmacro %}{{ m.gone }}{% for i in l %}{{ loop.gone }}{% endfor %}{{ self.gone }}{{ (m|string)[:32] }}",
        _options(undefined=jinja2.DebugUndefined),
    ),
    "20 strict undefined": ("{{ gone is defined }}{{ gone|default(1) }}{{ who }}", _options(undefined=jinja2.StrictUndefined)),
    "20 logging undefined": ("x{{ gone }}{{ who.gone }}", _options(undefined=jinja2.make_logging_undefined())),
    "20 policies": (
        ("{{ 'see http://a.example now'|urlize }}{{ 'abcdefgh'|truncate(5) }}{{ {'b': 1, 'a': "
        "'<'}|tojson }}"),
        _policies(urlize__rel="me", urlize__target="_top", truncate__leeway=0, json__dumps_kwargs={"sort_keys": False}),
    ),
    "20 ascii identifiers": ("{{ 'ü'|upper }}{{ who }}", _policies(compiler__ascii_str=False)),
    "20 trimmed translations": (
        "{% trans %}\n  a\n  b\n{% endtrans %}",
        lambda app: (_i18n(newstyle=True)(app), _policies(ext__i18n__trimmed=True)(app))[0],
    ),
    "20 newstyle gettext": (_TRANS, _i18n(newstyle=True)),
    "20 oldstyle gettext": (_TRANS.replace("{{ gettext('100%%') }}", ""), _i18n(newstyle=False)),
    "20 context of a message": ("{{ pgettext('menu', 'open') }}{% trans 'menu' %}open{% endtrans %}", _i18n(newstyle=True)),
    "20 own environment": ("{{ person.name }}{{ person.greet('x') }}{{ d.a }}", _environment(OwnEnvironment)),
    "22 tag with a body": ("{% twice who %}<{{ person.name }}>{% endtwice %}{% twice 1 %}b{% endtwice %}", _extensions(TwiceExtension)),
    "22 tag whose body may not run": (
        ("{% cache 'k' %}{{ person.name }}{% endcache %}{% cache 'k' %}never{{ person.name }}{% "
        "endcache %}{{ person.name }}"),
        _extensions(CacheExtension),
    ),
    "22 tag that prints": ("{% stamp %}@@who@@{% if who %}{% stamp %}{% endif %}", _extensions(StampExtension)),
    "22 tag that lays names over others": (
        ("{{ who }}{{ person.name }}|{% set z = 9 %}{% over person.name %}{{ who }}|{{ z }}|{% for "
        "x in row %}[{{ x }}]{% endfor %}{{ person.name }}{% endover %}{{ who }}"),
        _extensions(OverlayExtension),
    ),
    "22 two extensions": (
        "{% twice who %}{% cache who %}{{ person.name }}{% stamp %}{% endcache %}{% endtwice %}",
        _extensions(TwiceExtension, CacheExtension, StampExtension),
    ),
    "22 tags of Jinja's": (
        ("{% do l.append(1) %}{{ l }}{% for i in [1, 2, 3] %}{% if i == 2 %}{% continue %}{% endif "
        "%}{{ i }}{% endfor %}"),
        _extensions("jinja2.ext.do", "jinja2.ext.loopcontrols"),
    ),
}  # fmt: skip


def _context() -> Context:
    return {
        "who": "ann",
        "tag": "<b>",
        "person": things.Plain(_hidden=1),
        "call": lambda *arguments: f"{arguments!r}",
        "rank": things.Compared(3),
        "d": {"a": "b"},
        "l": [0],
        "books": [1, 2],
        "Described": things.Described,
        "callable": things.Callable(),
        "kinds": {
            "colour": things.Colour.RED, "state": things.State.OPEN, "slug": things.Slug(""),
            "pair": things.Pair("left", 2), "level": things.Level.LOW,
        },
    }  # fmt: skip


CASES = {name: Case(page, _context, setup) for name, (page, setup) in _SETTINGS.items()}
for _name, _page in _SANDBOXED.items():
    CASES[_name] = Case(_page, _context, _environment(Sandbox))
    CASES[f"{_name}, immutable"] = Case(_page, _context, _environment(FrozenSandbox))


@pytest.mark.parametrize("name", CASES)
def test_settings_are_part_of_the_recording(name: str, replaying: Replaying) -> None:
    """Settings that affect a render of the app affect its replay."""
    check(CASES[name], replaying)


def test_setup_after_the_first_render(replaying: Replaying) -> None:
    """A filter, a test and a global that are added late take effect."""

    def late(app: Flask) -> None:
        app.jinja_env.get_template("page.html")
        app.jinja_env.filters["late"] = lambda value: f"late {value}"
        app.jinja_env.globals["late"] = lambda: "later"

    def view(context: Context) -> str:
        return render_template("page.html", **context) + render_template("next.html", **context)

    pages = {"page.html": "{{ who }}", "next.html": "{{ who|late }}{{ late() }}"}
    check(Case(pages, _context, late, view), replaying)


def test_a_page_that_keeps_asking_whether_to_escape_is_not_recorded() -> None:
    """Answers of an object's own code there are in no trace. The object is asked as often as
    without a recorder.
    """

    class Escaping:
        def __init__(self, log: list[str]) -> None:
            self.log = log

        def __bool__(self) -> bool:
            self.log.append("asked")
            return len(self.log) % 2 == 1

    def given() -> Context:
        log: list[str] = []
        return {"log": log, "escaping": Escaping(log)}

    pages = {"page.html": "{% autoescape escaping %}{{ '<' ~ 1 }}{{ '<' ~ 2 }}{% endautoescape %}"}
    bare, recorded = (
        Site(pages, nothing, recorded=heard).visit(given, page) for heard in (False, True)
    )
    assert (recorded.body, recorded.log) == (bare.body, bare.log)
    made, _ = frames(recorded.renders, lambda moment: 0, Cleaner(Sanitizer(), Boundary()).begin())
    assert [frame.flags for frame in made] == [("untraced",)]
