"""The meaning of a request in words, by its endpoint, address and fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from ..recording.events import Request
from ..sanitize import REDACTED
from . import english as words

_SPLIT = re.compile(r"[^a-z0-9]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NO_NOUNS = frozenset(
    {
        "api", "app", "apply", "do", "ajax", "form", "index", "main", "page", "pages", "post",
        "process", "put", "show", "site", "static", "the", "to", "v1", "v2", "view", "views", "web",
        "admin", "blueprint", "htmx", "details",
    }
)  # fmt: skip
_UNTOLD = re.compile(r"csrf|token|nonce|utm_|^_|^submit$|^next$|honeypot", re.IGNORECASE)
_MAX = 30


class RequestSummary(NamedTuple):
    """The meaning of a request.

    :param words: the words of endpoint and address, and each two of them as one: ``signin``.
    :param verb: the one that names the act, a key of ``VERBS``; ``""`` for none.
    :param noun: the object of the act.
    :param search: the text that was searched for.
    :param coupon: the coupon that was entered.
    :param fields: fields of the form or JSON document that are worth mentioning, without secrets.
    :param query: fields of the query.
    """

    words: tuple[str, ...]
    verb: str
    noun: str
    search: str
    coupon: str
    fields: list[tuple[str, str]]
    query: list[tuple[str, str]]


def summarize_request(request: Request, *, blanks: bool = False) -> RequestSummary:
    """Return the meaning of a request.

    :param blanks: include fields that were left empty.
    """
    named = _words(_CAMEL.sub("_", request.endpoint or ""))
    found = tuple(dict.fromkeys([*named, *_words(request.path)]))
    function = _words(
        _CAMEL.sub(
            "_", (request.endpoint or request.path).rpartition("." if request.endpoint else "/")[2]
        )
    )
    verb = next((word for word in [*function, *reversed(found)] if word in words.VERBS), "")
    if verb in words.NOUNS and verb not in function:
        verb = ""  # the word names a part of the app
    nouns = [
        word for word in (named or found) if word not in {verb, *_NO_NOUNS} and not word.isdigit()
    ]
    query = list(
        _worth_mentioning(parse_qsl(request.query, keep_blank_values=blanks), blanks=blanks)
    )
    fields = list(_worth_mentioning(_fields(request), blanks=blanks))
    return RequestSummary(
        words=(*found, *map("".join, pairwise(found))),
        verb=verb,
        noun=_noun(nouns, one=bool(request.view_args) or verb in words.ONE),
        search=next((value for name, value in query if name.lower() in words.SEARCH), ""),
        coupon=_coupon(found, fields),
        fields=fields,
        query=[pair for pair in query if pair[0].lower() not in words.SEARCH],
    )


def path_of(url: str) -> str:
    """Return the path of an address, which may be malformed."""
    _, has_host, rest = url.partition("://")
    path = f"/{rest.partition('/')[2]}" if has_host else url
    return path.partition("#")[0].partition("?")[0]


def _words(text: str) -> list[str]:
    return [word for word in _SPLIT.split(text.lower()) if word]


def _noun(nouns: list[str], *, one: bool) -> str:
    alike = {noun.removesuffix("s"): noun for noun in nouns[-2:]}  # items.delete_item has one noun
    name = " ".join(alike.values())
    return (
        name[:-1]
        if one and len(name) > 3 and name.endswith("s") and not name.endswith("ss")
        else name
    )


def _coupon(found: Iterable[str], fields: list[tuple[str, str]]) -> str:
    """Return the coupon that was entered, if that is all that was sent, or the address names
    coupons.
    """
    named = words.COUPONS.intersection(found)
    for name, value in fields:
        if name.lower() in words.COUPONS and (named or len(fields) == 1):
            return value
    return fields[0][1] if len(fields) == 1 and named else ""


def _fields(request: Request) -> Iterator[tuple[str, Any]]:
    for name, values in request.form.items():
        yield from ((name, value) for value in values)
    for name, values in request.files.items():
        yield from ((name, value) for value in values)
    if isinstance(request.json, dict):
        yield from request.json.items()


def _worth_mentioning(
    pairs: Iterable[tuple[str, Any]], *, blanks: bool
) -> Iterator[tuple[str, str]]:
    """Return the fields that are worth mentioning: no secrets, tokens or empty fields."""
    for count, (name, value) in enumerate(pairs):
        if count >= _MAX:
            return
        text = (
            str(value).strip()
            if isinstance(value, str | int | float) and not isinstance(value, bool)
            else ""
        )
        if (text or (blanks and value == "")) and REDACTED not in text and not _UNTOLD.search(name):
            yield name, text
