"""Rules 7 to 11: the recording has what was read, from which object, and in which order."""

from __future__ import annotations

import functools
import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.json.provider import DefaultJSONProvider

from . import hostile, things
from .harness import Case, Context, Replaying, check

_CHANGING = {
    "7 attribute differs": "{{ x.name }}{{ x.name }}{{ x.name }}",
    "7 text differs": "{{ x }}{{ x }}{{ x ~ '' }}{{ x }}",
    "7 truth differs": "{% for i in [1, 2, 3] %}{% if x %}yes{% else %}no{% endif %}{% endfor %}",
    "7 length differs": "{{ x|length }}{{ x|length }}",
    "7 iteration differs": "{% for i in x %}{{ i }}{% endfor %}|{% for i in x %}{{ i }}{% endfor %}",
    "7 call differs": "{{ x() }}{{ x() }}{{ x(1) }}{{ x(1) }}{{ x() }}",
    "7 equality differs": "{{ x == 1 }}{{ x == 1 }}{{ x == 2 }}",
    "7 arithmetic differs": "{{ x + 1 }}{{ x + 1 }}",
    "7 item differs": "{{ x[0] }}{{ x[0] }}{{ x[1] }}",
    "7 name of a changing thing": "{% set y = x.name %}{{ y }}{{ x.name }}{{ y }}",
    "7 in a loop": "{% for i in range(4) %}{{ x.name }}{{ i }}{% endfor %}",
    "7 counter function": "{{ count() }}{{ count() }}{% for i in 'ab' %}{{ count() }}{% endfor %}",
    "7 filter differs": "{{ same|numbered }}{{ same|numbered }}{{ step()|numbered }}",
    "7 test differs": "{{ same is alternating }}{{ same is alternating }}",
    "7 answers that stay the same": "{{ same.name }}{{ same.name }}{{ same.greet() }}{{ same.greet() }}",
    "7 equal answers, then another": "{{ step() }}{{ step() }}{{ step() }}{{ step() }}{{ step() }}",
    "7 numbers that are equal, of other types": "{{ typed() }}{{ typed() }}{{ typed() }}{{ typed() }}",
}


def _changing() -> Context:
    numbers, steps = itertools.count(1), iter([1, 1, 2, 1, 1])
    typed = iter([1, True, 1.0, "1"])
    return {
        "x": hostile.Changing(),
        "same": things.Plain(),
        "count": lambda: next(numbers),
        "step": lambda: next(steps),
        "typed": lambda: next(typed),
    }


def _counting_filters(app: Flask) -> None:
    app.json = _OwnJson(app)
    numbers = itertools.count(1)
    app.jinja_env.filters["numbered"] = lambda value: f"{value}{next(numbers)}"
    app.jinja_env.tests["alternating"] = lambda value: next(numbers) % 2 == 0
    app.jinja_env.filters["twice"] = lambda value: f"{value}{value}"
    app.jinja_env.filters["made"] = things.Plain
    app.jinja_env.tests["long"] = lambda value: len(value) > 2
    app.jinja_env.globals["site"] = things.Plain("site")
    app.jinja_env.globals["now"] = lambda: "noon"


