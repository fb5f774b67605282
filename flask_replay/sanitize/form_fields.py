"""The values of sensitive form fields in HTML, and the token in a page's head."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape
from itertools import islice
from typing import NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

from .commands_and_links import is_chosen
from .common_values import Reach, is_common, reach
from .harmless_values import is_harmless
from .names import sensitive, words_of
from .sanitizer import REDACTED
from .secret_encodings import fold
from .terms import words_in

_TAG = re.compile(r"<(input|meta|textarea)\b((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([^\s=\"'<>/]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+))")
_START = re.compile(r"<(?:input|meta|textarea)\b", re.IGNORECASE)
MAX_TAG = 2048
"""The most characters of a tag that are read. Form libraries write shorter tags."""

_BEGUN = re.compile(rb"<(?:input|form)\b", re.IGNORECASE)
_ATTRIBUTES = re.compile(rb"[^<>\"']*(?:(?:\"[^\"]*\"|'[^']*')[^<>\"']*)*>")
_TYPED = re.compile(
    rb"[\s\"'/](?:type\s?=\s?[\"']?password\b|autocomplete\s?=\s?[\"']?(?:[\w-]{1,40}\s){0,4}"
    rb"(?:(?:current|new)-password|one-time-code|cc-number|cc-csc)\b)",
    re.IGNORECASE,
)
_VALUE = rb"\s?=\s?(?:\"([^\"]{1,256})\"|'([^']{1,256})'|([^\s\"'>]{1,256}))"
_NAME = re.compile(rb"[\s\"'/]name" + _VALUE, re.IGNORECASE)
_ACTION = re.compile(rb"[\s\"'/]action" + _VALUE, re.IGNORECASE)
_MOST = 200
"""Fields and forms of a page that are examined."""

_SHORTEST = 3
"""Letters of the shortest name of a field that is no common one."""

_NAMED = ("name", "id", "property", "autocomplete")
_NEVER_SECRET = frozenset(
    {"checkbox", "radio", "submit", "button", "image", "reset", "file", "range", "color", "date"}
)
"""Types of inputs whose values the page sets, or that never hold a secret."""


_WIDGETS = words_in("""
    field fields fld text txt textfield textbox box input inp edit control ctl entry widget elem
    element area
""")
"""Words for parts of a page. Elsewhere, a ``password_field`` is the name of the field."""


_PASSWORD = re.compile(
    r"(?=\D*\d)(?=[^A-Za-z]*[A-Za-z])(?=[^!#$%^&*+=?@~]*[!#$%^&*+=?@~])\S{6,128}"
)
"""Letters, digits, and punctuation of passwords."""


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


def password_fields(page: bytes, address: str) -> list[str]:
    """Return the fields of a page in which passwords, one-time codes and cards are typed, whatever
    they are called. See :func:`field_key`.

    :param address: the path of the page.
    """
    if not (b"assword" in page or b"autocomplete" in page or b"PASSWORD" in page):
        return []
    fields, target = [], address
    for begun in islice(_BEGUN.finditer(page), _MOST):
        tag = _ATTRIBUTES.match(page, begun.end(), begun.end() + MAX_TAG)
        if tag is None:
            continue
        if begun[0][1:].lower() == b"form":
            action = _value(_ACTION, tag[0])
            target = _path(action, address) if action else address
        elif _TYPED.search(tag[0]) and (name := _value(_NAME, tag[0])) and not sensitive(name):
            fields.append(field_key(name, target))
    return fields


def field_key(name: str, target: str) -> str:
    """Return what identifies a field among those of all pages: its name, and where its form is sent
    if other forms may have a field of that name, too: a ``code``, which may be that of a coupon.

    :param target: the path of the address to which the form is sent.
    """
    words = words_of(name)
    common = len(name) < _SHORTEST or all(map(is_common, words))
    return f"{target} {name}" if common else name


def is_secret_of_field(name: str, values: Iterable[str]) -> bool:
    """Whether texts were typed in a field that is called after a secret: ``password_field``, or
    ``acme_pass`` if one looks like a password.

    The name of a setting may be the same as that of a field. Its value is the name of a field then.
    """
    words = [*words_of(name)]
    if not words or words[-1] not in _WIDGETS:
        return words[-1:] == ["pass"] and any(map(_is_password, values))
    while words and words[-1] in _WIDGETS:
        words.pop()
    return sensitive("_".join(words)) and any(
        reach(value) is not Reach.OWN and not sensitive(value) for value in values
    )


def _is_password(value: str) -> bool:
    """Whether a text looks like a password, unlike the name or number of a ticket."""
    return (
        _PASSWORD.fullmatch(value) is not None
        and is_chosen(value)
        and reach(value) is Reach.ANYWHERE
    )


def _path(action: str, page: str) -> str:
    """Return the path of the address to which a page sends a form."""
    try:
        return unquote(urlsplit(urljoin(page, action)).path)
    except ValueError:  # it is malformed, so the form is never sent
        return page


def _value(attribute: re.Pattern[bytes], tag: bytes) -> str:
    """Return the value of an attribute, or ``""``."""
    found = attribute.search(tag)
    values = () if found is None else found.groups(b"")
    return unescape(b"".join(values).decode("utf-8", "replace"))


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
