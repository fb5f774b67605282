"""Values of a page that hold others under names, read without running code of the app."""

from __future__ import annotations

from typing import Any

from ...trace.type_sets import TypeSet
from .. import operations as op

ROWS = TypeSet({list, tuple})
"""Types of lists of records."""


def has_names(value: Any) -> bool:
    """Whether a value is a dictionary, or a list that begins with one."""
    items = value[:1] if type(value) in ROWS else [value]
    return any(issubclass(type(item), dict) for item in items)


def attributes_of(value: Any) -> dict[str, Any]:
    """Return the attributes of an object itself, without running its code."""
    if type(value) in op.LIVE or issubclass(type(value), type):
        return {}
    try:
        found = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return {}
    return found if type(found) is dict else {}
