"""How far a secret is looked for: a value that anybody may write by chance is none beyond its own
place.
"""

from __future__ import annotations

import re
from enum import IntEnum
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from runpy import run_path

_LETTERS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_LABELLED = re.compile(r"[^\d@#$%&*+=<>|~^`\\]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_TIME = re.compile(
    r"\d{1,4}[-/.]\d{1,2}(?:[-/.]\d{1,4})?"
    r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
)
_WORD = r"(?:[^\W\d_'\"“”(-][^\W\d_]*(?:[-'’][^\W\d_]+)*|\d{1,3})"
_SENTENCE = re.compile(
    rf"[^\W\d_][^\W\d_'’-]*(?:[,;:]? {_WORD}){{2,40}}[.!?…]|[^\x00-\x7f]{{3,80}}[。！？]"
)
"""At least three words, and what ends a sentence."""

_SERVER = re.compile(
    r"sqlite(?:\+\w+)?:\S*|(?:rediss?|amqps?|pyamqp|mongodb|postgres(?:ql)?|mysql|mariadb|mssql|oracle|memcached?|ldaps?|smtps?"
    r"|nats|kafka|cockroachdb)(?:\+\w+)?://[\w.-]+(?::\d+)?(?:/[\w-]{0,64})?"
)
"""Where a database or a queue is; none of this is secret, as long as nobody stands before it."""

_SCALARS = frozenset({"none", "null", "true", "false", "undefined", "yes", "no", "on", "off"})

_LIKELY_WORD = 8
"""A word of fewer letters may be one of any language."""

_LABEL = 64
"""Characters of the longest label, path or name that is looked at."""


class Reach(IntEnum):
    """Where a secret is taken out."""

    OWN = 0
    """At its own place alone: where it stands under a name that tells."""

    WHOLE = 1
    """Wherever it is all of a value or field."""

    ANYWHERE = 2
    """In all texts, in every writing."""


@lru_cache(maxsize=1024)
def reach(value: str) -> Reach:
    """Return how far a value is looked for that stood under a sensitive name.

    A word of a dictionary, a short label, a sentence, a date, the address of a server without
    credentials, and whatever has fewer than three characters are masked at their own place alone;
    up to five digits (a PIN), four other characters or a short unknown word wherever they are the
    whole of a value; all else anywhere.
    """
    text = value.strip()
    if len(text) < 3 or text.casefold() in _SCALARS or _TIME.fullmatch(text):
        return Reach.OWN
    if _SENTENCE.fullmatch(text) or _SERVER.fullmatch(text):
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


def _is_label(text: str) -> bool:
    """Whether a text is of known words alone, and two at most; or a path of them, or the name of a
    secret.
    """
    if len(text) > _LABEL or not _LABELLED.fullmatch(text):
        return False
    words = [word.casefold() for word in _LETTERS.findall(_CAMEL.sub(" ", text.replace("_", " ")))]
    if not words or not all(word in _words() for word in words):
        return False
    from .vocabulary import WORDS

    return len(words) < 3 or text.startswith("/") or WORDS.issuperset(words)


def is_common(word: str) -> bool:
    """Whether a small word is one of a dictionary."""
    return word in _words()


def is_prose(text: str) -> bool:
    """Whether a text is one that people read: a label, a sentence."""
    words = re.findall(r"\w+", text.casefold())
    return (
        len(words) > 1 and " " in text and all(word.isdigit() or word in _words() for word in words)
    )


def is_wordlike(text: str) -> bool:
    """Whether a piece of a secret has nothing in it but letters and what stands between words."""
    return all(letter.isalpha() or letter in " '-_.,!?" for letter in text)


@cache
def _words() -> frozenset[str]:
    """Return the words that zxcvbn takes for common: of passwords, books, films and names.

    Its lists are made to tell what people choose, and what stands in texts. They are read when the
    first such word is met: most apps never do.
    """
    from .vocabulary import WORDS

    listed = [
        words.split(",") if isinstance(words, str) else words
        for words in _frequency_lists().values()
    ]
    return frozenset(word for words in listed for word in words if word.isalpha()) | WORDS


def _frequency_lists() -> dict[str, str | list[str]]:
    """Return the lists of zxcvbn; not by an import, after which the package keeps 11 MB for
    ever.
    """
    package = find_spec("zxcvbn")
    assert package is not None
    assert package.submodule_search_locations is not None
    path = Path(package.submodule_search_locations[0], "frequency_lists.py")
    found: dict[str, str | list[str]] = run_path(str(path))["FREQUENCY_LISTS"]
    return found
