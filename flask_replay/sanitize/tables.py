"""Tables in texts: CSV with any separator, and Markdown. Their values have names in the head."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from itertools import islice

from .names import sensitive

_SEPARATORS = "\t;|,"
_MOST = 2_000
"""Rows that are read."""

_LONGEST_HEAD = 2_048
"""Characters."""

_RULE = re.compile(r"(?m)^([^\n]{1,2048})\n[ |:+-]{0,2}-[ |:+-]{2,2048}$")
"""The head of a table in Markdown, and the line below it."""


def rows_of(text: str) -> Iterator[dict[str, str]]:
    """Yield the rows of the tables in a text by the names in their heads, where one of these is
    sensitive.
    """
    first, _, rest = text.partition("\n")
    yield from _rows(first, rest)
    for head in _RULE.finditer(text):
        yield from _rows(head[1], text[head.end() + 1 :])


def _rows(head: str, rest: str) -> Iterator[dict[str, str]]:
    """Yield the rows below a head, up to the first line with another number of cells."""
    if len(head) > _LONGEST_HEAD:
        return
    separator = max(_SEPARATORS, key=head.count)
    names = [name.strip(" \"'\r") for name in head.split(separator)]
    if len(names) < len("ab") or not any(map(sensitive, names)):
        return
    lines = (line.replace("\0", "") for line in rest.splitlines())
    try:
        for row in islice(csv.reader(lines, delimiter=separator), _MOST):
            if len(row) == len(names):
                yield {name: cell.strip() for name, cell in zip(names, row, strict=True)}
    except csv.Error:
        return
