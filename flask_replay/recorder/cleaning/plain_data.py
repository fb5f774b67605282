"""Turn a request's data into plain data, without calling methods of objects that may misbehave."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from ...trace.type_sets import TypeSet, name_of_type

_MAX_DEPTH = 32
_MAX_TEXT = 16_384
_SMALL = 1 << 63
_WRITTEN = TypeSet({UUID, Decimal, date, datetime, time, timedelta})
"""Types whose instances, though not those of subclasses, are kept as text."""


def plain(value: Any, depth: int = 0) -> Any:
    """Return a value as ``None``, ``bool``, ``int``, ``float``, ``str``, and lists and dictionaries
    of these.

    Long texts are cut. Any other object is replaced by the name of its type.
    """
    kind = type(value)
    if kind is str:  # the most common type first
        return text(value)
    if value is None or kind is bool:
        return value
    if issubclass(kind, str):  # an object may lie about its class, or raise
        return text(str.__str__(value))
    if issubclass(kind, int):
        number = int.__int__(value)
        return number if -_SMALL <= number < _SMALL else str(number)[:_MAX_TEXT]
    if issubclass(kind, float):
        number_ = float.__float__(value)
        return number_ if number_ - number_ == 0 else repr(number_)
    if issubclass(kind, list | tuple) and depth < _MAX_DEPTH:
        items = list.__iter__(value) if issubclass(kind, list) else tuple.__iter__(value)
        return [plain(item, depth + 1) for item in items]
    if kind is dict and depth < _MAX_DEPTH:
        return {
            text(str(key)): plain(item, depth + 1)
            for key, item in value.items()
            if issubclass(type(key), str | int)
        }
    return str(value) if kind in _WRITTEN else f"<{name_of_type(kind)}>"


def text(value: str) -> str:
    """Return a text that can be encoded and has a limited length."""
    if type(value) is str and len(value) <= _MAX_TEXT and value.isascii():
        return value
    cut = value if len(value) <= _MAX_TEXT else f"{value[:_MAX_TEXT]}…"
    return cut.encode("utf-8", "replace").decode()


def multi(values: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return all values of a ``MultiDict``."""
    lists: Any = getattr(values, "lists", None)
    pairs = lists() if lists is not None else ((key, [item]) for key, item in values.items())
    return {text(key): [plain(item) for item in items] for key, items in pairs}
