"""Two versions of the package write at the same time: the older one leaves alone and names what it
cannot read.
"""

from __future__ import annotations

import struct
import time
import zlib
from pathlib import Path
from typing import cast

import msgspec
import pytest
import sqlalchemy as sa

from flask_replay import SQLAlchemyStorage
from flask_replay.errors import DecodeError
from flask_replay.storage import FileStorage, Recordings, finalize
from flask_replay.storage.lifecycle.moving import copy
from flask_replay.storage.lifecycle.retention import cleanup
from flask_replay.testing import begun, entry, finished

from ..services import Services
from .stores import DATABASES, opener


@pytest.fixture
def storage(tmp_path: Path) -> FileStorage:
    return FileStorage(tmp_path / "replay")


def as_later(path: Path) -> bytes:
    """Turn a file into one of the next version, and return its previous content."""
    data = path.read_bytes()
    path.write_bytes(data[:4] + bytes([data[4] + 1]) + data[5:])
    return data


def test_a_segment_of_a_later_version_is_left_alone_and_named(storage: FileStorage) -> None:
    """Two versions append to one recording. The older one does not finalize it, and the later one
    finds the entries of both.
    """
    first = begun(storage)
    storage.append(first, "later", [entry(2, 20)])
    path = storage.path / "journal" / first.id / "later.seg"
    written = as_later(path)
    storage.append(first, "w", [entry(3, 30)])
    with pytest.raises(DecodeError, match=r"later\.seg: .* version 2; .* update"):
        Recordings(storage, 9, 1e9).get(first.id)
    assert [(summary.id, summary.flags) for summary in storage.active()] == [
        (first.id, ("unreadable",))
    ]
    assert finalize(storage, first.id, "older") is None
    cleanup(storage, 0, 1, now=time.time() + 1800)
    assert path.read_bytes()[5:] == written[5:]
    path.write_bytes(written)  # as the later version reads it
    assert finalize(storage, first.id, "later") is not None
    assert len(Recordings(storage, 9, 1e9).get(first.id).batches) == 4


@pytest.mark.parametrize("kind", DATABASES)
def test_a_row_of_a_later_version_is_left_alone_and_named(
    kind: str, services: Services, tmp_path: Path
) -> None:
    """Two versions append to one recording in a database. The older one neither finalizes nor
    deletes it.
    """
    with opener(services, kind, tmp_path) as open_storage:
        storage = cast("SQLAlchemyStorage", open_storage())
        first = begun(storage)
        storage.append(first, "later", [entry(2, 20)])
        table = storage.tables.entries
        theirs = table.c.worker == "later"
        (written,) = [row.header for row in storage._all(sa.select(table.c.header).where(theirs))]
        assert written[:5] == b"FRPE\x01"

        def write(header: bytes) -> None:
            storage._database.write(
                lambda c, _: c.execute(sa.update(table).where(theirs).values(header=header))
            )

        write(b"FRPE\x02" + b"whatever a later version writes")
        with pytest.raises(DecodeError, match=r"version 2; .* update"):
            Recordings(storage, 9, 1e9).get(first.id)
        assert [(summary.id, summary.flags) for summary in storage.active()] == [
            (first.id, ("unreadable",))
        ]
        assert finalize(storage, first.id, "older") is None
        cleanup(storage, 0, 1, now=time.time() + 1800)
        write(written[5:])  # as written by a version that did not store its number
        assert finalize(storage, first.id, "later") is not None
        assert len(Recordings(storage, 9, 1e9).get(first.id).batches) == 3


def test_a_recording_of_a_later_version_is_listed_and_kept(
    storage: FileStorage, tmp_path: Path
) -> None:
    """The list and the copying commands name it, and all templates stay."""
    key = "0" * 32
    storage.put_template(key, b"source")
    name = finished(storage, documents=(key,))
    path = storage.path / "archive" / f"{name}.replay"
    as_later(path)
    later = path.read_bytes()
    with pytest.raises(DecodeError, match="version 2; .* update"):
        Recordings(storage, 9, 1e9).get(name)
    assert [summary.flags for summary in storage.summaries()] == [("unreadable",)]
    ((problem, reason),) = copy(storage, FileStorage(tmp_path / "copy")).problems
    assert problem == name and "version 2" in reason
    cleanup(storage, 9, 1e9, now=time.time() + 7200)
    assert storage.has_template(key) and path.read_bytes() == later


def test_new_fields_of_a_later_version_are_ignored(
    storage: FileStorage,
) -> None:
    """In summaries and entries, they do not make a new format."""
    first = begun(storage)
    path = storage.path / "journal" / first.id / "w.seg"
    data = path.read_bytes()
    _, length, _, _ = struct.unpack_from(">IIII", data, 5)
    header = msgspec.msgpack.encode(
        {**msgspec.msgpack.decode(data[21 : 21 + length]), "device": "phone"}
    )
    lengths = struct.pack(">II", len(header), 0)
    start = (
        struct.pack(">I", zlib.crc32(header, zlib.crc32(lengths))) + lengths + struct.pack(">I", 0)
    )
    path.write_bytes(data[:5] + start + header + data[21 + length :])
    assert len(storage.read(first.id).entries) == 2
