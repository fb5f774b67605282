"""Objects that fail when they are asked too much, and objects that count the calls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class _Hostile:
    name = "hostile"

    def __repr__(self) -> str:
        return "<hostile>"


class ReprRaises(_Hostile):
    def __repr__(self) -> str:
        raise RuntimeError("no text")


class HashRaises(_Hostile):
    def __hash__(self) -> int:
        raise RuntimeError("no hash")


class EqRaises(_Hostile):
    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no equality")

    def __hash__(self) -> int:
        return 1


class LenRaises(_Hostile):
    def __len__(self) -> int:
        raise RuntimeError("no length")


class BoolRaises(_Hostile):
    def __bool__(self) -> bool:
        raise RuntimeError("no truth")


class IterRaises(_Hostile):
    def __iter__(self) -> Iterator[str]:
        yield "first"
        raise RuntimeError("no second")


class AttributesRaise:
    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(f"no {name}")


class ClassRaises(_Hostile):
    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        raise RuntimeError("no class")


class _ComparedTypes(type):  # noqa: PLW1641
    """Creates types that can be compared, and therefore cannot be hashed."""

    def __eq__(cls, other: object) -> bool:
        return cls is other


class TypeWithoutHash(metaclass=_ComparedTypes):
    """An object whose type cannot be hashed."""

    name = "hostile"


class _RaisingTypes(type):
    """Creates types on which every operation raises."""

    def __eq__(cls, other: object) -> bool:
        raise RuntimeError("no equality of types")

    def __hash__(cls) -> int:
        raise RuntimeError("no hash of a type")

    def __getattribute__(cls, name: str) -> Any:
        raise RuntimeError(f"no {name} of a type")

    def __instancecheck__(cls, instance: object) -> bool:
        raise RuntimeError("no instances")

    def __subclasscheck__(cls, subclass: type) -> bool:
        raise RuntimeError("no subclasses")

    def __repr__(cls) -> str:
        raise RuntimeError("no text of a type")


class TypeRaises(metaclass=_RaisingTypes):
    """An object whose type raises on any access."""

    name = "hostile"

    def __repr__(self) -> str:
        return "<hostile>"


class _LyingTypes(type):
    """Creates types that claim to be the type of texts, and of everything else."""

    def __eq__(cls, other: object) -> bool:
        return True

    def __hash__(cls) -> int:
        return hash(str)

    def __instancecheck__(cls, instance: object) -> bool:
        return True

    def __subclasscheck__(cls, subclass: type) -> bool:
        return True


class TypeLies(metaclass=_LyingTypes):
    """An object whose type claims to be the type of texts."""

    name = "hostile"

    def __repr__(self) -> str:
        return "<hostile>"


class AnswersAll:
    """Has every attribute, each of which can be called, read and iterated."""

    path: str

    def __init__(self, path: str = "all") -> None:
        self.__dict__["path"] = path

    def __getattr__(self, name: str) -> AnswersAll:
        return AnswersAll(f"{self.path}.{name}")

    def __getitem__(self, key: Any) -> AnswersAll:
        if isinstance(key, int) and key > 1:
            raise IndexError(key)
        return AnswersAll(f"{self.path}[{key!r}]")

    def __call__(self, *arguments: Any, **keywords: Any) -> str:
        return f"{self.path}()"

    def __repr__(self) -> str:
        return self.path


class Counting:
    """Logs every operation on it.

    :param log: where to.
    """

    def __init__(self, log: list[str], name: str = "ann", *, true: bool = True) -> None:
        self.log = log
        self._name = name
        self.true = true

    @property
    def name(self) -> str:
        self.log.append("name")
        return self._name

    def __repr__(self) -> str:
        self.log.append("repr")
        return f"<{self._name}>"

    def __str__(self) -> str:
        self.log.append("str")
        return self._name

    def __bool__(self) -> bool:
        self.log.append("bool")
        return self.true

    def __len__(self) -> int:
        self.log.append("len")
        return 2

    def __iter__(self) -> Iterator[str]:
        self.log.append("iter")
        for letter in "ab":
            self.log.append(f"next {letter}")
            yield letter

    def __getitem__(self, key: Any) -> str:
        self.log.append(f"item {key}")
        if isinstance(key, int):
            return "ab"[key]
        raise KeyError(key)

    def __contains__(self, item: object) -> bool:
        self.log.append("contains")
        return item == "a"

    def __eq__(self, other: object) -> bool:
        self.log.append("eq")
        return self is other

    def __lt__(self, other: Any) -> bool:
        self.log.append("lt")
        return False

    def __hash__(self) -> int:
        self.log.append("hash")
        return 7

    def __call__(self, *arguments: Any, **keywords: Any) -> str:
        self.log.append("call")
        return f"call {len(self.log)}"

    def __add__(self, other: Any) -> str:
        self.log.append("add")
        return "sum"


class CountingHtml(Counting):
    """Logs whether it is converted to a text or to HTML."""

    def __html__(self) -> str:
        self.log.append("html")
        return f"<i>{self._name}</i>"


class Changing:
    """Gives a different answer each time."""

    def __init__(self) -> None:
        self.asked = 0

    def _next(self) -> int:
        self.asked += 1
        return self.asked

    @property
    def name(self) -> str:
        return f"name {self._next()}"

    def __getitem__(self, key: Any) -> str:
        if isinstance(key, str):
            raise KeyError(key)
        return f"item {self._next()}"

    def __str__(self) -> str:
        return f"text {self._next()}"

    def __bool__(self) -> bool:
        return self._next() % 2 == 0

    def __len__(self) -> int:
        return self._next()

    def __iter__(self) -> Iterator[int]:
        return iter(range(self._next()))

    def __call__(self, *arguments: Any) -> str:
        return f"call {self._next()}"

    def __eq__(self, other: object) -> bool:
        return self._next() % 2 == 0

    def __hash__(self) -> int:
        return 5

    def __lt__(self, other: Any) -> bool:
        return self._next() % 2 == 0

    def __add__(self, other: Any) -> int:
        return self._next()
