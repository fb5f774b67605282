"""The items of a log that are not values of the app: the subject of questions that belong to no
object, and special answers.
"""

from __future__ import annotations

from typing import Any

from .. import operations as op


class Free:
    """The subject of questions that do not belong to an object, such as names."""


FREE = Free()


class Raised:
    """The answer to a question that raised an error which the template handled."""

    __slots__ = ("kind",)

    def __init__(self, kind: str) -> None:
        self.kind = kind


class Made:
    """A container that the template created, as it was when it became part of a question."""

    __slots__ = ("items", "kind")

    def __init__(self, kind: str, items: list[Any]) -> None:
        self.kind = kind
        self.items = items


class Items(dict[int, Any]):
    """The items of an iteration by position, as far as the template took them."""

    __slots__ = ()


class Slot:
    """An answer that is an item of the template's own container, at this position."""

    __slots__ = ("index",)

    def __init__(self, index: int) -> None:
        self.index = index


class Again:
    """An answer that a replay computes by repeating the operation."""


AGAIN = Again()


def word_of(question: Any) -> str:
    """Return the word of a question. One that reads an item by name is a pair."""
    return question if type(question) is str else op.ITEM
