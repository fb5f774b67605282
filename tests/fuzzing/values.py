"""The context of the templates: objects of every kind, which log the operations on them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from tests.conformance.things import Colour, Pair, Slug, State

_ITEMS = 3
"""The items of a person, who can be iterated like a sequence."""


class Person:
    """Logs operations.

    :param log: where each question goes.
    """

    def __init__(self, log: list[str], name: str, age: int) -> None:
        self._log = log
        self._name = name
        self._age = age
        self.friends: list[Person] = []

    def _ask(self, question: str) -> None:
        self._log.append(f"{self._name}.{question}")

    @property
    def name(self) -> str:
        self._ask("name")
        return self._name

    @property
    def age(self) -> int:
        self._ask("age")
        return self._age

    def friend(self) -> Person:
        self._ask("friend")
        return self.friends[0] if self.friends else self

    def greet(self, *who: object, **more: object) -> str:
        self._ask("greet")
        return f"<{self._name}>{len(who)}{sorted(more)}"

    def __getitem__(self, key: object) -> str:
        self._ask("item")
        if isinstance(key, int) and key >= _ITEMS:
            raise IndexError(key)  # as in any sequence, or its iteration would never end
        return f"[{type(key).__name__}]"

    def __str__(self) -> str:
        self._ask("text")
        return f"{self._name} <{self._age}>"

    __repr__ = __str__

    def __bool__(self) -> bool:
        self._ask("truth")
        return self._age > 30

    def __eq__(self, other: object) -> bool:
        self._ask("equal")
        return self is other

    def __hash__(self) -> int:
        return self._age


class Shown(Person):
    """Knows its own markup."""

    def __html__(self) -> str:
        self._ask("markup")
        return f"<i>{self._name}</i>"


class Lazy:
    """A text that is computed on demand, like a lazy translation.

    :param log: where each question goes.
    """

    def __init__(self, log: list[str]) -> None:
        self._log = log

    def __str__(self) -> str:
        self._log.append("lazy")
        return "lazy & late"

    def __repr__(self) -> str:
        # no address, because addresses differ between renders, and filters split them
        self._log.append("lazy, its make")
        return "<Lazy>"


def context(log: list[str]) -> dict[str, Any]:
    """Return a new context for a page.

    :param log: a list for the operations on the objects.
    """
    ann, bob = Person(log, "ann", 41), Shown(log, "bob", 27)
    ann.friends = [bob]

    def greet(*who: object, **more: object) -> str:
        log.append("greet")
        return f"{len(who)}{sorted(more)}"

    def stream() -> Iterator[Person]:
        for person in (ann, bob):
            log.append("next")
            yield person

    return {
        "log": log, "ann": ann, "bob": bob, "people": [ann, bob], "team": {"lead": ann, "other": bob},
        "word": "word", "markup": Markup("<u>m</u>"), "slug": Slug("a-b"), "colour": Colour.RED, "state": State.OPEN,
        "lazy": Lazy(log), "count": 3, "price": Decimal("2.50"), "numbers": [1, 2, 3], "labels": {"a": "A", "b": "B"},
        "moment": datetime(2026, 1, 2, 3, 4, tzinfo=UTC), "pair": Pair("left", 2), "big": 10**30, "nan": float("nan"), "day": date(2026, 1, 2), "nothing": None, "flag": True,
        "greet": greet, "stream": stream, "zipped": lambda: zip([1, 2], [ann, bob], strict=True),
    }  # fmt: skip
