"""XHTML as HTML, which the player shows in its place."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

from .tags import ATTRIBUTE, unquoted

XHTML = "application/xhtml+xml"

_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param"}
    | {"source", "track", "wbr"}
)
"""Elements that have no end tag in HTML (HTML, section 13.1.2)."""

_START = re.compile(
    r"\A\ufeff?\s*(?:<\?xml[^>]*>)?\s*(?:<!doctype[^>\[]*+(?:\[[^\]]*+\])?+[^>]*+>)?",
    re.IGNORECASE,
)
_ATTRIBUTES = r"(?:[^<>\"'/]++|/(?!>)|\"[^\"]{0,2000}+\"|'[^']{0,2000}+'){0,200}+"
_XML = re.compile(
    r"<!--.*?(?:-->|\Z)|<!\[CDATA\[(?P<data>.*?)(?:\]\]>|\Z)"
    rf"|<(?P<name>[a-z][^\s/>\"']{{0,100}}+){_ATTRIBUTES}/>"
    rf"|<(?P<begin>script|style)(?=[\s>]){_ATTRIBUTES}>|</(?P<end>script|style)"
    rf"|<(?P<lines>pre|textarea|listing)(?=[\s>]){_ATTRIBUTES}>(?=\r?\n)"
    r"|&(?P<entity>lt|gt|amp|quot|apos);",
    re.IGNORECASE | re.DOTALL,
)
"""A comment, a part that is not markup, an element without content, the beginning or end of a
script or style, the beginning of a text whose first line break HTML drops, or a character that XML
writes as an entity.
"""

_SHEET = re.compile(
    r"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)"
    r"|(?P<sheet><\?xml-stylesheet)(?P<said>\s[^<>]{0,2000}+)"
    r"|(?P<ampersand>&(?!(?:\w{1,100}|#\w{1,10});))",
    re.DOTALL,
)
"""A comment, a part that is not markup, a stylesheet before the root (Associating Style Sheets with
XML documents, section 4), or an ampersand that begins no entity.
"""

_END = re.compile(r"<(?=/(?:script|style)|!--)", re.IGNORECASE)
_CHARACTERS = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}


def with_other_sheets(text: str, replace: Callable[[str], str | None]) -> str:
    """Return a document of XML with other addresses of the stylesheets before its root, and with
    each ampersand that begins no entity escaped, because addresses within styles may have some.

    :param replace: returns the new address, or ``None`` to keep it.
    """

    def attribute(found: re.Match[str]) -> str:
        is_address = found[1] == "href" and found[2]
        new = replace(unquoted(found[2])) if is_address else None
        return found[0] if new is None else f'href="{escape(new)}"'

    def written(found: re.Match[str]) -> str:
        if found["sheet"]:
            return found["sheet"] + ATTRIBUTE.sub(attribute, found["said"])
        return "&amp;" if found["ampersand"] else found[0]

    return _SHEET.sub(written, text)


def sheets_of(text: str) -> list[str]:
    """Return the addresses of the stylesheets before the root of a document of XML."""
    found: list[str] = []
    with_other_sheets(text, found.append)
    return found


def as_html(text: str) -> str:
    """Return a page of XHTML as HTML: in standards mode, and with an end tag for each element
    without content.

    In HTML, the text of a script or style has neither entities nor parts that are not markup, and
    other text has only entities.
    """
    raw = False

    def written(found: re.Match[str]) -> str:
        nonlocal raw
        data, name, entity = found["data"], found["name"], found["entity"]
        if data is not None:
            # a text of a script may contain its end tag
            return _END.sub(r"<\\", data) if raw else escape(data, quote=False)
        if name is not None:
            return found[0] if name.lower() in _VOID else f"{found[0][:-2]}></{name}>"
        if entity is not None:
            character = _CHARACTERS.get(entity, found[0]) if raw else found[0]
            ends = character == "<" and found.string[found.end() : found.end() + 1] in {"/", "!"}
            return f"{character}\\" if ends else character
        if found["lines"] and not raw:
            return f"{found[0]}\n"
        if found["begin"] or found["end"]:
            raw = found["begin"] is not None
        return found[0]

    return f"<!doctype html>{_XML.sub(written, _START.sub('', text, count=1))}"
