"""Encrypt with the first of several keys, decrypt with any: sealed data says which key it needs.

What is sealed begins with ``FRPX``, one byte of version and four that tell the key; then AES-SIV
(RFC 5297) of the content. It is bound to its place, so that it opens nowhere else. AES-SIV needs no
nonce that must never repeat, however many workers share a key, and sealing the same content in the
same place gives the same bytes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ...codec.recordings import header_size
from ...errors import ConfigError, DecodeError, KeyMissing
from ...keys import Key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

_START = b"FRPX\x01"
_TEXT = base64.urlsafe_b64encode(_START + b"\0")[:6].decode()
"""What six letters of every sealed text are."""

_ID = 4
_LABEL = 16
_REMEMBERED = 4_000
"""Content hashes whose alias is remembered: every entry has some."""

_EXTRA = "pip install 'Flask-Replay[encryption]'"


class Keyring:
    """The keys of an app.

    :param keys: the first one seals; without any, nothing is sealed.
    :raises ConfigError: there are keys, and what encrypts with them is not installed.
    """

    def __init__(self, keys: Sequence[Key] = ()) -> None:
        self._ciphers: dict[bytes, AESSIV] = {}
        self._labels: list[bytes] = []
        self._aliases: dict[bytes, Any] = {}
        for key in keys:
            self._ciphers[_derived(key, b"id", _ID)] = _cipher(key)
            self._aliases[_derived(key, b"id", _ID)] = _permutation(key)
            self._labels.append(_derived(key, b"label", 32))
        self._first = next(iter(self._ciphers), b"")
        self._alias = lru_cache(_REMEMBERED)(self._enciphered)

    def __bool__(self) -> bool:
        """Whether anything is sealed."""
        return bool(self._ciphers)

    def seal(self, data: bytes, *place: str) -> bytes:
        """Return data encrypted; nothing stays nothing.

        :param place: what it is, and of which recording: only there it opens again.
        """
        if not data or not self:
            return data
        return _START + self._first + self._ciphers[self._first].encrypt(data, _bound(place))

    def open(self, data: bytes, *place: str) -> bytes:
        """Return what was sealed; data that was not stays as it is.

        :raises KeyMissing: it is encrypted with another key.
        :raises DecodeError: it is damaged, or was moved here from another place.
        """
        if not is_sealed(data):
            return data
        start = len(_START)
        cipher = self._ciphers.get(data[start : start + _ID])
        if cipher is None:
            raise KeyMissing(
                "it is encrypted, and REPLAY_ENCRYPTION_KEYS "
                + (
                    "does not have its key: add that to the list"
                    if self
                    else "is not set: set it to the key"
                )
            )
        from cryptography.exceptions import InvalidTag

        try:
            return cipher.decrypt(data[start + _ID :], _bound(place))
        except (InvalidTag, ValueError):
            raise DecodeError("it is encrypted, and damaged or moved here from elsewhere") from None

    def seal_text(self, text: str, *place: str) -> str:
        """Return a text encrypted, as a text of letters, digits, ``-`` and ``_``."""
        if not text or not self:
            return text
        sealed = self.seal(text.encode("utf-8", "surrogatepass"), *place)
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def open_text(self, text: str, *place: str) -> str:
        """Return the text that was sealed; one that was not stays as it is.

        :raises KeyMissing: it is encrypted with another key.
        :raises DecodeError: it is damaged, or was moved here from another place.
        """
        if not text.startswith(_TEXT):
            return text
        try:
            data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (ValueError, binascii.Error):
            return text
        return self.open(data, *place).decode("utf-8", "surrogatepass") if is_sealed(data) else text

    def is_current(self, data: bytes) -> bool:
        """Whether data is as the first key seals it: nothing is, and what is not sealed where there
        is no key.
        """
        if not data or not self:
            return not is_sealed(data)
        return data.startswith(_START + self._first)

    def alias(self, hash: str) -> str:
        """Return what stands for a content hash: one as long, of which nobody without the first key
        knows the content.

        It is the hash enciphered as one block of AES, so that whoever has the key knows the hash.
        """
        return self._alias(hash, self._first) if self else hash

    def aliases(self, hash: str) -> list[str]:
        """Return all that may stand for a content hash, by each key and as it is, that of the first
        key first.
        """
        return [*(self._alias(hash, id) for id in self._aliases), hash]

    def _enciphered(self, hash: str, id: bytes) -> str:
        return str(self._aliases[id].encryptor().update(bytes.fromhex(hash)).hex())

    def hash_of(self, alias: str, data: bytes) -> str:
        """Return the content hash that an alias stands for.

        :param data: what was sealed together with it; where it was not, or nobody knows the key,
            the alias is the hash.
        """
        start = len(_START)
        cipher = self._aliases.get(data[start : start + _ID]) if is_sealed(data) else None
        return (
            alias if cipher is None else str(cipher.decryptor().update(bytes.fromhex(alias)).hex())
        )

    def labels(self, text: str) -> list[str]:
        """Return what stands for a text where equal ones are to be found: for each key, the first
        one first.

        It tells nothing but that two texts are equal, and only whoever has the key can make it.
        """
        said = text.encode("utf-8", "surrogatepass")
        return [
            hashlib.blake2b(said, key=key, digest_size=_LABEL).hexdigest() for key in self._labels
        ]


def is_sealed(data: bytes) -> bool:
    """Whether data was sealed, with whatever key."""
    return data.startswith(_START)


def _cipher(key: Key) -> AESSIV:
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.ciphers.aead import AESSIV
    except ImportError:
        raise ConfigError(
            f"REPLAY_ENCRYPTION_KEYS needs the package cryptography: {_EXTRA}"
        ) from None
    try:
        return AESSIV(_derived(key, b"seal", 64))
    except UnsupportedAlgorithm as error:
        raise ConfigError(
            f"REPLAY_ENCRYPTION_KEYS needs another build of the package cryptography: {error}"
        ) from None


def _permutation(key: Key) -> Any:
    """Return what gives each block another one: of content hashes, which never come twice but are
    to be the same.
    """
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    # a single block has no mode
    return Cipher(algorithms.AES(_derived(key, b"alias", 32)), modes.ECB())  # noqa: S305


def _derived(key: Key, use: bytes, size: int) -> bytes:
    """Return a key for one use, which tells nothing of the key or of others made of it."""
    return hashlib.blake2b(b"", key=key.raw, digest_size=size, person=b"replay " + use).digest()


def _bound(place: Sequence[str]) -> list[bytes]:
    return [part.encode() for part in place]


def content(document: bytes) -> bytes:
    """Return what stands behind a document's header; all of one that has none.

    That is what is sealed, if anything is.
    """
    if is_sealed(document):
        return document
    try:
        return document[header_size(document) :]
    except DecodeError:
        return b""
