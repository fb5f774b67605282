"""The words of a recording, for searches: those that templates read, that the visitor typed and
sent, and that no template made, as far as they were recorded. Those of the templates themselves do
not count: each page of a site has them.

The events were sanitized before, so redacted values add no words. A word is a run of letters and
digits, in lower case, without accents. Punctuation is dropped, so a text that looks like a query
operator has no special meaning.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterable, Iterator
from contextlib import suppress
from itertools import pairwise
from typing import Any
from urllib.parse import unquote_plus

from ..markup.entities import unescape
from ..markup.tags import elements
from ..sanitize import REDACTED
from .batch import Batch
from .events import Action, AnyEvent, Error, Frame, Message, Request, Run, Socket

LONGEST_WORD = 40
"""Characters of a word that count."""

MOST_WORDS = 4_000
"""Words that are kept of one recording."""

_LARGEST = 1 << 20
"""Characters of one batch that are searched for words."""

_DEPTH = 40
_HEXED = frozenset({"s", "ms"})
_OURS = frozenset({"u", "e", "j", "g", "x", "a", "?", "p", "b", "i"})
"""Tags of cells (``trace/cells.py``) that hold the recorder's own words, names of the template, or
data that people cannot read.
"""

_SCALARS = (str, int, float)
_MADE = "l"
"""The tag of a container that the template made; the name of its type follows."""

_RUNS = re.compile(r"[^\W_]+")
_TAG = re.compile(r"<[^<>]*>")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_SPLIT = re.compile(r"([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+)")
"""Scripts without spaces between words: every two adjacent characters count as a word."""


def words(text: str) -> Iterator[str]:
    """Return the words of a text, in order."""
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text.casefold())
        text = "".join(sign for sign in decomposed if not unicodedata.combining(sign)).casefold()
    else:
        text = text.lower()
    for run in _RUNS.findall(text):
        if run.isascii() or not _UNSPACED.search(run):
            yield run[:LONGEST_WORD]
            continue
        for part in filter(None, _SPLIT.split(run)):
            if len(part) < 2 or not _UNSPACED.match(part):
                yield part[:LONGEST_WORD]
            else:
                yield from (first + second for first, second in pairwise(part))


def words_to_find(text: str) -> list[str]:
    """Return the words to search for: those of a text without its markup, which recordings of it do
    not have either, unless it has no others.
    """
    return [*words(_plain(text))] or [*words(text)]


def words_of(batches: Iterable[Batch]) -> dict[str, None]:
    """Return the words of batches in order, each once, up to the limit.

    A batch with unknown data adds no words, and raises no error. The pages of a visitor repeat most
    of their content, so each text is split only once, and columns that equal those of the frame
    before are skipped.
    """
    found: dict[str, None] = {}
    seen: set[str] = set()
    columns: dict[str, list[Any]] = {}
    for batch in batches:
        understood = False
        with suppress(Exception):
            texts = _texts(batch, seen, columns)
            found.update(dict.fromkeys(words("\n".join(map(_plain, texts)))))
            seen.update(texts)
            understood = True
        if not understood:
            columns.clear()
        if len(found) > MOST_WORDS:
            return dict.fromkeys(list(found)[:MOST_WORDS])
    return found


def _texts(batch: Batch, seen: Container[str], columns: dict[str, list[Any]]) -> dict[str, None]:
    """Return the texts of a batch in order, each once, up to the limit of characters.

    :param seen: texts to leave out.
    :param columns: the last column of each name. Those of the batch replace them.
    """
    texts: dict[str, None] = {}
    size = 0
    for event in batch.events:
        for text in _of_event(event, columns):
            if text in seen or text in texts:
                continue
            texts[text] = None
            size += len(text)
            if size > _LARGEST:
                columns.clear()
                return texts
    return texts


def _plain(text: str) -> str:
    """Return a text without markup, in time proportional to its length, whatever it contains."""
    if "<" in text:
        pieces, position = [], 0
        for start, end in elements(text, "script", "style"):
            pieces.append(text[position:start])
            position = end
        text = " ".join(_TAG.sub(" ", piece) for piece in (*pieces, text[position:]))
    return unescape(text).replace(REDACTED, " ")


def _of_event(event: AnyEvent, columns: dict[str, list[Any]]) -> Iterator[str]:
    if isinstance(event, Request):
        yield from (unquote_plus(event.url), unquote_plus(event.redirect))
        yield from _plain_texts((event.view_args, event.form, event.files, event.json, event.data))
        yield from (part for part in event.parts if isinstance(part, str))
    elif isinstance(event, Frame):
        answers = event.trace.answers
        new = [column for name, column in answers.items() if columns.get(name) != column]
        columns |= answers
        yield from _cells((*new, [*event.trace.kept.values()]))
    elif isinstance(event, Error):
        yield from (event.type, event.message)
    elif isinstance(event, Message):
        yield from (event.text, *(part for part in event.parts if isinstance(part, str)))
        yield from _plain_texts(event.json)
    elif isinstance(event, Action):
        yield from (event.type, event.selector)
        yield from _plain_texts((event.value, event.metadata))
    elif isinstance(event, Run):
        yield event.error
        yield from _plain_texts(event.metadata)
    elif isinstance(event, Socket):
        yield event.reason


def _plain_texts(value: Any, depth: int = 0) -> Iterator[str]:
    """Return the texts and numbers within data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)
    elif depth < _DEPTH:
        if isinstance(value, dict):
            value = value.values()
        elif not isinstance(value, list | tuple):
            return
        for item in value:
            yield from _plain_texts(item, depth + 1)


def _cells(columns: Iterable[list[Any]]) -> Iterator[str]:
    """Return the texts of the cells of a trace, of each column those of plain cells first. A long
    table has thousands of plain cells, so they make no calls.
    """
    for column in columns:
        kinds = set(map(type, column))
        for kind in filter(kinds.__contains__, _SCALARS):
            yield from map(str, dict.fromkeys([cell for cell in column if type(cell) is kind]))
        for cell in column if kinds.difference(_SCALARS) else ():
            if type(cell) not in _SCALARS:
                yield from _cell(cell)


def _cell(cell: Any, depth: int = 0) -> Iterator[str]:
    """Return the texts of a cell, without its tag and without the numbers of objects."""
    if not isinstance(cell, list):
        yield from _plain_texts(cell)
    elif cell and isinstance(cell[0], str) and depth < _DEPTH:
        tag, *rest = cell
        if tag in _HEXED:
            with suppress(ValueError, TypeError, IndexError):
                yield bytes.fromhex(rest[0]).decode("utf-8", "replace")
        elif tag not in _OURS:
            for item in rest[tag == _MADE :]:
                yield from _cell(item, depth + 1)
