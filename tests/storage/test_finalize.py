"""How a running recording is finished, in a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from flask_replay.errors import StorageError
from flask_replay.recording.ids import new_id
from flask_replay.storage import FileStorage, finalize
from flask_replay.testing import entry, finished, head


def test_leftovers_of_a_finished_recording_are_deleted(tmp_path: Path) -> None:
    """It is in the archive, so its entries in the journal are useless."""
    storage = FileStorage(tmp_path)
    name = finished(storage)
    folder = storage.path / "journal" / name
    folder.mkdir()
    (folder / "w.seg").write_bytes(b"left behind")
    assert finalize(storage, name, "me") is None
    assert storage.finished(name) and not folder.exists()


def test_a_store_that_cannot_be_written_says_what_to_check(tmp_path: Path) -> None:
    """The message contains the path."""
    (tmp_path / "file").write_text("")
    storage = FileStorage(tmp_path / "file")
    with pytest.raises(StorageError, match="file is a file where a folder is needed"):
        storage.append(head(), "w", [entry(0)])
    with pytest.raises(StorageError, match="file is a file where a folder is needed"):
        storage.save(new_id(), b"")
    with pytest.raises(StorageError, match="file is a file where a folder is needed"):
        storage.put_template("0" * 32, b"")
    for look in (storage.active, storage.ids):  # nor does it count as empty
        with pytest.raises(StorageError, match="file is a file where a folder is needed"):
            look()
