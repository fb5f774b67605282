"""The data of a request, in a form that every format can hold. Hooks of the app may have changed
it.

``None``, ``bool``, ``int`` of 64 bits, finite ``float``, ``str``, ``list`` and ``dict`` are stored
as themselves. Other plain values become ``{"$": cell}``, with a cell as in a trace. A dictionary
that has the key ``"$"`` itself becomes ``{"$": ["{}", it]}``. Any other value is replaced by the
name of its type.
"""

from __future__ import annotations

from typing import Any, cast

from ..errors import DecodeError
from ..trace import cells
from ..trace.type_sets import TypeSet, name_of_type

MAX_NESTING = 64
"""Levels of nested containers that are written and read."""


class PlainObject(dict[str, Any]):
    """A JSON object that :func:`write` returns unchanged. Code that parsed it has checked it, and
    code that changes it must make a new one.
    """


class PlainArray(list[Any]):
    """A JSON array that :func:`write` returns unchanged."""


_SEQUENCES: tuple[Any, ...] = (list, tuple, set, frozenset)
_NAMES = TypeSet({int, float, bool, type(None)})
"""Types of keys that are written as texts."""

_WIDE = 1 << 63
_MARK = "$"
_ESCAPE = "{}"
_TAGS = frozenset({"i", "f", "b", "d", "dt", "t", "td", "n", "id"})
"""Tags of cells that are allowed here, without ``Markup``: a visitor's data is never safe HTML."""


def write(value: Any, depth: int = 0) -> Any:
    """Return a value as data that every format can hold. Never raises."""
    kind = type(value)
    if kind is PlainObject or kind is PlainArray:
        return value
    if kind is str:  # the most frequent type first
        return value if value.isascii() else text(value)
    if value is None or kind is bool or (kind is int and -_WIDE <= value < _WIDE):
        return value
    if issubclass(kind, str):  # an object may lie about its class, or raise
        return text(value)
    if issubclass(kind, int):
        return _leaf(int.__int__(value))  # a subclass is written as its base type
    if issubclass(kind, float):
        return _leaf(float.__float__(value))
    sequence = next((own for own in _SEQUENCES if issubclass(kind, own)), None)
    if sequence is not None and depth < MAX_NESTING:
        return [write(item, depth + 1) for item in sequence.__iter__(value)]
    if issubclass(kind, dict) and depth < MAX_NESTING:
        written = {key(name): write(item, depth + 1) for name, item in dict.items(value)}
        return {_MARK: [_ESCAPE, written]} if _MARK in written else written
    return _leaf(value) if cells.is_plain(value) else f"<{name_of_type(kind)}>"


def text(value: str) -> str:
    """Return a text that can be encoded: a lone surrogate is written as ``\\ud800``."""
    return str.__str__(value).encode("utf-8", "backslashreplace").decode()


def key(value: object) -> str:
    """Return the text under which a dictionary key is stored."""
    if type(value) is str and value.isascii():
        return value
    kind = type(value)
    if issubclass(kind, str):
        return text(cast(str, value))
    return str(value) if kind in _NAMES else f"<{name_of_type(kind)}>"


def _leaf(value: Any) -> Any:
    cell = cells.write(value)
    if type(cell) is not list:
        return cell
    return {_MARK: cell} if cell[0] in _TAGS else text(str(value))


def read(data: Any, depth: int = 0) -> Any:
    """Return the value that :func:`write` stored.

    :raises DecodeError: :func:`write` never makes such data.
    """
    if not isinstance(data, list | dict):
        return data
    if depth > MAX_NESTING:
        raise DecodeError("the data of a request is nested too deeply")
    if isinstance(data, list):
        return [read(item, depth + 1) for item in data]
    if _MARK not in data:
        return {name: read(item, depth + 1) for name, item in data.items()}
    cell = data[_MARK]
    if type(cell) is not list or not cell or not isinstance(cell[0], str):
        raise DecodeError("the data of a request has a value without a type")
    if cell[0] == _ESCAPE and len(cell) == 2 and type(cell[1]) is dict:
        return {name: read(item, depth + 1) for name, item in cell[1].items()}
    if cell[0] not in _TAGS:
        raise DecodeError(f"the data of a request has a value of unknown type {cell[0]!r:.20}")
    return cells.read(cell)
