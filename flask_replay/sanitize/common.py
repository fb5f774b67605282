"""How far a secret is looked for: a value that anybody may write by chance is none beyond its own place."""

from __future__ import annotations

import re
from enum import IntEnum
from functools import cache, lru_cache

_LETTERS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_PHRASE = re.compile(r"\w+(?:[ '’.,!?:-]+\w+)*[.,!?:]*")
_TIME = re.compile(
    r"\d{1,4}[-/.]\d{1,2}(?:[-/.]\d{1,4})?(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
)
_SCALARS = frozenset({"none", "null", "true", "false", "undefined", "yes", "no", "on", "off"})

_LIKELY_WORD = 8
"""A word of fewer letters may be one of any language."""

_SHORT_PHRASE = 16
"""A phrase of known words that is shorter may be the label of a button."""


class Reach(IntEnum):
    """Where a secret is taken out."""

    OWN = 0
    """At its own place alone: where it stands under a name that tells."""

    WHOLE = 1
    """Wherever it is all of a value or field."""

    ANYWHERE = 2
    """In all texts, in every writing."""


@lru_cache(maxsize=4096)
def reach(value: str) -> Reach:
    """Return how far a value is looked for that stood under a sensitive name.

    A word of a dictionary, a short label, a date, and whatever has fewer than three characters are masked at their own
    place alone; up to five digits (a PIN), four other characters or a short unknown word wherever they are the whole
    of a value; all else anywhere.
    """
    text = value.strip()
    if len(text) < 3 or text.casefold() in _SCALARS or _TIME.fullmatch(text):
        return Reach.OWN
    if text.isdigit():
        return Reach.ANYWHERE if len(text) > 5 else Reach.WHOLE
    if _LETTERS.fullmatch(text):
        if text.casefold() in _words():
            return Reach.OWN
        return Reach.ANYWHERE if len(text) >= _LIKELY_WORD else Reach.WHOLE
    if len(text) < _SHORT_PHRASE and _PHRASE.fullmatch(text):
        words = re.findall(r"\w+", text.casefold())
        if len(words) > 1 and all(word in _words() for word in words):
            return Reach.OWN
    return Reach.ANYWHERE if len(text) > 4 else Reach.WHOLE


def is_wordlike(text: str) -> bool:
    """Whether a piece of a secret has nothing in it but letters and what stands between words."""
    return all(letter.isalpha() or letter in " '-_.,!?" for letter in text)


@cache
def _words() -> frozenset[str]:
    """Return the words that zxcvbn takes for common: of passwords, books, films and names.

    Its lists are made to tell what people choose, and what stands in texts. They are read when the first such word
    is met: most apps never do.
    """
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    from .vocabulary import WORDS

    return frozenset(word for words in FREQUENCY_LISTS.values() for word in words if word.isalpha()) | WORDS
