"""Formats in which texts contain secrets. Each has an expression, which is slow, and signs that
show quickly that it matches nowhere.
"""

from __future__ import annotations

import re
from functools import cached_property

_AROUND = 32
_CAPITALS = 5
_DATA = re.compile(rf"[A-Za-z0-9+/]{{{_AROUND}}}")


class Format:
    """A format of commands, documents or messages.

    :param expression: matches texts in the format. One given as a text is compiled when a text may
        be in the format: few processes meet all formats.
    :param signs: in lower case; each text that matches contains one of them.
    """

    def __init__(self, expression: str | re.Pattern[str], *signs: str) -> None:
        self._given = expression
        self.signs = signs

    @cached_property
    def expression(self) -> re.Pattern[str]:
        """Return what matches texts in the format."""
        return re.compile(self._given)

    def may_be_in(self, lowered: str) -> bool:
        """Whether a text may contain the format.

        :param lowered: the result of :func:`lowered`.
        """
        return any(map(lowered.__contains__, self.signs))


def is_within_data(match: re.Match[str]) -> bool:
    """Whether a match is a part of a file in base64, such as a photo: many letters, digits and
    signs of that come before and after it. In a large file, some look like anything.
    """
    start, end = match.span()
    before = match.string[max(0, start - _AROUND) : start]
    return _is_data(before) and _is_data(match.string[end : end + _AROUND])


def _is_data(text: str) -> bool:
    """Whether a text is random letters and digits, unlike the words of a path."""
    if _DATA.fullmatch(text) is None:
        return False
    return sum(map(str.isupper, text)) >= _CAPITALS and any(map(str.isdigit, text))


def lowered(text: str) -> str:
    """Return a text in lower case, as expressions that ignore case compare letters: a long s equals
    ``s``, and an i with another dot or none equals ``i``.
    """
    if text.isascii():
        return text.lower()
    return text.casefold().replace("i\u0307", "i").replace("\u0131", "i")
