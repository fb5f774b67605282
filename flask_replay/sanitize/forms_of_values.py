"""What secrets look like whose names other things have, too: the PIN of a guest is a number, while
the pin of a device has a label.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from .commands_and_links import is_token
from .names import sensitive
from .terms import KEYS_OF_PAYMENTS, KEYS_OF_SYSTEMS, WITH_PIN, words_in

_PIN = re.compile(r"\d{3,12}|(?![A-Z]{1,5}\d{1,2}\Z)(?=\D*\d)[^\s/:•*]{4,16}")
"""Digits, or a word with one. ``GPIO17`` is a label."""

_CODE = re.compile(r"\d{4,10}|(?=\D*\d)[^\W_]{6,64}")
_CODE_OF_CARD = re.compile(r"\d{3,4}")
_LONG_CODE_OF_CARD = re.compile(r"\d{3,8}")
_SIGNED = re.compile(r"[\w+/=.:,-]{16,}")
_DIGITS = re.compile(r"\d{16,}")
_PAPER = re.compile(r"(?=(?:\D{0,10}\d){4})[\w#. /-]{6,32}")
_PARTS = re.compile(r"[-_./: ?&=]")
_LONG = re.compile(r"(?=[^a-z]*[a-z])(?=[^A-Z]*[A-Z])[A-Za-z]{24,}")
_UNLISTED = ("private", "secret", "token")
"""Words in the address of a calendar that only some may see."""

_BLOB = re.compile(r"[\w+/=\s-]{64,}")
_BASE64 = re.compile(r"[A-Za-z\d+/]{20,512}={0,2}")
UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

_SHORTEST_KEY = 12
_SHORTEST_PART = 16
"""Characters of a key, and of the random part of an address."""

_LONGEST = 4_096
"""Characters that are examined."""


def _is_code(text: str) -> bool:
    return _CODE.fullmatch(text) is not None and (text.isdigit() or is_token(text))


def _has_random(text: str, least: int) -> bool:
    parts = (part for part in _PARTS.split(text) if len(part) >= least)
    return any(is_token(part) or _LONG.fullmatch(part) for part in parts)


def _is_key(text: str) -> bool:
    return _has_random(text, _SHORTEST_KEY)


def _is_random(text: str) -> bool:
    """Whether a text can only be a key. The ids of rows, and paths of files, may be random, too."""
    if UUID.fullmatch(text) is not None:
        return False
    if _BASE64.fullmatch(text) is not None:
        return is_token(text.replace("/", "").replace("+", ""))
    return "/" not in text and _has_random(text, _SHORTEST_PART)


def _is_signed(text: str) -> bool:
    if _BASE64.fullmatch(text) is not None and text != text.lower() and text != text.upper():
        return True
    signed = _SIGNED.fullmatch(text) is not None
    return signed and (is_token(text) or _DIGITS.fullmatch(text) is not None)


def _is_unlisted(text: str) -> bool:
    return any(word in text.lower() for word in _UNLISTED) or _has_random(text, _SHORTEST_PART)


_NAMES_OF_CODES = (
    "vcode", "tx code", "validation code", "validation codes", "validate code", "verify number",
    "secure code", "authorized code", "authorized codes", "two step code", "code twofa",
    "install code", "installation code", "radio code", "second factor", "otc", "otc code",
)  # fmt: skip
_NAMES_OF_CARD_CODES = ("cvd", "cv num", "cv number", "cv code", "sec code")

_NAMES_OF_PAPERS = (
    "reisepass", "personalausweis", "fuhrerschein", "fuehrerschein", "paszport", "passaporto",
    "paspoort", "nin", "bvn", "nik", "ktp", "cccd", "mbi", "npwp", "егн", "αφμ", "αμκα",
    "driver s license", "driver s licence", "pan card", "medicare card", "medicare beneficiary",
    "kimlik no", "carte identite", "carte d identite",
    "permis conduire", "permis de conduire", "patente guida", "patente di guida", "dowod osobisty",
    "tarjeta sanitaria", "so ho chieu", "so cccd", "תעודת זהות", "رقم الهوية",
)  # fmt: skip

_Looks = Callable[[str], object]

_FORMS: dict[tuple[str, ...], _Looks] = {
    **dict.fromkeys(((word, "pin") for word in WITH_PIN), _PIN.fullmatch),
    **{(word, key): _is_key for word in KEYS_OF_PAYMENTS for key in ("key", "keys")},
    **{(word, key): _is_random for word in KEYS_OF_SYSTEMS for key in ("key", "keys")},
    ("project", "key"): _is_key,
    ("pfx",): _BLOB.fullmatch,
    ("rrn",): re.compile(r"\d{6}-?\d{7}").fullmatch,
    **{tuple(name.split()): _PAPER.fullmatch for name in _NAMES_OF_PAPERS},
    **{tuple(name.split()): _is_code for name in _NAMES_OF_CODES},
    **{tuple(name.split()): _CODE_OF_CARD.fullmatch for name in _NAMES_OF_CARD_CODES},
    ("card", "verification"): _LONG_CODE_OF_CARD.fullmatch,
    ("card", "validation"): _LONG_CODE_OF_CARD.fullmatch,
    ("card", "verif"): _LONG_CODE_OF_CARD.fullmatch,
    ("cc", "verif"): _LONG_CODE_OF_CARD.fullmatch,
    ("sha", "sign"): _is_signed,
    ("ical", "url"): _is_unlisted,
    ("ics", "url"): _is_unlisted,
}
"""What a secret looks like, by the words of its name."""

_SIGNED_WORDS = tuple(words_in("cavv ucaf cryptogram cryptograms pareq pares creq cres cress"))
"""Words of names of what a bank signs. Others end with them: ``prepares``."""

_WORDS_OF_CODE = words_in("code number num no value field")
"""Words after that for the code of a card: ``cvd_code``. The same letters stand for a disease."""

_MOST_WORDS = 4


def is_unlike_secret(words: tuple[str, ...], value: object) -> bool:
    """Whether a value does not look like the secret after which it may be named.

    :param words: of a sensitive name. If it is sensitive for other words, too, any value may be a
        secret.
    """
    if type(value) not in {str, int, float}:
        return False
    for length in range(min(_MOST_WORDS, len(words)), 0, -1):
        for start in range(len(words) - length + 1):
            term = words[start : start + length]
            looks = _FORMS.get(term)
            if looks is None and length == 1 and term[0].endswith(_SIGNED_WORDS):
                looks = _is_signed
            if looks is not None:
                after = words[start + length :]
                if sensitive("_".join((*words[:start], *after))):
                    return False
                if term == ("cvd",) and not _WORDS_OF_CODE.issuperset(after):
                    return True
                return not looks(str(value)[:_LONGEST])
    return False
