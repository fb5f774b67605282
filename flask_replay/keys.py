"""Encryption keys for recordings: their form, and how to make one."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Sequence
from typing import Any

from .value_forms import Form, Mistake

_SIZE = 32
"""The number of bytes of a key."""


class Key:
    """A key. Its text forms hide the bytes, so that no traceback, log or debugger shows them.

    :ivar raw: the bytes of the key.
    """

    __slots__ = ("raw",)

    def __init__(self, raw: bytes) -> None:
        self.raw = raw

    def __repr__(self) -> str:
        return "Key(...)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and secrets.compare_digest(other.raw, self.raw)

    def __hash__(self) -> int:
        return hash(self.raw)


def make_key() -> str:
    """Return a new key in the form that the setting takes."""
    return base64.urlsafe_b64encode(secrets.token_bytes(_SIZE)).decode()


def keys() -> Form[tuple[Key, ...]]:
    """Return the form of encryption keys: one key, several keys, or a text with commas between
    them. Messages never show them.
    """

    def convert(value: Any) -> tuple[Key, ...]:
        texts = value.decode() if isinstance(value, bytes) else value
        if texts == "":
            raise Mistake("it is empty; to encrypt nothing, leave it out")
        texts = (
            [text for text in texts.split(",") if text.strip()] if isinstance(texts, str) else texts
        )
        if not isinstance(texts, Sequence):
            raise TypeError
        return tuple(dict.fromkeys(_key(number, text) for number, text in enumerate(texts, 1)))

    rule = (
        "one key or a list of them, each as flask replay key prints it: "
        "32 random bytes in URL-safe base64"
    )
    return Form(rule, convert, secret=True)


def _key(number: int, text: Any) -> Key:
    try:
        encoded = text.encode() if isinstance(text, str) else bytes(memoryview(text))
        raw = base64.b64decode(encoded.strip(), altchars=b"-_", validate=True)
    except (TypeError, UnicodeError, binascii.Error):
        raise Mistake(f"key {number} is not URL-safe base64") from None
    if len(raw) != _SIZE:
        raise Mistake(f"key {number} has {len(raw)} bytes")
    if len(set(raw)) == 1:
        raise Mistake(f"key {number} is not random")
    return Key(raw)
