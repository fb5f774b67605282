"""Find secrets under sensitive names in an app's own dictionaries: its settings, a session,
``g``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from ...sanitize.names import sensitive

_MAX_DEPTH = 4


def named_secrets(items: Iterable[tuple[Any, Any]]) -> dict[str, Any]:
    """Return the plain values under sensitive names. No methods of the app's objects are called."""
    return {
        name: value
        for name, value in items
        if type(name) is str and sensitive(name) and _is_plain(value)
    }


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
