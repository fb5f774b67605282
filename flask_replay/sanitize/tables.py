"""Tables in texts: CSV with any separator, and Markdown. The head of a table names its cells."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from io import StringIO
from itertools import islice

from .names import measures, sensitive

_SEPARATORS = "\t;|,"
_MOST = 2_000
"""Rows that are read."""

_LONGEST_HEAD = 2_048
"""Characters."""

_FIRST = 3
"""Lines among which the head of a table is searched for."""

_NAME = re.compile(r"(?:\w[\w .#/-]{0,39}(?: \(\w[\w ]{0,19}\))?)?")
"""A name in a head, which is not a sentence, or nothing."""

_RULED = frozenset(" |:+-")
_AROUND = " \t*`_\"'"
"""Characters around the text of a cell."""

_ROW = re.compile(r"<tr\b(?:(?!<tr\b|</table).){0,16384}", re.IGNORECASE | re.DOTALL)
_HEAD = re.compile(
    r"<table\b[^<>]{0,400}>\s{0,80}(?:<t(?:head|body)\b[^<>]{0,400}>\s{0,80})?"
    r"(?=<tr\b[^<>]{0,400}>\s{0,80}<td\b)",
    re.IGNORECASE,
)
"""The beginning of a table whose first row has the same cells as the others."""

_HTML_CELL = re.compile(
    r"<t[hd]\b[^<>]{0,400}>((?:(?!</?t[hdr]\b).){0,4096})", re.IGNORECASE | re.DOTALL
)
_MARKUP = re.compile(r"<[^<>]{0,400}>")

_KEYS = frozenset({"name", "key", "field", "setting", "property", "variable", "parameter"})
_VALUES = frozenset({"value", "values", "content", "meaning", "description", "type", "kind"})
"""Heads of tables whose rows are pairs."""

NamedCells = list[tuple[str, str]]
"""The names and texts of a row's cells."""


def csv_rows(text: str) -> Iterator[NamedCells]:
    """Yield the rows of a text that is a table, if a name in its head is sensitive."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").lstrip("\n ")
    for _ in range(_FIRST):
        first, _, lines = lines.partition("\n")
        separator = max(_SEPARATORS, key=first[:_LONGEST_HEAD].count)
        is_head = ", " not in first and not first.startswith("|")
        names = _names(first.split(separator)) if is_head else []
        if names:
            break
    else:
        return
    try:
        for row in islice(csv.reader(StringIO(lines), delimiter=separator), _MOST):
            if len(row) > 1:
                yield [*zip(names, map(str.strip, row), strict=False)]
    except csv.Error:
        return


def markdown_rows(text: str) -> Iterator[NamedCells]:
    """Yield the rows of the tables in a text whose heads have a sensitive name, and of tables of
    names and values.
    """
    names: list[str] = []
    pairs = False
    before = ""
    for written in islice(text.splitlines(), 32 * _MOST):
        line = written.strip("> \t")
        if "|" not in line and "-+-" not in line:
            names, pairs = [], False
        elif _RULED.issuperset(line) and "-" in line:
            head = _cells(before[:_LONGEST_HEAD])
            pairs = len(head) == 2 and head[0].lower() in _KEYS and head[1].lower() in _VALUES
            names = _names(head)
        elif pairs:
            yield [(cells[0], cells[1])] if len(cells := _cells(line)) > 1 else []
        elif names:
            yield [*zip(names, _cells(line), strict=False)]
        before = line


def has_head(text: str) -> bool:
    """Whether a page contains a table that may have a head, with the name of a secret in it."""
    return "<th" in text or any(
        _names(_html_cells(row[0]))
        for head in islice(_HEAD.finditer(text), _MOST)
        if (row := _ROW.match(text, head.end())) is not None
    )


def html_rows(text: str) -> Iterator[NamedCells]:
    """Yield the rows of the tables in a page whose heads have a sensitive name. If a table has no
    cells for it, its first row may be its head.
    """
    heads = {head.end() for head in _HEAD.finditer(text)}
    names: list[str] = []
    for row in islice(_ROW.finditer(text), _MOST):
        cells = _html_cells(row[0])
        if row.start() in heads or row[0].lower().count("<th") > 1:
            names = _names(cells) if sum(map(len, cells)) <= _LONGEST_HEAD else []
        elif names and len(cells) == len(names):
            yield [*zip(names, cells, strict=True)]


def _html_cells(row: str) -> list[str]:
    return [_MARKUP.sub("", cell).strip() for cell in _HTML_CELL.findall(row)]


def _names(head: list[str]) -> list[str]:
    """Return the names in the head of a table; none if it is not a head, or none is secret."""
    names = [name.strip(_AROUND) for name in head]
    if not 1 < len(names) <= _LONGEST_HEAD or not all(map(_NAME.fullmatch, names)):
        return []
    explained = not _VALUES.isdisjoint(map(str.lower, names))  # its rows are names and values
    has_secret = any(sensitive(name) and not measures(name) for name in names)
    return names if has_secret and not explained else []


def _cells(line: str) -> list[str]:
    return [cell.strip(_AROUND) for cell in line.strip("| \t").split("|")]
