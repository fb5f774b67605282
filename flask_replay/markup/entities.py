"""Character references of HTML, whoever wrote them."""

from __future__ import annotations

import html
import re

_ENDLESS = re.compile(r"&#\d{8}\d*;?")
"""More digits than any character has; Python's own reader raises for thousands of them."""


def unescape(text: str) -> str:
    """Return a text with its character references resolved; a number that is too large stands for
    no character.
    """
    return html.unescape(_ENDLESS.sub("\ufffd", text)) if "&" in text else text
