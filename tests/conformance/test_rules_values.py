"""Rules 12 to 16: plain values, containers and their content."""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict, UserList, defaultdict, deque
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from . import things
from .harness import Case, Context, Replaying, check


def _do(app: Flask) -> None:
    app.jinja_env.add_extension("jinja2.ext.do")
    app.jinja_env.filters["pushed"] = _push


def _push(items: Any, item: Any) -> str:
    items.append(item)
    return ""


_METHODS = {
    "12 item by an enum": "{{ {'open': 'yes'}[state] }}{{ labels[state] }}{{ labels[colour] }}",
    "12 get with an enum": "{{ {'open': 'yes'}.get(state) }}{{ labels.get(colour, 'none') }}{{ {}.get(state, 'no') }}",
    "12 format method": "{{ '{}'.format(person) }}{{ '{0.name} {1!r}'.format(person, state) }}{{ '{a:>8}'.format(a=slug) }}",
    "12 percent": "{{ '%s' % person }}{{ '%s-%s' % (person, state) }}{{ '%(a)s' % {'a': person} }}",
    "12 join method": "{{ ', '.join([slug, state]) }}{{ '-'.join(slugs) }}",
    "12 replace and split with objects": "{{ 'a-slug'.replace(slug, 'x') }}{{ 'to open it'.split(state) }}",
    "12 startswith and count": "{{ 'a-slug!'.startswith(slug) }}{{ 'open open'.count(state) }}{{ [state].count('open') }}",
    "12 index of an object": "{{ [1, person].index(person) }}{{ ['open'].index(state) }}",
    "12 append runs live": "{% set l = [] %}{% do l.append(person) %}{% do l.append(1) %}{{ l|length }}{{ l[0].name }}",
    "12 list grows in a loop": "{% set l = [] %}{% for s in slugs %}{% do l.append(s) %}{{ l|join }}{% endfor %}",
    "12 dict is updated": "{% set d = {} %}{% do d.update({'a': person}) %}{% do d.update(b=2) %}{{ d.a.name }}{{ d.b }}",
    "12 dict by objects": "{% set d = {} %}{% do d.update({state: 1}) %}{{ d[state] }}{{ d['open'] }}{{ d|length }}",
    "12 pop and setdefault": "{% set d = {'a': person} %}{{ d.setdefault('b', slug) }}{{ d.pop('a').name }}{{ d }}",
    "12 sort and reverse in place": "{% set l = [3, 1] %}{% do l.sort() %}{{ l }}{% do l.reverse() %}{{ l }}{{ l.pop() }}",
    "12 extend by an app's list": "{% set l = [0] %}{% do l.extend(slugs) %}{{ l|length }}{{ l[1].words }}",
    "12 methods of an app's values": "{{ slug.upper() }}{{ slug.words }}{{ slug.shout() }}{{ moment.strftime('%H') }}",
    "12 methods of Markup": "{{ markup.format(person) }}{{ markup + person.name }}{{ (markup % person.name)|e }}",
}

_SPREADING = {
    "13 keywords from mappings": "{{ show(**register) }}{{ show(**ordered) }}{{ show(**{'a': person.name}) }}",
    "13 arguments from sequences": "{{ show(*basket) }}{{ show(*pair) }}{{ show(*row) }}{{ show(*queue) }}{{ show(*'ab') }}",
    "13 both, beside others": "{{ show(0, *pair, z=1, **register) }}",
    "13 keywords from a MultiDict": "{{ show(**multi) }}",
    "13 spread into a macro": "{% macro m(left, right) %}{{ left }}{{ right }}{% endmacro %}{{ m(*pair) }}{{ m(**sides) }}",
    "13 spread into a method": "{{ person.greet(*['x']) }}{{ '{} {}'.format(*pair) }}{{ dict(**register).a }}",
    "13 unpack a named tuple": "{% set a, b = pair %}{{ a }}{{ b }}{% for left, right in [pair] %}{{ right }}{% endfor %}",
    "13 unpack nested": "{% for a, (b, c) in nested %}{{ a }}{{ b }}{{ c }}{% endfor %}",
    "13 unpack rows": "{% for name, number in rows %}{{ loop.index }}{{ name }}{{ number }}{% endfor %}",
    "13 unpack items": "{% for key, value in register.items() %}{{ key }}{{ value }}{% endfor %}",
    "13 unpack in with": "{% with (a, b) = pair %}{{ a }}{{ b }}{% endwith %}",
    "13 unpack text and generator": "{% set a, b = 'xy' %}{{ b }}{% set c, d = letters() %}{{ d }}",
}

