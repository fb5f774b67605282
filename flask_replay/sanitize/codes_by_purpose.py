"""Codes whose purpose another member states: ``{"type": "backup", "codes": …}``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from .terms import words_in

_PURPOSES = words_in("type kind purpose factor method op operation action")
_CODES = words_in("code codes")
_LONGEST = 40
"""Characters of the longest purpose."""

_CODE = re.compile(
    r"\d{4,8}|\d{3}[ -]\d{3}|(?=\D*\d)(?:[A-Za-z0-9]{4,}(?:-[A-Za-z0-9]{4,})+|\w{8,})", re.ASCII
)


def may_name_codes(keys: frozenset[str]) -> bool:
    """Whether a document with these keys may contain a code and its purpose.

    :param keys: in lower case, and without separators.
    """
    return not keys.isdisjoint(_CODES) and not keys.isdisjoint(_PURPOSES)


def names_of_codes(
    document: Mapping[str, Any], keys: Mapping[str, str], sensitive: Callable[[str], bool]
) -> dict[str, str]:
    """Return the names of the codes in a document, if one of them is sensitive: ``backup_code``.

    :param keys: the keys in that form.
    :param sensitive: returns whether a name is sensitive.
    """
    codes = [key for key, plain in keys.items() if plain in _CODES and _has_code(document[key])]
    purposes = [
        f"{item}_code"
        for key, item in document.items()
        if codes and keys[key] in _PURPOSES and isinstance(item, str) and len(item) <= _LONGEST
    ]
    name = next(filter(sensitive, purposes), "")
    return dict.fromkeys(codes, name) if name else {}


def _has_code(value: Any) -> bool:
    """Whether a value is a code or contains one."""
    if isinstance(value, list):
        return any(map(_has_code, value[:1]))
    if isinstance(value, dict):
        return any(map(_has_code, value.values()))
    return _CODE.fullmatch(str(value)) is not None
