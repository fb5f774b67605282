"""Methods, texts and messages of the objects that Jinja makes for a page: loops, cyclers, macros."""

from __future__ import annotations

import pytest

from flask_replay.boundary import Boundary
from flask_replay.recorder.cleaning.cleaner import Cleaner
from flask_replay.recorder.templates.render import frames
from flask_replay.sanitize import Sanitizer
from tests.fuzzing.compare import Comparison
from tests.fuzzing.environments import KINDS
from tests.fuzzing.values import context

from .harness import Replaying, Site, page

EVERYWHERE = ("plain", "async", "sandboxed", "native", "debug", "strict")
MADE = "{% set turns = cycler(ann, bob) %}{% macro m(x) %}<{{ x }}>{% endmacro %}"


def _difference(kind: str, page: str, replaying: Replaying) -> str:
    return Comparison(replaying).compare(kind, {"page.html": MADE + page})


@pytest.mark.parametrize("kind", EVERYWHERE)
def test_reads_of_a_method(kind: str, replaying: Replaying) -> None:
    """Methods of a cycler or of a text are read like any other object."""
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
    """It contains an address, so it is recorded."""
    page = "{% for p in people %}{{ loop }}{{ [loop.cycle] }}{{ loop|string }}{{ loop ~ p }}{% endfor %}"
    assert _difference(kind, page, replaying) == ""


@pytest.mark.parametrize("kind", EVERYWHERE)
def test_filters_that_read_private_attributes(kind: str, replaying: Replaying) -> None:
    """The sandbox of a replay does not read them, so their values are recorded."""
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
def test_undefined_values_of_the_app_made_by_filters(page: str, replaying: Replaying) -> None:
    """They have the app's text, wherever they come from."""
    assert _difference("debug", page, replaying) == ""


def test_an_undefined_value_in_a_module_or_a_cycler(replaying: Replaying) -> None:
    """A filter that reads it creates no other."""
    sources = {
        "page.html": "{% import 'library.html' as library %}{{ library|attr('label') }}"
        "{{ library|attr('missing') }}{{ cycler(missing, 1)|attr('current') }}",
        "library.html": "{% set label = word %}",
    }
    assert Comparison(replaying).compare("debug", sources) == ""


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


ITERABLES = ("people", "[[ann], [bob], [ann]]", "stream()", "'abc'", "[[1], [2], [3]]")
TAKEN = (
    "(loop|list)[0]", "loop|first", "(loop|batch(1)|list)[0][0][0]", "loop|slice(2)|list", "loop|reverse|list",
    "mv(*loop)", "loop|list|map('first')|list", "(loop|list|first)[1].index",
)  # fmt: skip
SHOWN = (
    "loop ~ ann", "[loop, ann]", "[loop]|list", "[[loop, 1]]|first|first", "'%s %s' % (loop, 1)", "loop|d(ann)|string ~ ann",
)  # fmt: skip
BEHIND = "{{ p }}{{ (loop.nextitem or ann).name }}{{ loop.index }}{% endfor %}{{ ann.name }}"


@pytest.mark.parametrize("iterable", ITERABLES)
@pytest.mark.parametrize("kind", ["plain", "native"])
def test_a_loop_whose_items_are_consumed_elsewhere(
    kind: str, iterable: str, replaying: Replaying
) -> None:
    """By a filter, another loop, or a call: the loop continues after them."""
    macro = "{% macro mv() %}{{ varargs|length }}{{ varargs[0][0] }}{% endmacro %}"
    loop = f"{{% for p in {iterable} %}}"
    within = (
        "{% for x in loop %}{{ x[0] }}{% endfor %}",
        "{% for one, own in loop %}{{ own.index ~ one }}{% endfor %}",
    )
    for part in (*(f"{{{{ {taken} }}}}" for taken in TAKEN), *within):
        assert _difference(kind, macro + loop + part + BEHIND, replaying) == "", part


@pytest.mark.parametrize("kind", ["plain", "debug", "native"])
def test_what_a_filter_returns_of_a_loop_is_what_the_next_filter_is_given(
    kind: str, replaying: Replaying
) -> None:
    """The replay knows it again, so it also knows the loops that filters are given later."""
    cycle = "{{ ([loop]|map(attribute='cycle')|first)(word, p) }}"
    turn = "{% for p in team.items() %}" + cycle + "{{ (loop|list|first)|d('-') }}{% endfor %}"
    page = f"{{% block turn %}}{turn}{{% endblock %}}{{{{ self.turn() }}}}"
    assert _difference(kind, page, replaying) == ""


@pytest.mark.parametrize("iterable", ITERABLES)
@pytest.mark.parametrize("kind", EVERYWHERE)
def test_a_printed_loop_over_objects_of_the_app(
    kind: str, iterable: str, replaying: Replaying
) -> None:
    """Its text contains its length. A replay has the text, and does not compute the length."""
    shown = "".join(f"{{{{ {shown} }}}}" for shown in SHOWN)
    loop = f"{{% for p in {iterable} %}}"
    assert _difference(kind, loop + shown + BEHIND, replaying) == ""


@pytest.mark.parametrize("iterable", ["'abc'", "range(3)", "[1, 2]"])
def test_a_filter_that_reads_the_items_of_a_loop(iterable: str, replaying: Replaying) -> None:
    """A replay reads them again if the template has them."""
    page = f"{{% for p in {iterable} %}}{{{{ loop|map('string')|join(',') }}}}" + BEHIND
    assert _difference("plain", page, replaying) == ""


@pytest.mark.parametrize(
    "taken", ["loop|map('string')|list", "loop|join", "ann in loop", "dict(loop)"]
)
def test_a_filter_that_reads_objects_of_the_app_in_a_loop(taken: str) -> None:
    """Only the app has the answers, and the loop no longer has its items, so the page is reported
    as different.
    """
    templates = {"page.html": f"{{% for p in people %}}{{{{ {taken} }}}}{{% endfor %}}"}
    seen = Site(templates, KINDS["plain"].prepare, recorded=True).visit(lambda: context([]), page)
    made, _ = frames(seen.renders, lambda moment: 0, Cleaner(Sanitizer(), Boundary()).begin())
    assert [frame.flags for frame in made] == [("untraced",)]


@pytest.mark.parametrize("kind", ["plain", "async", "sandboxed", "native"])
def test_items_that_an_iterator_creates_for_a_call(kind: str, replaying: Replaying) -> None:
    """The template creates them, as it does where it iterates."""
    page = (
        "{% macro mv() %}{{ varargs }}{{ varargs[0][0] }}{% endmacro %}{{ mv(*([1, 2, 3]|batch(2))) }}"
        "{% set pairs = [1, 2, 3]|slice(2) %}{{ mv(*pairs) }}{{ greet(*([1, 2]|batch(1))) }}{{ ann.name }}"
        "{% set some = [] %}{% set none_ = some.extend([1, 2, 3]|batch(2)) %}{{ some }}{{ some[0][0] }}"
    )
    assert _difference(kind, page, replaying) == ""
