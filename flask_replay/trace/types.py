"""Types of recorded objects: the special methods that a stand-in must have."""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from typing import Any

CAPABILITIES: dict[str, str] = {
    "h": "__html__",
    "i": "__iter__",
    "n": "__len__",
    "c": "__call__",
    "g": "__getitem__",
    "k": "__contains__",
    "a": "__aiter__",
}
"""Letters of a description, and the special method that each stands for."""

_DESCRIBED: weakref.WeakKeyDictionary[type, list[Any]] = weakref.WeakKeyDictionary()


def describe(kind: type) -> list[Any]:
    """Describe a type as ``[name, letters]``. Reads class dictionaries only, so none of its code
    runs.

    :param kind: the type of an object that a template read.
    """
    description = _DESCRIBED.get(kind)
    if description is None:
        description = _DESCRIBED[kind] = _describe(kind)
    return description


def _describe(kind: type) -> list[Any]:
    dictionaries = [base.__dict__ for base in kind.__mro__]
    letters = "".join(
        letter
        for letter, name in CAPABILITIES.items()
        if next((found[name] for found in dictionaries if name in found), None) is not None
    )
    if issubclass(kind, Mapping):
        letters += "M"
    elif issubclass(kind, str):
        letters += "S"
    elif issubclass(kind, Sequence):
        letters += "Q"
    module = kind.__module__
    name = kind.__qualname__ if module == "builtins" else f"{module}.{kind.__qualname__}"
    return [name if isinstance(name, str) else "object", letters]
