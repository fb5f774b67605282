"""Character references of HTML, in untrusted text."""

from __future__ import annotations

import html
import re

_ENDLESS = re.compile(r"&#\d{8}\d*;?")
"""A number with more digits than any character has. ``html.unescape`` raises for thousands of
digits.
"""


def unescape(text: str) -> str:
    """Return a text with its character references resolved. A number that is too large becomes
    U+FFFD.
    """
    return html.unescape(_ENDLESS.sub("\ufffd", text)) if "&" in text else text
