"""Rows of values whose names are elsewhere, in reports of failed statements and invalid input."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle

from .names import sensitive
from .sanitizer import REDACTED
from .written_values import QUOTED, QUOTES, group_end

Learn = Callable[[str, str], None]
"""A function that is called with a name and its value."""

_INSERTED = re.compile(r"\(([\w`\"\[\], .]{1,1024})\)(\s*VALUES\s*)(?=\()", re.IGNORECASE)
_INPUT = re.compile(r"(\binput_value=|['\"]input['\"]: )(?=['\"])")
"""Input that pydantic reports as invalid. The field's name is on the line above, or in ``loc``."""

_LOCATED = re.compile(r"(?m)^(\w{1,64})$|(?<=['\"])(\w{1,64})(?=['\"]\))")

_ROWS = re.compile(
    r"(\[parameters: |\bFailing row contains |\bparameters?[:=] ?(?=[(\[{]))", re.IGNORECASE
)
"""How databases report a failed statement: values without names."""

OF_ROWS = ("parameter", "failing row", "values", "input_value", "input': ", 'input": ')
"""One of these is, in lower case, in each text that :func:`without_rows` changes."""

_KEYED = re.compile(r"['\"]([\w.-]{1,64})['\"](?:: ?| ?=> ?)['\"]([^'\"\n]{1,1024})['\"]")
_ASSIGNED = re.compile(
    r"\b(\w{1,64})[`\"\]]?\s{0,4}(?:=|<>|LIKE)\s{0,4}(?:\?|%s|\$\d{1,3}|:\w{1,32})"
)
"""Names and values of a row, and names of the values that a statement gets."""

_CELL = re.compile(rf"{QUOTED.pattern}|[^\s,()]+")
_NEXT_ROW = re.compile(r"\s{0,8},\s{0,8}(?=\()")


def without_rows(text: str, learn: Learn) -> Iterator[str]:
    """Return a text without values whose names are elsewhere, as in reports of failed statements
    and invalid input.

    If it is unclear which value is secret, none is learnt, because most of them are shown on pages.
    """
    inserted = [*_INSERTED.finditer(text)]
    assigned = [*_ASSIGNED.finditer(text)]
    found = [*_ROWS.finditer(text)]
    found += [match for match in inserted if any(map(sensitive, re.split(r"\W+", match[1])))]
    if _INPUT.search(text) and any(
        sensitive(line or item) for line, item in _LOCATED.findall(text)
    ):
        found += _INPUT.finditer(text)
    position = 0
    for match in sorted(found, key=re.Match.start):
        end = _row_end(text, match.end()) if match.start() >= position else 0
        if end > match.end():
            row = text[match.end() : end]
            for name, value in _named_in_row(match, row, inserted, assigned):
                learn(name, QUOTES.sub("", value))
            yield text[position : match.end()]
            yield REDACTED
            position = end
    yield text[position:]


def _named_in_row(
    match: re.Match[str],
    row: str,
    inserted: Sequence[re.Match[str]],
    assigned: Sequence[re.Match[str]],
) -> Iterator[tuple[str, str]]:
    """Yield sensitive names and their values in a row.

    :param match: what precedes the row.
    :param inserted: the statements in the text that insert rows.
    :param assigned: the names in the text to which statements assign or compare a parameter.
    """
    if match.re is _INPUT:
        yield "password", row
        return
    yield from ((name, value) for name, value in _KEYED.findall(row) if sensitive(name))
    values = _CELL.findall(row)
    if statements := bisect_right(inserted, match.start(), key=re.Match.start):
        names = inserted[statements - 1][1].split(",")
    else:  # more names than values cannot be theirs
        count = bisect_right(assigned, match.start(), key=re.Match.start)
        names = [one[1] for one in assigned[:count]] if count <= len(values) else []
    if names and len(values) % len(names) == 0:
        yield from (pair for pair in zip(cycle(names), values, strict=False) if sensitive(pair[0]))


def _row_end(text: str, start: int) -> int:
    """Return the end of a row, or of the rows of a statement."""
    quoted = QUOTED.match(text, start)
    end = group_end(text, start) if quoted is None else quoted.end()
    while (following := _NEXT_ROW.match(text, end)) is not None and end > start:
        start, end = following.end(), group_end(text, following.end())
    return end
