"""XHTML as HTML, which the player shows in its place."""

from __future__ import annotations

import re

XHTML = "application/xhtml+xml"

_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param"}
    | {"source", "track", "wbr"}
)
"""Elements that have no end tag in HTML (HTML, section 13.1.2)."""

_START = re.compile(
    r"\A\ufeff?\s*(?:<\?xml[^>]*>)?\s*(?:<!doctype[^>\[]*(?:\[[^\]]*\])?[^>]*>)?", re.IGNORECASE
)
_XML = re.compile(
    r"<!--.*?(?:-->|\Z)|<!\[CDATA\[|\]\]>"
    r"|<(?P<name>[a-z][^\s/>\"']{0,100}+)"
    r"(?:[^<>\"'/]++|/(?!>)|\"[^\"]{0,2000}+\"|'[^']{0,2000}+'){0,200}+/>",
    re.IGNORECASE | re.DOTALL,
)
"""A comment, the mark of a part that is not markup, or an element without content."""


def as_html(text: str) -> str:
    """Return a page of XHTML as HTML: in standards mode, and with an end tag for each element
    without content.
    """
    return f"<!doctype html>{_XML.sub(_closed, _START.sub('', text, count=1))}"


def _closed(found: re.Match[str]) -> str:
    name = found["name"]
    if name is None:
        return found[0] if found[0].startswith("<!--") else ""
    return found[0] if name.lower() in _VOID else f"{found[0][:-2]}></{name}>"
