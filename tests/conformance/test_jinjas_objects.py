"""Methods, texts and messages of the objects that Jinja makes for a page: loops, cyclers, macros."""

from __future__ import annotations

import pytest

from tests.fuzzing.compare import Comparison

from .harness import Replaying

EVERYWHERE = ("plain", "async", "sandboxed", "native", "debug", "strict")
MADE = "{% set turns = cycler(ann, bob) %}{% macro m(x) %}<{{ x }}>{% endmacro %}"


def _difference(kind: str, page: str, replaying: Replaying) -> str:
    return Comparison(replaying).compare(kind, {"page.html": MADE + page})


@pytest.mark.parametrize("kind", EVERYWHERE)
def test_what_a_template_reads_of_a_method(kind: str, replaying: Replaying) -> None:
    """The method of a cycler or of a text is read like any other object."""
    page = (
        "{{ turns.next.name|default('-') }}{{ (turns|attr('next')).__name__|default('-') }}"
        "{{ turns.next[0]|default('-') }}{{ 'x'.upper.__name__|default('-') }}"
        "{{ ('x'|attr('upper')).__name__|default('-') }}{{ (turns|attr('next'))().name }}"
        "{{ [1].append.__doc__|default('-') }}{% if turns.next %}{{ turns.next() }}{% endif %}"
    )
    assert _difference(kind, page, replaying) == ""


@pytest.mark.parametrize("kind", EVERYWHERE)
def test_a_method_of_a_loop_that_a_filter_returns(kind: str, replaying: Replaying) -> None:
    """A replay has the method, so it is not in the recording."""
    page = (
        "{% for p in people %}{{ loop.cycle|default(ann)|string|length > 9 }}{{ loop.changed|d(1) }}"
        "{{ (loop.cycle|default(ann))('a', ann) }}{{ (loop.changed|d(bob))(p) }}{% endfor %}"
    )
    assert _difference(kind, page, replaying) == ""


@pytest.mark.parametrize("kind", ["async", "native async"])
def test_the_text_of_an_asynchronous_loop(kind: str, replaying: Replaying) -> None:
    """It contains an address, so it is in the recording."""
    page = "{% for p in people %}{{ loop }}{{ [loop.cycle] }}{{ loop|string }}{{ loop ~ p }}{% endfor %}"
    assert _difference(kind, page, replaying) == ""


@pytest.mark.parametrize("kind", EVERYWHERE)
def test_filters_that_read_private_attributes(kind: str, replaying: Replaying) -> None:
    """The sandbox of a replay does not read them, so what they are is in the recording."""
    page = (
        "{{ joiner()|attr('__class__') }}{{ turns.next|attr('__class__') }}{{ 'x'|attr('__doc__')|length }}"
        "{{ [1]|map(attribute='__class__')|list }}{{ [[1]]|map('attr', '__len__')|list|length }}"
        "{{ ['a']|join('_', '__doc__')|length }}{{ ['a', 'b']|join('_') }}{{ [1]|selectattr('__class__')|list }}"
    )
    assert _difference(kind, page, replaying) == ""


@pytest.mark.parametrize(
    "page",
    [
        "{% for one in [{}]|map(attribute='missing') %}{{ one }}{% endfor %}",
        "{{ [{}]|map(attribute='missing')|map('default', 'x')|list }}{{ [1, 2]|map('string')|list }}",
        "{{ [[]]|map('first')|first }}{{ [[]]|map('first')|map('upper')|join }}",
        "{{ {}|attr('missing') }}{{ []|first }}{{ {}.missing }}{{ {}.missing ~ ann }}",
    ],
)
def test_undefined_values_of_the_app_that_filters_make(page: str, replaying: Replaying) -> None:
    """They have the text that the app gives them, wherever they come from."""
    assert _difference("debug", page, replaying) == ""


def test_the_documentation_of_jinjas_objects(replaying: Replaying) -> None:
    """A page may print it."""
    page = (
        "{{ m.__doc__ }}{{ m.__call__.__doc__ }}{% for p in people %}{{ loop.__doc__ }}{% endfor %}"
    )
    assert _difference("plain", page, replaying) == ""


@pytest.mark.parametrize("kind", ["plain", "async", "sandboxed"])
@pytest.mark.parametrize(
    "call",
    ["loop()", "loop(1, 2)", "loop(x=1)", "m(1, 2)", "greet(**turns)", "greet(**1)", "greet(**ann)"]
    + ["greet(**[1])", "greet(**turns.next)", "greet(**{1: 2})", "greet(*1)", "ann.greet(**loop)"],
)
def test_a_call_with_wrong_arguments_fails_with_the_same_message(
    kind: str, call: str, replaying: Replaying
) -> None:
    """The message names the function that Jinja called."""
    page = f"{{% for p in people %}}{{{{ {call} }}}}{{% endfor %}}"
    assert _difference(kind, page, replaying) == ""
