"""Entries become the same columns with and without the compiled core, and nothing is lost or leaks."""

from __future__ import annotations

import gc
import random
import sys
from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from itertools import chain, count
from types import ModuleType
from typing import Any, NamedTuple

import pytest
from markupsafe import Markup

from flask_replay.engine.recording import columns
from flask_replay.trace import cells
from flask_replay.trace.cells import PLAIN

Group = Callable[..., dict[str, list[Any]]]


class Thing:
    """An object of an app."""


class Text(str):
    """A text of a custom type, which counts as an object."""

    __slots__ = ()


class Hostile:
    """Raises on any access."""

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("asked whether it is equal")

    def __hash__(self) -> int:
        raise RuntimeError("asked for its hash")

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(f"asked for its {name}")

    def __str__(self) -> str:
        raise RuntimeError("asked for its text")

    __repr__ = __str__
    __iter__ = __len__ = __bool__ = __getattr__  # type: ignore[assignment]


class Grouped(NamedTuple):
    """The result of grouping: the columns, and the objects that got numbers."""

    columns: dict[str, list[Any]]
    numbers: dict[int, list[int]]
    kinds: list[type]
    objects: list[Any]


class Numbering:
    """The arguments that a trace passes to ``group``."""

    def __init__(self) -> None:
        self.writers: dict[int, Callable[[Any], Any] | None] = {}
        self.numbers: dict[int, list[int]] = {}
        self.kinds: list[type] = []
        self.objects: list[Any] = []
        self.fresh = chain(([number] for number in range(3)), map(list, zip(count(3))))

    def group(
        self, group: Group, questions: Iterable[str], answers: list[Any]
    ) -> dict[str, list[Any]]:
        """Group entries."""
        return group(
            questions,
            answers,
            self.writers,
            self.writer_of,
            lambda text: ["closer", cells.write(text)],
            self.numbers,
            self.kinds,
            self.objects,
            self.fresh,
        )

    def writer_of(self, kind: type) -> Callable[[Any], Any] | None:
        """Return a function that writes values of a type."""
        if kind is list:
            return lambda inner: [
                "l",
                *self.group(columns.group, [""] * len(inner), inner).get("", ()),
            ]
        return cells.writer(kind) if kind in PLAIN else None


def grouped(group: Group, questions: Iterable[str], answers: list[Any]) -> Grouped:
    """Group entries as the first of a render."""
    numbering = Numbering()
    found = numbering.group(group, questions, answers)
    return Grouped(found, numbering.numbers, numbering.kinds, numbering.objects)


def some_answers(chance: random.Random, objects: list[Any]) -> list[Any]:
    """Return answers as templates get them, including unusual ones."""
    kinds: list[Callable[[], Any]] = [
        lambda: chance.choice(["", "plain", "<b>", "é", "€<", "\ud800", "x" * 400]),
        lambda: Markup(chance.choice(["<b>", "plain", "ü"])),
        lambda: chance.choice([None, True, False, Text("<own>"), Text("own"), b"bytes"]),
        lambda: chance.choice([0, -1, 7, 2**62, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 10**40]),
        lambda: chance.choice([0.0, -0.0, 1.5, float("nan"), float("inf"), -float("inf"), 5e-324]),
        lambda: chance.choice([Decimal("1.50"), range(4), complex(1, 2)]),
        lambda: chance.choice(objects),
        lambda: [chance.choice(objects), "<i>", chance.random(), 2**70],
    ]
    return [chance.choice(kinds)() for _ in range(chance.randrange(60))]


@pytest.mark.parametrize("seed", range(40))
def test_both_versions_give_the_same_columns_and_numbers(compiled: ModuleType, seed: int) -> None:
    """For any entries: texts, extreme numbers, containers, uncooperative objects."""
    chance = random.Random(seed)
    objects = [Thing(), Hostile(), datetime, Thing, {}, Text("same"), lambda: None, Hostile()]
    for _ in range(20):
        answers = some_answers(chance, objects)
        questions = [chance.choice(["name", "a.b", "[]", "escape()", "é"]) for _ in answers]
        expected = grouped(columns.group, questions, answers)
        found = grouped(compiled.group, map(str, questions), answers)
        assert list(map(repr, found.columns.items())) == list(map(repr, expected.columns.items()))
        assert found.numbers == expected.numbers
        assert found.kinds == expected.kinds
        assert list(map(id, found.objects)) == list(map(id, expected.objects))


