"""Find secrets under sensitive names in an app's own dictionaries: its settings, a session,
``g``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from itertools import islice
from types import GetSetDescriptorType, MemberDescriptorType, ModuleType
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from ...sanitize.names import sensitive
from ...trace.type_sets import definer_of, dictionary_of

_MAX_DEPTH = 4
_DEEPEST, _MOST = 2, 64
"""Levels of dictionaries and objects that are looked into, and their items."""

_SLOTS = frozenset({GetSetDescriptorType, MemberDescriptorType})
_SCALARS = frozenset({str, int, float, bool, bytes, type(None), list, tuple, set, timedelta})


def named_secrets(items: Iterable[tuple[Any, Any]]) -> dict[str, Any]:
    """Return the plain values under sensitive names, also within dictionaries, and in the
    attributes of the app's objects. No methods of these objects are called.

    Several values under one name are returned as a list.
    """
    found: dict[str, list[Any]] = {}
    for name, value in _named(items):
        found.setdefault(name, []).append(value)
    return {name: values if len(values) > 1 else values[0] for name, values in found.items()}


def _named(items: Iterable[tuple[Any, Any]], depth: int = 0) -> Iterator[tuple[str, Any]]:
    for name, value in _copied(items):
        if type(name) is not str:
            continue
        if sensitive(name) and _is_plain(value):
            yield name, value
        elif depth < _DEEPEST and type(value) not in _SCALARS:
            yield from _named(_items(value), depth + 1)


def _copied(items: Iterable[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Return items of a dictionary. If another thread changes it meanwhile, those so far are
    returned, and all other dictionaries are still searched.
    """
    copied: list[tuple[Any, Any]] = []
    with suppress(RuntimeError):
        copied.extend(items)
    return copied


def _items(value: Any) -> Iterable[tuple[Any, Any]]:
    """Return the first items of a dictionary, or the first attributes of an object itself."""
    kind = type(value)
    if kind is dict:
        return islice(cast("dict[Any, Any]", value).items(), _MOST)
    owner = None if issubclass(kind, type | ModuleType) else definer_of(kind, "__dict__")
    slot = None if owner is None else dictionary_of(owner)["__dict__"]
    if type(slot) not in _SLOTS:  # a property of the app, which may do anything
        return ()
    own = cast("GetSetDescriptorType", slot).__get__(value)
    return islice(own.items(), _MOST) if type(own) is dict else ()


def _is_plain(value: Any, depth: int = 0) -> bool:
    if type(value) is str or type(value) is int:
        return True
    if depth < _MAX_DEPTH and type(value) is dict:
        return all(_is_plain(item, depth + 1) for item in [*value.values()])
    return (
        depth < _MAX_DEPTH
        and type(value) is list
        and all(_is_plain(item, depth + 1) for item in value)
    )


def secrets_of_settings(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the secrets in an app's settings, including the passwords in database URLs and the
    like.
    """
    found = named_secrets(config.items())
    passwords: list[str] = []
    for value in config.values():
        if type(value) is str and "://" in value and "@" in value:
            try:
                password = urlsplit(value).password
            except ValueError:
                continue
            passwords += [password, unquote(password)] if password else []
    return found | ({"password": passwords} if passwords else {})
