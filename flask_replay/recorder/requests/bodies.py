"""Read the bodies of requests and responses, however they are sent: compressed, in another charset,
from a file.
"""

from __future__ import annotations

import codecs
import os
import re
import zlib
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from io import BufferedReader, BytesIO, FileIO
from tempfile import SpooledTemporaryFile
from typing import Any, NamedTuple

import brotli
from flask import Request
from werkzeug.datastructures import Headers
from werkzeug.http import parse_options_header
from werkzeug.wsgi import _RangeWrapper

from ...engine.replaying.digests import encoded
from ...trace.type_sets import TypeSet
from .headers import header

_FILES = TypeSet({BufferedReader, FileIO})
_STEP = 1 << 16
_DECOMPRESSED = 1 << 22
"""Bytes that the body of a request is decompressed to."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(
    rb"<(?:meta|\?xml)\b[^>]*?\b(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE
)
_SNIFFED = 1024
"""Bytes at the start of a page in which browsers look for its charset (HTML standard, 13.2.3.2)."""

_AS_BROWSERS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "utf-16": "utf-16-le",
}
"""The encodings that browsers use for a charset's label (Encoding standard, 4.2), by the names of
Python's codecs.
"""

_SUPPORTED = frozenset(
    {
        *_AS_BROWSERS.values(),
        *(f"iso8859-{number}" for number in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)),
        *(f"cp{number}" for number in (866, 1250, 1251, 1253, 1255, 1256, 1257, 1258)),
        *(
            "utf-8",
            "utf-16-be",
            "koi8-r",
            "koi8-u",
            "mac-roman",
            "mac-cyrillic",
            "big5",
            "euc_jp",
            "iso2022_jp",
        ),
    }
)


class Text(NamedTuple):
    """The text of a body.

    :ivar data: the text in UTF-8.
    :ivar cut: whether the body continues beyond it.
    :ivar written: returns the forms that a text may have in the body; ``None`` where that is its
        UTF-8.
    """

    data: bytes
    cut: bool = False
    written: Callable[[str], tuple[bytes, ...]] | None = None


def text_of(body: bytes, headers: Headers, limit: int) -> Text | None:
    """Return the text of a body, or ``None`` if its encoding cannot be read here.

    :param headers: the headers that it is sent with.
    :param limit: the most bytes to decompress.
    """
    unpacked = _unpacked(body, headers, limit)
    if unpacked is None:
        return None
    body, cut = unpacked
    declared = _declared(header(headers, "content-type"))
    charset, start = _charset(body, declared)
    if charset == "utf-8":
        return Text(body, cut)
    data = encoded(body[start:].decode(charset, "replace"))
    return Text(data, cut, lambda text: _written(text, _codec(declared) or charset, charset))


def content_of(body: bytes, headers: Headers, limit: int) -> bytes | None:
    """Return a body without its content codings, or ``None`` if they cannot be read here or it is
    longer than the limit.

    :param headers: the headers that it is sent with.
    :param limit: the most bytes to decompress.
    """
    content, cut = _unpacked(body, headers, limit) or (None, False)
    return None if cut else content


def in_utf8(content: bytes, content_type: str) -> bytes:
    """Return a stylesheet or script in UTF-8, if its header declares an encoding. It begins with a
    byte order mark then, because within it another encoding may be declared, which browsers ignore
    (CSS Syntax, section 3.2).
    """
    charset = _as_browsers(_declared(content_type))
    if not charset or any(content.startswith(mark) for mark, _ in _BOMS):
        return content
    if charset == "utf-8" and not content.startswith(b"@charset"):
        return content
    return codecs.BOM_UTF8 + encoded(content.decode(charset, "replace"))


def _unpacked(body: bytes, headers: Headers, limit: int) -> tuple[bytes, bool] | None:
    """Return a body without its content codings, and whether it was cut."""
    cut = False
    codings = header(headers, "content-encoding").lower()
    for coding in reversed(codings.split(",") if codings else ()):
        name = coding.strip()
        if name in {"", "identity"}:
            continue
        decompressed = _decompressed(body, name, limit + 1)
        if decompressed is None:
            return None
        body, cut = decompressed[:limit], cut or len(decompressed) > limit
    return body, cut


@lru_cache(maxsize=256)
def _declared(content_type: str) -> str:
    """Return the charset that a header declares, or ``""``. It is cached, since an app has few such
    headers.
    """
    return parse_options_header(content_type)[1].get("charset", "")


def _charset(body: bytes, declared: str) -> tuple[str, int]:
    """Return the charset in which a browser reads a page, and the offset of its text.

    :param declared: the charset that the response's header declares.
    """
    for mark, charset in _BOMS:
        if body.startswith(mark):
            return (charset, 0) if charset == "utf-8" else (charset, len(mark))
    charset = _as_browsers(declared)
    if charset:
        return charset, 0
    found = _DECLARED.search(body, 0, _SNIFFED)
    charset = _as_browsers(found[1].decode("ascii", "replace")) if found else ""
    return ("utf-8" if charset.startswith("utf-16") or not charset else charset), 0


@lru_cache(maxsize=256)
def _as_browsers(label: str) -> str:
    codec = _codec(label)
    codec = _AS_BROWSERS.get(codec, codec)
    return codec if codec in _SUPPORTED else ""


def _codec(label: str) -> str:
    """Return the name of Python's codec for a charset, or ``""`` if there is none."""
    try:
        return codecs.lookup(label.strip()).name
    except (LookupError, ValueError):
        return ""


