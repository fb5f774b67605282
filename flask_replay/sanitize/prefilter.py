"""A first look at data as a whole: mostly there is nothing secret in it, which its bytes tell in
one pass.

Data is looked at as JSON has it, which one function in C writes, and secrets as they would stand
there. Of letters beyond ASCII no case is folded, so that each secret is looked for in the cases
that it may be written in.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from ahocorasick_rs import BytesAhoCorasick, MatchKind

SIGNS = " \t\r\n-./_:\u00a0"
"""What may stand between the groups of a number or key that is written in groups."""

_DELETED = "".join(sign for sign in SIGNS if sign.isascii()).encode() + b'"\\'
_LOWER = bytes(range(256)).lower()
_WIDE = "\u00a0".encode()
_ESCAPED = ((b"\\\\", b"\0"), (b"\\t", b""), (b"\\r", b""), (b"\\n", b""))
"""What JSON writes with a backslash: first the backslash itself, which nothing else is taken for.
"""

_FEW = 32
_MANY = 256

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


class Coarse:
    """Finds whether one of many texts may be in squeezed data.

    A few are looked for one by one: a machine for them takes longer to make, and a hundred times
    the memory.

    :param texts: in lower case.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        known = {squeezed_text(case) for text in texts for case in _cases(text)} - {b""}
        self._few: list[bytes] = []
        for one in sorted(known, key=len):
            if len(known) > _MANY or not any(shorter in one for shorter in self._few):
                self._few.append(one)
        self._machine: BytesAhoCorasick | None = None
        if len(self._few) > _FEW:
            self._machine = BytesAhoCorasick(self._few, matchkind=MatchKind.LeftmostFirst)
            self._few = []

    def may_be_in(self, squeezed: bytes) -> bool:
        """Whether one of them may be there.

        :param squeezed: by :func:`squeeze`.
        """
        if self._machine is not None:
            return bool(self._machine.find_matches_as_indexes(squeezed))
        return any(one in squeezed for one in self._few)


def _cases(text: str) -> tuple[str, ...]:
    return (text,) if text.isascii() else (text, text.upper(), text.capitalize(), text.title())
