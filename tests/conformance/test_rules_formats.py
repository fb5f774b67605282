"""``"%s %s" % (a, b)``: Python converts one operand after the other, and so do a recording and a
replay.
"""

from __future__ import annotations

import ast
import dis
import itertools
from typing import Any

import pytest
from flask import Flask
from jinja2 import StrictUndefined

from flask_replay.engine.rewriting.operators import in_turn

from .harness import Case, Replaying, Site, check


class Told:
    """Logs conversions to a text, and reads of an attribute."""

    def __init__(self, log: list[str], name: str) -> None:
        self.log = log
        self.title = name

    @property
    def name(self) -> str:
        self.log.append(f"{self.title}.name")
        return self.title

    def __str__(self) -> str:
        self.log.append(f"{self.title}.text")
        return f"<{self.title}>"

    def __repr__(self) -> str:
        self.log.append(f"{self.title}.repr")
        return f"Told({self.title})"


def _context() -> dict[str, Any]:
    log: list[str] = []
    return {"log": log, "a": Told(log, "a"), "b": Told(log, "b"), "pair": ("x", "y")}


@pytest.mark.parametrize(
    "template",
    [
        "{{ '%s/%s' % (a, b.name) }}",
        "{{ '%s/%s' % (a.name, b) }}",
        "{{ '%% %-9s|%.2s|%r%%' % (a, b.name, b) }}",
        "{{ '%a%5s' % (a, b.name) }}",
        "{{ '%s %d' % (a, b.name|length) }}",
        "{{ '%s' % (a,) }}{{ '%s %s' % pair }}",
        "{% set f = '%s/%s' %}{{ f % (a, b.name) }}",
        "{{ ('%s/%s' % ('%s-%s' % (a, b.name), b.name)) }}",
    ],
)
def test_texts_are_converted_in_pythons_order(template: str, replaying: Replaying) -> None:
    """The log of calls is that of an unrecorded page, and the replay is exact."""
    check(Case(template, _context), replaying)


def test_the_first_missing_name_is_reported() -> None:
    """Converting it to a text fails before the next operand is evaluated."""

    def strict(app: Flask) -> None:
        app.jinja_options = {"undefined": StrictUndefined}

    case = Case("{{ '%s/%s' % (one, other.name) }}", setup=strict)
    errors = [
        Site({"page.html": str(case.templates)}, strict, recorded=recorded)
        .visit(dict, case.view)
        .error
        for recorded in (False, True)
    ]
    assert errors == ["UndefinedError: 'one' is undefined"] * 2


def test_formats_are_split_where_this_python_splits_them() -> None:
    """The rule is compared with the code that Python generates."""
    parts = (
        ("", "-", "+", "0", "#", " ", "--", "*"),
        ("", "5", "05", "99", "100"),
        ("", ".", ".2", ".100"),
        "sradif",
    )
    for flags, width, precision, letter in itertools.product(*parts):
        source = f"'x%%%{flags}{width}{precision}{letter} %s' % (a, b)"
        expression = ast.parse(source, mode="eval").body
        assert isinstance(expression, ast.BinOp)
        code = compile(source, "", "eval")
        joins = not any(step.opname == "BINARY_OP" for step in dis.get_instructions(code))
        assert bool(in_turn(expression.left, expression.right)) is joins, source
