"""A quick check of data as a whole. Most data contains no secret, and one pass over its bytes shows
that.

The data is checked as JSON, written by one function in C, and secrets in the form that they have in
JSON. The case of non-ASCII letters is not folded, so each secret is searched for in every case in
which it may be written.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from ahocorasick_rs import BytesAhoCorasick, Implementation, MatchKind

SIGNS = " \t\r\n-./_:\u00a0"
"""Characters that may separate the groups of a number or key."""

_DELETED = "".join(sign for sign in SIGNS if sign.isascii()).encode() + b'"\\'
_LOWER = bytes(range(256)).lower()
_WIDE = "\u00a0".encode()
_ESCAPED = ((b"\\\\", b"\0"), (b"\\t", b""), (b"\\r", b""), (b"\\n", b""))
"""Backslash escapes of JSON. The backslash itself comes first, so that it is not taken for another
escape.
"""

_FEW = 32
_MANY = 256

BYTES = b'["b","'
"""Begins bytes in a trace, which are in base64. Only a closer look finds secrets in them."""


def data_of(value: object) -> bytes | None:
    """Return plain data as bytes that contain every text and number.

    :returns: ``None`` for data that JSON cannot hold: lone surrogates, an object of the app.
    """
    try:
        return msgspec.json.encode(value)
    except (TypeError, ValueError, OverflowError, RecursionError):
        return None


def squeeze(data: bytes) -> bytes:
    """Return data in lower case, and without the separators that group numbers and keys.

    :param data: the result of :func:`data_of`.
    """
    if b"\\" in data:
        for escaped, kept in _ESCAPED:
            data = data.replace(escaped, kept)
    return data.replace(_WIDE, b"").translate(_LOWER, _DELETED)


def squeezed_text(text: str) -> bytes:
    """Return a text in the form that it has in squeezed data."""
    return squeeze(msgspec.json.encode(text.encode("utf-8", "replace").decode()))


class Coarse:
    """Finds whether one of many texts may be in squeezed data.

    A few texts are searched for one by one. An automaton for them takes longer to build and a
    hundred times the memory.

    :param texts: in lower case.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        encoded = {squeezed_text(case) for text in texts for case in _cases(text)} - {b""}
        self._few: list[bytes] = []
        for one in sorted(encoded, key=len):
            if len(encoded) > _MANY or not any(shorter in one for shorter in self._few):
                self._few.append(one)
        self._machine: BytesAhoCorasick | None = None
        if len(self._few) > _FEW:
            self._machine = BytesAhoCorasick(  # in the form that takes the least memory
                self._few,
                matchkind=MatchKind.LeftmostFirst,
                implementation=Implementation.ContiguousNFA,
            )
            self._few = []

    def may_be_in(self, squeezed: bytes) -> bool:
        """Whether one of the texts may be in the data.

        :param squeezed: the result of :func:`squeeze`.
        """
        if self._machine is not None:
            return bool(self._machine.find_matches_as_indexes(squeezed))
        for one in self._few:  # noqa: SIM110 - a generator would take longer than the search
            if one in squeezed:
                return True
        return False


def _cases(text: str) -> tuple[str, ...]:
    return (text,) if text.isascii() else (text, text.upper(), text.capitalize(), text.title())
