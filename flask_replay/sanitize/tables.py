"""Tables in texts: CSV with any separator, and Markdown. Their cells have names in the head."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from io import StringIO
from itertools import islice

from .names import sensitive

_SEPARATORS = "\t;|,"
_MOST = 2_000
"""Rows that are read."""

_LONGEST_HEAD = 2_048
"""Characters."""

_NAME = re.compile(r"[\w][\w .#/-]{0,39}")
"""A name in a head, which is no sentence."""

_RULE = re.compile(r"[ |:+-]*\|[ |:+-]*|[ |:+-]*-\+-[ |:+-]*")
"""The line below the head of a table in Markdown."""

_AROUND = " \t*`_\"'"
"""Signs around the text of a cell."""

NamedCells = list[tuple[str, str]]
"""The names and texts of a row's cells."""


def csv_rows(text: str) -> Iterator[NamedCells]:
    """Yield the rows of a text that is a table, if a name in its head is sensitive."""
    first, _, rest = text.partition("\n")
    separator = max(_SEPARATORS, key=first[:_LONGEST_HEAD].count)
    names = _names(first, separator)
    if not names:
        return
    try:
        for row in islice(csv.reader(StringIO(rest.replace("\0", "")), delimiter=separator), _MOST):
            if len(row) == len(names):
                yield [*zip(names, map(str.strip, row), strict=True)]
    except csv.Error:
        return


def markdown_rows(text: str) -> Iterator[NamedCells]:
    """Yield the rows of the tables in a text whose heads have a sensitive name."""
    names: list[str] = []
    before = ""
    for written in islice(text.splitlines(), 32 * _MOST):
        line = written.strip("> \t")
        if _RULE.fullmatch(line) and "-" in line:
            names = _names(before, "|") if before else names
        elif "|" not in line:
            names = []
        elif names and len(cells := _cells(line)) == len(names):
            yield [*zip(names, cells, strict=True)]
        before = line


def _names(head: str, separator: str) -> list[str]:
    """Return the names in the head of a table, none if it is no head, or none is sensitive."""
    if len(head) > _LONGEST_HEAD:
        return []
    names = _cells(head, separator)
    told = len(names) > 1 and all(map(_NAME.fullmatch, names)) and any(map(sensitive, names))
    return names if told else []


def _cells(line: str, separator: str = "|") -> list[str]:
    return [cell.strip(_AROUND) for cell in line.strip("| \t\r").split(separator)]
