"""A replay computes the attributes of macros again, in every kind of environment."""

from __future__ import annotations

import pytest

from tests.fuzzing.compare import Comparison
from tests.fuzzing.environments import KINDS

from .harness import Replaying

ATTRIBUTES = ("name", "arguments", "catch_kwargs", "catch_varargs", "caller")
READS = ("m.{}", "m['{}']", "m|attr('{}')", "([m]|map(attribute='{}')|first)", "n.kept.{}")
USES = ("{}", "{}|string", "greet({})", "{} == m.arguments", "[{}]")
USES_OF_TUPLES = ("{}|length", "{}|list|join", "{}[0]", "ann in {}")


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("name", KINDS)
def test_attributes_of_a_macro(name: str, read: str, replaying: Replaying) -> None:
    """However they are used, no answer is missing or left over. Kinds of environments and ways to
    read take turns with the uses.
    """
    kind, turn = KINDS[name], list(KINDS).index(name) + READS.index(read)
    (begin, end), (show, shown) = kind.block, kind.variable
    used = [use.format(read.format(each)) for each in ATTRIBUTES for use in USES]
    used += [use.format(read.format("arguments")) for use in USES_OF_TUPLES]
    page = (
        f"{begin} macro m(a, b=2) {end}{show} a {shown}{show} kwargs|length {shown}{begin} endmacro {end}"
        f"{begin} set n = namespace(kept=m) {end}"
    ) + "".join(f"{show} {each} {shown}" for each in used[turn % 2 :: 2])
    assert Comparison(replaying).compare(name, {"page.html": page}) == ""


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("name", KINDS)
def test_an_attribute_that_macros_do_not_have(name: str, read: str, replaying: Replaying) -> None:
    """It is undefined, as the environment defines it."""
    kind = KINDS[name]
    (begin, end), (show, shown) = kind.block, kind.variable
    page = (
        f"{begin} macro m(a) {end}{begin} endmacro {end}{begin} set n = namespace(kept=m) {end}"
        f"{show} {read.format('missing')} {shown}"
    )
    assert Comparison(replaying).compare(name, {"page.html": page}) == ""


@pytest.mark.parametrize("name", KINDS)
def test_additions_of_the_recorder_to_macros_and_loops_are_hidden(
    name: str, replaying: Replaying
) -> None:
    """A page that reads them finds them undefined, as without a recorder."""
    kind, comparison = KINDS[name], Comparison(replaying)
    (begin, end), (show, shown) = kind.block, kind.variable
    page = (
        f"{begin} macro m(a) {end}{begin} endmacro {end}{show} m.simple_count is defined {shown}"
        f"{show} m.call_simply is defined {shown}{begin} for a in [1] {end}"
        f"{show} loop.call_simply is defined {shown}{begin} endfor {end}"
    )
    assert comparison.compare(name, {"page.html": page}) == ""