_KEYS = {
    "14 filtered loop": "{% for p in people if p.name != 'bob' %}{{ loop.index }}{{ loop.length }}{{ p.name }}{% endfor %}",
    "14 filtered loop over none left": "{% for p in people if p.name == 'x' %}{{ p }}{% else %}nobody{% endfor %}",
    "14 loop.changed": "{% for p in people %}{% if loop.changed(p.name, p) %}{{ p.name }}{% endif %}{% endfor %}",
    "14 loop.changed of an enum": "{% for s in [state, state, 'open', colour] %}{{ loop.changed(s) }}{% endfor %}",
    "14 recursive": "{% for node in tree recursive %}<{{ node.name }}{{ loop.depth }}{{ loop(node.children) }}>{% endfor %}",
    "14 recursive with a filter": "{% for n in tree if n.name recursive %}{{ n.name }}{{ loop(n) }}{% endfor %}",
    "14 loop handed to the app": "{% for p in people %}{{ index_of(loop) }}{{ loop.index }}{% endfor %}",
    "14 caller handed to the app": "{% macro m() %}{{ twice(caller) }}{% endmacro %}{% call m() %}c{{ person.name }}"
    "{% endcall %}{{ person.name }}",
    "14 macro handed to the app": "{% macro m(a=1) %}[{{ a }}{{ person.name }}]{% endmacro %}{{ twice(m) }}{{ m(2) }}",
    "14 macro as a filter's argument": "{% macro m() %}x{% endmacro %}{{ [m, 1]|length }}{{ m is callable }}{{ m.name }}",
    "14 previous and next": "{% for p in people %}{{ (loop.previtem or p).name }}<{{ p.name }}<{{ (loop.nextitem or slug).words }}{% endfor %}",
    "14 cycle of objects": "{% for i in [1, 2, 3] %}{{ loop.cycle(person, slug) }}{% endfor %}",
}

