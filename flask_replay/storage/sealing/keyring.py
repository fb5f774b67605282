"""Encrypt with the first of several keys, decrypt with any: sealed data names the key it needs.

Sealed data begins with ``FRPX``, one byte for the version and four that identify the key. Then
follows the content, encrypted with AES-SIV (RFC 5297). It is bound to its place, and cannot be
opened elsewhere. AES-SIV needs no unique nonce, however many workers share a key. Sealing the same
content in the same place gives the same bytes.
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
"""The first six characters of every sealed text."""

_ID = 4
_LABEL = 16
_REMEMBERED = 4_000
"""The number of content hashes whose alias is cached, since every entry has some."""

_EXTRA = "pip install 'Flask-Replay[encryption]'"


class Keyring:
    """The encryption keys of an app.

    :param keys: the first one seals. Without keys, nothing is sealed.
    :raises ConfigError: there are keys, but the package for encryption is not installed.
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
        """Return data encrypted. Empty data stays empty.

        :param place: the kind of the data, and its recording. It can be opened only there.
        """
        if not data or not self:
            return data
        return _START + self._first + self._ciphers[self._first].encrypt(data, _bound(place))

    def open(self, data: bytes, *place: str) -> bytes:
        """Return sealed data decrypted. Other data is returned unchanged.

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
            raise DecodeError(
                "it is encrypted, and was damaged or moved here from elsewhere"
            ) from None

    def seal_text(self, text: str, *place: str) -> str:
        """Return a text encrypted, as a text of letters, digits, ``-`` and ``_``."""
        if not text or not self:
            return text
        sealed = self.seal(text.encode("utf-8", "surrogatepass"), *place)
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def open_text(self, text: str, *place: str) -> str:
        """Return a sealed text decrypted. Another text is returned unchanged.

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
        """Whether data is sealed with the first key. Empty data always is, and unsealed data is if
        there is no key.
        """
        if not data or not self:
            return not is_sealed(data)
        return data.startswith(_START + self._first)

    def alias(self, hash: str) -> str:
        """Return the alias of a content hash: a text of the same length that reveals the content
        only to owners of the first key.

        It is the hash encrypted as one AES block, so the key turns it back into the hash.
        """
        return self._alias(hash, self._first) if self else hash

    def aliases(self, hash: str) -> list[str]:
        """Return all possible aliases of a content hash: that of each key, the first key's first,
        then the hash itself.
        """
        return [*(self._alias(hash, id) for id in self._aliases), hash]

    def _enciphered(self, hash: str, id: bytes) -> str:
        return str(self._aliases[id].encryptor().update(bytes.fromhex(hash)).hex())

    def hash_of(self, alias: str, data: bytes) -> str:
        """Return the content hash of an alias.

        :param data: the data that was sealed with it. If it is not sealed, or its key is missing,
            the alias is returned.
        """
        start = len(_START)
        cipher = self._aliases.get(data[start : start + _ID]) if is_sealed(data) else None
        return (
            alias if cipher is None else str(cipher.decryptor().update(bytes.fromhex(alias)).hex())
        )

    def labels(self, text: str) -> list[str]:
        """Return the labels of a text, by which equal texts can be found: one per key, the first
        key's first.

        A label reveals only whether two texts are equal, and only the key's owner can make it.
        """
        encoded = text.encode("utf-8", "surrogatepass")
        return [
            hashlib.blake2b(encoded, key=key, digest_size=_LABEL).hexdigest()
            for key in self._labels
        ]


def is_sealed(data: bytes) -> bool:
    """Whether data is sealed, with any key."""
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
    """Return a cipher that maps each block to another one. Content hashes never repeat, and must
    map to the same alias each time.
    """
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    # one block needs no mode of operation
    return Cipher(algorithms.AES(_derived(key, b"alias", 32)), modes.ECB())  # noqa: S305


def _derived(key: Key, use: bytes, size: int) -> bytes:
    """Return a key derived for one purpose. It reveals neither the key nor other derived keys."""
    return hashlib.blake2b(b"", key=key.raw, digest_size=size, person=b"replay " + use).digest()


def _bound(place: Sequence[str]) -> list[bytes]:
    return [part.encode() for part in place]


def content(document: bytes) -> bytes:
    """Return the part after a document's header, which may be sealed; the whole document if it has
    no header.
    """
    if is_sealed(document):
        return document
    try:
        return document[header_size(document) :]
    except DecodeError:
        return b""
