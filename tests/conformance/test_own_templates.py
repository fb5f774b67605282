"""A replay computes again what templates make themselves, so it is neither noted twice nor for
nothing.
"""

from __future__ import annotations

import pytest
from flask import Flask
from flask.templating import Environment
from jinja2 import DebugUndefined

from tests.fuzzing.compare import Comparison

from .harness import Case, Replaying, check

OUTER = "{% for each in people %}{% set outer = loop %}{% for other in numbers %}BODY{% endfor %}{% endfor %}"

READS = (
    "outer.nextitem|default(word)", "outer['nextitem']", "outer.previtem is defined", "outer.index", "outer.length",
    "outer|attr('nextitem')", "outer.absent", "outer.changed(each)",
)  # fmt: skip


@pytest.mark.parametrize("kind", ["plain", "debug", "chainable", "sandboxed", "native", "async"])
@pytest.mark.parametrize("read", READS)
def test_nested_loops(read: str, kind: str, replaying: Replaying) -> None:
    """Undefined values of a custom class are noted once."""
    page = OUTER.replace("BODY", f"{{{{ {read} }}}}")
    assert Comparison(replaying).compare(kind, {"page.html": page}) == ""


class OwnReads(Environment):
    """An environment that overrides attribute access."""

    def getattr(self, obj: object, attribute: str) -> object:
        return super().getattr(obj, attribute)


@pytest.mark.parametrize("read", READS)
def test_nested_loops_in_a_custom_environment(read: str, replaying: Replaying) -> None:
    """It overrides reads and the class of undefined values."""

    def setup(app: Flask) -> None:
        app.jinja_environment = OwnReads
        app.jinja_options = {"undefined": DebugUndefined}

    page = OUTER.replace("BODY", f"{{{{ {read} }}}}")
    check(
        Case(page, lambda: {"people": ["ann", "bob"], "numbers": [1, 2], "word": "w"}, setup),
        replaying,
    )


LIBRARY = (
    "{% macro m(a) %}{{ self is defined }}{{ self.x() }}{{ self.y is defined }}{% endmacro %}"
    "{% block x %}b{{ word }}{{ ann.name }}{% endblock %}{% set label = 1 %}"
)


@pytest.mark.parametrize("kind", ["plain", "debug", "sandboxed", "native", "async", "native async"])
@pytest.mark.parametrize("context", ["with context", "without context"])
def test_a_macro_of_another_template_calls_a_block_of_its_own(
    kind: str, context: str, replaying: Replaying
) -> None:
    """Through ``self``, a variable of the module that the macro closes over."""
    page = "{% import 'library.html' as library CONTEXT %}{{ library.label }}{{ library.m(1) }}"
    templates = {"page.html": page.replace("CONTEXT", context), "library.html": LIBRARY}
    comparison = Comparison(replaying)
    for _ in range(2):  # the module is made for the first page, and shared with the second
        assert comparison.compare(kind, templates) == ""
