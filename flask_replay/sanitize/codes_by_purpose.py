"""Codes whose purpose is stated elsewhere: by another member, as in ``{"type": "backup", "codes":
…}``, or by the address to which they are sent, as in ``POST /login/otp``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from .common_values import Reach, reach
from .names import words_of
from .naming_rules import Keys, NamingRule
from .terms import words_in
from .vocabulary import OWNERS

_PURPOSES = words_in("type kind purpose factor method op operation action")
_CODES = words_in("code codes")
_LONGEST = 40
"""Characters of the longest purpose."""

_CODE = re.compile(
    r"\d{4,8}|\d{3}[ -]\d{3}|(?=\D*\d)(?:[A-Za-z0-9]{4,}(?:-[A-Za-z0-9]{4,})+|\w{8,})", re.ASCII
)

_SENT = words_in("code codes value digits")
"""Names of fields for codes, besides sensitive ones."""

_FACTORS = words_in("""
    otp totp hotp mfa twofa tfa twofactor twostep factor passcode recovery authenticator
""")
_CHECKS = words_in("""
    auth authenticate authentication challenge validate validation verifying unlock activate
    activation sms tf mf log in sign code codes check confirm confirmation verify verification
    login signin step submit number link us wan
""")
_ANY = words_in("code codes check validate validation submit step number link us wan tf log")
"""Words of addresses that check who somebody is: those that suffice, and those that do only if all
others are such words or ``OWNERS``, and one is none of ``_ANY``. Otherwise the code may be that of
a coupon or a product, or a number.
"""

_PROVIDERS = words_in("callback cb oauth oidc openid sso authorized authorize")
"""Words of addresses to which OAuth providers send visitors back."""

_SHORTEST_GRANT = 16
_LONGEST_WORD = 24
"""Characters of the longest part of an address that is not an id or a token."""


def _may_apply(keys: frozenset[str]) -> bool:
    """Whether a document with these keys may contain a code and its purpose."""
    return not keys.isdisjoint(_CODES) and not keys.isdisjoint(_PURPOSES)


def _names(
    document: Mapping[str, Any], keys: Keys, sensitive: Callable[[str], bool]
) -> dict[str, str]:
    """Return the names of the codes in a document, if one of them is sensitive: ``backup_code``."""
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


CODES_BY_PURPOSE = NamingRule(_may_apply, _names)


def is_code_of_visitor(name: str, value: Any, path: str) -> bool:
    """Whether a field with a common name has a code with which somebody logs in, according to the
    address to which it was sent.

    :param value: a text, or a list of texts.
    """
    if name.lower() not in _SENT:
        return False
    values = value if isinstance(value, list) else [value]
    texts = [text for text in map(str, values) if text]
    parts = [part for part in path.split("/") if len(part) <= _LONGEST_WORD]
    words = {word for part in parts for word in words_of(part)}
    if any(map(_is_grant, texts)) and not words.isdisjoint(_PROVIDERS):
        return True
    if not any(map(_CODE.fullmatch, texts)):
        return False
    if not words.isdisjoint(_FACTORS):
        return True
    return not words.isdisjoint(_CHECKS - _ANY) and words <= _CHECKS | OWNERS


def _is_grant(text: str) -> bool:
    """Whether a text looks like the code that an OAuth provider hands out."""
    return (
        len(text) >= _SHORTEST_GRANT
        and text.isascii()
        and " " not in text
        and reach(text) is Reach.ANYWHERE
    )