_KEPT = {
    "15 containers that hold objects": "{{ [person] }}{{ {'p': person} }}{{ (person, state) }}{{ [[state]] }}{{ people }}",
    "15 app's containers": "{{ holder }}{{ basket }}{{ register }}{{ queue }}{{ ordered }}{{ pair }}{{ row }}{{ multi }}",
    "15 own zone": "{{ own }}{{ own.utcoffset() }}{{ own.tzname() }}{{ own.dst() }}{{ own.isoformat() }}{{ own.tzinfo is none }}",
    "15 own zone, formatted": "{{ own.strftime('%Z %z') }}{{ own.astimezone(utc) }}{{ own == own }}{{ own < own }}",
    "15 zoneinfo": "{{ berlin }}{{ berlin.tzname() }}{{ berlin.dst() }}{{ berlin.fold }}{{ berlin.tzinfo.key }}",
    "15 arithmetic of dates": "{{ moment + day }}{{ moment - moment }}{{ (moment - day).date() }}{{ day.days }}{{ day * 2 }}",
    "15 dates compared": "{{ moment < moment + day }}{{ moment == moment }}{{ moment.year }}{{ moment.date().weekday() }}",
    "15 named tuple": "{{ pair.left }}{{ pair[1] }}{{ pair|length }}{{ pair == ('a', 1) }}{{ pair._fields }}{{ pair._asdict() }}",
    "15 string enum": "{{ state.value }}{{ state.name }}{{ state|upper }}{{ [state, 'x']|join }}{{ {'open': 1}[state] }}",
    "15 string enum as a template": "{% include name %}",
    "15 decimal and int subclass": "{{ price }}{{ price + 1 }}{{ price > 5 }}{{ count }}{{ count + 1 }}{{ count * 2 }}"
    "{{ 'abcd'[count] }}{{ range(count)|list }}{{ count.unit }}",
    "15 colliding attributes": "{{ x.__len__() }}{{ odd.items }}{{ odd.keys() }}{{ odd.values }}{{ odd._number }}{{ odd._path }}",
    "15 colliding keys": "{{ d.items }}{{ d['items'] }}{{ d.keys() is defined }}{{ d['keys'] }}{{ d.get('name') }}{{ d.frame }}",
    "15 names like our own": "{{ frame }}{{ context }}{{ environment }}{{ missing }}{{ _h }}{{ str }}{{ escape }}",
    "15 special methods": "{{ person.__class__.__name__ }}{{ person.__doc__ }}{{ basket.__contains__(1) }}{{ pair.__len__() }}",
    "15 floats and numbers": "{{ nan }}{{ minus }}{{ big }}{{ big + 1 }}{{ amount }}{{ amount + 1 }}{{ amount == 1.5 }}",
    "15 texts": "{{ markup }}{{ markup ~ '<' }}{{ '<' ~ markup }}{{ surrogate|length }}{{ raw }}{{ raw.decode('latin-1') }}",
}

_SHARED = {
    "16 order of sets": "{% for w in words %}{{ w }} {% endfor %}{{ words|join(',') }}{{ words|list }}{{ words }}",
    "16 order of frozen sets and keys": "{{ frozen }}{{ frozen|list }}{{ words|first }}{{ (words|map('upper')|list)|length }}",
    "16 sorted set": "{{ words|sort }}{{ words|length }}{{ 'fig' in words }}{{ words|max }}",
    "16 one container under two names": "{% do acc.append(4) %}{{ same_acc }}{{ acc }}{% for i in same_acc %}{{ i }}{% endfor %}",
    "16 set to another name": "{% set l = [1] %}{% set k = l %}{% do k.append(2) %}{{ l }}{% do l.append(3) %}{{ k }}",
    "16 container within containers": "{% set l = [1] %}{% set d = {'l': l} %}{% do d.l.append(2) %}{{ l }}{{ d }}",
    "16 app changes what the page holds": "{{ acc }}{{ push(1) }}{% for x in acc %}{{ x }}{% endfor %}{{ push(2) }}{{ acc|length }}{{ acc }}",
    "16 app changes it within the loop": "{% for x in acc %}{% if x < 5 %}{{ push(x + 3) }}{% endif %}{{ x }}{% endfor %}{{ acc|sum }}",
    "16 app changes a list of the template's": "{% set l = [1] %}{{ add_to(l, 2) }}{{ l }}{{ l|length }}{% do l.append(3) %}{{ l }}",
    "16 filter changes a list of the template's": "{% set l = [1] %}{{ l|pushed(2) }}{{ l }}{% for i in l %}{{ i }}{% endfor %}",
    "16 app keeps a list of the template's": "{% set l = [1] %}{{ keep(l) }}{{ l }}{{ grow() }}{{ l }}{{ l|sum }}{{ grow() }}{{ l[-1] }}",
    "16 app changes a dict": "{{ register.a }}{{ put('a', 9) }}{{ register.a }}{{ register|length }}{{ put('b', 1) }}{{ register|list }}",
    "16 page changes what the app holds": "{% do acc.append(person) %}{{ sum_of() }}{{ acc|length }}{% do acc.pop() %}{{ acc }}",
    "16 object changes between reads": "{{ person.name }}{{ rename('zoe') }}{{ person.name }}{{ person }}",
    "16 set after it was printed": "{% set n = namespace(l=[]) %}{% for i in [1, 2] %}{% set n.l = n.l + [i] %}{{ n.l }}{% endfor %}",
}