def _written(text: str, codec: str, charset: str) -> tuple[bytes, ...]:
    """Return the forms that an app's text may have in the body. An app may replace or leave out
    letters that the charset lacks.
    """
    codec = charset if codec.startswith("utf") else codec
    forms = (text.encode(codec, lacking) for lacking in ("xmlcharrefreplace", "replace", "ignore"))
    return tuple(dict.fromkeys(encoded(form.decode(charset, "replace")) for form in forms))


def from_file(source: Any, limit: int) -> bytes | None:
    """Return the content that a response will send from a file, or ``None`` if it cannot be read.
    The file's position does not move.

    :param source: the object that the server reads, which may be wrapped.
    :param limit: the most bytes to read.
    """
    if isinstance(source, _RangeWrapper):  # Werkzeug's, of the requested part of a file
        if source.start_byte:
            return None
        limit = min(limit, limit if source.byte_range is None else source.byte_range)
        source = source.iterable
    file = getattr(source, "file", None) or getattr(source, "filelike", None) or source
    if type(file) is BytesIO:
        return file.getvalue()[file.tell() :][:limit]
    if type(file) in _FILES and hasattr(os, "pread"):  # Windows has no pread
        return os.pread(file.fileno(), limit, file.tell())
    return None


def body_of(request: Request) -> bytes:
    """Return the body of a request without its content codings, if the app has read it and it is
    still in memory. Nothing is read here.

    It is there if the app called ``get_data()``, or if the app read ``stream`` and the server had
    the whole body in memory.
    """
    body = _in_memory(request)
    if not body or "HTTP_CONTENT_ENCODING" not in request.environ:
        return body
    return content_of(body, request.headers, _DECOMPRESSED) or body  # or already decompressed


def _in_memory(request: Request) -> bytes:
    read = request.__dict__.get("_cached_data")
    if read is not None or "stream" not in request.__dict__:
        return read or b""
    source = in_memory(request.environ.get("wsgi.input"))
    return source.getvalue() if source is not None and source.tell() else b""


def in_memory(file: Any) -> BytesIO | None:
    """Return the buffer of a file that is only in memory, or ``None`` if it is on disk."""
    source = file._file if type(file) is SpooledTemporaryFile else file
    return source if type(source) is BytesIO and not source.closed else None


# Decompression: of truncated data, as much as there is, up to a limit


def _decompressed(body: bytes, coding: str, limit: int) -> bytes | None:
    """Return the decompressed body, up to a limit, or ``None`` if it cannot be read."""
    decompress = _CODINGS.get(coding)
    if decompress is None:
        return None
    try:
        return decompress(body, limit)
    except (zlib.error, brotli.error, ValueError, EOFError, *_ZSTD_ERRORS):
        return None


def _gunzipped(body: bytes, limit: int) -> bytes:
    pieces: list[bytes] = []
    while body and limit > 0:
        decompressor = zlib.decompressobj(zlib.MAX_WBITS | 16)
        pieces.append(decompressor.decompress(body, limit))
        limit -= len(pieces[-1])
        body = decompressor.unused_data
    return b"".join(pieces)


def _inflated(body: bytes, limit: int) -> bytes:
    """Decompress ``deflate``, which some servers send without its zlib header (RFC 9110,
    8.4.1.2).
    """
    try:
        return zlib.decompressobj().decompress(body, limit)
    except zlib.error:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(body, limit)


def _unbrotlied(body: bytes, limit: int) -> bytes:
    decompressor = brotli.Decompressor()
    pieces = [decompressor.process(body, output_buffer_limit=_STEP)]
    size = len(pieces[0])
    while size < limit and pieces[-1] and not decompressor.is_finished():
        pieces.append(decompressor.process(b"", output_buffer_limit=_STEP))
        size += len(pieces[-1])
    return b"".join(pieces)


def _unzstd(body: bytes, limit: int) -> bytes:
    return bytes(_ZSTD.ZstdDecompressor().decompress(body, limit))


def _zstandard() -> Any:
    """Return a module that decompresses zstd, or ``None``: the standard library's, or one with the
    same API.
    """
    for name in ("compression.zstd", "backports.zstd", "pyzstd"):
        try:
            return import_module(name)
        except ImportError:
            continue
    return None


_ZSTD = _zstandard()
_ZSTD_ERRORS: tuple[type[Exception], ...] = () if _ZSTD is None else (_ZSTD.ZstdError,)
_CODINGS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gunzipped,
    "x-gzip": _gunzipped,
    "deflate": _inflated,
    "br": _unbrotlied,
    **({} if _ZSTD is None else {"zstd": _unzstd}),
}
