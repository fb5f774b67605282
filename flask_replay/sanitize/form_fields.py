"""The values of sensitive form fields in HTML, and the token in a page's head."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from .names import is_harmless, sensitive
from .sanitizer import REDACTED
from .secret_encodings import fold

_TAG = re.compile(r"<(input|meta|textarea)\b((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([^\s=\"'<>/]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+))")
_START = re.compile(r"<(?:input|meta|textarea)\b", re.IGNORECASE)
MAX_TAG = 2048
"""The most characters of a tag that are read. Form libraries write shorter tags."""

_INPUT = re.compile(rb"<input\b[^<>]{1,2048}>", re.IGNORECASE)
_TYPED = re.compile(
    rb"\s(?:type\s?=\s?[\"']?password\b"
    rb"|autocomplete\s?=\s?[\"']?(?:current-password|one-time-code|cc-number|cc-csc)\b)",
    re.IGNORECASE,
)
_NAME = re.compile(
    rb"\sname\s?=\s?(?:\"([^\"]{1,64})\"|'([^']{1,64})'|([^\s\"'>/]{1,64}))", re.IGNORECASE
)
_MOST = 200
"""Fields of a page that are examined for their type."""

_NAMED = ("name", "id", "property", "autocomplete")
_NEVER_SECRET = frozenset(
    {"checkbox", "radio", "submit", "button", "image", "reset", "file", "range", "color", "date"}
)
"""Types of inputs whose values the page sets, or that never hold a secret."""


class Field(NamedTuple):
    """A secret value in a page.

    :ivar name: the name that marks it as secret.
    :ivar start: where it begins.
    :ivar bare: it has no quotes.
    """

    name: str
    start: int
    end: int
    bare: bool


def password_fields(page: bytes) -> list[str]:
    """Return the names of the fields of a page in which passwords, one-time codes and cards are
    typed, whatever they are called.
    """
    if b"password" not in page and b"autocomplete" not in page:
        return []
    names = []
    for tag in islice(_INPUT.finditer(page), _MOST):
        if _TYPED.search(tag[0]) and (name := _NAME.search(tag[0])) is not None:
            names.append((name[1] or name[2] or name[3]).decode("utf-8", "replace"))
    return [name for name in names if not sensitive(name)]


def form_fields(html: str) -> Iterator[Field]:
    """Yield the secret values of form fields, and of a ``<meta>``, in order."""
    if "<" not in html:
        return
    position = 0
    lowered = ""
    for start in _START.finditer(html):
        if start.start() < position:
            continue
        tag = _TAG.match(html, start.start(), min(len(html), start.start() + MAX_TAG))
        field = None if tag is None else _field(tag)
        if tag is None or field is None:
            continue
        if field.end:
            yield field
        position = tag.end()
        if tag.group(1).lower() == "textarea":
            lowered = lowered or fold(html)
            end = lowered.find("</textarea", position)
            # without an end tag, the secret extends to the end of the text
            end = len(html) if end < 0 else end
            if html[position:end] not in {"", REDACTED} and not is_harmless(
                field.name, html[position:end]
            ):
                yield Field(field.name, position, end, bare=False)
            position = end


def _field(tag: re.Match[str]) -> Field | None:
    """Return the secret field of a tag, or ``None`` if it has none. Start and end are 0 if the
    value comes after the tag, as in a ``<textarea>``.
    """
    kind = tag.group(1).lower()
    texts = {
        name.lower(): "".join(values)
        for name, *values in reversed(_ATTRIBUTE.findall(tag.group(2)))
    }
    type = texts.get("type", "").lower() if kind == "input" else ""
    name = next(
        (named for key in _NAMED if (named := texts.get(key)) and sensitive(named)),
        "password" if type == "password" else "",
    )
    if not name or type in _NEVER_SECRET:
        return None
    if kind == "textarea":
        return Field(name, 0, 0, bare=False)
    attribute = "content" if kind == "meta" else "value"
    attributes = _ATTRIBUTE.finditer(tag.group(2))
    match = next((match for match in attributes if match.group(1).lower() == attribute), None)
    if match is None:
        return None
    group = next((number for number in (2, 3, 4) if match.group(number) is not None), 0)
    if match.group(group) in ("", REDACTED) or is_harmless(name, match.group(group)):
        return None
    start = tag.start(2)
    return Field(name, start + match.start(group), start + match.end(group), bare=group == 4)
