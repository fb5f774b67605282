"""The encodings in which a secret may be written in a page, a document or a message."""

from __future__ import annotations

import html
import json
import re
from base64 import b64encode
from functools import lru_cache
from html.entities import codepoint2name
from urllib.parse import quote, quote_plus

from markupsafe import escape

_PLAIN = re.compile(r"[A-Za-z0-9_.~-]+")
"""Texts that HTML, JSON and URLs leave unchanged."""

_SCRIPT = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "'": "\\u0027"})
"""Escapes of Flask's and Jinja's ``tojson``."""

_NAMES = {**codepoint2name, ord("'"): "apos"}

_LONG = 8
"""Bytes. A longer secret is found within a longer text in base64, at any offset."""


def fold(text: str) -> str:
    """Return a text in lower case, of the same length, without lone surrogates."""
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)
    if not lowered.isascii():
        lowered = _SURROGATE.sub("\ufffd", lowered)
    return lowered


_SURROGATE = re.compile("[\ud800-\udfff]")


def encodings(secret: str) -> set[str]:
    """Return a secret as it is, in base64 and in hexadecimal. See :func:`pattern` for other
    encodings.
    """
    data = secret.encode("utf-8", "replace")
    coded = {b64encode(data).decode().rstrip("="), data.hex()}
    if len(data) > _LONG:
        coded |= _within_base64(data)
    return {secret} | coded | {text.replace("+", "-").replace("/", "_") for text in coded}


def quoted(secret: str) -> set[str]:
    """Return a secret as HTML, JSON, scripts and URLs write it. Use it for short secrets only."""
    written = {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    written |= {text.translate(_SCRIPT) for text in written}
    return (
        written
        | {str(escape(secret)), html.escape(secret)}
        | {write(secret, safe="", errors="replace") for write in (quote, quote_plus)}
    )


def anchor(secret: str) -> str:
    """Return the longest part of a secret that HTML, JSON and URLs leave unchanged, or ``""`` if
    they leave all of it unchanged.
    """
    if _PLAIN.fullmatch(secret):
        return ""
    parts: list[str] = _PLAIN.findall(secret)
    return max(parts, key=len, default="")


def pattern(secret: str) -> str:
    """Return an expression for a secret, in which HTML, JSON, a URL or Python may escape each
    letter.

    Escapes may be mixed and nested: a link within a document within a page.
    """
    return "".join(map(_letter, secret))


@lru_cache(maxsize=1024)
def _letter(letter: str) -> str:
    folded = fold(letter)
    if _PLAIN.fullmatch(letter) and letter.isalnum():
        return folded
    cases = dict.fromkeys((letter, letter.upper(), letter.lower()))
    forms = [form for case in cases if len(case) == 1 for form in _forms(case)]
    return f"{_BACKSLASH}{{0,9}}(?:{'|'.join(dict.fromkeys(forms))})"


def _forms(letter: str) -> list[str]:
    """Return expressions for a letter as HTML, JSON, URLs and Python write it, in lower case."""
    code, data = ord(letter), letter.encode("utf-8", "replace")
    entity = _NAMES.get(code, "").lower()
    forms = [re.escape(fold(letter)), "".join(f"{_PERCENT}{byte:02x}" for byte in data)]
    forms += [
        f"{_REFERENCE}{_HASH}0{{0,6}}{code}{_END}",
        f"{_REFERENCE}{_HASH}x0{{0,6}}{code:x}{_END}",
    ]
    forms += [f"{_REFERENCE}{entity}{_END}"] if entity else []
    units = letter.encode("utf-16-be", "surrogatepass").hex()
    forms += [
        "".join(f"{_BACKSLASH}u{units[start : start + 4]}" for start in range(0, len(units), 4))
    ]
    forms += [f"{_BACKSLASH}x{code:02x}"] if code < 256 else []
    forms += ["".join(f"{_BACKSLASH}x{byte:02x}" for byte in data)] if code > 127 else []
    return [*forms, r"\+", f"{_PERCENT}2b", "&nbsp;"] if letter == " " else forms


_PERCENT = "%(?:25){0,4}"
_BACKSLASH = rf"(?:\\|{_PERCENT}5c)"
_HASH, _END = f"(?:#|{_PERCENT}23)", f"(?:;|{_PERCENT}3b)"
_REFERENCE = rf"(?:&|{_PERCENT}26|{_BACKSLASH}{{1,9}}u0026)(?:amp{_END}){{0,4}}"
"""The characters of which escapes of HTML and JSON consist, themselves escaped in a URL or script.
"""


def _within_base64(data: bytes) -> set[str]:
    """Return the base64 text of a secret at the two other offsets, without the letters that also
    depend on the neighbouring bytes.
    """
    found = set[str]()
    for before in range(3):
        letters = b64encode(bytes(before) + data).decode()
        first = (before * 8 + 5) // 6
        last = (before + len(data)) * 8 // 6
        piece = letters[first:last]
        found |= {piece, piece.replace("+", "-").replace("/", "_")}
    return found
