"""Which secrets are common values. A value that occurs often by chance is masked only where it was
found under a sensitive name; all others are searched for everywhere.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from enum import IntEnum
from functools import cache, lru_cache
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from runpy import run_path

_LETTERS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_LABELLED = re.compile(r"[^\d@#$%&*+=<>|~^`\\]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_TIME = re.compile(
    r"(?:\d{4}[-/.]\d{1,2}(?:[-/.]\d{1,2})?|\d{1,2}[-/.]\d{1,2}(?:[-/.](?:\d{2}|\d{4}))?|\d{1,2}[-/.]\d{4})"
    r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
)
_WORD = r"(?:[^\W\d_'\"“”(-][^\W\d_]*(?:[-'’][^\W\d_]+)*|\d{1,3})"
_SENTENCE = re.compile(
    rf"[^\W\d_][^\W\d_'’-]*(?:[,;:]? {_WORD}){{2,40}}[.!?…]|[^\x00-\x7f]{{3,80}}[。！？]"
)
"""At least three words, and punctuation that ends a sentence."""

_SERVER = re.compile(
    r"sqlite(?:\+\w+)?:\S*|(?:rediss?|amqps?|pyamqp|mongodb|postgres(?:ql)?|mysql|mariadb|mssql|oracle|memcached?|ldaps?|smtps?"
    r"|nats|kafka|cockroachdb)(?:\+\w+)?://[\w.-]+(?::\d+)?(?:/[\w-]{0,64})?"
)
"""The address of a database or queue. It is not secret unless it contains credentials."""

_ALGORITHM = re.compile(
    r"(?:hmac-)?(?:sha-?\d{1,3}|md5)|[hrep]s(?:256|384|512)|aes-?\d{3}(?:-?(?:gcm|cbc|ctr))?"
    r"|utf-?(?:8|16)|argon2(?:id|i|d)?|bcrypt|scrypt|pbkdf2|ed25519|x25519",
    re.IGNORECASE,
)
"""The name of an algorithm or an encoding, which documents state beside what it made."""

SCALARS = frozenset({"none", "null", "true", "false", "undefined", "yes", "no", "on", "off"})

_LIKELY_WORD = 8
"""Letters. A shorter unknown word may be an ordinary word of any language."""

_LABEL = 64
"""Characters of the longest label, path or name that is checked."""


class Reach(IntEnum):
    """Where a secret is masked."""

    OWN = 0
    """Only where it was found under a sensitive name."""

    WHOLE = 1
    """Wherever it is the whole of a value or field."""

    ANYWHERE = 2
    """In all texts, in every encoding."""


@lru_cache(maxsize=1024)
def reach(value: str) -> Reach:
    """Return how far a value that was found under a sensitive name is searched for.

    Masked only where they were found: a word of a dictionary, a short label, a sentence, a date,
    the name of an algorithm, the address of a server without credentials, and values of fewer than
    three characters. Masked where they are a whole value: up to five digits (a PIN), four other
    characters, and a short unknown word. All others are masked anywhere.
    """
    text = value.strip()
    if is_trivial(text) or _SENTENCE.fullmatch(text) or _ALGORITHM.fullmatch(text):
        return Reach.OWN
    if text.isdigit():
        return Reach.ANYWHERE if len(text) > 5 else Reach.WHOLE
    if _LETTERS.fullmatch(text):
        if text.casefold() in _words():
            return Reach.OWN
        return Reach.ANYWHERE if len(text) >= _LIKELY_WORD else Reach.WHOLE
    if _is_label(text):
        return Reach.OWN
    return Reach.ANYWHERE if len(text) > 4 else Reach.WHOLE


def is_trivial(text: str) -> bool:
    """Whether a text reveals nothing as a secret: a letter or two, a truth value, a date, or the
    address of a server without credentials.
    """
    return bool(
        len(text) < 3 or text.casefold() in SCALARS or is_time(text) or _SERVER.fullmatch(text)
    )


def is_time(text: str) -> bool:
    """Whether a text is a date, with or without a time."""
    return _TIME.fullmatch(text) is not None


def _is_label(text: str) -> bool:
    """Whether a text consists of one or two known words, is a path of known words, or has only
    words of the vocabulary of secrets.
    """
    text = text.removeprefix("#") if text.startswith("#/") else text  # a pointer, of a schema
    if len(text) > _LABEL or not _LABELLED.fullmatch(text):
        return False
    words = words_within(text)
    path = text.startswith("/")  # which may abbreviate: /us-verify
    if not words or not all(word in _words() or (path and len(word) < 4) for word in words):
        return False
    from .vocabulary import WORDS

    return len(words) < 3 or path or WORDS.issuperset(words)


def words_within(text: str) -> list[str]:
    """Return the words of a text in lower case, also those of ``camelCase``."""
    return [word.casefold() for word in _LETTERS.findall(_CAMEL.sub(" ", text.replace("_", " ")))]


def is_common(word: str) -> bool:
    """Whether a lower-case word is in a dictionary."""
    return word in _words()


def is_wordlike(text: str) -> bool:
    """Whether a piece of a secret contains only letters, spaces and punctuation."""
    return all(letter.isalpha() or letter in " '-_.,!?" for letter in text)


class _Words:
    """A set of words that stores only their hashes. A hundred thousand words take 0.8 MB this way,
    and 17 MB as texts.

    :param words: read once and not stored.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._hashes = array("q", sorted({hash(word) for word in words}))

    def __contains__(self, word: str) -> bool:
        index = bisect_left(self._hashes, hash(word))
        return index < len(self._hashes) and self._hashes[index] == hash(word)


@cache
def _words() -> _Words:
    """Return the words that zxcvbn lists as common: of passwords, books, films and names.

    zxcvbn's lists hold the passwords that people choose and the words that occur in texts. They are
    loaded when a value first needs them, which never happens in most apps.
    """
    from .vocabulary import WORDS

    listed = (
        word
        for words in _frequency_lists().values()
        for word in (words.split(",") if isinstance(words, str) else words)
        if word.isalpha()
    )
    return _Words(chain(listed, WORDS))


def _frequency_lists() -> dict[str, str | list[str]]:
    """Return the word lists of zxcvbn, read without importing them: an imported module would keep
    11 MB in memory.
    """
    package = find_spec("zxcvbn")
    assert package is not None
    assert package.submodule_search_locations is not None
    path = Path(package.submodule_search_locations[0], "frequency_lists.py")
    found: dict[str, str | list[str]] = run_path(str(path))["FREQUENCY_LISTS"]
    return found