def _context() -> Context:
    state, person, acc = things.State.OPEN, things.Plain("ann"), [3, 5]
    register, kept = things.Register(a=1), list[Any]()
    return {
        "state": state,
        "colour": things.Colour.RED,
        "labels": {things.State.OPEN: "is open", things.Colour.RED: "is red"},
        "person": person,
        "people": [things.Plain("ann"), things.Plain("bob"), things.Plain("bob")],
        "slug": things.Slug("a-slug"),
        "slugs": [things.Slug("a-b"), things.Slug("c")],
        "markup": Markup("<b>%s{}</b>"),
        "register": register,
        "ordered": OrderedDict(b=1, a=2),
        "basket": things.Basket([2, 1]),
        "pair": things.Pair("a", 1),
        "row": things.Row(("r", 2)),
        "rows": [things.Row(("r", 2)), things.Row(("s", 3))],
        "sides": things.Register(left="l", right="r"),
        "nested": [things.Row((1, things.Pair("b", 2))), (3, [4, 5])],
        "queue": deque([1, 2]),
        "multi": MultiDict([("k", "1"), ("k", "2")]),
        "letters": lambda: (letter for letter in "pq"),
        "show": lambda *arguments, **keywords: f"{arguments!r}{sorted(keywords.items())!r};",
        "tree": things.Tree("root", things.Tree("a", things.Tree("b")), things.Tree("c")),
        "index_of": lambda loop: loop.index,
        "twice": lambda template_code: template_code() + template_code(),
        "holder": UserList([person]),
        "own": dt.datetime(2024, 5, 6, 12, 30, tzinfo=things.Zone()),
        "utc": dt.UTC,
        "berlin": dt.datetime(2024, 10, 27, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Berlin")),
        "moment": dt.datetime(2024, 5, 6, 12, 30),
        "day": dt.timedelta(days=1),
        "name": things.Slug("part.html"),
        "price": things.Price("9.90"),
        "count": things.Count(2),
        "amount": Decimal("1.50"),
        "x": things.Basket([1, 2, 3]),
        "odd": things.Plain(items="items", keys=lambda: "keys", values=[1], _number=7, _path="path"),
        "d": {"items": "i", "keys": "k", "name": "n", "frame": "f"},
        "frame": "frame", "context": "context", "environment": "environment", "missing": "missing",
        "_h": "h", "str": "str", "escape": "escape",
        "nan": float("nan"), "minus": -0.0, "big": 2**80,
        "surrogate": "a\ud800", "raw": b"r\xe4w",
        "words": {"fig", "apple", "kiwi", "plum", "pear", "lime"},
        "frozen": frozenset("jinja templates"),
        "acc": acc,
        "same_acc": acc,
        "push": lambda item: _push(acc, item),
        "add_to": _push,
        "keep": lambda items: _push(kept, items),
        "grow": lambda: _push(kept[0], len(kept[0])),
        "put": lambda key, value: register.update({key: value}) or "",
        "sum_of": lambda: len(acc),
        "rename": lambda name: person.__dict__.update(name=name) or "",
        "groups": defaultdict(list),
    }  # fmt: skip


CASES = {
    name: Case({"page.html": page, "part.html": "part {{ name }}"}, _context, _do)
    for name, page in (_METHODS | _SPREADING | _KEYS | _KEPT | _SHARED).items()
}


@pytest.mark.parametrize("name", CASES)
def test_values_keep_their_behaviour(name: str, replaying: Replaying) -> None:
    """In a replay, values, containers and their methods give the recorded results."""
    check(CASES[name], replaying)
