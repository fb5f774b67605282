"""Types of recorded objects: what a stand-in must look like to the code that asks."""

from __future__ import annotations

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
"""Letters of a description, and the special method whose presence each tells."""


def describe(kind: type) -> list[Any]:
    """Describe a type as ``[name, letters]``, from its dictionaries alone: nothing of it runs.

    :param kind: type of an object that a template read.
    """
    held: set[str] = set()
    for base in type.mro(kind) if type(kind) is type else kind.__mro__:
        held.update(name for name in CAPABILITIES.values() if base.__dict__.get(name) is not None)
    letters = "".join(letter for letter, name in CAPABILITIES.items() if name in held)
    if issubclass(kind, Mapping):
        letters += "M"
    elif issubclass(kind, str):
        letters += "S"
    elif issubclass(kind, Sequence):
        letters += "Q"
    module = kind.__module__
    name = kind.__qualname__ if module == "builtins" else f"{module}.{kind.__qualname__}"
    return [name if isinstance(name, str) else "object", letters]
