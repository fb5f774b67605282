"""The addresses in a stylesheet. They are found by the tokens of CSS Syntax Level 3, so comments
and other strings are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress

from tinycss2.bytes import decode_stylesheet_bytes

StylePlace = Callable[[str], str | None]
"""Called with an address. Returns the new address, or ``None`` to keep it."""

_STRING = r""""(?:[^"\\\n]|\\.)*+"?|'(?:[^'\\\n]|\\.)*+'?"""
_ESCAPED = r"\\(?:[0-9a-fA-F]{1,6}(?:\r\n|[ \t\r\n\f])?+|.)"
_TOKEN = re.compile(
    rf"/\*.*?(?:\*/|\Z)|{_ESCAPED}"  # a name may have brackets and quotes, too
    rf"|url\([ \t\r\n\f]*+(?P<url>{_STRING}|(?:[^)\"'\s\\]|{_ESCAPED})*+)[ \t\r\n\f]*+\)?"
    rf"|(?P<import>@import[ \t\r\n\f]*+(?={_STRING}))"
    rf"|(?P<set>image-set\()|(?P<string>{_STRING})|(?P<open>\()|(?P<close>\))",
    re.IGNORECASE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})(?:\r\n|[ \t\r\n\f])?|\n|(.))", re.DOTALL)
_EFFECT = re.compile(
    r"(?:(?<![\w-])(?:-webkit-)?(?:clip-path|fill|(?:backdrop-)?filter|stroke|marker(?:-start|-mid|-end)?)"
    r"|--[\w-]{1,100})\s*+:[^;{}]*\Z",
    re.IGNORECASE,
)
"""The beginning of a declaration whose value may name a part of an SVG document to paint with. That
of a variable may be used in one.
"""
_DECLARATION = 200
"""Characters in which the beginning of a declaration is searched for."""

_UNSAFE = re.compile(r"[\\\"'()\s<>]")


def css_text(content: bytes) -> str:
    """Return the text of a stylesheet, decoded as UTF-8, or else by its byte order mark or its
    ``@charset``.

    CSS Syntax Level 3, section 3.2, also considers the response's headers and the page, which are
    not known here. Flask and WhiteNoise declare every stylesheet to be in UTF-8.
    """
    with suppress(UnicodeDecodeError):
        return content.decode("utf-8-sig")
    text: str = decode_stylesheet_bytes(content)[0]
    return text


def rewrite_css(text: str, replace: StylePlace, effect: StylePlace | None = None) -> str:
    """Return a stylesheet with other addresses in ``url()``, in ``@import``, and in strings of
    ``image-set()``.

    Text that cannot be parsed is left unchanged, as browsers skip it. Takes time linear in the
    text.

    :param text: a stylesheet, or the declarations of a ``style`` attribute.
    :param replace: is called with each address, unescaped.
    :param effect: is called instead for a part of an SVG document to paint with, of which browsers
        require the page's own origin.
    """
    pieces: list[str] = []
    position = depth = 0
    within: list[int] = []  # for each open image-set(), the depth of its brackets
    imports = False
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "url":
            imports = False
        elif kind == "import":
            imports = True
            continue
        elif kind in {"set", "open"}:
            depth += 1
            if kind == "set":
                within.append(depth)
            continue
        elif kind == "close":
            if within and within[-1] == depth:
                within.pop()
            depth = max(0, depth - 1)
            continue
        elif kind != "string" or not (imports or within[-1:] == [depth]):
            continue
        imports = False
        address = _read(token[kind])
        paints = effect is not None and "#" in address[1:] and _paints(text, token.start())
        found = effect(address) if effect is not None and paints else replace(address)
        if found is not None:
            pieces += (text[position : token.start(kind)], f'"{_UNSAFE.sub(_percent, found)}"')
            position = token.end(kind)
    return "".join((*pieces, text[position:])) if pieces else text


def _paints(text: str, position: int) -> bool:
    """Whether a declaration uses the address at a position as an effect."""
    return _EFFECT.search(text, max(0, position - _DECLARATION), position) is not None


def _read(written: str) -> str:
    """Return the address in a token."""
    quote = written[:1]
    if quote in {'"', "'"}:
        written = written[1:-1] if written.endswith(quote) and len(written) > 1 else written[1:]
    return _ESCAPE.sub(_unescaped, written) if "\\" in written else written


def _unescaped(match: re.Match[str]) -> str:
    if match[1]:
        number = int(match[1], 16)
        return chr(number) if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"
    return match[2] or ""


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode())
