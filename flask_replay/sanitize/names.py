"""Names that tell of secrets: ``api_key``, ``accessToken``, ``X-CSRF-Token``; not ``monkey``, not ``author``."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")

_SECRET_WORDS = frozenset(
    {
        "password", "passwords", "passwd", "passphrase", "passcode", "pwd", "pass", "secret", "secrets",
        "token", "tokens", "csrf", "xsrf", "apikey", "authorization", "credential", "credentials",
        "cookie", "cookies", "cvv", "cvc", "ssn", "iban", "pin", "otp", "totp", "jwt", "bearer",
        "signature", "nonce", "salt",
    }
)  # fmt: skip
"""Words that make a name sensitive wherever they stand in it."""

_SECRET_PAIRS = frozenset(
    {
        ("api", "key"), ("access", "key"), ("private", "key"), ("secret", "key"), ("signing", "key"),
        ("encryption", "key"), ("session", "id"), ("session", "key"), ("card", "number"), ("credit", "card"),
        ("account", "number"), ("security", "code"), ("recovery", "code"), ("recovery", "codes"),
        ("social", "security"), ("auth", "key"), ("pass", "word"), ("new", "pw"), ("backup", "codes"),
    }
)  # fmt: skip
"""Two words that do so next to each other."""

_GLUED = ("password", "passwd", "secret", "apikey", "accesstoken", "authtoken", "csrftoken", "sessionid",
          "csrf", "xsrf", "cardnumber", "creditcard", "privatekey", "accesskey", "refreshtoken")  # fmt: skip
"""Words that are also recognised when they are glued to others: ``userpassword``."""

_CODES = frozenset({"code", "number", "value", "id", "key", "hash", "digest"})
"""Last words of names under which a number is a secret itself: ``otp_code``, not ``otp_digits``."""

VALUE_NAMES = frozenset({"data", "raw_data", "object_data", "value", "_value", "default"})
"""Attributes that hold the value of a form field; ``errors`` and ``label`` do not."""

_HARMLESS = frozenset({"passed", "compass", "bypass", "secretary"})


@lru_cache(maxsize=4096)
def sensitive(name: str) -> bool:
    """Tell whether what stands under a name is a secret, by the words the name is made of.

    Case, ``snake_case``, ``camelCase``, ``kebab-case``, prefixes and suffixes make no difference.

    :param name: of an attribute, a parameter, a field, a header.
    """
    words = [word.lower() for word in _WORD.findall(name)]
    if any(word in _SECRET_WORDS for word in words):
        return True
    if any(pair in _SECRET_PAIRS for pair in pairwise(words)):
        return True
    return any(glued in word for word in words if word not in _HARMLESS for glued in _GLUED)


@lru_cache(maxsize=4096)
def measures(name: str) -> bool:
    """Tell whether a number under a sensitive name is about secrets, not one of them.

    ``token_count``, ``PASSWORD_MIN_LENGTH`` and ``max_tokens`` are; ``pin`` and ``card_number`` are not.

    :param name: one that is :func:`sensitive`.
    """
    last = _WORD.findall(name)[-1].lower()
    return last.endswith("s") or not (last in _SECRET_WORDS or last in _CODES or last.endswith(_GLUED))


@lru_cache(maxsize=4096)
def passing(name: str) -> bool:
    """Whether what stands under a name protects one form or page, and is nothing of the visitor's: a CSRF token."""
    return any(word in name.lower() for word in ("csrf", "xsrf", "nonce"))
