"""What a template read, as a tree, and where it is shown in the HTML."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from flask import Flask, render_template, render_template_string, request
from jinja2 import DictLoader
from markupsafe import Markup

from flask_replay.engine.replaying import Renderer
from flask_replay.insight import Change, Node, ObservingRenderer, PageState, changes, state
from flask_replay.insight.page_state_text import drawn
from flask_replay.recording.events import Frame
from flask_replay.trace.model import Trace

from ..conftest import AppMaker, recordings_of, replay_of

TEMPLATES = {
    "base.html": "<title>{% block title %}Shop{% endblock %}</title>\n<main>{% block main %}{% endblock %}</main>",
    "macros.html": "{% macro price(amount) -%}\n<b>{{ amount|money }}</b>\n{%- endmacro %}",
    "row.html": "<li id='{{ line.book.id }}'>{{ line.book.title }}: {{ line.count }}</li>",
    "cart.html": (
        '{% extends "base.html" %}{% from "macros.html" import price with context %}\n'
        "{% block title %}{{ super() }}: cart of {{ user.name }}{% endblock %}\n"
        "{% block main %}{% set note %}<i>{{ user.note }}</i>{% endset %}"
        '{% for line in cart.lines %}{% include "row.html" %}{% else %}Nothing{% endfor %}\n'
        "{{ price(cart.total()) }} {{ note }} {{ user.api_key }}"
        '{% if "SALE" in cart.codes %} {{ find("a<b", limit=2) }}{% endif %}{% for n, word in pairs %}{{ word }}{% endfor %}'
        "{% endblock %}"
    ),
}


@dataclass
class Book:
    id: int
    title: str


@dataclass
class Line:
    book: Book
    count: int


@dataclass
class Cart:
    lines: list[Line]
    codes: list[str] = field(default_factory=lambda: ["SALE"])

    def total(self) -> Decimal:
        return sum((Decimal(line.count) for line in self.lines), Decimal("0.50"))


@dataclass
class User:
    name: str = "Ann"
    note: str = "ring twice"
    api_key: str = "k3y-k3y-k3y-k3y"


@pytest.fixture
def app(make_app: AppMaker) -> Flask:
    """A shop with a cart."""
    app = make_app()
    app.jinja_loader = DictLoader(TEMPLATES)
    app.jinja_env.filters["money"] = lambda amount: f"€{amount}"

    @app.get("/cart")
    def cart() -> str:
        lines = [Line(Book(int(id), f"Book {id}"), int(count)) for id, _, count in (
            one.partition(":") for one in request.args["lines"].split(",") if one
        )]  # fmt: skip
        return render_template(
            "cart.html",
            cart=Cart(lines),
            user=User(),
            find=lambda word, limit: f"{word} {limit}",
            pairs=[(1, "first pair"), (2, "second pair")],
        )

    return app


def states_of(app: Flask, *carts: str) -> list[PageState]:
    """Show carts, and return the states of the pages."""
    client = app.test_client()
    for lines in carts:
        client.get(f"/cart?lines={lines}")
    (recording,) = recordings_of(app)
    with app.app_context():
        return [
            replay_of(app).state(recording.summary.id, number)
            for number, _ in enumerate(recording.frames)
        ]


def node(found: PageState, path: str) -> Node:
    """Return the node of a path."""
    read = found.node(path)
    assert read is not None, path
    return read


def test_reads_of_a_template_are_a_tree_with_types_and_values(app: Flask) -> None:
    first, second = states_of(app, "1:1,2:3", "2:3")

    names = [read.name for read in first.reads]
    assert names == ["user", "cart", "find('a<b', limit=2)", "pairs", "'SALE' in cart.codes"]
    assert (node(first, "user.name").type, node(first, "user.name").value) == ("str", "Ann")
    assert node(first, "cart").type.endswith(".Cart")
    assert [item.name for item in node(first, "cart.lines").children] == ["[0]", "[1]"]
    assert node(first, "cart.lines[1].book.title").value == "Book 2"
    assert (node(first, "cart.total()").type, node(first, "cart.total()").value) == (
        "Decimal",
        "4.50",
    )
    assert node(first, "cart.total()|money").value == "€4.50"
    assert node(first, "'SALE' in cart.codes").value is True
    assert node(first, "find('a<b', limit=2)").value == "a<b 2"
    assert node(first, "user.api_key").masked
    assert "k3y" not in str(msgspec.to_builtins(first))
    assert msgspec.json.decode(msgspec.json.encode(second))["template"] == "cart.html"
    assert (first.problem, first.missing, first.notes) == ("", (), ())


def test_each_piece_of_a_page_knows_its_template_its_line_and_its_reads(
    app: Flask,
) -> None:
    (found,) = states_of(app, "1:1,2:3")

    def seen(path: str) -> list[tuple[str, str, int]]:
        return [
            (found.html[spot.start : spot.end], found.templates[spot.template].name, spot.line)
            for spot in found.spots_of(path)
        ]

    assert seen("user.name") == [("Ann", "cart.html", 2)]
    assert seen("cart.lines[1].book.title") == [("Book 2", "row.html", 1)]
    assert seen("cart.lines[0].count") == [("1", "row.html", 1)]
    assert seen("cart.total()|money") == [("€4.50", "macros.html", 2)]
    assert seen("user.note") == [("ring twice", "cart.html", 3)]
    assert seen("find('a<b', limit=2)") == [("a&lt;b 2", "cart.html", 4)]
    assert seen("pairs[1][1]") == [("second pair", "cart.html", 4)]
    assert seen("user.api_key") == [("[redacted]", "cart.html", 4)]

    places = [(spot.start, spot.end) for spot in found.spots]
    # nothing is left out
    assert [start for start, _ in places] == [0, *(end for _, end in places[:-1])]
    assert places[-1][1] == len(found.html)
    title = found.spot_at(found.html.index("Shop"))
    assert title is not None
    # the output of super()
    assert (found.templates[title.template].name, title.line) == ("base.html", 1)
    source = found.templates[title.template]
    with app.app_context():
        assert TEMPLATES["base.html"][:30].encode() in replay_of(app).recordings.document(
            source.key
        )


def test_changes_between_two_renders_are_readable(app: Flask) -> None:
    before, more, other, none = states_of(app, "1:1,2:1", "1:1,2:2", "3:1,1:1,2:2", "")

    assert [str(change) for change in changes(before, more)] == [
        "cart.lines[1].count: 1 → 2",
        "cart.total(): 2.50 → 3.50",
        "cart.total()|money: '€2.50' → '€3.50'",
    ]
    assert changes(more, other)[:2] == [
        # the others are unchanged
        Change("cart.lines[0]", "", "Line(book.id=3, book.title='Book 3', count=1)"),
        Change("cart.total()", "3.50", "4.50"),
    ]
    assert [change.path for change in changes(other, none)][:3] == [
        "cart.lines[0]",
        "cart.lines[1]",
        "cart.lines[2]",
    ]
    assert changes(before, before) == []


def frame(source: PageState | None = None, **fields: Any) -> Frame:
    """Return a frame that nobody would record."""
    return Frame(offset_ms=0, template="page.html", entry="0" * 16, **fields)


def test_the_state_of_a_cut_or_hostile_recording_says_what_is_missing(app: Flask) -> None:
    states_of(app, "1:1,2:3")
    (recording,) = recordings_of(app)
    (whole,) = recording.frames
    with app.app_context():
        documents = replay_of(app).recordings.document
    observing = ObservingRenderer(documents)

    gone = state(frame(), ObservingRenderer(lambda key: documents("f" * 64)))
    assert gone.problem
    assert gone.reads == []

    trace = whole.trace
    for word in trace.answers:
        cut = {name: cells for name, cells in trace.answers.items() if name != word}
        found = state(
            msgspec.structs.replace(whole, trace=msgspec.structs.replace(trace, answers=cut)),
            observing,
        )
        assert found.problem or found.missing or found.html != "" or found.notes

    for junk in (
        [9999],
        ["l"],
        ["x"],
        [],
        ["n", "no number"],
        ["l", "dict", 1],
        {"a": 1},
        ["u"],
        ["m", 3],
        "\ud800",
    ):
        answers = {name: [junk for _ in cells] for name, cells in trace.answers.items()}
        hostile = msgspec.structs.replace(
            whole, trace=msgspec.structs.replace(trace, answers=answers)
        )
        found = state(hostile, observing)
        assert found.template == "cart.html"
        assert msgspec.json.encode(found)  # whatever it contains
        odd = msgspec.structs.replace(trace, answers={**trace.answers, "\ud800": [junk]})
        assert msgspec.json.encode(state(msgspec.structs.replace(whole, trace=odd), observing))

    assert state(msgspec.structs.replace(whole, trace=Trace()), observing).missing
    unrecorded = state(msgspec.structs.replace(whole, flags=("unrecorded:a reason",)), observing)
    assert "a reason" in unrecorded.problem


def test_an_observed_render_equals_the_replay(app: Flask) -> None:
    states_of(app, "1:1,2:3", "5:1")
    (recording,) = recordings_of(app)
    with app.app_context():
        documents = replay_of(app).recordings.document
    for one in recording.frames:
        assert state(one, ObservingRenderer(documents)).html == Renderer(documents).render(one).html


def test_a_tree_is_bounded(make_app: AppMaker) -> None:
    app = make_app()
    app.jinja_loader = DictLoader(
        {
            "deep.html": "{% set ns = namespace(at=top) %}{% for _ in range(100) %}{% set ns.at = ns.at.next %}{% endfor %}"
        }
    )

    class Deep:
        @property
        def next(self) -> Deep:
            return Deep()

    app.add_url_rule("/deep", "deep", lambda: render_template("deep.html", top=Deep()))
    app.test_client().get("/deep")
    (recording,) = recordings_of(app)
    with app.app_context():
        found = replay_of(app).state(recording.summary.id, 0)
    assert found.notes == ("not all that was read is listed",)
    assert msgspec.json.encode(found)


def test_nothing_has_a_text_in_a_terminal_too(make_app: AppMaker) -> None:
    """That a coupon is ``None``, or a text is empty, may be why a page looks as it does."""
    app = make_app()

    @app.get("/plan")
    def plan() -> str:
        source = "{{ coupon }}{{ plan.title }}{{ plan.note }}{{ plan.seats }}{{ plan.end }}"
        plan = SimpleNamespace(title="None", note="", seats=Markup(""))
        return render_template_string(source, coupon=None, plan=plan)

    app.test_client().get("/plan")
    (recording,) = recordings_of(app)
    with app.app_context():
        lines = list(drawn(replay_of(app).state(recording.summary.id, 0)))
    assert [line.strip() for line in lines[1:]] == [
        "coupon = None",
        "plan  SimpleNamespace",
        ".title = 'None'",
        ".note = ''",
        ".seats = ''  Markup",
        ".end = undefined",
    ]
