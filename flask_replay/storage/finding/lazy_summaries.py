"""Summaries that are made one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

from ...recording.summary import Summary


class ListLike(Protocol):
    """A list, or something that is read like one."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __getitem__(self, place: int, /) -> Any: ...


class LazySummaries:
    """A page of a list, for callers that read it once. Each summary is made when it is read, and
    forgotten afterwards: thousands of them take twice as long if all are in memory at once.

    :param items: what the summaries are made from.
    :param make: makes a summary.
    """

    def __init__(self, items: ListLike, make: Callable[[Any], Summary]) -> None:
        self._items = items
        self._make = make

    def __len__(self) -> int:
        """Return the number of summaries."""
        return len(self._items)

    def __iter__(self) -> Iterator[Summary]:
        """Yield the summaries."""
        return map(self._make, self._items)

    def __getitem__(self, place: int) -> Summary:
        """Return the summary at a place."""
        return self._make(self._items[place])
