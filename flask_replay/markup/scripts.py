"""The modules that a script imports. They are found by the tokens of ECMAScript, so comments and
other strings are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_STRING = r""""(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+'"""
_BLANK = r"(?:\s|/\*.*?\*/|//[^\n]*+\n)*+"
_TOKEN = re.compile(
    rf"//[^\n]*+|/\*.*?(?:\*/|\Z)"
    rf"|(?<![\w$.])(?:from|import{_BLANK}\(|import){_BLANK}(?P<written>{_STRING})"
    rf"|{_STRING}|`(?:[^`\\]|\\.)*+`?",
    re.DOTALL,
)
_RELATIVE = re.compile(r"\.{0,2}/(?!/)")


def rewrite_imports(text: str, replace: Callable[[str], str | None]) -> str:
    """Return a script that imports from other addresses (ECMAScript, section 16.2.2). Takes time
    linear in the text.

    :param replace: is called with each address that begins with ``/``, ``./`` or ``../``. All
        others are bare names or full URLs.
    """

    def place(token: re.Match[str]) -> str:
        written = token["written"]
        if written is None or not _RELATIVE.match(written, 1) or "\\" in written:
            return token[0]
        found = replace(written[1:-1])
        if found is None:
            return token[0]
        start = token.start("written") - token.start()
        return f"{token[0][:start]}{written[0]}{found}{written[0]}"

    return _TOKEN.sub(place, text) if "import" in text or "from" in text else text
