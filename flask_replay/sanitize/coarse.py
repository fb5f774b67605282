"""A first look at data as a whole: mostly there is nothing secret in it, which its bytes tell in one pass.

Data is looked at as JSON has it, which one function in C writes, and secrets as they would stand there. Of letters
beyond ASCII no case is folded, so that each secret is looked for in the cases that it may be written in.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from ahocorasick_rs import BytesAhoCorasick, Implementation, MatchKind

SIGNS = " \t\r\n-./_:\u00a0"
"""What may stand between the groups of a number or key that is written in groups."""

_DELETED = "".join(sign for sign in SIGNS if sign.isascii()).encode() + b'"\\'
_LOWER = bytes(range(256)).lower()
_WIDE = "\u00a0".encode()
_ESCAPED = ((b"\\\\", b"\0"), (b"\\t", b""), (b"\\r", b""), (b"\\n", b""))
"""What JSON writes with a backslash: first the backslash itself, which nothing else is taken for."""

_FEW = 16

BYTES = b'["b","'
"""How a trace writes bytes, in base64: what they say is seen only by a closer look."""


def data_of(value: object) -> bytes | None:
    """Return plain data as bytes in which every text and every number stands.

    :returns: ``None`` for what JSON cannot hold: halves of surrogate pairs, an object of the app's.
    """
    try:
        return msgspec.json.encode(value)
    except (TypeError, ValueError, OverflowError, RecursionError):
        return None


def squeeze(data: bytes) -> bytes:
    """Return data without regard to case, and without what groups numbers and keys.

    :param data: by :func:`data_of`.
    """
    if b"\\" in data:
        for escaped, kept in _ESCAPED:
            data = data.replace(escaped, kept)
    return data.replace(_WIDE, b"").translate(_LOWER, _DELETED)


def squeezed_text(text: str) -> bytes:
    """Return a text as it stands in squeezed data."""
    return squeeze(msgspec.json.encode(text.encode("utf-8", "replace").decode()))


def coarse_machine(texts: Iterable[str]) -> BytesAhoCorasick:
    """Return what finds texts in squeezed data.

    :param texts: in lower case.
    """
    known = {squeezed_text(case) for text in texts for case in _cases(text)}
    known.discard(b"")
    way = Implementation.NoncontiguousNFA if len(known) <= _FEW else None  # made at once, and as fast for so few
    return BytesAhoCorasick(known, matchkind=MatchKind.LeftmostFirst, implementation=way)


def _cases(text: str) -> tuple[str, ...]:
    return (text,) if text.isascii() else (text, text.upper(), text.capitalize(), text.title())
