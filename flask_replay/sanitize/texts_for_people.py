"""Texts for people: how a value reads, and whether it names a secret, as labels and messages do:
``Passwort eingeben``. Passwords rarely read like that.
"""

from __future__ import annotations

import re
from enum import IntEnum
from functools import cache, lru_cache

from .common_values import is_common
from .names import CERTAIN, plain, sensitive, words_of
from .other_meanings import OTHERS_AFTER, OTHERS_BEFORE
from .terms import TERMS
from .vocabulary import (
    ANYWHERE,
    HARMLESS,
    SECRET_THINGS,
    SMALL,
    STRONG,
    WEAK,
    WORDS,
)

_LONGEST = 4_000
_PLACEHOLDER = re.compile(
    r"%(?:\(\w{1,40}\))?[sd]|%\d|\$\{?\w{1,40}[$}]?|\{\{?[\w. ]{0,40}\}?\}|<[^<>]{1,400}>|&\w{1,8};"
)
"""Where values are inserted into a text, and its markup."""

_SPACELESS = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2}")
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[^\W\d_]+")
_MIXED = re.compile(r"[^\W\d_]\d|\d[^\W\d_]")
_CODED = re.compile(r"[a-zA-Z]\d|\d[a-zA-Z]|\d{3}|\d\Z")
"""Digits in a text of a script without spaces that are no number of characters."""

_STEM = 4
"""Letters of the shortest stem of a word."""

_TERM = 4
"""Words of the longest term."""

_LONG = 8
"""Letters. A longer word for a secret occurs in no other words, except for compounds of it."""

_ENDING = 3
"""Letters of the longest ending by which a shorter word is inflected."""

_LABEL = 4
"""Words of the longest label of a field in a form."""

_SHORT = 6
"""Characters of the longest word with a digit: ``OAuth2``, ``2FA``."""

_SIGNS = re.compile(r"[@#$%^*=<>|~\\_]|(?<!\d)\+|\+(?=\w)")
"""Characters that texts rarely have within a word."""

_UNLABELLED = re.compile(r"[\d.!]")
"""Characters that no label of a field has."""


class Kind(IntEnum):
    """What a value seems to be, judged by its letters."""

    DATA = 0
    NEITHER = 1
    WORD = 2
    TEXT = 3


@lru_cache(maxsize=4096)
def kind_of(value: str) -> Kind:
    """Return whether a value reads like a text for people, like a word, or like data.

    A text has several words. The first begins with a capital letter if its script has capitals.
    """
    text = _PLACEHOLDER.sub(" ", value[:_LONGEST]).strip()
    first = _LETTER.search(text)
    if first is None:
        return Kind.DATA if any(map(str.isdigit, text)) else Kind.NEITHER
    pieces = text.split()
    for piece in pieces:
        bare = piece.strip("()[]{}\"'“”„«»‘’.,:;!?…*-–—/")
        coded = (_CODED if _SPACELESS.search(bare) else _MIXED).search(bare)
        if _SIGNS.search(bare) or (coded and len(bare) > _SHORT):
            return Kind.DATA
    if _SPACELESS.search(text) is not None:
        return Kind.DATA if _CODED.search(text) and len(pieces) == 1 else Kind.TEXT
    small = first[0].islower()
    if " " in value.strip() and (len(_WORD.findall(text)) > 1 or _PLACEHOLDER.search(value)):
        return Kind.NEITHER if small else Kind.TEXT
    if _MIXED.search(text) is not None:
        return Kind.DATA
    return Kind.WORD if not small or is_common(text.casefold()) else Kind.DATA


@lru_cache(maxsize=4096)
def mentions_secret(value: str, name: str = "") -> bool:
    """Whether a text names a secret, as labels and sentences about it do: ``Passwort eingeben``. A
    password that reads like a text rarely does.

    :param name: the name of the text. Words with other meanings count only if it contains them.
    """
    if kind_of(value) < Kind.WORD:
        return False
    text = plain(_PLACEHOLDER.sub(" ", value[:_LONGEST]))
    folded = text.casefold()
    if any(term in folded for term in _secret_words()[1]):
        return True
    words = _WORD.findall(text)
    if _has_term(tuple(map(str.casefold, words))):
        return True
    named = words_of(name)
    weak = WEAK.intersection(named)
    return any(
        (
            _names_secret(word.casefold())
            and (len(word) > _STEM or word.isupper() or word.casefold() in named)
            and not _is_adjective(before, word, after)
        )
        or word.casefold().removesuffix("s") in weak
        for before, word, after in zip(["", *words], words, [*words[1:], ""], strict=False)
    )


@lru_cache(maxsize=4096)
def _names_secret(word: str) -> bool:
    """Whether a word is one for a secret, an inflection of such a word, or a compound of it."""
    if word in HARMLESS:
        return False
    exact, _, stems = _secret_words()
    if word in exact or CERTAIN.sensitive(word):
        return True
    for end in range(_STEM, len(word) + 1):
        length = stems.get(word[:end], 0)
        ending = _ENDING if end >= length else 1
        if length > _LONG or (length and len(word) <= length + ending):
            return end >= length or not is_common(word)
    return False


def _has_term(words: tuple[str, ...]) -> bool:
    """Whether a text contains a term of several words for a secret: ``Votre mot de passe``."""
    terms = _terms()
    return any(
        " ".join(words[start : start + length]) in terms
        for length in range(2, _TERM + 1)
        for start in range(len(words) - length + 1)
    )


@cache
def _terms() -> frozenset[str]:
    return frozenset(map(plain, TERMS))


def _is_adjective(before: str, word: str, after: str) -> bool:
    """Whether the words beside a word give it another meaning: ``Secret Garden``, ``Token Ring``.

    :param before: the word before it.
    :param after: the word after it.
    """
    term, before, follows = word.casefold().removesuffix("s"), before.casefold(), after.casefold()
    if before in OTHERS_BEFORE.get(term, ()) or follows in OTHERS_AFTER.get(term, ()):
        return before not in SMALL and follows not in SMALL
    titled = after[:1].isupper() and after[1:].islower()
    return term == "secret" and titled and follows not in SECRET_THINGS and is_common(follows)


@cache
def _secret_words() -> tuple[frozenset[str], tuple[str, ...], dict[str, int]]:
    """Return the words for secrets: the words, the terms of scripts without spaces, and the stems
    of longer words, which are inflected in many languages, with the lengths of the words.
    """
    exact = frozenset(map(plain, STRONG))
    longer = sorted((word for word in exact if len(word) > _STEM), key=len)
    stems = {word[:-1]: len(word) for word in longer} | {word: len(word) for word in longer}
    return exact, tuple(map(plain, ANYWHERE)), stems


@lru_cache(maxsize=4096)
def is_bare_name(name: str) -> bool:
    """Whether a name ends with a word for a secret, as the names of secrets do. Names of texts may
    say more about them: ``The secret has been reset.``, or ``token.revoke``.
    """
    last = "".join(words_of(name)[-1:])
    if name.count(" ") > 2 and not name.endswith("?"):
        return False
    return last in WORDS or sensitive(last)


def is_label(value: str) -> bool:
    """Whether a text consists of a few words for secrets: ``Neues Passwort``."""
    words = _WORD.findall(plain(value).casefold())
    if value[:1].islower() or not 0 < len(words) <= _LABEL or _UNLABELLED.search(value):
        return False
    return all(word in WORDS or _names_secret(word) for word in words)


def is_sentence(value: str) -> bool:
    """Whether a text is a sentence."""
    return len(value.split()) > 2 and value.rstrip().endswith((".", "!", "?", "…"))
