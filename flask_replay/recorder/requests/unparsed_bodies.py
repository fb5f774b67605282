"""Learn the secrets in bodies that are neither forms nor JSON documents: lines of JSON, tables,
XML, other text, and files.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

import msgspec
from werkzeug.datastructures import FileStorage, MultiDict

from ...sanitize.embedded_documents import document_of
from ...sanitize.guarded import GuardedSanitizer
from ...sanitize.named_in_text import may_name
from ...sanitize.names import sensitive
from ...sanitize.tables import csv_rows
from ..cleaning.plain_data import plain
from .bodies import in_memory

_EXAMINED = 1 << 18
"""The most bytes of a body or file to look at."""

_FILES = 8
_MOST = 2_000
"""The most lines to read."""

_WORDLESS = ("image/", "video/", "audio/", "font/")
_PACKED = frozenset({"application/msgpack", "application/x-msgpack", "application/vnd.msgpack"})
_JSON = ("{", "[")


def learn_body(sanitizer: GuardedSanitizer, body: bytes, mimetype: str) -> None:
    """Learn the secrets in a body or a file."""
    if mimetype.startswith(_WORDLESS):
        return
    if mimetype in _PACKED:
        documents = [*_unpacked(body)]
    else:
        text = body[:_EXAMINED].decode("utf-8", "replace").strip("\ufeff\x1e\r\n ")
        documents = [*(_lines(text) if text.startswith(_JSON) else _rows(text))]
        documents += [text] if document_of(text) is not None else []
        sanitizer.learn_from_texts(text)
    if documents:
        sanitizer.learn_unkept({"": documents}, lasting=True)


class Upload(NamedTuple):
    """The part in memory of an uploaded file, copied because the file is gone after the response.

    :ivar field: the name of its form field.
    """

    field: str
    mimetype: str
    content: bytes

    def teach(self, sanitizer: GuardedSanitizer) -> None:
        """Teach a sanitizer its secrets: all of it, if its field has a sensitive name."""
        if sensitive(self.field):
            content = {self.field: self.content.decode("utf-8", "replace")}
            sanitizer.learn_unkept(content, lasting=True)
        else:
            learn_body(sanitizer, self.content, self.mimetype)


def uploads_to_search(files: MultiDict[str, FileStorage] | None) -> tuple[Upload, ...]:
    """Return the uploaded files in memory that may contain secrets.

    :param files: the files of the request, if the app has read them.
    """
    found: list[Upload] = []
    for field, upload in islice(files.items(multi=True), _FILES) if files else ():
        file = in_memory(upload.stream)
        if file is not None and not upload.mimetype.startswith(_WORDLESS):
            with file.getbuffer() as data:
                content = bytes(data[:_EXAMINED])
            if sensitive(field) or may_name(content):
                found.append(Upload(field, upload.mimetype, content))
    return tuple(found)


def _unpacked(body: bytes) -> Iterator[Any]:
    try:
        yield plain(msgspec.msgpack.decode(body[:_EXAMINED]))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return


def _lines(text: str) -> Iterator[Any]:
    """Yield the documents that are lines of a text: NDJSON, JSON text sequences (RFC 7464)."""
    for line in islice(text.replace("\x1e", "").splitlines(), _MOST):
        if line.startswith(_JSON):
            try:
                yield plain(msgspec.json.decode(line))
            except (msgspec.DecodeError, RecursionError):
                continue


def _rows(text: str) -> Iterator[dict[str, str]]:
    """Yield the cells of a table, each by its name in the head, where one of these is sensitive."""
    for row in csv_rows(text):
        yield from ({name: cell} for name, cell in row)
