"""Return the items that a template iterates, unpacks and spreads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .. import operations as op
from .answers import ABSENT, NO_ANSWER
from .standins import Absent, StandIn
from .values import ReplayedValues


class ReplayedIteration(ReplayedValues):
    """The part of a replay that takes items."""

    def iterate(self, value: Any) -> Iterable[Any]:
        value = self.current(value)
        found = value
        if self.is_asked(value):
            cell = self.answer(value, op.ITERATE)
            if isinstance(value, StandIn):
                path = f"{value._path}[]"
                found = self.nothing(path) if cell is ABSENT else self.value(cell, path)
        return self._counted(found)

    def _counted(self, items: Iterable[Any]) -> Iterator[Any]:
        for item in items:
            self.step()
            yield item
            if (rest := self.current(items)) is not items:  # lent within the loop
                yield from self.iterate(rest)
                return

    def measure(self, value: Any) -> int:
        value = self.current(value)
        cell = self.answer(value, op.LENGTH) if self.is_asked(value) else ABSENT
        if not isinstance(value, StandIn):
            return len(value)
        if cell is ABSENT:
            raise TypeError("the recording does not have its length")
        return 0 if cell is NO_ANSWER else int(self.value(cell, value._path))

    def unpack(self, value: Any, shape: tuple[Any, ...]) -> Any:
        items = list(self.iterate(value))
        if len(items) == len(shape):
            return [
                item if part is None else self.unpack(item, part)
                for item, part in zip(items, shape, strict=True)
            ]
        if isinstance(value, Absent):
            return [value if part is None else self.unpack(value, part) for part in shape]
        return items

    def spread(self, value: Any) -> Iterable[Any]:
        return self.iterate(value)

    def spread_mapping(self, value: Any) -> Any:
        value = self.current(value)
        cell = self.answer(value, op.SPREAD) if self.is_asked(value) else ABSENT
        if not isinstance(value, StandIn):
            return {} if isinstance(value, Absent) else value
        if cell is ABSENT:
            self.nothing(f"**{value._path}")
            return {}
        return {str(name): item for name, item in self.value(cell, value._path).items()}
