"""Types are distinguished by identity, whatever a metaclass of the app says about them."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from flask import Flask

from flask_replay.codec import freeform
from flask_replay.engine import operations as op
from flask_replay.engine.objects import JINJA_TYPES
from flask_replay.engine.recording.log import TAKEN_APART
from flask_replay.engine.recording.setups import setup_of
from flask_replay.recorder.cleaning.plain_data import plain
from flask_replay.trace.cells import PLAIN, is_plain
from flask_replay.trace.type_sets import full_name_of, name_of_type
from flask_replay.trace.types import describe
from tests.conformance.conftest import replaying
from tests.conformance.harness import Case, Replaying, check
from tests.conformance.hostile import ClassRaises, TypeLies, TypeRaises, TypeWithoutHash
from tests.cores import running_on

__all__ = ["replaying"]

MAKERS: dict[str, Callable[[], Any]] = {
    "TypeWithoutHash": TypeWithoutHash,
    "TypeRaises": lambda: TypeRaises(),
    "TypeLies": TypeLies,
}
hostile = pytest.mark.parametrize("name", MAKERS)


class Outer:
    """An object of the app, read step by step."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner


@pytest.mark.parametrize("core", ["compiled", "python"])
@hostile
def test_a_page_with_such_objects_is_recorded(
    name: str, core: str, compiled: ModuleType, replaying: Replaying
) -> None:
    """Like any other, by the core and by Python."""
    page = (
        "{{ b.name }}{{ o.inner.name }}{{ [b]|length }}{% for each in [b, b] %}{{ each.name }}"
        "{% endfor %}{{ b is string }}{{ b is none }}{{ b == b }}{{ show(b) }}{{ b|kept }}"
    )

    def setup(app: Flask) -> None:
        app.jinja_env.globals["show"] = lambda value: value.name
        app.jinja_env.filters["kept"] = lambda value: value.name

    def context() -> dict[str, Any]:
        made = MAKERS[name]()
        return {"b": made, "o": Outer(made)}

    with running_on(compiled if core == "compiled" else None):
        check(Case(page, context, setup), replaying)


@hostile
def test_such_an_object_has_none_of_our_types(name: str) -> None:
    """It is an object of the app."""
    value = MAKERS[name]()
    kinds = (PLAIN, JINJA_TYPES, TAKEN_APART, op.LIVE, op.SEQUENCES)
    assert not any(type(value) in known for known in kinds)
    assert not op.LIVE.have_all(["a", value])
    assert not is_plain(value)
    assert name_of_type(type(value)) == name
    assert full_name_of(type(value)) == ("tests.conformance.hostile", name)
    assert describe(type(value)) == [f"tests.conformance.hostile.{name}", ""]


def test_our_types_have_no_metaclass() -> None:
    """So the compiled core can ignore types that have one."""
    assert {type(kind) for kind in TAKEN_APART | JINJA_TYPES | PLAIN} == {type}


def test_adding_or_removing_types_gives_such_a_set() -> None:
    """It also compares by identity."""
    assert float in PLAIN | {list}
    assert list in PLAIN | {list}
    assert float not in PLAIN - {float}
    assert TypeLies not in PLAIN | {list}
    assert TypeLies not in PLAIN - {float}


@pytest.mark.parametrize("name", [*MAKERS, "ClassRaises"])
def test_such_an_object_in_the_data_of_a_request_is_named(name: str) -> None:
    """By its type. Nothing else of it is read."""
    value = (MAKERS | {"ClassRaises": ClassRaises})[name]()
    assert plain([value]) == freeform.write([value]) == [f"<{name}>"]
    assert freeform.write({value: 1}) == {f"<{name}>": 1}


def test_filters_that_are_objects_are_not_compared() -> None:
    """Whether the app has changed its environment is detected without calling its filters."""

    class Filter:
        def __call__(self, value: object) -> str:
            return str(value)

        def __eq__(self, other: object) -> bool:
            raise RuntimeError("compared")

        __hash__ = object.__hash__

    app = Flask("filters")
    app.jinja_env.filters["shown"] = Filter()
    first = setup_of(app.jinja_env)
    assert setup_of(app.jinja_env) is first
    app.jinja_env.filters["shown"] = Filter()
    assert setup_of(app.jinja_env) is not first
