"""Which dictionaries are the record of one person, such as a user.

In such a record, an ordinary word may be a password. Elsewhere, the same word says something about
passwords: ``{"name": "changed", "password": "changed"}``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import islice
from typing import Any

from .names import words_of
from .terms import words_in
from .vocabulary import HARMLESS, WORDS

_MOST = 200
"""Items of a dictionary that are examined."""

_MAIL = re.compile(r"[^\s@<>()]{1,64}@[^\s@<>()]{1,190}\.[^\W\d_]{2,24}")
_FULL_NAME = re.compile(r"[^\W\d_]\w+(?: [^\W\d_](?:\w+|\.)){1,3}")
_WORD = re.compile(r"[^\W\d_]+")
_NAMED = words_in("name fullname displayname realname")
_HANDLES = words_in("user username login account nick nickname handle phone mobile")
"""Last words of the keys of full names, and of what belongs to one person."""

_STATES = words_in("""
    revoked pending unchanged unset medium custom public locked unlocked blocked delivered success
    unknown unavailable unconfirmed rejected unused refreshed compromised leaked dynamic hardware
    software manual automatic never always daily weekly monthly partial limited unlimited permanent
    secondary external internal local remote
""")
"""Words that say in which state a secret is, or of which kind."""

_OF_SECRETS = (WORDS - HARMLESS) | _STATES


def is_of_person(data: Mapping[Any, Any]) -> bool:
    """Whether a dictionary is the record of one person: it has an id, an e-mail address, a name of
    several capitalised words, or a user name or telephone number with digits.
    """
    return any(
        _identifies_person(key, value)
        for key, value in islice(data.items(), _MOST)
        if type(key) is str and (type(value) is str or type(value) is int)
    )


def _identifies_person(key: str, value: str | int) -> bool:
    words = words_of(key)
    last = words[-1] if words else ""
    if type(value) is int:
        return last in {"id", "uid", "pk"} and value > 0
    text = str(value)
    if last in _HANDLES:
        return any(map(str.isdigit, text)) or _MAIL.fullmatch(text) is not None
    if last in _NAMED:
        return text.istitle() and _FULL_NAME.fullmatch(text) is not None
    return _MAIL.fullmatch(text) is not None


def may_be_chosen(value: str) -> bool:
    """Whether a common value may be somebody's secret. A word about secrets is not: it is an
    example of a password, its label or its state.
    """
    words = _WORD.findall(value.casefold())
    return not words or not _OF_SECRETS.issuperset(words)
