"""Which values after the name of a secret in a text are neither ordinary words nor code."""

from __future__ import annotations

import re
from string import digits

from . import vocabulary
from .commands_and_links import is_token
from .common_values import Reach, is_common, reach, words_within
from .names import measures, sensitive, words_of
from .sanitizer import REDACTED

_DIGITS = 7
"""Digits of the shortest national id."""

_CODE = re.compile(
    r"[\s()\[\]{}<>]|\A(?!.*[A-Za-z]{4}\d{3,}\Z)[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+\Z|\A\d{1,3}[-–]?[A-Za-z]{0,12}\Z|\A[A-Z]{1,5}-?\d{1,5}\Z|(?:\A|:)//[^@]*\Z|\A[~^<>=v]{0,2}\d+(?:\.\d+)+\Z|\A(?!\d{3}-\d{3}\Z)\d{1,3}[-–~]\d{1,3}\Z"
    r"|\A#/|\A\$[A-Z_]\w*\Z|\A(?i:your|x{3,})[\W_]|\A(?:JWT/)?(?:[HREP]S(?:256|384|512)|SHA-?\d|AES-?\d|bcrypt/)"
    r"|\A(?:\w{1,32}[$_:])?ctl\d{2,3}[$_:]"
    r"|\A(?i:argon2(?:id|i|d)?|(?:x|ed)\d{4,5}|pbkdf2[\w-]*|utf-?8|base\d\d|md5"
    r"|oauth ?[12](?:\.\d)?)\Z"
)
"""Operators and syntax of code, section numbers, placeholders, ids of ASP.NET, and algorithms."""

_DOTTED = re.compile(r"(?=(?:\D{0,32}\d){6})[\w-]{16,}\.\w{1,5}")
"""A token, and the end of a file's name."""

_NAME = re.compile(r"[\w$][\w.:/\[\]-]{0,79}?(?<!\d)\d?[\])]?")
"""A name, which ends with one digit at most, unlike ``Password123`` and ``Secret7!``."""

_MIXED = re.compile(r"\d|\A(?=[^A-Za-z]*[A-Za-z])[^!#$%^&*+?~]*[!#$%^&*+?~]")

_PATH = re.compile(r"(?:\$[A-Z_]{3,40})?(?:/[\w.@#-]{1,80}){2,16}/?")
_SELECTOR = re.compile(r"[.#][a-zA-Z][a-zA-Z_-]{2,60}\d?")
"""The path of a page or a file, also below a variable, and a selector of CSS."""

_SIGNS = re.compile(r"[!#$%^&*+=?@~]")
_OPERATORS = re.compile(r"&&|\|\||[!=<>+*-]=|=>|\?[^?]*:|\+\+")
_FEWEST_SIGNS = 3
_LEAST_RANDOM = 12
"""Punctuation marks of the shortest generated key that looks like code, and letters of the random
part of a token with dots: ``hvb.…``.
"""

_LEAST_LETTERS, _LEAST_PARTS, _LEAST_KNOWN = 10, 4, 3
"""Letters and parts of the shortest random value without digits, and letters of a part that is an
ordinary word.
"""


def is_distinct(name: str, value: str) -> bool:
    """Whether a value is neither an ordinary word nor code, nor the name of a secret itself."""
    if not is_token(value) and _NAME.fullmatch(value) is not None and sensitive(value):
        return False
    if (
        REDACTED in value
        or (_CODE.search(value) and not _is_secret_code(value))
        or _is_elsewhere(value)
        or reach(value) is not Reach.ANYWHERE
    ):
        return False
    counts = measures(name) and not any(map(str.isalpha, value))
    return not counts and (
        _MIXED.search(value) is not None or _is_setting(name) or _has_random_case(value)
    )


def _has_random_case(value: str) -> bool:
    """Whether a value consists of large and small letters in no order, unlike ``camelCase``."""
    if len(value) < _LEAST_LETTERS or not (value.isascii() and value.isalpha()):
        return False
    parts = words_within(value)
    known = any(len(part) >= _LEAST_KNOWN and is_common(part) for part in parts)
    return len(parts) >= _LEAST_PARTS and not known


def _is_secret_code(value: str) -> bool:
    """Whether a value that looks like code or a number with its unit is random."""
    return (
        _DOTTED.fullmatch(value) is not None
        or _is_made(value)
        or _has_random_case(value.lstrip(digits))
    )


def _is_setting(name: str) -> bool:
    """Whether a name is that of a setting for what people type, so that one unknown word after it
    is a password, not a part of a sentence: ``DB_PASSWORD``.
    """
    return name.isupper() and not vocabulary.TYPED.isdisjoint(words_of(name)[-1:])


def _is_made(value: str) -> bool:
    """Whether a value that looks like code has a random part, or the signs of a generated key."""
    if value[:1] in "$({[<" or " " in value or "\n" in value:
        return False
    if len(_SIGNS.findall(value)) >= _FEWEST_SIGNS and any(map(str.isdigit, value)):
        return _OPERATORS.search(value) is None
    parts = value.split(".")
    dotted = len(parts) > 1 and all(map(_is_word, parts))
    return dotted and any(len(part) >= _LEAST_RANDOM and is_token(part) for part in parts)


def _is_word(part: str) -> bool:
    return part.replace("-", "_").isidentifier() or part.isalnum()


def _is_elsewhere(value: str) -> bool:
    """Whether a value only says where something is: a path of words, a selector, a reference."""
    if _PATH.fullmatch(value) is not None:
        return not any(map(is_token, re.split(r"[/.]", value)))
    return _SELECTOR.fullmatch(value) is not None and sensitive(value[1:])


def is_random(word: str) -> bool:
    """Whether a word looks random, so that a name with other meanings, such as ``pass`` or ``sig``,
    must mean the secret.
    """
    if len(word) < 8 or not any(map(str.isdigit, word)) or not any(map(str.isalpha, word)):
        return False
    mixed = word != word.lower() and word != word.upper()
    return len(word) >= 16 or (mixed and not word.isalnum())


def is_national_id(name: str, word: str) -> bool:
    """Whether a word after the name of a national id looks like one: it has many digits."""
    national = vocabulary.NATIONAL_IDS.isdisjoint(words_of(name)[-1:])
    return not national and sum(map(str.isdigit, word)) >= _DIGITS
