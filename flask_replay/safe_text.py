"""Text of others, such as visitors' names, as it may stand in a line: it moves no cursor, and
begins no other line.
"""

from __future__ import annotations

import re
import unicodedata

_JOINERS = "\u200c\u200d"
"""Stand within words of Persian and Hindi, and within emoji; they join, and do nothing else."""

_HALF = re.compile("[\ud800-\udfff]")


def inert(text: str) -> str:
    """Return a text in which whatever a terminal acts on is written as Python writes it: ``\\x1b``,
    ``\\u202e``.

    That is what Unicode calls control, format (what changes the direction of a line is among them),
    separator of lines, half of a pair, private or unassigned. Text without any is given back as it
    is.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_inert(character) for character in text)


def _inert(character: str) -> str:
    if character.isprintable() or character in _JOINERS or unicodedata.category(character) == "Zs":
        return character
    return character.encode("unicode_escape").decode()


def inert_json(text: str) -> str:
    """Return a JSON document that says the same, in which a terminal acts on nothing but the ends
    of lines.
    """
    if text.isascii() and "\x7f" not in text:
        return text  # JSON itself has no other control characters in texts
    return "".join(
        character if character == "\n" or _inert(character) == character else _escaped(character)
        for character in text
    )


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))


def whole(text: str) -> str:
    """Return a text of the same length that can be encoded: halves of pairs that stand alone are
    replaced.
    """
    return text if text.isascii() else _HALF.sub("\ufffd", text)
