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
from .names import CERTAIN, plain, sensitive, words_of
from .records_of_people import is_of_person
from .terms import TERMS, words_in
from .vocabulary import (
    ANYWHERE,
    HARMLESS,
    LANGUAGES,
    OTHERS_AFTER,
    OTHERS_BEFORE,
    PROSE,
    SECRET_THINGS,
    SMALL,
    STRONG,
    WEAK,
    WORDS,
)

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

_TERM = 4
"""Words of the longest term."""

_LONG = 8
"""Letters. A longer word for a secret occurs in no other words, except for compounds of it."""

_ENDING = 3
"""Letters of the longest ending by which a shorter word is inflected."""

_PERSONAL = words_in("""
    name names first last full given family middle maiden display user surname firstname lastname
    fullname nickname username email mail phone mobile street address city town country zip postcode
    company employer birthday birthdate dob gender job
""") - {"maiden"}
"""Words of names of which records of people consist."""

_CALLED = words_in("""
    nombre nom prenom nome naam navn namn nimi nazwa nazwisko imie jmeno prijmeni meno nev ad adi
    isim имя фамилия імʼя correo courriel posta poczta почта почты пошта direccion indirizzo
    endereco adres adresa adresse address telefon telefono telephone telefone телефон адрес адреса
    strasse rue calle via rua ulica ulice улица город ville ciudad citta cidade miasto mesto stadt
    ort wohnort plaats by kaupunki sehir benutzername vorname nachname utilisateur usuario utente
    gebruiker felhasznalo
""")
"""Words of labels of such data in other languages, without accents."""

_ROWS = 3
"""Dictionaries of the smallest table of records."""

_LABEL = 4
"""Words of the longest label of a field in a form."""

_SHORT = 6
"""Characters of the longest word with a digit: ``OAuth2``, ``2FA``."""

_SIGNS = re.compile(r"[@#$%^*+=<>|~\\_]")
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
def says_so(value: str, name: str = "") -> bool:
    """Whether a text names a secret, as labels and sentences about it do: ``Passwort eingeben``. A
    password that reads like a text rarely does.

    :param name: the name of the text. Words with other meanings count only if it contains them.
    """
    if kind_of(value) < Kind.WORD:
        return False
    text = plain(_PLACEHOLDER.sub(" ", value[:_LONGEST]))
    folded = text.casefold()
    if any(term in folded for term in _named()[1]):
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
    exact, _, stems = _named()
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
def _named() -> tuple[frozenset[str], tuple[str, ...], dict[str, int]]:
    """Return the words for secrets: the words, the terms of scripts without spaces, and the stems
    of longer words, which are inflected in many languages, with the lengths of the words.
    """
    exact = frozenset(map(plain, STRONG))
    longer = sorted((word for word in exact if len(word) > _STEM), key=len)
    stems = {word[:-1]: len(word) for word in longer} | {word: len(word) for word in longer}
    return exact, tuple(map(plain, ANYWHERE)), stems


@lru_cache(maxsize=4096)
def _is_bare(name: str) -> bool:
    """Whether a name ends with a word for a secret, as the names of secrets do. Names of texts may
    say more about them: ``The secret has been reset.``, or ``token.revoke``.
    """
    last = "".join(words_of(name)[-1:])
    if name.count(" ") > 2 and not name.endswith("?"):
        return False
    return last in WORDS or sensitive(last)


def _is_label(value: str) -> bool:
    """Whether a text consists of a few words for secrets: ``Neues Passwort``."""
    words = _WORD.findall(plain(value).casefold())
    known = all(word in WORDS or _names_secret(word) for word in words) and not value[:1].islower()
    return known and 0 < len(words) <= _LABEL and _UNLABELLED.search(value) is None


def _is_record(data: Any) -> bool:
    """Whether a dictionary is the record of a person: it has a name, an address or the like. A
    dictionary of labels has these keys, too; but most of its texts contain the keys.
    """
    personal = [
        (words[-1], plain(value).casefold().replace("-", ""))
        for key, value in islice(dict.items(data), _MOST)
        if isinstance(key, str)
        and isinstance(value, str)
        and (words := words_of(key))
        and _PERSONAL.issuperset(words)
        and words != ("user",)
    ]
    labels = sum(
        word in text or not _CALLED.isdisjoint(_WORD.findall(text)) for word, text in personal
    )
    return 2 * labels < len(personal)


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
        record = self._is_record or self._is_row(name)
        if says_so(value, name):
            return not record or _is_label(value)
        if record or _is_bare(name):
            return False
        return kind_of(value) is Kind.TEXT and (size >= _LARGE or _ends(value))

    @cached_property
    def is_of_person(self) -> bool:
        """Whether this, or a dictionary around it, is the record of one person."""
        return is_of_person(self.data) or (self.outer is not None and self.outer.is_of_person)

    @cached_property
    def _is_record(self) -> bool:
        """Whether this, or the dictionary around a small one, is the record of a person."""
        outer = self.outer if len(self.data) < _SMALLEST else None
        return _is_record(self.data) or (outer is not None and outer._is_record)

    def _is_row(self, name: str) -> bool:
        """Whether this is one of several records with the same name. Catalogues of several
        languages have the same names, too.
        """
        outer = self.outer
        if outer is None or name not in self.data or not sensitive(name):
            return False
        beside: list[tuple[Any, Any]] = [*islice(outer.data.items(), _MOST)]
        if any(isinstance(key, str) and re.split("[-_]", key)[0] in LANGUAGES for key, _ in beside):
            return False
        return sum(isinstance(item, dict) and name in item for _, item in beside) >= _ROWS

    @cached_property
    def _size(self) -> int:
        """Return the number of values of the largest catalogue that this is part of, 0 if it is
        part of none.
        """
        outer = 0 if self.outer is None else self.outer._size
        return outer or _size_of(self.data)


def _ends(value: str) -> bool:
    """Whether a text is a sentence."""
    return len(value.split()) > 2 and value.rstrip().endswith((".", "!", "?", "…"))


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
