"""Rules 1 to 6: recording changes neither the page nor the calls on its objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from jinja2 import pass_context, pass_environment, pass_eval_context
from jinja2.runtime import Context as JinjaContext
from markupsafe import Markup

from . import hostile, things
from .harness import Case, Context, Replaying, check


def _logged(make: Callable[[list[str]], Context]) -> Callable[[], Context]:
    """Return a context that logs side effects."""

    def context() -> Context:
        log: list[str] = []
        return {"log": log} | make(log)

    return context


def _letters(log: list[str], letters: str = "abc") -> Iterator[str]:
    for letter in letters:
        log.append(letter)
        yield letter


def _generator(log: list[str]) -> Context:
    generator = _letters(log)
    return {"gen": generator, "next_of_it": lambda: next(generator), "take": lambda it: next(it)}


def _counting(log: list[str]) -> Context:
    return {
        "x": hostile.Counting(log),
        "no": hostile.Counting(log, "no", true=False),
        "h": hostile.CountingHtml(log),
    }


_ONE_SHOT = {
    "1 generator is read once": "{% for i in gen %}{{ i }}{% endfor %}|{% for i in gen %}{{ i }}{% endfor %}",
    "1 generator is true before it is read": "{% if gen %}yes{% endif %}{% for i in gen %}{{ i }}{% endfor %}",
    "1 app takes the next item": "{{ next_of_it() }}{% for i in gen %}{{ i }}{% endfor %}",
    "1 app takes an item within the loop": "{% for i in gen %}{{ i }}<{{ next_of_it() }}{% break %}{% endfor %}",
    "1 app takes from what it is given": "{{ take(gen) }}{% for i in gen %}{{ i }}{% endfor %}",
    "1 loop is left half-way": "{% for i in gen %}{{ i }}{% break %}{% endfor %}",
    "1 loop is left and taken up again": "{% for i in gen %}{{ i }}{% break %}{% endfor %}"
    "|{% for i in gen %}{{ i }}{% endfor %}",
    "1 generator is not read": "{% if false %}{% for i in gen %}{{ i }}{% endfor %}{% endif %}none",
    "1 filter reads a generator": "{{ gen|join('-') }}|{{ gen|list }}",
    "1 first of a generator": "{{ gen|first }}{% for i in gen %}{{ i }}{% endfor %}",
    "1 map over a generator": "{% for i in gen|map('upper') %}{{ i }}{% break %}{% endfor %}{{ gen|list }}",
    "1 loop looks one item ahead": "{% for i in gen %}{{ i }}{{ loop.last }}{% break %}{% endfor %}{{ gen|list }}",
    "1 loop length reads all": "{% for i in gen %}{{ loop.length }}{{ i }}{% endfor %}",
    "1 generator in a list": "{% for g in [gen] %}{% for i in g %}{{ i }}{% endfor %}{% endfor %}",
    "1 generator spread": "{{ take([1]|map('string')) }}{% macro m() %}{{ varargs }}{% endmacro %}{{ m(*gen) }}",
    "1 member of a generator": "{{ 'b' in gen }}{% for i in gen %}{{ i }}{% endfor %}",
    "1 two loops in step": "{% for i in gen %}{% for j in gen %}{{ i }}{{ j }}{% break %}{% endfor %}{% endfor %}",
    "1 unpacking of a generator": "{% set a, b, c = gen %}{{ c }}{{ b }}{{ a }}",
}

_ASKED_ONCE = {
    "2 text once": "{{ x }}",
    "2 html once": "{{ h }}",
    "2 text where nothing is escaped": "{% autoescape false %}{{ x }}{{ h }}{% endautoescape %}",
    "2 truth once": "{% if x %}yes{% endif %}{% if no %}yes{% else %}no{% endif %}",
    "2 truth in elif": "{% if no %}a{% elif x %}b{% endif %}",
    "2 and": "{{ x and 'then' }}{{ no and x }}",
    "2 or": "{{ x or no }}{{ no or 'else' }}",
    "2 and in a test": "{% if x and no %}both{% endif %}{% if x or no %}one{% endif %}",
    "2 and or and": "{{ no or x and 'c' or no }}",
    "2 conditional": "{{ 'a' if x else 'b' }}{{ 'a' if no else 'b' }}{{ x if no }}",
    "2 not": "{{ not x }}{% if not no %}not{% endif %}{{ not (x and no) }}",
    "2 filter of a loop": "{% for i in [x, no] if i %}{{ loop.index }}{% endfor %}",
    "2 default with truth": "{{ no|default('else', true) }}{{ x|default('else', true) }}",
    "2 text by joining": "{{ x ~ h }}{{ [x, h]|join(',') }}",
    "2 text by formatting": "{{ '%s %s'|format(x, h) }}{{ 'a %s' % x }}",
    "2 html by safe": "{{ h|safe }}{{ h|string }}{{ h|escape }}",
    "2 length and items": "{{ x|length }}{{ x[0] }}{% for i in x %}{{ i }}{% endfor %}",
    "2 equality": "{{ x == 1 }}{{ 1 == x }}{{ x in [1, 2] }}{{ x != no }}",
    "2 contains": "{{ 'a' in x }}{{ 'z' not in x }}",
    "2 hash as a key": "{{ {x: 1}[x] }}",
    "2 attribute twice": "{{ x.name }}{{ x.name }}",
    "2 call twice": "{{ x() }}{{ x() }}",
    "2 set and printed": "{% set y = x %}{{ y }}{% set z = y %}{{ z }}",
    "2 argument of a macro": "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(x) }}",
    "2 last of a loop": "{% for i in x %}{{ loop.last }}{{ loop.length }}{% endfor %}",
}

_IDENTITY = {
    "3 equality that raises, beside others": "{{ x.name }}{% for i in [x, x, 1] %}{{ loop.index }}{% endfor %}",
    "3 equality that raises, as an argument": "{{ show(x, [x], key=x) }}{{ show(x, [x], key=x) }}",
    "3 equality that raises, in a container": "{{ things|length }}{{ things[0].name }}{{ {'k': x}.k.name }}",
    "3 string enum as an argument": "{{ show(state) }}{{ state|kind }}{{ show([state]) }}",
    "3 dict subclass as an argument": "{{ show(register) }}{{ register|kind }}{{ register|tojson }}",
}


def _hostile() -> Context:
    raising = hostile.EqRaises()
    return {"x": raising, "things": [raising, hostile.EqRaises()], "state": things.State.OPEN} | {
        "register": things.Register(a=1),
        "show": lambda *arguments, **keywords: (
            f"{[type(one).__name__ for one in arguments]}{sorted(keywords)}"
        ),
    }


@pass_context
def _from_context(context: JinjaContext, name: str) -> str:
    return f"{name}={context.get(name)} in {context.name}"


@pass_environment
def _from_environment(environment: Any, value: str) -> str:
    return f"{environment.block_start_string}{value}"


@pass_eval_context
def _by_escaping(eval_context: Any, value: str) -> str:
    return Markup(f"<b>{value}</b>") if eval_context.autoescape else f"plain {value}"


@pass_context
def _is_in_context(context: JinjaContext, name: str) -> bool:
    return name in context


class _Marked:
    @pass_context
    def method(self, context: JinjaContext, name: str) -> str:
        return str(context.resolve(name))

    @pass_eval_context
    def __call__(self, eval_context: Any) -> str:
        return f"escapes: {eval_context.autoescape}"


def _marked(app: Flask) -> None:
    app.jinja_env.filters.update(
        from_context=_from_context, from_environment=_from_environment, bold=_by_escaping
    )
    app.jinja_env.tests["in_context"] = _is_in_context
    app.jinja_env.globals.update(get=_from_context, environ=_from_environment, bold=_by_escaping)
    app.jinja_env.filters["kind"] = lambda value: type(value).__name__
    app.jinja_env.add_extension("jinja2.ext.loopcontrols")


_MARKS = {
    "4 filter with context": "{{ 'v'|from_context }}{% set v = 2 %}{{ 'v'|from_context }}",
    "4 filter with environment": "{{ 'v'|from_environment }}",
    "4 filter with eval context": "{{ 'v'|bold }}{% autoescape false %}{{ 'v'|bold }}{% endautoescape %}",
    "4 test with context": "{{ 'v' is in_context }}{{ 'w' is in_context }}",
    "4 function with context": "{{ get('v') }}{% with v = 3 %}{{ get('v') }}{% endwith %}",
    "4 function with environment and eval context": "{{ environ('x') }}{{ bold('x') }}",
    "4 method and callable object": "{{ marked.method('v') }}{{ marked() }}",
    "4 function with context in a loop": "{% for v in [5, 6] %}{{ get('v') }}{% endfor %}",
    "4 function with context in a macro": "{% macro m(v) %}{{ get('v') }}{% endmacro %}{{ m(7) }}",
    "4 function with context in a block": "{% block b %}{{ get('v') }}{% endblock %}",
    "4 marked filter by map": "{{ ['v']|map('from_context')|list }}{{ ['v', 'w']|select('in_context')|list }}",
}


def _finalized(finalize: Callable[..., Any]) -> Callable[[Flask], None]:
    def setup(app: Flask) -> None:
        app.jinja_options = {"finalize": finalize}

    return setup


@pass_context
def _finalize_with_context(context: JinjaContext, value: Any) -> Any:
    return f"{context.name}:{value}"


_FINALIZE: dict[str, Callable[..., Any]] = {
    "5 finalize sees the value": (lambda value: f"({type(value).__name__})"),
    "5 finalize replaces none": (lambda value: "" if value is None else value),
    "5 finalize gives markup": (lambda value: Markup(f"<u>{value}</u>")),
    "5 finalize gives an object": (lambda value: things.Html(f"<i>{type(value).__name__}</i>")),
    "5 finalize with context": _finalize_with_context,
}

_HOSTILE = {
    "6 containers that hold themselves": "{{ ring }}{{ ring[0] }}{{ ring[1][1][0] }}{{ loop_.self.self.name }}",
    "6 container of its own in an argument": "{{ show(ring) }}{{ ring|length }}{{ [ring]|length }}",
    "6 repr that raises": "{{ repr.name }}{{ show(repr) }}{{ [repr]|length }}",
    "6 hash that raises": "{{ hash.name }}{{ show(hash) }}{{ hash in [1, hash] }}{{ [hash]|first is defined }}",
    "6 equality that raises": "{{ eq.name }}{{ show(eq, eq) }}{{ eq is sameas(eq) }}{{ eq is defined }}",
    "6 length that raises": "{{ len.name }}{{ show(len) }}{{ len }}{{ [len]|length }}",
    "6 truth that raises": "{{ bool.name }}{{ show(bool) }}{{ bool }}",
    "6 class that raises": "{{ class_.name }}{{ show(class_) }}{{ class_ }}",
    "6 attributes that raise": "{{ show(nothing) }}{{ [nothing]|length }}",
    "6 every attribute": "{{ all }}{{ all.a.b }}{{ all.c() }}{{ all['k'] }}{% for i in all %}{{ i }}{% endfor %}",
    "6 every attribute, tested": "{{ all is mapping }}{{ all is callable }}{{ all is iterable }}{{ show(all) }}",
    "6 item that raises within a loop": "{{ show(half) }}{{ half.name }}",
}


def _fallers() -> Context:
    ring: list[Any] = ["a"]
    ring.append(ring)
    round_about: dict[str, Any] = {"name": "r"}
    round_about["self"] = round_about
    return {
        "ring": ring,
        "loop_": round_about,
        "repr": hostile.ReprRaises(),
        "hash": hostile.HashRaises(),
        "eq": hostile.EqRaises(),
        "len": hostile.LenRaises(),
        "bool": hostile.BoolRaises(),
        "class_": hostile.ClassRaises(),
        "nothing": hostile.AttributesRaise(),
        "all": hostile.AnswersAll(),
        "half": hostile.IterRaises(),
        "show": lambda *arguments: f"{[type(one).__name__ for one in arguments]}",
    }


def _moody(app: Flask) -> None:
    """Give an app functions whose results depend on its mood: Jinja calls them for constants before
    a page can change it.
    """
    mood = {"loud": False}
    app.jinja_env.globals["shout"] = lambda: mood.update(loud=True) or ""
    app.jinja_env.filters["said"] = lambda value, end=".": (
        f"{str(value).upper() if mood['loud'] else value}{end}"
    )
    app.jinja_env.filters["words"] = lambda value: (
        value.upper().split() if mood["loud"] else value.split()
    )
    app.jinja_env.filters["marked"] = pass_eval_context(
        lambda context, value: (
            Markup(f"<i>{value}{mood['loud']}</i>")
            if context.autoescape
            else f"{value}{mood['loud']}"
        )
    )
    app.jinja_env.tests["loud"] = lambda value: mood["loud"]


_CONSTANTS = {
    "10 filter on a constant": "{{ shout() }}{{ 'x'|said }}{{ ('x'|said) ~ n }}{% if 'x'|said == 'x.' %}quiet{% endif %}",
    "10 filter on a constant, with arguments": "{{ shout() }}{{ 'x'|said(end='!') }}{{ 'x'|said('?')|upper }}{{ n|said }}",
    "10 filter on a constant gives a list": "{{ shout() }}{{ 'a b'|words }}{% for w in 'a b'|words %}{{ w }}{% endfor %}",
    "10 filter on a constant wants to know how it is escaped": "{{ shout() }}{{ '<'|marked }}"
    "{% autoescape false %}{{ '<'|marked }}{% endautoescape %}{% autoescape n == 'n' %}{{ "
    "'<'|marked }}{% endautoescape %}",
    "10 test of a constant": "{{ shout() }}{{ 1 is loud }}{% if 1 is loud %}loud{% endif %}{{ n is loud }}",
}

_PRINTED = "{{ none }}|{{ 1 }}|{{ x }}|{{ [x] }}|{{ '<' }}|{{ gone }}"

CASES = (
    {name: Case(page, _logged(_generator), _marked) for name, page in _ONE_SHOT.items()}
    | {name: Case(page, _logged(_counting)) for name, page in _ASKED_ONCE.items()}
    | {name: Case(page, _hostile, _marked) for name, page in _IDENTITY.items()}
    | {
        name: Case(page, lambda: {"v": 1, "marked": _Marked()}, _marked)
        for name, page in _MARKS.items()
    }
    | {
        name: Case(_PRINTED, lambda: {"x": things.Plain()}, _finalized(finalize))
        for name, finalize in _FINALIZE.items()
    }
    | {name: Case(page, _fallers) for name, page in _HOSTILE.items()}
    | {name: Case(page, lambda: {"n": "n"}, _moody) for name, page in _CONSTANTS.items()}
)


@pytest.mark.parametrize("name", CASES)
def test_recording_changes_nothing(name: str, replaying: Replaying) -> None:
    """The page and the calls on its objects are the same with recording, and the replay equals the
    page.
    """
    check(CASES[name], replaying)
