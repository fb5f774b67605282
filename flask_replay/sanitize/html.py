"""Secrets in HTML: the values of sensitive form fields, the token in a page's head, and data for
scripts.
"""

from __future__ import annotations

import re
from functools import cache

from ahocorasick_rs import AhoCorasick, MatchKind

from ..markup.entities import unescape
from .form_fields import MAX_TAG, Field, form_fields
from .json_in_html import MEMBER_SIGNS, json_members, texts_below, texts_for_people, unescaped
from .sanitizer import REDACTED
from .secret_encodings import fold

__all__ = ["MAX_TAG", "comparable", "fields", "mask"]

_MARK = re.compile(r"(?:\[|%5b)redacted(?:\]|%5d)", re.IGNORECASE)


def mask(html: str, *, data: bool = True) -> str:
    """Mask the values of sensitive form fields, of ``<meta name="csrf-token">``, and in JSON.

    Masking twice gives the same result as masking once. Takes time in proportion to the text.

    :param html: a page, or a piece of one.
    :param data: mask JSON, too.
    """
    pieces: list[str] = []
    position = 0
    for field in _found(html) if data else [*form_fields(html)]:
        quote = '"' if field.bare else ""
        pieces += (html[position : field.start], quote, REDACTED, quote)
        position = field.end
    return "".join((*pieces, html[position:])) if pieces else html


def comparable(html: str) -> str:
    """Return a page in the form in which digests compare pages: masked, with every placeholder
    written as ``[redacted]``.

    A template may have changed a placeholder to upper case, or encoded it for a URL.
    """
    return _MARK.sub(REDACTED, mask(html))


def fields(html: str) -> list[tuple[str, str]]:
    """Return the names and values that :func:`mask` masks, decoded as a reader of the page sees
    them.
    """
    found: list[tuple[str, str]] = []
    kept: frozenset[str] | None = None
    for field in _found(html):
        value = unescape(html[field.start : field.end])
        if value[:1] in "[{" and value[-1:] in "]}":
            texts = texts_below(field.name, value)
            if texts and kept is None:
                kept = texts_for_people(html)
            found += [(field.name, text) for text in texts if text not in (kept or ())]
        else:
            found.append((field.name, value))
    return [
        *found,
        *((name, unescaped(value)) for name, value in found if "\\" in value),
    ]


def _found(html: str) -> list[Field]:
    """Return the secret fields in order. Of fields that overlap, the first is kept."""
    signs = {index for index, _, _ in _machine().find_matches_as_indexes(fold(html))}
    if not signs:
        return []
    members = json_members(html) if min(signs) < len(MEMBER_SIGNS) else []
    if not members:
        return [*form_fields(html)]
    found: list[Field] = []
    for field in sorted((*form_fields(html), *members), key=lambda field: field.start):
        if not found or field.start >= found[-1].end:
            found.append(field)
    return found


@cache
def _machine() -> AhoCorasick:
    """Return an automaton that finds out in one pass whether a page needs to be examined. Most
    pages do not.
    """
    # the match kind that skips ahead
    return AhoCorasick(
        [*MEMBER_SIGNS, "<input", "<meta", "<textarea"], matchkind=MatchKind.LeftmostFirst
    )
