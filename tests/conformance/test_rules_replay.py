"""Rules 23 and 24: a stand-in answers from the recording or not at all, and nothing of the app is
there.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import flask.templating
import pytest
from jinja2 import Undefined
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup
from werkzeug.local import LocalProxy

from . import hostile, things
from .harness import Case, Context, Replaying, Site, check, frames_of, page
from .replay_process import Replayed


class Lazy:
    """A lazy text like those of translations: a proxy that is not a ``str``."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text

    def __getattr__(self, name: str) -> Any:
        return getattr(self.text, name)

    def __add__(self, other: str) -> str:
        return self.text + other

    def __radd__(self, other: str) -> str:
        return other + self.text

    def __len__(self) -> int:
        return len(self.text)

    def __getitem__(self, key: Any) -> str:
        return self.text[key]

    def __eq__(self, other: object) -> bool:
        return self.text == other

    def __lt__(self, other: Any) -> bool:
        return self.text < str(other)

    def __hash__(self) -> int:
        return hash(self.text)

    def __mod__(self, other: Any) -> str:
        return self.text % other


class LazyHtml(Lazy):
    def __html__(self) -> str:
        return self.text


_FORMS = {
    "23 lazy text": "{{ lazy }}{{ lazy|safe }}{{ lazy|upper }}{{ lazy ~ 'x' }}{{ lazy|length }}{{ lazy[0] }}",
    "23 lazy text with HTML": "{{ html }}{{ html|safe }}{{ html|string }}{{ html ~ '<' }}{{ html|e }}{{ '%s' % html }}",
    "23 lazy text in operations": "{{ lazy + 'x' }}{{ 'x' + lazy }}{{ lazy == '<l>' }}{{ lazy < 'z' }}{{ lazy % 1 if 0 }}",
    "23 lazy text in filters": "{{ [lazy, html]|join(', ') }}{{ lazy|replace('<', '[') }}{{ lazy|title }}{{ [lazy]|sort }}",
    "23 lazy text as a name": "{{ {'<l>': 1}[lazy] }}{{ lazy in ['<l>'] }}{{ lazy.upper() }}{{ lazy|default('x', true) }}",
    "23 what it is": "{% for x in all %}{{ x is mapping }}{{ x is iterable }}{{ x is string }}{{ x is callable }}"
    "{{ x is sequence }}{{ x is number }}{{ x is escaped }} {% endfor %}",
    "23 truth": "{% for x in all %}{{ 'y' if x else 'n' }}{% endfor %}{{ empty or 'empty' }}{{ counted and 'c' }}",
    "23 length": "{% for x in [lazy, register, basket, empty] %}{{ x|length }}{{ x|count }} {% endfor %}",
    "23 order": "{{ [v2, v1]|sort }}{{ v1 < v2 }}{{ [v2, v1]|min }}{{ {v1: 1, v2: 2}|dictsort }}{{ v1 is lt(v2) }}",
    "23 hash": "{{ {v1: 'one'}[v1] }}{{ {v1: 'one'}[also_v1] }}{{ [v1, also_v1, v2]|unique|list|length }}",
    "23 safe of each": "{% for x in all %}{{ x|safe }}|{{ x|e }}|{{ x|forceescape }} {% endfor %}",
    "23 text of each": "{% for x in all %}{{ x }}|{{ x|string }}|{{ [x] }} {% endfor %}",
    "23 items of each": "{% for x in [register, basket, tree, lazy, proxied] %}{% for i in x %}{{ i }},{% endfor %}{% endfor %}",
    "23 proxies": "{{ proxied }}{{ proxied[0] }}{{ proxied|length }}{{ proxied is sequence }}{{ proxied == [1, 2] }}"
    "{{ person_proxy.name }}{{ person_proxy }}{{ person_proxy is callable }}{{ text_proxy }}{{ "
    "text_proxy|upper }}",
    "23 what was asked of one place, asked of another": "{{ person.name }}{% set p = person %}{{ p.name }}"
    "{% for q in [person] %}{{ q.name }}{% endfor %}{{ [person]|map(attribute='name')|first }}",
}


