"""An object of the app that supports every operation with two operands."""

from __future__ import annotations

from typing import Any


class Compared:
    """An object that is compared and hashed by its rank, and supports arithmetic."""

    def __init__(self, rank: int) -> None:
        self.rank = rank

    def _of(self, other: Any) -> Any:
        return getattr(other, "rank", other)

    def __eq__(self, other: object) -> bool:
        return bool(self.rank == self._of(other))

    def __lt__(self, other: Any) -> bool:
        return bool(self.rank < self._of(other))

    def __gt__(self, other: Any) -> bool:
        return bool(self.rank > self._of(other))

    def __le__(self, other: Any) -> bool:
        return bool(self.rank <= self._of(other))

    def __ge__(self, other: Any) -> bool:
        return bool(self.rank >= self._of(other))

    def __hash__(self) -> int:
        return hash(self.rank)

    def __add__(self, other: Any) -> Compared:
        return Compared(self.rank + self._of(other))

    def __radd__(self, other: Any) -> Compared:
        return Compared(self._of(other) + self.rank)

    def __sub__(self, other: Any) -> Compared:
        return Compared(self.rank - self._of(other))

    def __rsub__(self, other: Any) -> Compared:
        return Compared(self._of(other) - self.rank)

    def __mul__(self, other: Any) -> Compared:
        return Compared(self.rank * self._of(other))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> float:
        return float(self.rank / self._of(other))

    def __floordiv__(self, other: Any) -> int:
        return int(self.rank // self._of(other))

    def __mod__(self, other: Any) -> int:
        return int(self.rank % self._of(other))

    def __pow__(self, other: Any) -> int:
        return int(self.rank ** self._of(other))

    def __neg__(self) -> Compared:
        return Compared(-self.rank)

    def __pos__(self) -> Compared:
        return self

    def __abs__(self) -> int:
        return abs(self.rank)

    def __int__(self) -> int:
        return self.rank

    def __float__(self) -> float:
        return float(self.rank)

    def __index__(self) -> int:
        return self.rank

    def __round__(self, digits: int = 0) -> int:
        return self.rank

    def __repr__(self) -> str:
        return f"rank {self.rank}"
