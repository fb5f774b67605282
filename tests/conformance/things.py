"""Classes of an imaginary app: objects of every kind that a template may get."""

from __future__ import annotations

import enum
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any, NamedTuple

from .compared import Compared as Compared


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 3


class State(enum.StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class Right(enum.Flag):
    READ = 1
    WRITE = 2


class Slug(str):
    """A text with a method and an attribute of its own."""

    @property
    def words(self) -> list[str]:
        return self.split("-")

    def shout(self) -> str:
        return self.upper() + "!"


class Count(int):
    unit = "pieces"

    def __str__(self) -> str:
        return f"{int(self)} {self.unit}"


class Ratio(float):
    def __str__(self) -> str:
        return f"{float(self):.0%}"


class Price(Decimal):
    def __str__(self) -> str:
        return f"{super().__str__()} EUR"


class Pair(NamedTuple):
    left: str
    right: int


@dataclass
class Author:
    name: str
    age: int = 40
    tags: list[str] = field(default_factory=lambda: ["a", "b"])


@dataclass(frozen=True, order=True)
class Version:
    major: int
    minor: int


class Basket(list[Any]):
    total = 12

    def cheapest(self) -> Any:
        return min(self)


class Register(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return f"no {key}"


class Row(tuple[Any, ...]):
    __slots__ = ()

    @property
    def first(self) -> Any:
        return self[0]


class Zone(tzinfo):
    """A time zone with unusual answers for offset, name and daylight saving."""

    def utcoffset(self, moment: datetime | None) -> timedelta:
        return timedelta(hours=2, minutes=30)

    def tzname(self, moment: datetime | None) -> str:
        return "Own/Zone"

    def dst(self, moment: datetime | None) -> timedelta:
        return timedelta(minutes=30)


class Plain:
    """An object with attributes, and without a text of its own."""

    def __init__(self, name: str = "ann", **more: Any) -> None:
        self.name = name
        self.__dict__.update(more)

    def greet(self, other: str = "you") -> str:
        return f"{self.name} greets {other}"

    def __repr__(self) -> str:
        return f"<Plain {self.name}>"


class Slotted:
    __slots__ = ("_name",)

    def __init__(self) -> None:
        self._name = "slot"

    @property
    def name(self) -> str:
        return self._name

    def __repr__(self) -> str:
        return "<Slotted>"


class Upper:
    """A descriptor."""

    def __get__(self, owner: Any, kind: type) -> str:
        return "on the class" if owner is None else f"on {owner!r}"


class Described:
    name = Upper()

    def __repr__(self) -> str:
        return "<Described>"

    @classmethod
    def make(cls, *arguments: Any, **keywords: Any) -> str:
        return f"{cls.__name__} {arguments} {keywords}"

    @staticmethod
    def still(*arguments: Any, **keywords: Any) -> str:
        return f"still {arguments} {keywords}"

    def method(self, *arguments: Any, **keywords: Any) -> str:
        return f"{self!r} {arguments} {keywords}"


class Callable:
    def __call__(self, *arguments: Any, **keywords: Any) -> str:
        return f"called {arguments} {keywords}"

    def __repr__(self) -> str:
        return "<Callable>"


class Html:
    """Returns itself as HTML, like widgets of forms."""

    def __init__(self, text: str = "<b>html</b>") -> None:
        self.text = text

    def __html__(self) -> str:
        return self.text

    def __str__(self) -> str:
        return f"text of {self.text}"


class Sequenced:
    """Has a length and items by number, but no iterator."""

    def __len__(self) -> int:
        return 3

    def __getitem__(self, index: Any) -> Any:
        return ["a", "b", "c"][index]

    def __repr__(self) -> str:
        return "<Sequenced>"


class Registered(Sequence[str]):
    """A regular sequence."""

    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: Any) -> Any:
        return ("one", "two")[index]

    def __repr__(self) -> str:
        return "<Registered>"


class Streamed:
    """Can only be iterated asynchronously."""

    async def __aiter__(self) -> AsyncIterator[str]:
        yield "a"
        yield "b"

    def __repr__(self) -> str:
        return "<Streamed>"


class Tree:
    """A node that iterates over its children."""

    def __init__(self, name: str, *children: Tree) -> None:
        self.name = name
        self.children = children

    def __iter__(self) -> Iterator[Tree]:
        return iter(self.children)

    def __repr__(self) -> str:
        return f"<Tree {self.name}>"
