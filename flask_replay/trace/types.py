"""Types of recorded objects: the special methods that a stand-in must have."""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from .type_sets import TypeSet, bases_of, definer_of, dictionary_of, full_name_of

CAPABILITIES: dict[str, str] = {
    "h": "__html__",
    "i": "__iter__",
    "n": "__len__",
    "c": "__call__",
    "g": "__getitem__",
    "k": "__contains__",
    "a": "__aiter__",
}
"""The letters of a description, each with the special method that it means."""

_USUAL = TypeSet({type, object})
_DESCRIBED: dict[int, tuple[weakref.ref[type], list[Any]]] = {}
"""Descriptions by the identity of the type, which need not have a hash."""


def describe(kind: type) -> list[Any]:
    """Describe a type as ``[name, letters]``. Reads class dictionaries, and checks only the
    abstract classes that Jinja's tests check.

    :param kind: the type of an object that a template read.
    """
    _, description = _DESCRIBED.get(id(kind), (None, None))
    if description is None:
        identity, description = id(kind), _describe(kind)
        gone = weakref.ref(kind, lambda _: _DESCRIBED.pop(identity, None))
        _DESCRIBED[identity] = gone, description
    return description


def _describe(kind: type) -> list[Any]:
    dictionaries = [*map(dictionary_of, bases_of(kind))]
    letters = "".join(
        letter
        for letter, name in CAPABILITIES.items()
        if next((found[name] for found in dictionaries if name in found), None) is not None
    )
    if _is_kind_of(kind, Mapping):
        letters += "M"
    elif issubclass(kind, str):
        letters += "S"
    elif _is_kind_of(kind, Sequence):
        letters += "Q"
    module, name = full_name_of(kind)
    return [name if module in {"", "builtins"} else f"{module}.{name}", letters]


def _is_kind_of(kind: type, abstract: type) -> bool:
    """Whether a type is a subclass of an abstract class.

    An abstract class remembers types by their hashes. A type that defines its own hash may be
    confused with others there, also for the app, so it is not checked.
    """
    if any(definer_of(type(kind), name) not in _USUAL for name in ("__eq__", "__hash__")):
        return False
    with suppress(Exception):  # a subclass of the abstract class may check in its own way
        return issubclass(kind, abstract)
    return False
