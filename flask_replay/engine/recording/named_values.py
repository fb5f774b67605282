"""Values of a page that hold others under names, read without running code of the app."""

from __future__ import annotations

from types import MemberDescriptorType
from typing import Any

from ...trace.type_sets import TypeSet
from .. import operations as op

ROWS = TypeSet({list, tuple})
"""Types of lists of records."""


def has_names(value: Any) -> bool:
    """Whether a value is a dictionary, or a list that begins with one."""
    first = value[:1] if type(value) in ROWS else (value,)
    return issubclass(type(first[0]), dict) if first else False


def attributes_of(value: Any) -> dict[str, Any]:
    """Return the attributes of an object itself, or the fields of a named tuple, without running
    its code.
    """
    kind = type(value)
    if kind in op.LIVE or issubclass(kind, type):
        return {}
    if issubclass(kind, tuple):
        return _fields_of(value)
    try:
        found = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return _slots_of(value)
    return found if type(found) is dict else {}


def _fields_of(value: tuple[Any, ...]) -> dict[str, Any]:
    """Return the fields of a named tuple by name."""
    names = type.__getattribute__(type(value), "__dict__").get("_fields")
    return dict(zip(names, tuple.__iter__(value), strict=False)) if type(names) is tuple else {}


def _slots_of(value: Any) -> dict[str, Any]:
    """Return the attributes of an object without ``__dict__``."""
    found: dict[str, Any] = {}
    for base in type.__getattribute__(type(value), "__mro__"):
        members = type.__getattribute__(base, "__dict__")
        for name in [*members] if "__slots__" in members else ():
            if type(slot := members[name]) is MemberDescriptorType:
                try:
                    found.setdefault(name, slot.__get__(value))
                except AttributeError:  # not set
                    continue
    return found
