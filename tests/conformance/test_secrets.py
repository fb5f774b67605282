"""What a page makes of a secret: the replay equals the page except for it, and nothing of it is
kept.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask, stream_template
from markupsafe import Markup

from flask_replay.codec import BATCH_FORMATS, encode_batch
from flask_replay.engine.replaying.renderer import Rendered
from flask_replay.engine.replaying.verify import Outcome, judge
from flask_replay.recording.batch import Batch

from .harness import Case, Context, Replaying, Site, frames_of, page

TOKEN = "k7Qz-Wm3x-9pLd-&tR5"
CODES = ["h4Gs-81nB", "j2Kw-57vC", "m9Xe-36yZ"]


class Field:
    """A field of a form."""

    name = "password"
    label = "Your password"
    errors = ("Too short",)

    def __init__(self) -> None:
        self.data = TOKEN

    def __html__(self) -> str:
        return f'<input name="password" value="{TOKEN}">'

    __str__ = __html__


def given() -> Context:
    user = SimpleNamespace(
        name="Ann", api_token=TOKEN, pin=48151, recovery_codes=list(CODES), token_count=3,
        safe_token=Markup("<i>k7Qz</i>-Wm3x-9pLd-tR5"), secret_bytes=TOKEN.encode(),
    )  # fmt: skip
    return {
        "user": user,
        "key": "api_token",
        "config": {"SECRET_KEY": TOKEN, "api_token": TOKEN, "NAME": "Shop", "password": "x"},
        "csrf_token": lambda: "IjQ5." + TOKEN,
        "form": SimpleNamespace(password=Field()),
        "hint": lambda text: text[::-1],
        "strength": lambda text: "medium",
        "link": lambda **values: f"/reset?t={values['t']}",
        "same": TOKEN,
        "title": "medium",
    }


def setup(app: Flask) -> None:
    app.jinja_env.filters["masked"] = lambda text: "*" * 4 + text[-3:]
    app.jinja_env.tests["strong"] = lambda text: len(text) > 10


OPERATIONS: dict[str, str] = {
    "print": "{{ user.api_token }} {{ user.api_token }}",
    "slice": "{{ user.api_token[:8] }}… {{ user.api_token[-4:] }} {{ user.api_token[:8][2:5] }}",
    "short slice": "k7 {{ user.api_token[:2] }} k7",
    "item": "{{ user.api_token[0] }} {{ user.api_token[-1] }}",
    "upper": "{{ user.api_token|upper }} {{ user.api_token|lower|title }}",
    "urlencode": "<a href='?t={{ user.api_token|urlencode }}'>",
    "length": "{{ user.api_token|length }} {% if user.api_token|length > 8 %}long{% endif %}",
    "tilde": "{{ 'Bearer ' ~ user.api_token }} {{ ('a' ~ user.api_token)|length }}",
    "plus": "{{ 'Bearer ' + user.api_token }} {{ (user.api_token + 'x')|upper }} {{ user.api_token * 2 }}",
    "percent": "{{ '%s-%s' % (user.api_token, user.name) }} {{ '%s'|format(user.api_token)|length }}",
    "percent, several": "{{ 'a %s %r %% %.3s' % (user.name, user.api_token, user.api_token) }}"
    "{{ ('%s%s' % (user.api_token, 'x'))|upper }}",
    "format": "{{ '{} {}'.format(user.name, user.api_token) }}",
    "split": "{% for part in user.api_token.split('-') %}<b>{{ part }}</b>{% endfor %} {{ user.api_token.split('-')[1] }}",
    "partition": "{% set head, sep, tail = user.api_token.partition('-') %}{{ head }}|{{ tail|upper }}",
    "methods": "{{ user.api_token.upper() }} {{ user.api_token.find('W') }} {{ user.api_token.startswith('k7') }}"
    " {{ user.api_token.replace('-', '').lower() }}",
    "compare": "{{ user.api_token == same }} {{ user.api_token == 'x' }} {{ 'a' < user.api_token }}"
    " {{ user.api_token != user.name }} {{ 'a' < user.api_token < 'z' }}",
    "in": "{{ '-' in user.api_token }} {{ user.api_token in [same] }} {{ user.api_token in 'abc' }} {{ 'zz' not in user.api_token }}",
    "loop": "{% for letter in user.api_token %}<i>{{ letter }}</i>{% endfor %}",
    "loop with loop": "{% for letter in user.api_token %}{{ loop.cycle('odd', 'even') }}/{{ loop.length }}:<i>{{ letter }}</i>{% endfor %}",
    "list": "{{ user.api_token|list|length }} {{ (user.api_token|list)[2:]|length }} {{ user.api_token|first }}",
    "replace": "{{ user.api_token|replace('-', '') }} {{ user.api_token|truncate(9, true) }} {{ user.api_token|wordcount }}",
    "tests": "{{ user.api_token is string }} {{ user.api_token is mapping }} {{ user.api_token is defined }}"
    " {{ user.api_token is strong }} {{ user.api_token is eq(same) }} {{ user.api_token is none }}",
    "app filter": "{{ user.api_token|masked }}",
    "app function": "{{ hint(user.api_token) }} {{ strength(user.api_token) }} {{ link(t=user.api_token) }} {{ title }} medium",
    "truth": "{% if user.api_token %}yes{% else %}no{% endif %} {{ user.api_token and 'set' }} {{ user.api_token or 'unset' }}",
    "default": "{{ user.api_token|default('none') }} {{ user.api_token|default('none', true)|upper }}",
    "escape": "{{ user.api_token|e }} {{ user.api_token|safe }} {{ (user.api_token|e)|length }} {{ user.api_token|string }}",
    "markup": "{{ user.safe_token }} {{ user.safe_token|striptags }} {{ user.safe_token ~ '<' }} {{ user.safe_token[:4] }}",
    "bytes": "{{ user.secret_bytes.decode()[:6] }} {{ user.secret_bytes|length }}",
    "set": "{% set token = user.api_token %}{{ token[:8] }} {% set short = token[:5] %}{{ short|upper }}",
    "macro": "{% macro show(token) %}<b>{{ token }} {{ token[:8] }} {{ token|length }}</b>{% endmacro %}{{ show(user.api_token) }}",
    "containers": "{{ [user.api_token, 'x']|join(',') }} {{ {'a': user.api_token}.get('a')|upper }} {{ {'a': user.api_token}['a'][:7] }}"
    " {% for k, v in {'a': user.api_token}.items() %}{{ k }}{{ v[:9] }}{% endfor %}{{ "
    "[user.api_token] }}",
    "map": "{{ [user.api_token]|map('upper')|join }} {{ [user.api_token]|map('length')|list }}",
    "item of a mapping": "{{ config['SECRET_KEY'][:8] }} {{ config.SECRET_KEY|lower }} {{ config.NAME }} {{ config['NAME'][:2] }}",
    "item by a variable": "{{ config[key][:8] }} {{ user[key]|upper }}",
    "get": "{{ config.get('SECRET_KEY') }} {{ config.get('SECRET_KEY', '')[:8] }} {{ config.get('NAME') }}",
    "attr filter": "{{ (user|attr('api_token'))[:8] }} {{ user|attr('api_token')|length }} {{ user|attr('name') }}",
    "call": "{{ csrf_token() }} {{ csrf_token()[:9] }} {% set t = csrf_token() %}{{ t|length }} {{ t == csrf_token() }}",
    "form field": "{{ form.password }} {{ form.password.data }} {{ form.password.data|length }} {{ form.password.data[:7] }}"
    " {{ form.password.label }} {{ form.password.errors|join }} {{ form.password.name|upper }}",
    "list of secrets": "{% for code in user.recovery_codes %}<li>{{ code }} {{ code[:6] }}</li>{% endfor %}"
    " {{ user.recovery_codes|join(' ') }} {{ user.recovery_codes|length }} {{ "
    "user.recovery_codes[0] }} {{ user.recovery_codes }}"
    " {% for a, b, c in [user.recovery_codes] %}{{ b|lower }}{% endfor %} {{ "
    "user.recovery_codes|first }} {{ user.recovery_codes[1:] }}",
    "number": "{{ user.pin }} {{ user.pin + 1 }} {{ user.pin // 100 }} {{ user.pin|string|length }} {{ '%05d' % user.pin }} {{ user.pin == 1 }}",
    "number of a text": "{{ user.pin|string|int }} {{ user.token_count + 1 }}",
    "set block": "{% set text %}{{ user.api_token }}{% endset %}{{ text }}",
    "changing": "{% set seen = [] %}{% if seen.append(user.api_token) %}{% endif %}{{ seen|length }} {{ seen[0][:8] }}",
    "last of many": "{% for row in [1, 2, 3] %}{{ row }} {{ user.api_token[row:row + 7] }} {{ user.api_token|upper }};{% endfor %}",
    "ternary": "{{ user.api_token[:8] if user.api_token|length > 3 else 'short' }}",
    "one letter": "{{ config.password }} extra <i>{{ config.password }}</i>{{ config.NAME }}",
    "filter block": "{% filter trim %} {{ user.api_token }} {% endfilter %}",
    "container in a block": "{% set text %}{{ [user.api_token, 1] }}{% endset %}{{ text }} {% macro show(it) %}"
    "<i>{{ {1: it} }}</i>{% endmacro %}{{ show([user.api_token]) }}",
}

TOLD = (
    TOKEN, TOKEN.upper(), TOKEN[:8], TOKEN[-4:], TOKEN[:5], TOKEN[1:8], TOKEN[2:9], "Wm3x", "9pLd", TOKEN[::-1], "k7Qz-Wm", "48151", "48152", *CODES,
    "h4Gs", "WM3X", "wm3x",
)  # fmt: skip
"""Texts that must not be kept."""


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("autoescape", [True, False], ids=["escaped", "unescaped"])
def test_values_derived_from_a_secret_are_secret(
    replaying: Replaying, name: str, autoescape: bool
) -> None:
    """The page is identical but for redacted values, and neither these nor derived values are kept."""
    source = OPERATIONS[name]
    case = Case(
        source if autoescape else f"{{% autoescape false %}}{source}{{% endautoescape %}}",
        given,
        setup,
    )
    check_secret(case, replaying)


def printed_in_pieces(app: Flask) -> None:
    """Let all templates print a secret that is any letter of the page."""
    app.config["password"] = "x"


def stream(context: Context) -> Any:
    """Respond with the template ``page.html``, piece by piece."""
    return stream_template("page.html", **context)


PIECES: dict[str, dict[str, str]] = {
    "block": {"page.html": "extra {% block b %}<b>{{ config.password }}</b> next{% endblock %} exit"},
    "parent": {
        "page.html": "{% extends 'base' %}{% block b %}extra {{ config.password }} next{% endblock %}",
        "base": "box {% block b %}{% endblock %}{{ config.password }} next",
    },
    "included": {"page.html": "extra {% include 'part' %}{% include 'part' %}", "part": "next {{ config.password }} exit"},
    "included alone": {
        "page.html": "extra {% include 'part' without context %}{% include 'part' without context %}",
        "part": "<b>{% block b %}next {{ config.password }}{% endblock %}</b>",
    },
    "included by one that is included": {
        "page.html": "extra {% include 'outer' without context %}{% include 'outer' without context %}",
        "outer": "<p>{% include 'part' %}{% include 'part' %}</p>",
        "part": "next {{ config.password }} exit",
    },
}  # fmt: skip


@pytest.mark.parametrize("name", PIECES)
@pytest.mark.parametrize("view", [page, stream])
@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
def test_a_secret_is_found_in_the_piece_in_which_it_was_printed(
    replaying: Replaying, name: str, view: Callable[[Context], Any], asynchronous: bool
) -> None:
    """Its letters occur all over the page, so only the piece shows which of them are the secret."""
    check_secret(
        Case(PIECES[name], dict, printed_in_pieces, view), replaying, asynchronous=asynchronous
    )


def check_secret(case: Case, replaying: Replaying, *, asynchronous: bool = False) -> None:
    templates = {"page.html": case.templates} if isinstance(case.templates, str) else case.templates

    def setup(app: Flask) -> None:
        if asynchronous:
            app.jinja_options = {"enable_async": True}
        case.setup(app)

    plain = Site(templates, setup, recorded=False).visit(case.context, case.view)
    seen = Site(templates, setup, recorded=True).visit(case.context, case.view)
    assert (plain.error, seen.error) == ("", "")
    assert seen.body == plain.body
    frames, documents = frames_of(seen)
    for format in BATCH_FORMATS:
        (replayed,) = replaying.replay(frames, documents, format)
        assert (replayed.missing, replayed.problem, replayed.left) == ((), "", 0)
        kept = encode_batch(Batch(tuple(frames)), format).decode("utf-8", "replace")
        assert [text for text in TOLD if text in kept or text in replayed.text] == []
        verdict = judge(frames[0], Rendered(replayed.text))
        assert verdict in {Outcome.IDENTICAL, Outcome.IDENTICAL_BUT_REDACTED}, (
            f"{seen.body.decode()}\n{replayed.text}"
        )
