"""Secrets in HTML: the values of sensitive form fields, the token in a page's head."""

from __future__ import annotations

import html as markup
import re
from collections.abc import Iterator
from typing import NamedTuple

from .names import sensitive
from .sanitizer import REDACTED

_TAG = re.compile(r"<(input|meta|textarea)\b((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([^\s=\"'<>/]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+))")
_START = re.compile(r"<(?:input|meta|textarea)\b", re.IGNORECASE)
_MAX_TAG = 2048
"""Characters of a tag that are looked at; none of a form's own making is longer."""

_NAMED = ("name", "id", "property", "autocomplete")
_CHOSEN = frozenset({"checkbox", "radio", "submit", "button", "image", "reset", "file", "range", "color", "date"})
"""Types of inputs whose values the page gives, or are nobody's secret."""


class Field(NamedTuple):
    """A value in a page that nobody is to see.

    :ivar name: tells what it is.
    :ivar start: where it stands.
    :ivar bare: it stands without quotes.
    """

    name: str
    start: int
    end: int
    bare: bool


def mask(html: str) -> str:
    """Mask what a page holds in fields whose names are sensitive, and in ``<meta name="csrf-token">``.

    Masking twice gives the same as masking once. Takes time in proportion to the text.

    :param html: a page, or a piece of one.
    """
    pieces: list[str] = []
    position = 0
    for field in _fields(html):
        quote = '"' if field.bare else ""
        pieces += (html[position : field.start], quote, REDACTED, quote)
        position = field.end
    return "".join((*pieces, html[position:])) if pieces else html


def fields(html: str) -> list[tuple[str, str]]:
    """Return the names and the values that :func:`mask` masks, as whoever reads the page sees them."""
    return [(field.name, markup.unescape(html[field.start : field.end])) for field in _fields(html)]


def _fields(html: str) -> Iterator[Field]:
    if "<" not in html:
        return
    position = 0
    lowered = ""
    for start in _START.finditer(html):
        if start.start() < position:
            continue
        tag = _TAG.match(html, start.start(), min(len(html), start.start() + _MAX_TAG))
        field = None if tag is None else _field(tag)
        if tag is None or field is None:
            continue
        if field.end:
            yield field
        position = tag.end()
        if tag.group(1).lower() == "textarea":
            lowered = lowered or html.lower()
            end = lowered.find("</textarea", position)
            end = len(html) if end < 0 else end  # it goes on to the end, and so does its secret
            if html[position:end] not in {"", REDACTED}:
                yield Field(field.name, position, end, bare=False)
            position = end


def _field(tag: re.Match[str]) -> Field | None:
    """Return the secret of a tag, one without a place if that comes behind it, or ``None`` when it has none."""
    attributes = {match.group(1).lower(): match for match in reversed(list(_ATTRIBUTE.finditer(tag.group(2))))}
    kind = tag.group(1).lower()

    def text(name: str) -> str:
        match = attributes.get(name)
        return next((part for part in match.groups()[1:] if part is not None), "") if match else ""

    type = text("type").lower() if kind == "input" else ""
    name = next((named for named in map(text, _NAMED) if sensitive(named)), "password" if type == "password" else "")
    if not name or type in _CHOSEN:
        return None
    if kind == "textarea":
        return Field(name, 0, 0, bare=False)
    match = attributes.get("content" if kind == "meta" else "value")
    if match is None:
        return None
    group = next((number for number in (2, 3, 4) if match.group(number) is not None), 0)
    if match.group(group) in ("", REDACTED):
        return None
    start = tag.start(2)
    return Field(name, start + match.start(group), start + match.end(group), bare=group == 4)
