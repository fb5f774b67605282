"""Character references of HTML, in untrusted text."""

from __future__ import annotations

import html
import re
from html.entities import html5

_ENDLESS = re.compile(r"&#\d{8}\d*;?")
"""A number with more digits than any character has. ``html.unescape`` raises for thousands of
digits.
"""

_NAMED = re.compile(r"&(?=([a-zA-Z][a-zA-Z0-9]*+)([;=]?))")


def unescape(text: str) -> str:
    """Return a text with its character references resolved. A number that is too large becomes
    U+FFFD.
    """
    return html.unescape(_ENDLESS.sub("\ufffd", text)) if "&" in text else text


def unescape_attribute(text: str) -> str:
    """Return the value of an attribute with its character references resolved. A name without a
    semicolon that goes on, or before ``=``, is no reference, but a parameter of an address (HTML,
    section 13.2.5.73).
    """
    return unescape(_NAMED.sub(_escaped_parameter, text)) if "&" in text else text


def _escaped_parameter(found: re.Match[str]) -> str:
    return "&" if f"{found[1]}{found[2]}" in html5 else "&amp;"
