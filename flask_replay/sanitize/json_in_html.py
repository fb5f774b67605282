"""Secrets in the JSON of a page, such as data for its scripts, with any quotes and escapes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Any

from ..markup.entities import unescape
from .catalogues import are_languages
from .common_values import SCALARS, Reach, reach
from .descriptions import is_description, is_message
from .embedded_documents import document_of
from .form_fields import Field
from .harmless_values import is_address, is_harmless
from .names import plain, sensitive, words_of
from .sanitizer import REDACTED, Sanitizer
from .texts_for_people import Kind, kind_of, mentions_secret
from .vocabulary import HARMLESS, PROSE, WORDS

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

MEMBER_SIGNS = ('":', "':", "34;:", "39;:", "quot;:", "x27;:", "0022:")
"""One of these ends the name of each member, in lower case."""

_BRACKET = re.compile(r"[\[\]{}]")
_NUMBER = re.compile(r"\d[\d.]{2,30}(?![\w.])")
_QUOTE = re.compile(_QUOTES)
_TEXT = re.compile(rf"{_QUOTES}.*?(?P=quote)")
_BARE = re.compile(r"[\w{]")
"""Begins a value that is no text."""

_COLON = re.compile(r"\s{0,4}:")
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

_ESCAPED = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([^ux]))")


def json_members(html: str) -> list[Field]:
    """Return the secret values in JSON or in the text of a dictionary, in any style of quotes, in
    order. Values may be containers.

    A text counts as one for people, and not as a secret, if its neighbours are such texts, or if
    the sanitizer keeps it in the parsed document. A document cannot be parsed if the page is cut,
    or is a script.
    """
    found = [*_members(html)]
    if not found:
        return []
    kept = texts_for_people(html)
    return [field for field in found if decoded(html[field.start : field.end]) not in kept]


def texts_below(name: str, group: str) -> list[str]:
    """Return the texts in a container under a sensitive name, except for its keys, translations,
    and texts that describe the secret.

    :param group: the container in JSON, or the text of a dictionary.
    """
    keys, found, start = [name], list[str](), 0
    while (match := _QUOTE.search(group, start)) is not None:
        begin, stop = match.end(), _end_of_text(group, match.end(), match["quote"])
        text = decoded(group[begin:stop])
        start = stop + len(match["quote"])
        if _COLON.match(group, start):
            keys.append(text)
        elif text and (
            sensitive(keys[-1])
            or not any(is_description(keys[-1], name, value) for value in (text, [text]))
        ):
            found.append(text)
    return [] if are_languages(keys[1:]) else found


def unescaped(text: str) -> str:
    """Return a text without the backslash escapes of JSON, a script or Python."""
    return _ESCAPED.sub(_character, text)


def decoded(text: str) -> str:
    """Return a text in JSON or a script as a reader sees it."""
    text = unescape(text)
    return unescaped(text.replace("\\\\", "\\")) if "\\" in text else text


def _character(match: re.Match[str]) -> str:
    """Return the character of a backslash escape in JSON, a script or Python, except for line
    breaks.
    """
    return match[3] or chr(int(match[1] or match[2], 16))


def texts_for_people(html: str) -> frozenset[str]:
    """Return the texts for people under names of secrets, in the JSON documents of a page."""
    kept = frozenset(_texts_for_people(html))
    if "&#34;" in html or "&quot;" in html:
        kept |= frozenset(_texts_for_people(unescape(html)))
    return kept


def _texts_for_people(html: str) -> Iterator[str]:
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
    """Yield the texts under names of secrets that the sanitizer left unchanged."""
    if isinstance(before, str):
        if below and before == after:
            yield before
    elif isinstance(before, dict) and isinstance(after, dict):
        for name, item in before.items():
            yield from _unchanged(item, after.get(name), below=below or sensitive(name))
    elif isinstance(before, list) and isinstance(after, list):
        for item, kept in zip(before, after, strict=False):
            yield from _unchanged(item, kept, below=below)


def _members(html: str) -> Iterator[Field]:
    """Yield sensitive names with their values, whether or not these are texts for people."""
    position = 0
    for match in _named_values(html):
        start, quote = match.end(), match["quote"]
        name = match["name"]
        name = unescaped(name.replace("\\\\", "\\")) if "\\" in name else name
        if start < position or not sensitive(name):
            continue
        if html.startswith(quote, start):
            begin = start + len(quote)
            end = _end_of_text(html, begin, quote)
            value = html[begin:end]
            if (
                value
                and value != REDACTED
                and not _is_plain(name, decoded(value))
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
        or is_harmless(name, value)
        or is_address(name, value)
    )


def _is_chosen(value: str) -> bool:
    """Whether a value is one word that may be a password: no word for secrets or their settings."""
    word = value.casefold()
    if len(value) < 3 or not value.isalpha():
        return False
    technical = plain(word) in WORDS and word not in HARMLESS
    return not (technical or word in SCALARS or mentions_secret(value))


def _is_described(name: str, group: str) -> bool:
    """Whether a container in JSON only describes a secret, as a schema or a list of messages
    does.
    """
    if group[0] == "[" and not _BARE.search(_TEXT.sub("", group)):
        texts = texts_below(name, group)
        if texts and all(is_message(name, text) for text in texts):
            return True
    document = document_of(decoded(group))
    return document is not None and Sanitizer().params({name: document}) == {name: document}


def _is_translation(html: str, pair: re.Match[str], end: int) -> bool:
    """Whether a text in JSON is one of several texts for people.

    :param pair: the name of the text, and the punctuation before it.
    :param end: the end of the text.
    """
    quote = pair["quote"]
    text = decoded(html[pair.end() + len(quote) : end])
    if not mentions_secret(text) or not PROSE.isdisjoint(words_of(pair["name"])):
        return False
    values = _values(quote)
    before = values.findall(html, max(0, pair.start() - _BESIDE), pair.start())
    after = values.findall(html, end + len(quote), end + _BESIDE)
    kinds = [
        Kind.DATA if other else kind_of(decoded(text))
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
    end = html.find(quote, start, start + _MAX_VALUE)
    while end > 0:
        before = html[start:end]
        if (len(before) - len(before.rstrip("\\"))) % 2 == 0:
            return end
        end = html.find(quote, end + len(quote), start + _MAX_VALUE)
    return start


def _end_of_group(html: str, start: int) -> int:
    depth = 0
    for bracket in _BRACKET.finditer(html, start, start + _MAX_VALUE):
        depth += 1 if bracket[0] in "[{" else -1
        if not depth:
            return bracket.end()
    return min(len(html), start + _MAX_VALUE)  # the text is longer, and so are its secrets
