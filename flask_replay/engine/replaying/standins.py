"""Stand-ins: objects that replace those of the app in a replay. They answer from the trace or not
at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from jinja2 import ChainableUndefined

from ...trace.types import CAPABILITIES


class Answering(Protocol):
    """Answers for stand-ins; implemented by the replay."""

    def text(self, stand_in: StandIn) -> str: ...
    def html(self, stand_in: StandIn) -> str: ...
    def holds(self, stand_in: StandIn) -> bool: ...
    def count(self, stand_in: StandIn) -> int: ...
    def items(self, stand_in: StandIn) -> Iterator[Any]: ...
    def item(self, stand_in: StandIn, key: Any) -> Any: ...
    def result(
        self, stand_in: StandIn, arguments: tuple[Any, ...], keywords: dict[str, Any]
    ) -> Any: ...
    def comparison(self, sign: str, stand_in: StandIn, other: Any) -> Any: ...


class StandIn:
    """Replaces one object of the app.

    :param answers: answers for the object.
    :param number: its number in the trace.
    :param path: the path by which the page first reached it, ``post.author``.
    """

    __slots__ = ("_answers", "_number", "_path")

    def __init__(self, answers: Answering, number: int, path: str) -> None:
        self._answers = answers
        self._number = number
        self._path = path

    def __repr__(self) -> str:
        return self._answers.text(self)

    def __str__(self) -> str:
        return self._answers.text(self)

    def __bool__(self) -> bool:
        return self._answers.holds(self)

    def __hash__(self) -> int:
        return hash(self._number)

    def __eq__(self, other: object) -> bool:
        return bool(self._answers.comparison("==", self, other))

    def __ne__(self, other: object) -> bool:
        return bool(self._answers.comparison("!=", self, other))

    def __lt__(self, other: object) -> bool:
        return bool(self._answers.comparison("<", self, other))

    def __gt__(self, other: object) -> bool:
        return bool(self._answers.comparison(">", self, other))


def _html(self: StandIn) -> str:
    return self._answers.html(self)


def _iter(self: StandIn) -> Iterator[Any]:
    return self._answers.items(self)


def _len(self: StandIn) -> int:
    return self._answers.count(self)


def _call(self: StandIn, /, *arguments: Any, **keywords: Any) -> Any:
    return self._answers.result(self, arguments, keywords)


def _getitem(self: StandIn, key: Any) -> Any:
    found = self._answers.item(self, key)
    if type(key) is int and isinstance(found, Absent):
        raise IndexError(key)  # otherwise an iteration by index would never end
    return found


def _contains(self: StandIn, item: Any) -> bool:
    return bool(self._answers.comparison("in", self, item))


_METHODS: dict[str, Callable[..., Any]] = {
    "__html__": _html,
    "__iter__": _iter,
    "__len__": _len,
    "__call__": _call,
    "__getitem__": _getitem,
    "__contains__": _contains,
}


def _setitem(self: StandIn, key: Any, value: Any) -> None:
    """Do nothing when a template sets an attribute in a namespace of the app, because the trace has
    what is read there.
    """


class StandInTypes:
    """Creates the types of stand-ins: one for each set of capabilities."""

    def __init__(self) -> None:
        self.types: dict[str, type[StandIn]] = {}

    def of(self, letters: str) -> type[StandIn]:
        """Return the type for the letters of a description."""
        kind = self.types.get(letters)
        if kind is None:
            methods = {
                name: _METHODS[name]
                for letter, name in CAPABILITIES.items()
                if letter in letters and name in _METHODS
            }
            kind = self.types[letters] = type(
                "StandIn", (StandIn,), {"__slots__": (), "__setitem__": _setitem, **methods}
            )
            if "M" in letters:
                Mapping.register(kind)
            elif "Q" in letters:
                Sequence.register(kind)
        return kind


class Absent(ChainableUndefined):
    """Replaces a value that the recording does not have. It prints nothing, contains nothing, and
    returns itself when read.
    """

    __slots__ = ()

    def __call__(self, /, *arguments: Any, **keywords: Any) -> Any:
        return self

    def _itself(self, *arguments: Any) -> Absent:
        return self

    def _never(self, *arguments: Any) -> bool:
        return False

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _itself  # type: ignore[assignment]
    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = _itself  # type: ignore[assignment]
    __mod__ = __rmod__ = __pow__ = __rpow__ = __neg__ = __pos__ = _itself  # type: ignore[assignment]
    __lt__ = __le__ = __gt__ = __ge__ = __contains__ = _never  # type: ignore[assignment]
