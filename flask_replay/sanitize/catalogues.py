"""Dictionaries of texts for people: messages by field, and catalogues of translations. The names in
them may be those of secrets: ``{"login.password": "Passwort eingeben"}``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from itertools import islice
from typing import Any

from .descriptions import has_messages, is_message
from .names import plain, sensitive, words_of
from .records_of_people import is_of_person
from .terms import words_in
from .texts_for_people import Kind, is_bare_name, is_label, is_sentence, kind_of, mentions_secret
from .vocabulary import LANGUAGES, PROSE

_MOST = 200
"""Values of a dictionary that are examined."""

_SMALLEST = 4
"""Values of the smallest catalogue."""

_DEEPEST = 7
"""Levels of dictionaries within a catalogue."""

_LARGE = 50
"""Values of a catalogue that is nobody's record. Each text in it is one for people."""

_TEXTS, _DATA = 0.4, 0.12
"""The least share of texts among the values of a catalogue, and the largest share of data."""

_PERSONAL = words_in("""
    name names first last full given family middle maiden display user surname firstname lastname
    fullname nickname username email mail phone mobile street address city town country zip postcode
    company employer birthday birthdate dob gender job
""") - {"maiden"}
"""Words of names of which records of people consist."""

_WORD = re.compile(r"[^\W\d_]+")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:[-_][A-Za-z]{2,4})?")
_CALLED = words_in("""
    nombre nom prenom nome naam navn namn nimi nazwa nazwisko imie jmeno prijmeni meno nev ad adi
    isim имя фамилия імʼя correo courriel posta poczta почта почты пошта direccion indirizzo
    endereco adres adresa adresse address telefon telefono telephone telefone телефон адрес адреса
    strasse rue calle via rua ulica ulice улица город ville ciudad citta cidade miasto mesto stadt
    ort wohnort plaats by kaupunki sehir benutzername vorname nachname utilisateur usuario utente
    gebruiker felhasznalo
""")
"""Words of labels of such data in other languages, without accents."""

_POSTAL = re.compile(r"[1-9]\d{2} ?\d{3}")
_POSTAL_NAMES = (("pin",), ("code",))
_PLACES = words_in(
    "street address address1 line1 city town village district state country landmark"
)
"""India's postal codes, the ends of their names (``pin_code``), and words of names beside them."""

_ROWS = 3
"""Dictionaries of the smallest table of records."""


def are_languages(keys: Collection[Any]) -> bool:
    """Whether the keys of a dictionary are languages, so that its values are translations."""
    return len(LANGUAGES.intersection(keys)) > 1 and all(
        type(key) is str and _LANGUAGE.fullmatch(key) for key in keys
    )


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


class Container:
    """The dictionary that contains a value, and the dictionaries that contain that one.

    :param outer: the dictionary that contains this one.
    :param messages: its name says that it holds messages by the names of fields.
    :param translated: its name is a language, so single words are texts, too.
    """

    def __init__(
        self,
        data: Mapping[Any, Any],
        outer: Container | None = None,
        *,
        messages: bool = False,
        translated: bool = False,
    ) -> None:
        self.data = _plain(data) if isinstance(data, dict) and type(data) is not dict else data
        self.outer = outer
        self.translated = translated
        self.messages: bool = messages or (outer is not None and outer.messages)

    def inner(self, data: Mapping[Any, Any], name: str = "") -> Container:
        """Return the container of the values of a dictionary within this one.

        :param name: the name of the dictionary.
        """
        messages = bool(name) and has_messages(name)
        return Container(data, self, messages=messages, translated=name in LANGUAGES)

    def keeps(self, name: str, value: str) -> bool:
        """Whether a text under the name of a secret is a text for people, not a secret."""
        if self.messages and is_message(name, value):
            return True
        if _POSTAL.fullmatch(value) and words_of(name)[-1:] in _POSTAL_NAMES and self._is_address:
            return True
        size = self._size
        if size < _SMALLEST or (size < _LARGE and not PROSE.isdisjoint(words_of(name))):
            return False
        record = self._is_record or self._is_row(name)
        if mentions_secret(value, name):
            return not record or is_label(value)
        if record or is_bare_name(name):
            return False
        return kind_of(value) is Kind.TEXT and (size >= _LARGE or is_sentence(value))

    @cached_property
    def _is_address(self) -> bool:
        """Whether this is a postal address: it has two or more parts of one."""
        words = (words_of(key) for key in islice(self.data, _MOST) if isinstance(key, str))
        return sum(not _PLACES.isdisjoint(name) for name in words) > 1

    @cached_property
    def is_of_person(self) -> bool:
        """Whether this, or a dictionary that contains it, is the record of one person."""
        return is_of_person(self.data) or (self.outer is not None and self.outer.is_of_person)

    @cached_property
    def _is_record(self) -> bool:
        """Whether this is the record of a person, or a small part of one."""
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
        return (
            sum(isinstance(item, dict) and dict.__contains__(item, name) for _, item in beside)
            >= _ROWS
        )

    @cached_property
    def _size(self) -> int:
        """Return the number of values of the largest catalogue that this is part of, 0 if it is
        part of none.
        """
        outer = 0 if self.outer is None else self.outer._size
        return outer or _size_of(self.data, translated=self.translated)


def _plain(data: dict[Any, Any]) -> dict[str, Any]:
    """Return a copy of a dictionary of the app's own type, whose methods may do anything."""
    return {key: value for key, value in dict.items(data) if type(key) is str}


NO_CONTAINER = Container({})
"""The container of a value that is in no dictionary."""


def _size_of(data: Mapping[Any, Any], *, translated: bool = False) -> int:
    """Return the number of values of a catalogue, 0 for other data.

    :param translated: single words count as texts.
    """
    values = [*islice(_values(data), _MOST)]
    if len(values) < _SMALLEST:
        return 0
    # A form's values are lists, so it is not a catalogue.
    kinds = [kind_of(value) if isinstance(value, str) else Kind.DATA for value in values]
    texts = kinds.count(Kind.TEXT) + (kinds.count(Kind.WORD) if translated else 0)
    enough = texts >= _TEXTS * len(kinds)
    return len(kinds) if enough and kinds.count(Kind.DATA) <= _DATA * len(kinds) else 0


def _values(data: Any, depth: int = 0) -> Iterator[Any]:
    """Return the values of a dictionary and of those within it."""
    for item in dict.values(data):
        if isinstance(item, dict) and depth < _DEEPEST:
            yield from _values(item, depth + 1)
        else:
            yield item
