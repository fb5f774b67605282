"""Secrets in HTML: the values of sensitive form fields, the token in a page's head, and data for
scripts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Any, NamedTuple

from ahocorasick_rs import AhoCorasick, MatchKind

from ..markup.entities import unescape
from .catalogues import Kind, kind_of, says_so
from .common_values import SCALARS, Reach, reach
from .descriptions import is_message
from .embedded_documents import document_of
from .names import is_address, is_other, plain, sensitive, words_of
from .sanitizer import REDACTED, Sanitizer
from .vocabulary import HARMLESS, PROSE, WORDS
from .writings import fold

_TAG = re.compile(r"<(input|meta|textarea)\b((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([^\s=\"'<>/]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+))")
_START = re.compile(r"<(?:input|meta|textarea)\b", re.IGNORECASE)
MAX_TAG = 2048
"""The most characters of a tag that are read. Form libraries write shorter tags."""

_QUOTES = r"(?P<quote>\"|'|\\\"|&#34;|&quot;|&#39;|&#x27;|\\u0022)"
_UNIT = r"\\{1,4}u[0-9a-fA-F]{4}"
_PAIR = re.compile(
    rf"{_QUOTES}(?P<name>(?:[^\W_]|{_UNIT})(?:[\w .:-]|{_UNIT}){{1,63}}|_[\w-]{{2,63}})"
    rf"(?P=quote)\s{{0,4}}:\s{{0,4}}"
)
_END = re.compile(r"(?:[\"';]|0022)\s{0,4}:")
"""What ends a match of ``_PAIR``, except for spaces."""

_PAIR_LENGTH, _SPACES = 600, 4
"""The most characters of a match before its colon, and after it."""

_SIGNS = ('":', "':", "34;:", "39;:", "quot;:", "x27;:", "0022:")
_MARK = re.compile(r"(?:\[|%5b)redacted(?:\]|%5d)", re.IGNORECASE)
_BRACKET = re.compile(r"[\[\]{}]")
_NUMBER = re.compile(r"\d[\d.]{2,30}(?![\w.])")
_MAX_VALUE = 8_192
"""The most characters in which the end of a value in JSON is searched for."""

_BESIDE = 600
"""Characters before and after a text in which its neighbours are searched for."""

_NEAREST = 3
"""The most neighbours on each side that are examined."""

_DOCUMENT = re.compile(r"(?:\A|[=>(])\s{0,8}['\"]?(?=[{\[])")
_MOST_DOCUMENTS = 16
_READER = json.JSONDecoder()
"""Where JSON documents begin in a page, and how many of them are read."""

_NAMED = ("name", "id", "property", "autocomplete")
_CHOSEN = frozenset(
    {"checkbox", "radio", "submit", "button", "image", "reset", "file", "range", "color", "date"}
)
"""Types of inputs whose values the page sets, or that never hold a secret."""


class Field(NamedTuple):
    """A secret value in a page.

    :ivar name: the name that marks it as secret.
    :ivar start: where it begins.
    :ivar bare: it has no quotes.
    """

    name: str
    start: int
    end: int
    bare: bool


def mask(html: str, *, data: bool = True) -> str:
    """Mask the values of sensitive form fields, of ``<meta name="csrf-token">``, and in JSON.

    Masking twice gives the same result as masking once. Takes time in proportion to the text.

    :param html: a page, or a piece of one.
    :param data: mask JSON, too.
    """
    pieces: list[str] = []
    position = 0
    for field in _found(html) if data else [*_fields(html)]:
        quote = '"' if field.bare else ""
        pieces += (html[position : field.start], quote, REDACTED, quote)
        position = field.end
    return "".join((*pieces, html[position:])) if pieces else html


def settled(html: str) -> str:
    """Return a page in the form in which pages are compared: masked, with every placeholder written
    as ``[redacted]``.

    A template may have changed a placeholder to upper case, or encoded it for a URL.
    """
    return _MARK.sub(REDACTED, mask(html))


def fields(html: str) -> list[tuple[str, str]]:
    """Return the names and values that :func:`mask` masks, decoded as a reader of the page sees
    them.
    """
    found: list[tuple[str, str]] = []
    for field in _found(html):
        value = unescape(html[field.start : field.end])
        if value[:1] in "[{" and value[-1:] in "]}":  # a container in JSON
            found += [
                (field.name, text)
                for text in re.findall(r"[\"']((?:[^\"'\\\n]|\\.)+)[\"'](?!\s*:)", value)
            ]
        else:
            found.append((field.name, value))
    return [
        *found,
        *((name, _ESCAPED.sub(_unescaped, value)) for name, value in found if "\\" in value),
    ]


_ESCAPED = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([^ux]))")


def _decoded(text: str) -> str:
    """Return a text in JSON or a script as a reader sees it."""
    text = unescape(text)
    return _ESCAPED.sub(_unescaped, text.replace("\\\\", "\\")) if "\\" in text else text


def _unescaped(match: re.Match[str]) -> str:
    """Return the character of a backslash escape in JSON, a script or Python, except for line
    breaks.
    """
    return match[3] or chr(int(match[1] or match[2], 16))


def _found(html: str) -> list[Field]:
    """Return the secret fields in order. Of fields that overlap, the first is kept."""
    signs = {index for index, _, _ in _machine().find_matches_as_indexes(fold(html))}
    if not signs:
        return []
    pairs = [*_pairs(html)] if min(signs) < len(_SIGNS) else []
    if pairs:
        kept = frozenset(_texts_in(html))
        if "&#34;" in html or "&quot;" in html:
            kept |= frozenset(_texts_in(unescape(html)))
        pairs = [pair for pair in pairs if _decoded(html[pair.start : pair.end]) not in kept]
    if not pairs:
        return [*_fields(html)]
    found: list[Field] = []
    for field in sorted((*_fields(html), *pairs), key=lambda field: field.start):
        if not found or field.start >= found[-1].end:
            found.append(field)
    return found


def _texts_in(html: str) -> Iterator[str]:
    """Yield the texts for people under names of secrets, in the JSON documents of a page."""
    position = 0
    for start in islice(_DOCUMENT.finditer(html), _MOST_DOCUMENTS):
        if start.end() < position:
            continue
        try:
            document, position = _READER.raw_decode(html, start.end())
        except (ValueError, RecursionError):
            continue
        yield from _unchanged(document, Sanitizer().params({"": document})[""], below=False)


def _unchanged(before: Any, after: Any, *, below: bool) -> Iterator[str]:
    """Yield the texts below names of secrets that are kept."""
    if isinstance(before, str):
        if below and before == after:
            yield before
    elif isinstance(before, dict) and isinstance(after, dict):
        for name, item in before.items():
            yield from _unchanged(item, after.get(name), below=below or sensitive(name))
    elif isinstance(before, list) and isinstance(after, list):
        for item, kept in zip(before, after, strict=False):
            yield from _unchanged(item, kept, below=below)


@cache
def _machine() -> AhoCorasick:
    """Return an automaton that finds out in one pass whether a page must be examined. Most pages
    need not be.
    """
    return AhoCorasick(
        [*_SIGNS, "<input", "<meta", "<textarea"], matchkind=MatchKind.LeftmostFirst
    )  # the match kind that skips ahead


def _pairs(html: str) -> Iterator[Field]:
    """Find names with values in JSON, or in the text of a dictionary, in any style of quotes."""
    position = 0
    for match in _named_values(html):
        start, quote = match.end(), match["quote"]
        name = match["name"]
        name = _ESCAPED.sub(_unescaped, name.replace("\\\\", "\\")) if "\\" in name else name
        if start < position or not sensitive(name):
            continue
        if html.startswith(quote, start):
            begin = start + len(quote)
            end = _end_of_text(html, begin, quote)
            value = html[begin:end]
            if (
                value
                and value != REDACTED
                and not _is_plain(name, _decoded(value))
                and not _is_translation(html, match, end)
            ):
                yield Field(name, begin, end, bare=False)
        elif html[start : start + 1] in {"[", "{"} and not html.startswith(REDACTED, start):
            position = end = _end_of_group(html, start)
            if end > start + 2 and not _is_described(name, html[start:end]):
                yield Field(name, start, end, bare=True)
        elif (number := _NUMBER.match(html, start)) is not None:
            yield Field(name, start, number.end(), bare=True)


def _named_values(html: str) -> Iterator[re.Match[str]]:
    """Find names before values. Only the text around their ends is searched, since a page has many
    quotes, and few of them end a name.
    """
    start, stop = 0, 0
    for end in _END.finditer(html):
        if end.start() - _PAIR_LENGTH > stop:
            yield from _PAIR.finditer(html, start, stop)
            start = end.start() - _PAIR_LENGTH
        stop = end.end() + _SPACES
    yield from _PAIR.finditer(html, start, stop)


def _is_plain(name: str, value: str) -> bool:
    """Whether a text in JSON is harmless. Translations and settings have names of secrets, too."""
    return (
        (reach(value) is Reach.OWN and not _is_chosen(value))
        or is_message(name, value)
        or is_other(name, value)
        or is_address(name, value)
    )


def _is_chosen(value: str) -> bool:
    """Whether a value is one word that may be a password: no word for secrets or their settings."""
    word = value.casefold()
    if len(value) < 3 or not value.isalpha():
        return False
    technical = plain(word) in WORDS and word not in HARMLESS
    return not (technical or word in SCALARS or says_so(value))


def _is_described(name: str, group: str) -> bool:
    """Whether a container in JSON only describes a secret, as a schema does."""
    document = document_of(_decoded(group))
    return document is not None and Sanitizer().params({name: document}) == {name: document}


def _is_translation(html: str, pair: re.Match[str], end: int) -> bool:
    """Whether a text in JSON is one of several texts for people.

    :param pair: the name of the text, and the punctuation before it.
    :param end: the end of the text.
    """
    quote = pair["quote"]
    text = _decoded(html[pair.end() + len(quote) : end])
    if not says_so(text) or not PROSE.isdisjoint(words_of(pair["name"])):
        return False
    values = _values(quote)
    before = values.findall(html, max(0, pair.start() - _BESIDE), pair.start())
    after = values.findall(html, end + len(quote), end + _BESIDE)
    kinds = [
        Kind.DATA if other else kind_of(_decoded(text))
        for text, other in (*before[-_NEAREST:], *after[:_NEAREST])
    ]
    few = 2 if len(kinds) < 2 * _NEAREST else 3
    texts = kinds.count(Kind.TEXT)
    return len(kinds) >= _NEAREST and few * texts >= len(kinds) and Kind.DATA not in kinds


@cache
def _values(quote: str) -> re.Pattern[str]:
    """Return an expression for the values of JSON: a text in quotes, or the first letter of
    something else, except of an object.
    """
    sign = re.escape(quote)
    letter = rf"(?!{sign})." if "\\" in quote else rf"(?:\\.|(?!{sign})[^\\])"
    return re.compile(
        rf"{sign}\s{{0,4}}:\s{{0,4}}(?:{sign}((?:{letter}){{0,400}}){sign}|([^\s{{\"'&\\]))"
    )


def _end_of_text(html: str, start: int, quote: str) -> int:
    """Return the end of a text, before its quote, or its start if no quote ends it."""
    place = html.find(quote, start, start + _MAX_VALUE)
    while place > 0:
        before = html[start:place]
        if (len(before) - len(before.rstrip("\\"))) % 2 == 0:
            return place
        place = html.find(quote, place + len(quote), start + _MAX_VALUE)
    return start


def _end_of_group(html: str, start: int) -> int:
    depth = 0
    for bracket in _BRACKET.finditer(html, start, start + _MAX_VALUE):
        depth += 1 if bracket[0] in "[{" else -1
        if not depth:
            return bracket.end()
    return min(len(html), start + _MAX_VALUE)  # the text is longer, and so are its secrets


def _fields(html: str) -> Iterator[Field]:
    if "<" not in html:
        return
    position = 0
    lowered = ""
    for start in _START.finditer(html):
        if start.start() < position:
            continue
        tag = _TAG.match(html, start.start(), min(len(html), start.start() + MAX_TAG))
        field = None if tag is None else _field(tag)
        if tag is None or field is None:
            continue
        if field.end:
            yield field
        position = tag.end()
        if tag.group(1).lower() == "textarea":
            lowered = lowered or fold(html)
            end = lowered.find("</textarea", position)
            end = (
                len(html) if end < 0 else end
            )  # no end tag: the secret reaches to the end of the text
            if html[position:end] not in {"", REDACTED} and not is_other(
                field.name, html[position:end]
            ):
                yield Field(field.name, position, end, bare=False)
            position = end


def _field(tag: re.Match[str]) -> Field | None:
    """Return the secret of a tag, or ``None`` if it has none. The field has no place if its value
    comes after the tag.
    """
    kind = tag.group(1).lower()
    texts = {
        name.lower(): "".join(values)
        for name, *values in reversed(_ATTRIBUTE.findall(tag.group(2)))
    }
    type = texts.get("type", "").lower() if kind == "input" else ""
    name = next(
        (named for key in _NAMED if (named := texts.get(key)) and sensitive(named)),
        "password" if type == "password" else "",
    )
    if not name or type in _CHOSEN:
        return None
    if kind == "textarea":
        return Field(name, 0, 0, bare=False)
    held = "content" if kind == "meta" else "value"
    attributes = _ATTRIBUTE.finditer(tag.group(2))
    match = next((match for match in attributes if match.group(1).lower() == held), None)
    if match is None:
        return None
    group = next((number for number in (2, 3, 4) if match.group(number) is not None), 0)
    if match.group(group) in ("", REDACTED) or is_other(name, match.group(group)):
        return None
    start = tag.start(2)
    return Field(name, start + match.start(group), start + match.end(group), bare=group == 4)
