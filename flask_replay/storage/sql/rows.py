"""Convert recordings, summaries and entries to database rows, and back."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import msgspec
import sqlalchemy as sa

from ...codec import digest_key
from ...codec.recordings import Header
from ...errors import DecodeError
from ...recording.facets import Facets
from ...recording.summary import Summary, Tally
from ..files.segments import LaterVersion
from ..merging import merge
from ..protocols import Entry, Head, Segments
from .tables import NAME_COLUMN

TALLY = Tally.__struct_fields__
SUMMARY = (
    "id",
    "name",
    "names",
    "status",
    "started_at",
    "duration_ms",
    *TALLY,
    "landing",
    "size",
    "flags",
    "facets",
)
"""The columns that form a summary."""

_LISTS = ("names", "flags")
_FOUND = (*SUMMARY, "facts", "words")

_MAGIC = b"FRPE"
_VERSION = 1
_START = _MAGIC + bytes([_VERSION])
"""The beginning of each row's header. Rows of the first versions do not have it."""

_NO_FACETS = msgspec.msgpack.encode(Facets())
_facets = msgspec.msgpack.Decoder(Facets)
_entry = msgspec.msgpack.Decoder(Entry)


def rows(recording_id: str, worker: str, entries: Sequence[Entry]) -> Iterator[dict[str, Any]]:
    """Yield the rows of a worker's entries, without the time."""
    for entry in entries:
        header = msgspec.msgpack.encode(msgspec.structs.replace(entry, payload=b""))
        yield {
            "recording_id": recording_id,
            # The key is a hash of the content, so that an entry that is written twice is stored
            # once.
            "key": digest_key(b"%s\0%s%s" % (worker.encode(), header, entry.payload)),
            "worker": worker,
            "size": len(header) + len(entry.payload),
            "header": _START + header,
            "payload": entry.payload,
        }


def segments(found: Sequence[Any], *, payloads: bool = False) -> Segments:
    """Return a running recording from its rows.

    :param found: rows of entries joined with the recording's row, and ``now``, the database's time.
    :raises DecodeError: none of them can be read, or one was written by a later version.
    """
    entries: list[tuple[str, Entry]] = []
    present, writers = time.time(), dict[str, float]()
    problem: Exception | None = None
    for row in found:
        written_at = present - (row.now - row.written_at)
        writers[row.worker] = max(written_at, writers.get(row.worker, 0.0))
        try:
            entry = _entry.decode(_known(bytes(row.header)))
        except LaterVersion:
            raise  # a recording must not be finalized in part
        except (msgspec.MsgspecError, ValueError) as error:
            problem = error
            continue
        entries.append(
            (
                row.worker,
                msgspec.structs.replace(entry, payload=bytes(row.payload)) if payloads else entry,
            )
        )
    if not entries:
        raise DecodeError(f"no entry of this recording can be read: {problem}")
    first = found[0]
    merged, workers = merge(entries)
    return Segments(
        head=Head(id=first.recording_id, started_at=first.started_at, format=first.format),
        entries=merged,
        workers=workers,
        writers=writers,
        size=sum(row.size for row in found),
        torn=problem is not None,
    )


def _known(header: bytes) -> bytes:
    """Return a row's header without its version.

    :raises LaterVersion: it was written by a later version.
    """
    if not header.startswith(_MAGIC) or len(header) < len(_START):
        return header
    version = header[len(_MAGIC)]
    if version != _VERSION:
        raise LaterVersion(
            f"an entry of version {version}; this package reads version {_VERSION}: update it"
        )
    return header[len(_START) :]


def columns(header: Header, document: bytes) -> dict[str, Any]:
    """Return the row of a finished recording, without its id."""
    found = header.summary
    return {
        "finished": True,
        "status": found.status,
        "started_at": found.started_at,
        "format": header.format,
        "name": shown(found.name, NAME_COLUMN),
        "failed": found.tally.errors > 0,
        "duration_ms": found.duration_ms,
        **msgspec.structs.asdict(found.tally),
        "landing": shown(found.landing),
        "size": len(document),
        "flags": list(found.flags),
        "names": [shown(name, NAME_COLUMN) for name in found.names],
        "documents": list(header.documents),
        "document": document,
        "facets": facets_column(found.facets),
    }


def facets_column(facets: Facets) -> bytes:
    """Return facets in the form of their column."""
    return msgspec.msgpack.encode(facets)


def shown(text: str, length: int | None = None) -> str:
    """Return as much of a text as a column takes. PostgreSQL cannot store NUL characters."""
    return text.replace("\0", "\ufffd")[:length]


def summary_columns(table: sa.Table) -> list[sa.ColumnElement[Any]]:
    """Return the columns in :data:`SUMMARY`. Lists are texts there: most of them are empty, and
    decoding each in thousands of rows takes as long as the rest of the row.
    """
    return [
        sa.cast(table.c[name], sa.Text).label(name) if name in _LISTS else table.c[name]
        for name in SUMMARY
    ]


def result_columns(table: sa.Table) -> SimpleNamespace:
    """Return columns by their names, for queries over the result of another one. SQLAlchemy takes
    longer to derive them from that query than the database takes for both.
    """
    return SimpleNamespace(
        **{
            name: sa.column(name, type_=sa.Text() if name in _LISTS else table.c[name].type)
            for name in _FOUND
        }
    )


def summary(row: Any) -> Summary:
    """Return the summary in the row of a finished recording.

    :param row: the result of :func:`summary_columns`.
    """
    id, name, names, status, started_at, duration_ms, *tally, landing, size, flags, facets = row
    return Summary(
        id=id,
        name=name,
        names=_texts(names),
        status=status,
        started_at=started_at,
        duration_ms=duration_ms,
        tally=Tally(*tally),
        landing=landing,
        size=size,
        flags=_texts(flags),
        facets=_facets_of(facets),
    )


def _texts(column: str) -> tuple[str, ...]:
    """Return the texts in a column with a list."""
    return () if column == "[]" else tuple(msgspec.json.decode(column))


def _facets_of(column: Any) -> Facets:
    """Return the facets in a row, or no facets if an older or later version wrote it in another
    form.
    """
    try:
        return _facets.decode(bytes(column or _NO_FACETS))
    except (msgspec.MsgspecError, ValueError):
        return Facets()
