"""Find secrets under sensitive names in an app's own dictionaries: its settings, a session,
``g``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from itertools import islice
from types import ModuleType
from typing import Any
from urllib.parse import unquote, urlsplit

from ...sanitize.names import sensitive

_MAX_DEPTH = 4
_DEEPEST, _MOST = 2, 64
"""Levels of dictionaries and objects that are looked into, and their items."""

_SCALARS = frozenset({str, int, float, bool, bytes, type(None), list, tuple, set, timedelta})


def named_secrets(items: Iterable[tuple[Any, Any]], depth: int = 0) -> dict[str, Any]:
    """Return the plain values under sensitive names, also within dictionaries, and in the
    attributes of the app's objects. No methods of these objects are called.
    """
    found: dict[str, Any] = {}
    for name, value in items:
        if type(name) is not str:
            continue
        if sensitive(name) and _is_plain(value):
            found[name] = value
        elif depth < _DEEPEST and type(value) not in _SCALARS:
            inner = named_secrets(islice(_items(value), _MOST), depth + 1)
            found |= {key: [found[key], item] if key in found else item
                      for key, item in inner.items()}  # fmt: skip
    return found


def _items(value: Any) -> Iterable[tuple[Any, Any]]:
    """Return the items of a dictionary, or the attributes of an object itself."""
    if type(value) is dict:
        return value.items()
    try:
        own = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return ()
    return own.items() if type(own) is dict and not isinstance(value, type | ModuleType) else ()


def _is_plain(value: Any, depth: int = 0) -> bool:
    if type(value) is str or type(value) is int:
        return True
    if depth < _MAX_DEPTH and type(value) is dict:
        return all(_is_plain(item, depth + 1) for item in value.values())
    return (
        depth < _MAX_DEPTH
        and type(value) is list
        and all(_is_plain(item, depth + 1) for item in value)
    )


def secrets_of_settings(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the secrets in an app's settings, including the passwords in database URLs and the
    like.
    """
    found = named_secrets((name, value) for name, value in config.items())
    passwords: list[str] = []
    for value in config.values():
        if type(value) is str and "://" in value and "@" in value:
            try:
                password = urlsplit(value).password
            except ValueError:
                continue
            passwords += [password, unquote(password)] if password else []
    return found | ({"password": passwords} if passwords else {})
