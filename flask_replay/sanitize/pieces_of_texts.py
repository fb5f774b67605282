"""Texts within data, and the parts of them that may contain secrets, as their recipients read
them.
"""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from urllib.parse import unquote_plus

import msgspec

from ..markup.entities import unescape
from .credentials import base64_text

LOWER = bytes(range(256)).lower()
"""Translates bytes to lower case."""

MOST = 64
"""The most names that are examined in all texts of the data together. A page may contain "password"
in every line.
"""

_BEFORE, _BEHIND = 48, 120
"""Characters before and after a name that are examined."""

_FOREIGN_DIGIT = (
    rb"\xd9[\xa0-\xa9]|\xdb[\xb0-\xb9]|\xe0(?:[\xa5\xa7][\xa6-\xaf]|\xb9[\x90-\x99])"
    rb"|\xef\xbc[\x90-\x99]"
)
"""Digits of Arabic, Persian, Devanagari, Bengali, Thai and full width, in UTF-8."""

_FOLLOWED = re.compile(rb"[^\0]{0,80}?(?:[\d!#$%^&*+?~@]|" + _FOREIGN_DIGIT + rb")")
"""After a name: characters that include a digit or punctuation."""

_CASED = re.compile(rb"[\s\"'`:=>(\\][^\0]{0,20}?(?:[a-z][A-Z][a-z]{0,2}|[A-Z]{2}[a-z]{1,2})[A-Z]")
"""After a name: large and small letters in turns."""

_SET = re.compile(rb"[A-Z]=[\"']?[^\0\s\"']{8}")
"""The end of the name of a setting, and a value: ``PASSWORD=…``."""

_DIGIT = re.compile(rb"\d|" + _FOREIGN_DIGIT)
_BREAK = b"\0"
_SPACE = re.compile(rb"[\s\0]|\Z")
_SERIALIZED = re.compile(r'"([\w.-]{1,120})";s:\d+:"')
"""A name, and the beginning of its value, as PHP serializes them."""

_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*":?')
"""A string in JSON, and the colon after a key."""

_LEAST = 24
_CODED = re.compile(rf"[A-Za-z0-9+/_-]{{{_LEAST},65536}}={{0,2}}")
_HEXADECIMAL = re.compile(r"(?:0x)?((?:[0-9a-fA-F]{2}){11,32768})")
_UNICODE = re.compile(r"\\+u([0-9a-fA-F]{4})")
_BREAKS = re.compile(r"\\+[nrt](?=\\|[A-Z]|\Z)")
"""Line breaks as JSON writes them, where they cannot be the beginning of a word."""

_ENTITY = re.compile(r"&#?\w{1,32};")
_TAGS = re.compile(r"[\s:]*(?:</?[a-zA-Z][^<>]{0,200}>\s*){1,6}")
_CELLS = re.compile(
    r"</(?:dt|th|td|label|b|strong|span)>|<(?:code|kbd|samp|pre|em)>", re.IGNORECASE
)


def texts_within(data: bytes) -> list[str]:
    """Return the texts in JSON, each once, without keys, and those that are coded in them: the
    values of keys are handled by the key's name. Numbers and lists are not decoded.
    """
    written = dict.fromkeys(_STRING.findall(data))
    values = (one for one in written if not one.endswith(b":"))
    texts = msgspec.json.decode(b"[%b]" % b",".join(values), type=list[str])
    return [*dict.fromkeys(chain(texts, *map(_decoded, texts)))]


def joined(texts: Iterable[str]) -> bytes:
    """Return texts as one, with breaks between them."""
    return _BREAK + _BREAK.join(text.encode("utf-8", "replace") for text in texts)


def pieces(data: bytes, ends: Iterable[int]) -> list[str]:
    """Return the parts of texts around names that something like a value follows.

    :param data: texts, see :func:`joined`.
    :param ends: where the names end.
    """
    found: list[str] = []
    last = 0
    promising = (
        end
        for end in sorted(ends)
        if _FOLLOWED.match(data, end)
        or _DIGIT.search(data, max(0, end - _BEFORE), end)
        or _SET.match(data, end - 1)
        or _CASED.match(data, end)
    )
    for end in islice(promising, MOST):
        if end >= last:
            last = _SPACE.search(data, end + _BEHIND).start()  # type: ignore[union-attr]
            after = data[end:last].partition(_BREAK)[0]
            last = end + len(after)  # the next text has names of its own
            before = data[max(0, end - _BEFORE) : end].rpartition(_BREAK)[2]
            found.append((before + after).decode("utf-8", "ignore"))
    return found


def readings(text: str) -> Iterator[str]:
    """Return a text as it is, and decoded as its recipients decode it."""
    text = unescape(text) if _ENTITY.search(text) else text
    text = _UNICODE.sub(lambda match: chr(int(match[1], 16)), text) if "\\u" in text else text
    yield text
    if "%" in text:
        yield unquote_plus(text)  # a literal plus sign is encoded, so a plus sign means a space
        yield unquote_plus(unquote_plus(text))
    if "=3D" in text:
        yield quopri.decodestring(text.encode("utf-8", "replace")).decode("utf-8", "replace")
    if ";s:" in text:
        yield _SERIALIZED.sub(r'"\1": "', text)
    if "\\" in text:
        yield _BREAKS.sub("\n", text).replace("\\", "")
    if _CELLS.search(text):
        yield _TAGS.sub(": ", text)


def _decoded(text: str) -> Iterator[str]:
    """Yield the texts that are written within a text in base64 or hexadecimal digits."""
    if len(text) < _LEAST:
        return
    for coded in islice(_CODED.finditer(text), MOST):
        try:
            digits = _HEXADECIMAL.fullmatch(coded[0])
            yield bytes.fromhex(digits[1]).decode() if digits else base64_text(coded[0])
        except ValueError:
            continue
