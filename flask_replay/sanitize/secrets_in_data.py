"""Secrets in plain data, found by the names in it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from typing import Any, NamedTuple

from .catalogues import NO_CONTAINER, Container, are_languages
from .descriptions import is_description, is_remark
from .forms_of_values import is_unlike_secret
from .harmless_values import is_address, is_harmless
from .login_members import PRIVATE
from .names import measures, protects_form, qualified_name, sensitive, words_of
from .numbers_by_kind import is_of_bank

_DEPTH = 8
_MOST = 50_000
"""Items of nested containers that are searched for names."""

TABLE = 300
"""A dictionary with more keys counts as a table. Its keys are data, like the words of a dictionary,
so they are not used as names.
"""

_VAGUE = frozenset({"key", "number", "webhook"})
"""Keys that name a secret together with the name of their dictionary: ``card``, ``stripe``."""

LARGE = 1_000
"""A smaller number occurs too often by chance to be searched for."""


class NamedSecret(NamedTuple):
    """A secret in plain data.

    :ivar name: the name under which it is.
    :ivar of_person: it is in the record of a person.
    """

    name: str
    value: str | int
    of_person: bool


def name_secrets(dicts: list[Any]) -> bool:
    """Whether dictionaries, or lists of them, may have sensitive names. One pass over the keys ends
    early in most cases, because no key is sensitive.
    """
    level: list[Any] = dicts
    outer: list[Any] = []
    for _ in range(_DEPTH):
        maps = [one for one in level if issubclass(type(one), dict)]
        records = [one for one in maps if dict.__len__(one) <= TABLE]
        keys = {key for one in records for key in dict.keys(one) if type(key) is str}
        vague = _VAGUE & keys
        above = _keys_of_containers(outer) if vague else ()
        qualified = (qualified_name(key, name) for key in vague for name in above)
        if "kty" in keys or any(map(sensitive, chain(keys, qualified))):
            return True
        outer = records or outer
        lists = [one for one in level if type(one) is list or type(one) is tuple]
        items = chain.from_iterable([*map(dict.values, maps), *lists])
        level = [
            one
            for one in islice(items, _MOST)
            if (kind := type(one)) is not str
            and (kind is list or kind is tuple or issubclass(kind, dict))
        ]
        if not level:
            break
    return False


def secrets_in(
    name: str,
    value: Any,
    depth: int = 0,
    *,
    under: str = "",
    container: Container = NO_CONTAINER,
) -> Iterator[NamedSecret]:
    """Yield the secrets in plain data.

    :param name: the name of the data.
    :param depth: the number of containers around it.
    :param under: the sensitive name further up, because of which all the data is secret.
    :param container: the dictionary that contains the data.
    """
    under = name if sensitive(name) else under
    kind = type(value)  # an object of the app may lie about its type, or raise
    if kind is str or (kind is int and abs(value) >= LARGE):
        if under and not _is_harmless(name, under, value, container):
            yield NamedSecret(name, value, container.is_of_person)
    elif depth < _DEPTH and issubclass(kind, dict):
        names = dict.__len__(value) <= TABLE
        if under and are_languages(dict.keys(value)):
            return
        if under and is_of_bank(under, dict.keys(value)):
            under = ""
        within = container.inner(value, name)
        token = _token_field(value)
        private = PRIVATE if dict.__contains__(value, "kty") else ()
        for key, item in dict.items(value):
            label = qualified_name(key, name) if names and type(key) is str else ""
            label = token if token and "token" in label else label
            label = "private_key" if label in private else label
            yield from secrets_in(label, item, depth + 1, under=under, container=within)
    elif depth < _DEPTH and issubclass(kind, list | tuple):
        for item in list.__iter__(value) if issubclass(kind, list) else tuple.__iter__(value):
            yield from secrets_in(name, item, depth + 1, under=under, container=container)


def _is_harmless(name: str, under: str, value: str | int, container: Container) -> bool:
    """Whether a value below a sensitive name is no secret."""
    if is_harmless(name, value) or is_address(name, value):
        return True
    if not sensitive(name) and is_unlike_secret(words_of(under), value):
        return True
    if isinstance(value, int):
        says_so = measures(name)
    else:
        says_so = is_remark(name, value) or container.keeps(name, value)
    return says_so or (is_description(name, under, value) and not sensitive(name))


def _keys_of_containers(records: list[Any]) -> set[str]:
    """Return the keys of dictionaries under which other dictionaries or lists are."""
    return {
        key
        for one in records
        for key, item in dict.items(one)
        if type(key) is str and issubclass(type(item), dict | list | tuple)
    }


def _token_field(data: dict[Any, Any]) -> str:
    """Return the name of a form's field for a CSRF token, or ``""`` if the dictionary does not
    describe such a field. WTForms has the token in its attribute ``current_token``.
    """
    name = dict.get(data, "name")
    return name if type(name) is str and protects_form(name) else ""
