"""Dictionaries of texts for people: messages by field, and catalogues of translations. The names in
them may be those of secrets: ``{"login.password": "Passwort eingeben"}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import IntEnum
from functools import cache, cached_property, lru_cache
from itertools import islice
from typing import Any

from .common_values import is_common
from .descriptions import has_messages, is_message
from .names import plain, words_of
from .vocabulary import ANYWHERE, PROSE, STRONG, WEAK

_MOST = 200
"""Values of a dictionary that are examined."""

_SMALLEST = 4
"""Values of the smallest catalogue."""

_DEEPEST = 7
"""Levels of dictionaries within a catalogue."""

_LARGE = 50
"""Values of a catalogue that is no record of anybody. Each text in it is one for people."""

_TEXTS, _DATA = 0.4, 0.12
"""The least share of texts among the values of a catalogue, and the largest share of data."""

_LONGEST = 4_000
_PLACEHOLDER = re.compile(
    r"%(?:\(\w{1,40}\))?[sd]|%\d|\$\{?\w{1,40}[$}]?|\{\{?[\w. ]{0,40}\}?\}|<[^<>]{1,400}>|&\w{1,8};"
)
"""Where values are inserted into a text, and its markup."""

_SPACELESS = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2}")
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[^\W\d_]+")
_MIXED = re.compile(r"[^\W\d_]\d|\d[^\W\d_]")
_STEM = 4
"""Letters of the shortest stem of a word."""

_SHORT = 6
"""Characters of the longest word with a digit: ``OAuth2``, ``2FA``."""

_SIGNS = re.compile(r"[@#$%^*+=<>|~\\_]")
"""Characters that texts rarely have within a word."""


class Kind(IntEnum):
    """What a value seems to be, judged by its letters."""

    DATA = 0
    NEITHER = 1
    WORD = 2
    TEXT = 3


@lru_cache(maxsize=4096)
def kind_of(value: str) -> Kind:
    """Return whether a value reads like a text for people, like a word, or like data.

    A text has several words, of which the first begins with a capital letter if its script has
    such.
    """
    text = _PLACEHOLDER.sub(" ", value[:_LONGEST]).strip()
    first = _LETTER.search(text)
    if first is None:
        return Kind.DATA if any(map(str.isdigit, text)) else Kind.NEITHER
    pieces = text.split()
    for piece in pieces:
        bare = piece.strip("()[]{}\"'“”„«»‘’.,:;!?…*-–—/")
        if _SIGNS.search(bare) or (_MIXED.search(bare) and len(bare) > _SHORT):
            return Kind.DATA
    if _SPACELESS.search(text) is not None:
        return Kind.DATA if _MIXED.search(text) and len(pieces) == 1 else Kind.TEXT
    small = first[0].islower()
    if " " in value.strip() and (len(_WORD.findall(text)) > 1 or _PLACEHOLDER.search(value)):
        return Kind.NEITHER if small else Kind.TEXT
    if _MIXED.search(text) is not None:
        return Kind.DATA
    return Kind.WORD if not small or is_common(text.casefold()) else Kind.DATA


@lru_cache(maxsize=4096)
def says_so(value: str) -> bool:
    """Whether a text is a label of a secret, which names it, or a sentence about it: ``Passwort
    eingeben``. A password that reads like a text does neither.
    """
    kind = kind_of(value)
    if kind < Kind.WORD:
        return False
    text = plain(_PLACEHOLDER.sub(" ", value[:_LONGEST]).casefold())
    if len(text.split()) > 2 and text.rstrip().endswith((".", "!", "?", "…")):
        return True
    exact, stems, anywhere = _named()
    if any(term in text for term in anywhere):
        return True
    words = _WORD.findall(text)
    return any(
        word in exact or any(word[:end] in stems for end in range(_STEM, len(word) + 1))
        for word in words
    )


@cache
def _named() -> tuple[frozenset[str], frozenset[str], tuple[str, ...]]:
    """Return the words for secrets: the words, the stems of longer ones, which are inflected in
    many languages, and the terms of scripts without spaces.
    """
    exact = frozenset(plain(word) for word in STRONG | WEAK)
    stems = frozenset(word[: max(_STEM, len(word) - 2)] for word in exact if len(word) > _STEM)
    return exact, stems, tuple(map(plain, ANYWHERE))


class Around:
    """The dictionary that contains a value, and the dictionaries around that.

    :param outer: the dictionary around it.
    :param messages: its name says that it holds messages by the names of fields.
    """

    def __init__(
        self, data: Mapping[Any, Any], outer: Around | None = None, *, messages: bool = False
    ) -> None:
        self.data = data
        self.outer = outer
        self.messages: bool = messages or (outer is not None and outer.messages)

    def inner(self, data: Mapping[Any, Any], name: str = "") -> Around:
        """Return the place of the values in a dictionary within this one.

        :param name: the name of the dictionary.
        """
        return Around(data, self, messages=bool(name) and has_messages(name))

    def keeps(self, name: str, value: str) -> bool:
        """Whether a text under the name of a secret is a text for people, not a secret."""
        if self.messages and is_message(name, value):
            return True
        size = self._size
        if size < _SMALLEST or (size < _LARGE and not PROSE.isdisjoint(words_of(name))):
            return False
        return says_so(value) or (size >= _LARGE and kind_of(value) is Kind.TEXT)

    @cached_property
    def _size(self) -> int:
        """Return the number of values of the largest catalogue that this is part of, 0 if it is
        part of none.
        """
        outer = 0 if self.outer is None else self.outer._size
        return outer or _size_of(self.data)


NOWHERE = Around({})
"""The place of a value that is in no dictionary."""


def _size_of(data: Mapping[Any, Any]) -> int:
    """Return the number of values of a catalogue, 0 for other data."""
    values = [*islice(_values(data), _MOST)]
    if len(values) < _SMALLEST:
        return 0
    # A form's values are lists, and it is no catalogue.
    kinds = [kind_of(value) if isinstance(value, str) else Kind.DATA for value in values]
    enough = kinds.count(Kind.TEXT) >= _TEXTS * len(kinds)
    return len(kinds) if enough and kinds.count(Kind.DATA) <= _DATA * len(kinds) else 0


def _values(data: Any, depth: int = 0) -> Iterator[Any]:
    """Return the values of a dictionary and of those within it."""
    for item in dict.values(data):
        if isinstance(item, dict) and depth < _DEEPEST:
            yield from _values(item, depth + 1)
        else:
            yield item
