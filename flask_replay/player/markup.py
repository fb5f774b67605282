"""Find tags in the text of a page as a browser does that runs scripts: none in comments, scripts and other raw text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple

_BLANK = r"[\t\n\f\r ]*+"
_NAME = r"[^\t\n\f\r />][^\t\n\f\r />=]*+"
_VALUE = r""""[^"]*+"?|'[^']*+'?|[^\t\n\f\r >]*+"""
ATTRIBUTE = re.compile(rf"({_NAME})(?:{_BLANK}={_BLANK}({_VALUE}))?+")
"""As browsers read them: what they take for blanks is less than what Python does."""

_REST = rf"(?:[\t\n\f\r /]++|{_NAME}(?:{_BLANK}={_BLANK}(?:{_VALUE}))?+)*+(?:>|\Z)"
_RAW = "script|style|textarea|title|xmp|iframe|noembed|noframes|noscript"
"""Elements whose text is no markup (HTML, section 13.2.6.2); ``noscript`` is one where scripts run."""

_TOKEN = re.compile(
    rf"<!--(?:>|->|.*?(?:--!?>|\Z))"
    rf"|<(?P<raw>{_RAW})(?=[\s/>])(?P<said>{_REST})(?:.*?(?=</(?P=raw)[\s/>])|.*)"
    rf"|<(?P<name>[a-z][^\s/>]*+)(?P<attributes>{_REST})"
    rf"|<[!?/][^>]*+",
    re.IGNORECASE | re.DOTALL,
)


class Tag(NamedTuple):
    """A start tag, with the raw text behind it if its element has such.

    :ivar start: of the tag in the text.
    :ivar end: of the tag, or of its raw text.
    """

    name: str
    attributes: str
    start: int
    end: int

    def get(self, name: str) -> str | None:
        """Return the value of an attribute, ``""`` for one without, ``None`` where there is none."""
        for found in ATTRIBUTE.finditer(self.attributes):
            if found[1].lower() == name:
                written = found[2] or ""
                return unescape(written.strip(written[:1]) if written[:1] in {'"', "'"} else written)
        return None


def tags(text: str, *names: str) -> Iterator[Tag]:
    """Yield the start tags of some elements, in order. Takes time in proportion to the text."""
    for found in _TOKEN.finditer(text):
        name = (found["raw"] or found["name"] or "").lower()
        if name in names:
            yield Tag(name, found["said"] or found["attributes"] or "", found.start(), found.end())


def without_noscript(text: str) -> str:
    """Return a page without what only visitors whose browsers run no scripts saw: texts, styles, pictures."""
    if "<noscript" not in text.lower():
        return text
    pieces: list[str] = []
    position = 0
    for tag in tags(text, "noscript"):
        pieces += (text[position : tag.start], '<noscript style="display: none !important">')
        position = tag.end
    return "".join((*pieces, text[position:]))


def own_base(text: str) -> str | None:
    """Return the address that a page says it is relative to, as it is written; the first one counts."""
    if "<base" not in text.lower():
        return None
    return next((href for tag in tags(text, "base") if (href := tag.get("href")) is not None), None)
