"""Find the tags of a page like a browser with scripts enabled: comments, scripts and other raw text
contain no tags.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from .entities import unescape_attribute

_BLANK = r"[\t\n\f\r ]*+"
_NAME = r"[^\t\n\f\r />][^\t\n\f\r />=]*+"
_VALUE = r""""[^"]*+"?|'[^']*+'?|[^\t\n\f\r >]*+"""
ATTRIBUTE = re.compile(rf"({_NAME})(?:{_BLANK}={_BLANK}({_VALUE}))?+")
"""Attributes as browsers read them. HTML has fewer blanks than Python."""

REST = rf"(?:[\t\n\f\r /]++|{_NAME}(?:{_BLANK}={_BLANK}(?:{_VALUE}))?+)*+(?:>|\Z)"
"""The rest of a tag, after its name."""

_RAW = "script|style|textarea|title|xmp|iframe|noembed|noframes|noscript"
"""Elements whose content is raw text (HTML, section 13.2.6.2); ``noscript`` is one if scripts are
enabled.
"""

_TOKEN = re.compile(
    rf"<!--(?:>|->|.*?(?:--!?>|\Z))"
    rf"|<(?P<raw>{_RAW})(?=[\s/>])(?P<rest>{REST})(?:.*?(?=</(?P=raw)[\s/>])|.*)"
    rf"|<(?P<name>[a-z][^\s/>]*+)(?P<attributes>{REST})"
    rf"|<[!?/][^>]*+",
    re.IGNORECASE | re.DOTALL,
)


class Tag(NamedTuple):
    """A start tag, with the raw text after it if its element has any.

    :ivar start: the start of the tag in the text.
    :ivar attributes_start: the start of its attributes.
    :ivar close: the end of the tag.
    :ivar end: the end of the tag, or of its raw text.
    """

    name: str
    attributes: str
    start: int
    attributes_start: int
    close: int
    end: int

    def get(self, name: str) -> str | None:
        """Return the value of an attribute, ``""`` if it has no value, ``None`` if it is
        missing.
        """
        for found in ATTRIBUTE.finditer(self.attributes):
            if found[1].lower() == name:
                return unquoted(found[2] or "")
        return None


def unquoted(written: str) -> str:
    """Return the value of an attribute as a browser reads it."""
    return unescape_attribute(written.strip(written[:1]) if written[:1] in {'"', "'"} else written)


def tokens(text: str) -> Iterator[tuple[int, int, Tag | None]]:
    """Yield start and end of everything in a page that is not text, in order, with the tag if it is
    a start tag.

    Takes time in proportion to the text.
    """
    for found in _TOKEN.finditer(text):
        start, end = found.span()
        tag = None
        if found.lastgroup is not None:
            name, rest = ("raw", "rest") if found["raw"] else ("name", "attributes")
            tag = Tag(found[name].lower(), found[rest], start, *found.span(rest), end)
        elif not text.startswith("<!--", start):
            end = min(len(text), end + 1)
        yield start, end, tag


def every_tag(text: str) -> Iterator[Tag]:
    """Yield the start tags of a page, in order."""
    return (tag for _, _, tag in tokens(text) if tag is not None)


def tags(text: str, *names: str) -> Iterator[Tag]:
    """Yield the start tags of the named elements, in order."""
    return (tag for tag in every_tag(text) if tag.name in names)


def elements(text: str, *names: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of elements, from the start tag to the next end tag. Elements without an
    end tag are skipped.

    A name without a further end tag is not searched for again, so it takes time in proportion to
    the text.
    """
    opening = re.compile(rf"<({'|'.join(names)})\b", re.IGNORECASE)
    closing = {name: re.compile(rf"</{name}\b", re.IGNORECASE) for name in names}
    found = opening.search(text)
    while found:
        place, name = found.end(), found[1].lower()
        end = closing[name].search(text, place) if name in closing else None
        if end:
            yield found.start(), end.end()
            place = end.end()
        else:
            closing.pop(name, None)
        found = opening.search(text, place)
