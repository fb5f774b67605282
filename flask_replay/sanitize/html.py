"""Secrets in HTML: the values of sensitive form fields, the token in a page's head."""

from __future__ import annotations

import re

from .names import sensitive
from .sanitizer import REDACTED

_TAG = re.compile(r"<(input|meta|textarea)\b((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([^\s=\"'<>/]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+))")
_START = re.compile(r"<(?:input|meta|textarea)\b", re.IGNORECASE)
_MAX_TAG = 2048
"""Characters of a tag that are looked at; none of a form's own making is longer."""

_NAMED = ("name", "id", "property")


def mask(html: str) -> str:
    """Mask what a page holds in fields whose names are sensitive, and in ``<meta name="csrf-token">``.

    Masking twice gives the same as masking once. Takes time in proportion to the text.

    :param html: a page, or a piece of one.
    """
    if "<" not in html:
        return html
    pieces: list[str] = []
    position = 0
    lowered = ""
    for start in _START.finditer(html):
        if start.start() < position:
            continue
        tag = _TAG.match(html, start.start(), min(len(html), start.start() + _MAX_TAG))
        replaced = None if tag is None else _masked(tag)
        if tag is None or replaced is None:
            continue
        pieces += (html[position : tag.start()], replaced)
        position = tag.end()
        if tag.group(1).lower() == "textarea":
            lowered = lowered or html.lower()
            end = lowered.find("</textarea", position)
            if end < 0:  # it goes on to the end, and so does its secret
                pieces.append(REDACTED)
                position = len(html)
                break
            if end > position:
                pieces.append(REDACTED)
                position = end
    return "".join((*pieces, html[position:])) if pieces else html


def _masked(tag: re.Match[str]) -> str | None:
    """Give a tag without its secret, or ``None`` when it has none."""
    attributes = {match.group(1).lower(): match for match in reversed(list(_ATTRIBUTE.finditer(tag.group(2))))}
    kind = tag.group(1).lower()

    def text(name: str) -> str:
        match = attributes.get(name)
        return next((part for part in match.groups()[1:] if part is not None), "") if match else ""

    secret = any(sensitive(text(name)) for name in _NAMED) or (kind == "input" and text("type").lower() == "password")
    if not secret:
        return None
    if kind == "textarea":
        return tag.group(0)
    match = attributes.get("content" if kind == "meta" else "value")
    if match is None:
        return None
    group = next((number for number in (2, 3, 4) if match.group(number) is not None), 0)
    if match.group(group) in ("", REDACTED):
        return None
    body = tag.group(2)
    quote = "" if group != 4 else '"'
    return f"<{tag.group(1)}{body[: match.start(group)]}{quote}{REDACTED}{quote}{body[match.end(group) :]}>"
