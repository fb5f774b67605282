"""Make text from outside, such as visitors' names, safe to print on one line of a terminal.

Such text must not move the cursor or begin a new line.
"""

from __future__ import annotations

import re
import unicodedata

_JOINERS = "\u200c\u200d"
"""These characters occur within words of Persian and Hindi and within emoji. They only join."""

_HALF = re.compile("[\ud800-\udfff]")


def inert(text: str) -> str:
    """Return a text in which every character that a terminal acts on is escaped as Python does it:
    ``\\x1b``, ``\\u202e``.

    These are the characters that Unicode classes as control, format (which includes changes of the
    line's direction), line separator, surrogate, private use or unassigned. Text without any of
    them is returned unchanged.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_inert(character) for character in text)


def _inert(character: str) -> str:
    if character.isprintable() or character in _JOINERS or unicodedata.category(character) == "Zs":
        return character
    return character.encode("unicode_escape").decode()


def inert_json(text: str) -> str:
    """Return an equivalent JSON document in which a terminal acts on nothing but line ends."""
    if text.isascii() and "\x7f" not in text:
        return text  # JSON allows no other control characters in strings
    return "".join(
        character if character == "\n" or _inert(character) == character else _escaped(character)
        for character in text
    )


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))


def whole(text: str) -> str:
    """Return a text of the same length that can be encoded: lone surrogates are replaced."""
    return text if text.isascii() else _HALF.sub("\ufffd", text)