class _OwnJson(DefaultJSONProvider):
    """An app's own JSON provider."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        return json.dumps(obj, default=lambda one: f"own {type(one).__name__}", **kwargs)


_OPERATORS = {
    "8 string enum against a string": "{{ state == 'open' }}{{ 'open' == state }}{{ state != 'closed' }}"
    "{% if state == 'open' %}is open{% endif %}",
    "8 enum against an attribute of its class": "{{ colour == Colour.RED }}{{ colour == Colour.BLUE }}",
    "8 chain": "{{ 1 < rank < 5 }}{{ 1 < rank < 2 }}{{ rank < other < 9 }}{{ 5 < rank < fail() }}",
    "8 arithmetic on either side": "{{ rank + 1 }}{{ 1 + rank }}{{ rank - other }}{{ 10 - rank }}{{ rank * 2 }}",
    "8 division": "{{ rank / 2 }}{{ rank // 2 }}{{ rank % 2 }}{{ rank ** 2 }}",
    "8 unary": "{{ -rank }}{{ +rank }}{{ -(-rank) }}",
    "8 tilde": "{{ rank ~ 'a' ~ other ~ 1 ~ html }}",
    "8 in": "{{ rank in [1, 3] }}{{ 3 in [rank] }}{{ rank in ranks }}{{ state in ['open'] }}{{ state in 'open' }}",
    "8 in a mapping": "{{ state in {'open': 1} }}{{ 'a' in register }}{{ rank not in register }}",
    "8 slices": "{{ ranks[1:] }}{{ ranks[:rank] }}{{ 'abcdef'[rank:] }}{{ sliced[1:2] }}{{ basket[:1] }}",
    "8 result of arithmetic asked on": "{% set sum = rank + other %}{{ sum.rank }}{{ sum == 8 }}{{ sum + 1 }}",
    "8 order of objects": "{{ rank < other }}{{ rank >= other }}{{ other > rank }}{{ rank <= rank }}",
    "8 precedence": "{{ rank + 2 * rank }}{{ not rank == 3 }}{{ (rank + 1) * 2 }}",
    "8 none and booleans": "{{ rank == none }}{{ none == state }}{{ (state == 'open') == true }}",
}


def _operands() -> Context:
    return {
        "state": things.State.OPEN,
        "colour": things.Colour.RED,
        "Colour": things.Colour,
        "rank": things.Compared(3),
        "other": things.Compared(5),
        "ranks": [things.Compared(3), things.Compared(1), things.Compared(2)],
        "register": things.Register(a=1),
        "sliced": things.Sequenced(),
        "basket": things.Basket([1, 2]),
        "html": things.Html(),
        "fail": _fail,
    }


def _fail() -> None:
    raise AssertionError("a chain stops at the first that is false")


_BUILTINS = {
    "9 join": "{{ people|join(', ') }}{{ people|join(', ', attribute='name') }}{{ [1, html]|join(sep) }}",
    "9 sort": "{{ ranks|sort }}{{ ranks|sort(reverse=true)|first }}{% for p in people|sort(attribute='name') %}"
    "{{ p.name }}{% endfor %}",
    "9 groupby": "{% for age, group in people|groupby('age') %}{{ age }}:{% for p in group %}{{ p.name }}{% endfor %}"
    "{% endfor %}{{ (people|groupby('age'))[0].grouper }}{{ "
    "(people|groupby('age'))[0].list|length }}",
    "9 default": "{{ nobody|default(person, true) }}{{ gone|default(person) }}{{ person|default('x', true) }}",
    "9 tests of types": "{{ person is mapping }}{{ register is mapping }}{{ basket is sequence }}{{ state is string }}"
    "{{ level is number }}{{ person is callable }}{{ person.greet is callable }}{{ people is "
    "iterable }}",
    "9 unique min max sum": "{{ ranks|min }}{{ ranks|max }}{{ ranks|sum(attribute='rank') }}{{ ranks|unique|list }}",
    "9 map attribute": "{{ people|map(attribute='name')|join }}{{ people|map(attribute='tags.0')|list }}",
    "9 map and select by app": "{{ people|map('made')|list }}{{ ['a', 'abc']|map('twice')|join }}"
    "{{ ['a', 'abc']|select('long')|list }}{{ ['a', 'abc']|reject('long')|list }}",
    "9 selectattr by app": "{{ people|selectattr('name', 'long')|map(attribute='name')|list }}"
    "{{ people|rejectattr('age', 'gt', 40)|list|length }}",
    "9 batch and slice": "{% for row in people|batch(2, person) %}{{ row|length }}{{ row[0].name }}{% endfor %}"
    "{% for column in people|slice(2) %}{{ column[0].name }}{% endfor %}",
    "9 first last random of objects": "{{ (people|first).name }}{{ (people|last).name }}{{ ([person]|random).name }}",
    "9 results are asked on": "{% for p in people|list|reverse %}{{ p.name }}{% endfor %}"
    "{{ (people|sort(attribute='age')|first).name }}",
    "9 dictsort and items": "{{ register|dictsort }}{% for k, v in register|items %}{{ k }}{{ v }}{% endfor %}",
    "9 attr": "{{ person|attr('name') }}{{ person|attr('gone') is defined }}{{ (pair|attr('index'))('a') }}",
    "9 object as a plain filter's argument": "{{ 'abc'|truncate(level) }}{{ 'a'|center(level) }}{{ 3.14159|round(level) }}"
    "{{ 'a b'|replace(' ', html) }}",
    "9 plain data run again": "{{ [3, 1]|sort }}{{ 'a'|upper }}{{ [1, 2]|sum }}{{ {'a': 1}|dictsort }}",
    "9 format": "{{ '%s is %d'|format(person, level) }}{{ '%(a)s'|format(a=person) }}",
    "9 sameas": "{{ person is sameas(person) }}{{ person is sameas(people[0]) }}{{ people[0] is sameas(people[0]) }}",
}


def _built() -> Context:
    return _operands() | {
        "people": [things.Author("cleo", 41), things.Author("al", 39), things.Author("bea", 41)],
        "person": things.Author("dee"),
        "nobody": things.Basket(),
        "pair": things.Pair("a", 1),
        "level": things.Level.HIGH,
        "sep": things.Slug("-"),
    }


_ALWAYS = {
    "10 random": "{{ [1, 2, 3, 4, 5, 6]|random }}{{ range(1000)|random }}{{ 'abcdef'|random }}",
    "10 lipsum": "{{ lipsum(n=1, min=5, max=9) }}",
    "10 tojson by the app's provider": "{{ {'a': 1}|tojson }}{{ {'a': person}|tojson }}{{ [1.5, none]|tojson }}",
    "10 app filter on a literal": "{{ 'literal'|twice }}{{ 1|made }}{{ ('a'|made).name }}",
    "10 app test on a literal": "{{ 'abc' is long }}{% if 'a' is long %}long{% else %}short{% endif %}",
    "10 app filter in an expression of literals": "{{ ('a' ~ 'b')|twice|upper }}{{ ['a'|twice, 1] }}",
    "10 app global": "{{ now() }}{{ site.name }}{{ site.greet(now()) }}",
    "10 Flask's globals": "{{ url_for('static_page') }}{{ get_flashed_messages() }}{{ request.path }}{{ config.DEBUG }}",
    "10 app filter that shadows Jinja's": "{{ 'a'|upper }}{{ ['a']|map('upper')|list }}",
}


def _always(app: Flask) -> None:
    _counting_filters(app)
    app.add_url_rule("/static-page", "static_page", lambda: "")


def _shadowing(app: Flask) -> None:
    app.jinja_env.filters["upper"] = lambda value: f"UP {value}"


_CALLEES = {
    "11 two functions of one name": "{{ first() }}{{ second() }}{{ first() }}",
    "11 closures": "{% for add in adders %}{{ add(1) }}{% endfor %}",
    "11 partial and cached": "{{ partial('x') }}{{ cached(1) }}{{ cached(1) }}",
    "11 class and class method": "{{ Described.make(1) }}{{ Described.still() }}{{ Described() }}",
    "11 instance with __call__": "{{ callable() }}{{ callable(1, a=2) }}",
    "11 methods of two objects": "{{ ann.greet() }}{{ bob.greet() }}{{ ann.greet('x') }}",
    "11 method kept in a variable": "{% set greet = ann.greet %}{{ greet() }}{{ bob.greet() }}{{ greet('y') }}",
    "11 method read anew each time": "{% for i in [1, 2] %}{{ ann.greet(i) }}{% endfor %}{{ ann.greet(1) }}",
    "11 arguments by name": "{{ show(a=1, b=2) }}{{ show(b=2, a=1) }}{{ show(1) }}{{ show(1, a=1) }}",
    "11 arguments of alike values": "{{ show(1) }}{{ show(true) }}{{ show(1.0) }}{{ show('1') }}{{ show(none) }}",
    "11 result that is called": "{{ maker()() }}{{ maker()()|upper }}",
    "11 method of a builtin container": "{{ register.get('a') }}{{ register.get('z', 'none') }}{{ register.items()|list }}",
    "11 same object under two names": "{{ ann.greet() }}{{ also_ann.greet() }}{{ ann is sameas(also_ann) }}",
}


def _callees() -> Context:
    def make(answer: str) -> Callable[[], str]:
        def same_name() -> str:
            return answer

        return same_name

    ann = things.Plain("ann")
    return {
        "first": make("one"),
        "second": make("two"),
        "adders": [functools.partial(lambda more, n: n + more, more) for more in (1, 10, 100)],
        "partial": functools.partial("{}-{}".format, "p"),
        "cached": functools.lru_cache(lambda n: n + 1),
        "Described": things.Described,
        "callable": things.Callable(),
        "ann": ann,
        "also_ann": ann,
        "bob": things.Plain("bob"),
        "show": lambda *arguments, **keywords: f"{arguments!r}{keywords!r};",
        "maker": lambda: make("made"),
        "register": things.Register(a=1),
    }


CASES = (
    {name: Case(page, _changing, _counting_filters) for name, page in _CHANGING.items()}
    | {name: Case(page, _operands) for name, page in _OPERATORS.items()}
    | {name: Case(page, _built, _counting_filters) for name, page in _BUILTINS.items()}
    | {
        name: Case(
            page, lambda: {"person": things.Plain()}, _shadowing if "shadows" in name else _always
        )
        for name, page in _ALWAYS.items()
    }
    | {name: Case(page, _callees) for name, page in _CALLEES.items()}
)


@pytest.mark.parametrize("name", CASES)
def test_every_question_has_its_answers(name: str, replaying: Replaying) -> None:
    """In the order in which they were given."""
    check(CASES[name], replaying)