def _forms() -> Context:
    context: Context = {
        "lazy": Lazy("<l>"),
        "html": LazyHtml("<h>"),
        "register": things.Register(a=1),
        "basket": things.Basket([2, 1]),
        "empty": things.Basket(),
        "tree": things.Tree("t", things.Tree("u")),
        "person": things.Plain(),
        "callable": things.Callable(),
        "enum": things.State.OPEN,
        "sequenced": things.Registered(),
        "level": things.Level.LOW,
        "false": hostile.Counting([], true=False),
    }
    context["all"] = list(context.values())
    version, proxy = things.Version(1, 0), LocalProxy(things.Plain)
    return context | {
        "v1": version,
        "also_v1": things.Version(1, 0),
        "v2": things.Version(2, 0),
        "counted": things.Count(0),
        "proxied": LocalProxy(lambda: [1, 2]),
        "person_proxy": proxy,
        "text_proxy": LocalProxy(lambda: "<text>"),
    }


CASES = {name: Case(source, _forms) for name, source in _FORMS.items()}


@pytest.mark.parametrize("name", CASES)
def test_a_stand_in_behaves_like_its_original(name: str, replaying: Replaying) -> None:
    """It can do what the original could, and nothing else."""
    check(CASES[name], replaying)


# What was not recorded

_THEN = {
    "page.html": "{{ post.title }}{{ post.author.name }}{{ count() }}{% for tag in tags %}{{ tag }}{% endfor %}",
    "part.html": "part",
}

_NOW: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "attribute": ("{{ post.title }}-{{ post.subtitle }}", "a title-", ("post.subtitle",)),
    "attribute further down": (
        "{{ post.author.name }}-{{ post.author.age }}",
        "ann-",
        ("post.author.age",),
    ),
    "attribute of what is absent": ("{{ post.blog.owner.name }}.", ".", ("post.blog",)),
    "item": ("{{ post['title'] }}{{ post['x'] }}.", "a title.", ("post['x']",)),
    "name": ("{{ user }}{{ user.name }}.", ".", ("user",)),
    "method": ("{{ post.publish() }}.", ".", ("post.publish",)),
    "call with other arguments": ("{{ count() }}{{ count(1) }}.", "7.", ("count()",)),
    "iteration": (
        "{% for c in post.comments %}{{ c }}{% else %}none{% endfor %}",
        "none",
        ("post.comments",),
    ),
    "truth of what is absent": (
        "{{ 'y' if post.gone else 'n' }}{{ post.gone is defined }}",
        "nFalse",
        ("post.gone",),
    ),
    "app filter": ("{{ post.title|shout }}.", ".", ("|shout",)),
    "app test": ("{{ 'y' if post.title is loud else 'n' }}", "n", ("|loud",)),
    "operations on what is absent": (
        "{{ post.likes + 1 }}{{ post.likes > 3 }}{{ post.likes ~ 'x' }}",
        "Falsex",
        ("post.likes",),
    ),
    "filters on what is absent": (
        "{{ post.likes|length }}{{ post.names|join(', ') }}{{ post.likes|upper }}",
        "0",
        ("post.likes",),
    ),
    "several": ("{{ a }}{{ b }}{{ post.c }}{{ a }}.", ".", ("a", "b", "post.c")),
    "what the template makes itself": (
        "{% set x = [1, 2] %}{{ x|sum }}{{ post.title|upper }}{{ 1 + 1 }}",
        "3A TITLE2",
        (),
    ),
    "nothing of the kind": ("new text {{ post.title }}", "new text a title", ()),
}


def _then() -> Context:
    post = things.Plain("ignored", title="a title", author=things.Author("ann"))
    return {"post": post, "count": lambda *arguments: 7, "tags": ["x"]}


def _replay_now(source: str, replaying: Replaying) -> Replayed:
    seen = Site(_THEN, lambda app: None, recorded=True).visit(_then, page)
    frames, documents = frames_of(seen)
    return replaying.replay(frames, documents, now={"page.html": source, "part.html": "new part"})[
        0
    ]


@pytest.mark.parametrize("name", _NOW)
def test_missing_reads_render_empty_and_are_named(name: str, replaying: Replaying) -> None:
    """The current template may read something that was not recorded."""
    source, html, missing = _NOW[name]
    replayed = _replay_now(source, replaying)
    assert replayed.text == html
    assert replayed.problem == ""
    assert [path for path in missing if not any(path in found for found in replayed.missing)] == []
    assert len(replayed.missing) == len(missing) or missing == ("post.likes",)


