"""Secrets whose kind is stated by another member: ``{"kind": "api_key", "value": …}``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from . import vocabulary
from .commands_and_links import is_chosen
from .common_values import Reach, reach
from .login_members import is_random_token
from .names import names_code, words_of
from .naming_rules import Keys, NamingRule
from .terms import words_in

_KINDS = words_in("type kind method factor factortype credentialtype secrettype tokentype purpose")
_HELD = words_in("value values data payload content credential secret answer text")
"""Keys of kinds, and of what may be such a secret, in lower case and without separators."""

_CODE = re.compile(r"\d{4,8}")
_SHORTEST, _LONGEST = 8, 40
"""Characters of the shortest password, and of the longest kind."""


def _may_apply(keys: frozenset[str]) -> bool:
    """Whether a document with these keys may contain a secret and its kind."""
    return not keys.isdisjoint(_KINDS) and not keys.isdisjoint(_HELD)


def _names(
    document: Mapping[str, Any], keys: Keys, sensitive: Callable[[str], bool]
) -> dict[str, str]:
    """Return the names of members that look like a secret of the kind that another one states."""
    kinds = (
        item
        for key, item in document.items()
        if keys[key] in _KINDS and isinstance(item, str) and len(item) <= _LONGEST
    )
    name = next(filter(sensitive, kinds), "")
    if not name:
        return {}
    return {
        key: name for key, item in document.items() if keys[key] in _HELD and _looks(name, item)
    }


def _looks(name: str, value: object) -> bool:
    """Whether a value looks like a secret of this name. A parser's ``token`` is a word, too."""
    if isinstance(value, int):
        value = str(value)
    if not isinstance(value, str):
        return False
    if names_code(name) and _CODE.fullmatch(value) is not None:
        return True
    if not vocabulary.TYPED.isdisjoint(words_of(name)[-1:]):
        return (
            len(value) >= _SHORTEST
            and " " not in value
            and is_chosen(value)
            and reach(value) is Reach.ANYWHERE
        )
    return is_random_token(value)


SECRETS_BY_KIND = NamingRule(_may_apply, _names)
