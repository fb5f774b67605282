"""Secrets that are too common to be searched for, in texts that give their name before them.

A password may be a word of a dictionary. If it was masked wherever it occurs, the word would vanish
from every page. After its name, in whatever encoding, it is the secret: ``{"password": "monkey"}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .prefilter import Coarse
from .sanitizer import REDACTED
from .secret_encodings import fold, pattern
from .secret_search import Span

_START, _END = r"(?<![^\W_])", r"(?!\w)"
"""Where a word begins and ends."""

_BETWEEN = r"(?:&#?\w{2,6};|\\+u[0-9a-f]{4}|%(?:25){0,2}[0-9a-f]{2}|<[^<>]{0,200}>|[^\w<>]){1,16}?"
"""What may be between a name and its value: punctuation, as HTML, JSON and URLs write it, and
tags.
"""

_MOST = 200
"""Secrets of one request that are searched for."""


class BesideNames:
    """The common secrets of one request."""

    def __init__(self) -> None:
        self._values: dict[str, dict[str, None]] = {}
        self._number = 0
        self._coarse: Coarse | None = None
        self._found: list[tuple[re.Pattern[str], dict[str, re.Pattern[str]]]] = []

    def add(self, name: str, value: str) -> None:
        """Search for a value beside its name."""
        values = self._values.setdefault(fold(name), {})
        if value not in values and self._number < _MOST:
            values[value] = None
            self._number += 1
            self._coarse = None

    def may_hold(self, squeezed: bytes) -> bool:
        """Whether data may contain one of the names.

        :param squeezed: see :func:`~flask_replay.sanitize.prefilter.squeeze`.
        """
        if not self._values:
            return False
        if self._coarse is None:
            self._coarse = Coarse(self._values)
            self._found = [_finder(*item) for item in self._values.items()]
        return self._coarse.may_be_in(squeezed)

    def spans(self, folded: str, squeezed: bytes) -> Iterator[Span]:
        """Return where the secrets are in a text.

        :param folded: the text, folded by :func:`~flask_replay.sanitize.secret_encodings.fold`.
        """
        if not self.may_hold(squeezed):
            return
        for names, values in self._found:
            for pair in names.finditer(folded):
                for value, expression in values.items():
                    for match in expression.finditer(pair[0]):
                        start, end = match.span()
                        yield Span(pair.start() + start, pair.start() + end, value, REDACTED)


def _finder(
    name: str, values: dict[str, None]
) -> tuple[re.Pattern[str], dict[str, re.Pattern[str]]]:
    """Return the expression for a name with values after it, and one for each value."""
    written = {value: f"(?:{pattern(value)}){_END}" for value in values}
    following = "|".join(sorted(written.values(), key=len, reverse=True))
    return (
        re.compile(f"{_START}{pattern(name)}(?:{_BETWEEN}(?:{following}))+"),
        {value: re.compile(_START + writing) for value, writing in written.items()},
    )