class _Sandbox(SandboxedEnvironment, flask.templating.Environment):
    """Logs reads."""


class _Undefined(Undefined):
    """A text type of the app."""


_ENVIRONMENTS: dict[str, Callable[[flask.Flask], None]] = {
    "Flask's": lambda app: None,
    "a sandbox": lambda app: setattr(app, "jinja_environment", _Sandbox),
    "own undefined": lambda app: setattr(app.jinja_env, "undefined", _Undefined),
}


@pytest.mark.parametrize("environment", _ENVIRONMENTS)
@pytest.mark.parametrize("secret", ["", "{{ token }}"])
def test_recorded_reads_are_found_by_the_same_template(
    environment: str, secret: str, replaying: Replaying
) -> None:
    """Also if two reads are one step, and if that step had to be split."""
    source = (
        secret
        + "{{ post.author.name }} {{ post.born.year }} {{ post.title.upper() }} {{ post.author.name }}"
    )

    def context() -> Context:
        post = things.Plain(
            "ignored", title="a title", author=things.Author("ann"), born=date(2020, 1, 2)
        )
        return {"post": post, "token": "k7Qz-Wm3x-9pLd"}

    seen = Site({"page.html": source}, _ENVIRONMENTS[environment], recorded=True).visit(
        context, page
    )
    (replayed,) = replaying.replay(*frames_of(seen), now={"page.html": source})
    assert replayed.text.endswith("ann 2020 A TITLE ann") and not replayed.missing


def test_a_new_include_is_rendered(replaying: Replaying) -> None:
    """The current template may include another current one."""
    assert (
        _replay_now("{{ post.title }}, {% include 'part.html' %}", replaying).text
        == "a title, new part"
    )


def test_a_missing_include_is_one_line(replaying: Replaying) -> None:
    """The template no longer exists. What precedes it stays."""
    replayed = _replay_now("{{ post.title }}{% include 'gone.html' %}", replaying)
    assert replayed.text == "a title"
    assert "gone.html" in replayed.problem


_FAILING = {
    "a call": "<h1>{{ title }}</h1>{{ fail() }}<p>never {{ other }}</p>{{ other.gone }}",
    "an attribute": "<h1>{{ title }}</h1>{{ failing.name }}<p>never {{ other }}</p>",
    "a call in a macro": "{% macro m() %}{{ fail() }}{{ other }}{% endmacro %}<h1>{{ title }}</h1>{{ m() }}{{ other }}",
    "the body of a loop": "<h1>{{ title }}</h1>{% for n in [1, 2] %}{{ fail() }}{{ other }}{% endfor %}{{ other }}",
    "what Jinja does": "<h1>{{ title }}</h1>{{ 1 // 0 }}{{ other }}",
}


class _Failing:
    @property
    def name(self) -> str:
        raise RuntimeError("the app failed")


@pytest.mark.parametrize("place", _FAILING)
def test_a_page_that_raised_keeps_what_precedes_the_error(place: str, replaying: Replaying) -> None:
    """The replay ends there, and later reads are not reported as missing."""

    def fail() -> str:
        raise RuntimeError("the app failed")

    def context() -> Context:
        return {
            "title": Markup("<i>"),
            "fail": fail,
            "failing": _Failing(),
            "other": "read by nobody",
        }

    seen = Site({"page.html": _FAILING[place]}, lambda app: None, recorded=True).visit(
        context, page
    )
    assert seen.error in {
        "RuntimeError: the app failed",
        "ZeroDivisionError: integer division or modulo by zero",
    }
    (replayed,) = replaying.replay(*frames_of(seen))
    assert replayed.text == "<h1><i></h1>"
    assert replayed.missing == ()
    assert replayed.problem


def test_the_replaying_process_has_nothing_of_an_app(replaying: Replaying) -> None:
    """The replays of this suite run where neither Flask nor any app was imported."""
    assert replaying.process.args[1] == "-I"  # type: ignore[index]
    assert _replay_now("{{ post.title }}", replaying).text == "a title"
