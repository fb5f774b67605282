"""Searches bytes for secrets in any encoding, independently of how the project masks them."""

from __future__ import annotations

import base64
import binascii
import html
import re
import tarfile
import unicodedata
import urllib.parse
from collections.abc import Iterable, Iterator
from io import BytesIO

import brotli
from ahocorasick_rs import AhoCorasick

_DEEP = 3
_CODED = re.compile(r"[A-Za-z0-9+/_-]{11,}")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}){6,}")
_UNICODE = re.compile(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})")
_PIECE = 8
"""This many consecutive letters of a secret count as a find."""

_WORDS = 16
"""The same for a secret made of words, which also occur elsewhere."""


def plain(text: str) -> str:
    """Return the letters and digits of a text in lower case."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFC", text).casefold()))


def pieces(secret: str) -> set[str]:
    """Return the pieces of a secret that must not be found."""
    letters = plain(secret)
    size = _WORDS if " " in secret else _PIECE
    return {letters[start : start + size] for start in range(0, len(letters) - size + 1, 4)} | {
        letters[-size:]
    }


class Search:
    """Finds secrets.

    :param secrets: numbers to secrets.
    """

    def __init__(self, secrets: dict[int, str]) -> None:
        self.of = [
            (piece, number) for number, secret in secrets.items() for piece in pieces(secret)
        ]
        self.machine = AhoCorasick([piece for piece, _ in self.of])

    def find(self, data: bytes) -> set[int]:
        """Return the numbers of the secrets in some bytes."""
        found = set[int]()
        for text in unpacked(data):
            letters = plain(text)
            found |= {
                self.of[index][1] for index, _, _ in self.machine.find_matches_as_indexes(letters)
            }
        return found


def unpacked(data: bytes) -> Iterator[str]:
    """Return what bytes contain, and recursively what is encoded in that."""
    for stage in _decompressed(data):
        texts = {
            stage.decode("utf-8", "replace"),
            stage.decode("utf-16-le", "replace") if b"\0" in stage[:64] else "",
        }
        for _ in range(_DEEP):
            yield from texts
            texts = {read for text in texts for read in _read(text)} - texts


def _decompressed(data: bytes) -> Iterator[bytes]:
    yield data
    if data[257:262] == b"ustar":
        with tarfile.open(fileobj=BytesIO(data)) as tar:
            for member in tar:
                file = tar.extractfile(member)
                if file is not None:
                    yield from _decompressed(file.read())
    starts = [0]
    if data[:4] == b"FRPL":
        starts.append(9 + int.from_bytes(data[5:9], "big"))
    for start in starts:
        try:
            yield brotli.decompress(data[start:])
        except brotli.error:
            continue


def _read(text: str) -> Iterator[str]:
    yield html.unescape(text)
    yield urllib.parse.unquote(text.replace("+", " "))
    yield _UNICODE.sub(lambda match: chr(int(match[1] or match[2], 16)), text).replace("\\", "")
    yield "\n".join(_decoded(text))


def _decoded(text: str) -> Iterable[str]:
    for match in _CODED.finditer(text):
        letters = match[0].replace("-", "+").replace("_", "/")
        for start in range(4):
            part = letters[start:]
            part = part[: len(part) - len(part) % 4] if len(part) % 4 == 1 else part
            try:
                yield base64.b64decode(part + "=" * (-len(part) % 4)).decode("utf-8", "ignore")
            except (binascii.Error, ValueError):
                continue
    for match in _HEX.finditer(text):
        yield bytes.fromhex(match[0]).decode("utf-8", "ignore")