class Meta(type):
    """A metaclass whose hash is code of the app."""

    def __hash__(cls) -> int:
        raise LookupError("asked for the hash of a type")


class Nameless(metaclass=Meta):
    """An object of such a type."""


@pytest.mark.parametrize(
    ("questions", "answers", "error"),
    [
        (["a", "b"], ["only one"], ValueError),
        (["a"], ["one", "two"], ValueError),
        ([], ["one"], ValueError),
        ([[]], ["text"], TypeError),
    ],
)
def test_both_versions_raise_the_same(
    compiled: ModuleType, questions: list[Any], answers: list[Any], error: type[Exception]
) -> None:
    """Invalid entries are refused."""
    for group in (columns.group, compiled.group):
        with pytest.raises(error):
            grouped(group, questions, answers)


def test_the_hash_of_a_type_is_not_computed(compiled: ModuleType) -> None:
    """That would run code of the app."""
    one, other = Nameless(), Nameless()
    for group in (columns.group, compiled.group):
        found = grouped(group, ["a", "b", "a"], [one, other, one])
        assert found.columns == {"a": [[0], [0]], "b": [[1]]}


def test_a_writer_may_raise_group_more_or_change_the_entries(compiled: ModuleType) -> None:
    """The worst consequence is an error."""
    answers: list[Any] = [Thing(), 2**64, "<b>", 2**65]
    questions = ["a", "b", "c", "d"]

    def emptying(text: str) -> Any:
        answers.clear()
        return text

    numbering = Numbering()
    arguments = (numbering.numbers, numbering.kinds, numbering.objects, numbering.fresh)
    with pytest.raises(ValueError, match="as many"):
        compiled.group(questions, answers, {}, numbering.writer_of, emptying, *arguments)

    def failing(value: Any) -> Any:
        raise OverflowError("too large")

    for writers in ({id(Thing): failing}, {id(Thing): None, id(list): failing}):
        with pytest.raises(OverflowError):
            compiled.group(["a", "b"], [Thing(), []], writers, len, len, *arguments)
    with pytest.raises(ValueError, match="no more numbers"):
        compiled.group(["a"], [Thing()], {id(Thing): None}, len, len, {}, [], [], iter(()))


def test_arguments_of_other_types_are_refused(compiled: ModuleType) -> None:
    """The compiled function accesses dictionaries and lists directly, so it accepts nothing else."""
    right: list[Any] = [["a"], ["b"], {}, len, len, {}, [], [], iter(())]
    assert compiled.group(*right) == {"a": ["b"]}
    for place in range(9):
        wrong = [*right[:place], 7, *right[place + 1 :]]
        if place not in {3, 4}:  # functions that are never called
            with pytest.raises(TypeError):
                compiled.group(*wrong)
    with pytest.raises(TypeError):
        compiled.group(*right[:-1])


def test_reference_counts_stay_level(compiled: ModuleType) -> None:
    """However often it runs, and whatever it raises."""
    things = [Thing(), Hostile(), "<b>", Markup("m"), 2**80, 1.5, Text("t")]
    questions, answers = ["a", "b", "c"] * 7, [*things, *things, *things]

    def once() -> None:
        grouped(compiled.group, questions, answers)
        with pytest.raises(ValueError, match="as many"):
            grouped(compiled.group, questions, [*answers, *things])

    def counts() -> list[int]:
        return [*map(sys.getrefcount, [*things, *questions, questions, answers])]

    once()
    gc.collect()
    gc.freeze()  # objects released by threads of other tests do not count
    before, objects = counts(), len(gc.get_objects())
    for _ in range(200):
        once()
    gc.collect()
    assert counts() == before
    assert abs(len(gc.get_objects()) - objects) < 50
