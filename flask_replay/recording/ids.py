"""Ids of recordings: 26 characters that sort by creation time."""

import hashlib
import hmac
import re
import secrets
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: without i, l, o, u
_SHAPE = re.compile(r"[0-7][0-9a-hjkmnp-tv-z]{25}")


def new_id(now: float | None = None) -> str:
    """Return a new id: 48 bits of milliseconds since 1970, then 80 random bits.

    :param now: seconds since 1970; the present time if omitted.
    """
    return _text(time.time() if now is None else now, secrets.randbits(80))


def signed_id(key: bytes, now: float | None = None) -> str:
    """Return a new id that proves to code with the key that it was made with the key. Half of its
    random bits sign the rest.

    :param now: seconds since 1970; the present time if omitted.
    """
    return _signed(time.time() if now is None else now, secrets.randbits(40), key)


def is_signed(recording_id: str, key: bytes) -> bool:
    """Whether an id was signed with a key."""
    if not is_id(recording_id):
        return False
    rest = _number(recording_id[10:])
    return hmac.compare_digest(_signed(made_at(recording_id), rest >> 40, key), recording_id)


def _signed(moment: float, random_bits: int, key: bytes) -> str:
    text = _text(moment, random_bits << 40)
    digest = hashlib.blake2b(text.encode(), digest_size=5, key=key[:64]).digest()
    return _text(moment, random_bits << 40 | int.from_bytes(digest))


def first_id(moment: float) -> str:
    """Return the smallest id of a moment: ids of older recordings sort before it.

    :param moment: seconds since 1970.
    """
    return _text(moment, 0)


def following(recording_id: str) -> str:
    """Return the id of the recording that continues a finished one, the same in every worker."""
    rest = hashlib.blake2b(recording_id.encode(), digest_size=10).digest()
    return _text(made_at(recording_id), int.from_bytes(rest))


def made_at(recording_id: str) -> float:
    """Return when an id was made, in seconds since 1970."""
    return _number(recording_id[:10]) / 1000


def number_of(recording_id: str) -> int:
    """Return an id as a number of 128 bits, in the same order."""
    return _number(recording_id)


def _number(text: str) -> int:
    number = 0
    for letter in text:
        number = number << 5 | _ALPHABET.index(letter)
    return number


def _text(moment: float, rest: int) -> str:
    milliseconds = min(max(0, round(moment * 1000)), (1 << 48) - 1)
    number = milliseconds << 80 | rest
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


def is_id(text: object) -> bool:
    """Whether a text has the shape of an id. Nothing else may name a file or a row."""
    return isinstance(text, str) and _SHAPE.fullmatch(text) is not None
