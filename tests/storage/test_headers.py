"""A filter on a folder reads each header once, and still notices changes by others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from flask_replay import FileStorage, Filter
from flask_replay.recording.summary import Summary
from flask_replay.testing import finished

ANN = Filter(name="ann")


def settle(storage: FileStorage) -> None:
    """Make the last change of the archive appear long ago."""
    moment = (storage.path / "archive").stat().st_mtime - 60
    os.utime(storage.path / "archive", (moment, moment))


def listed(storage: FileStorage, where: Filter = ANN) -> list[str]:
    return [summary.id for summary in storage.summaries(where=where)]


@pytest.fixture
def storage(tmp_path: Path) -> FileStorage:
    return FileStorage(tmp_path)


def test_headers_are_read_once(storage: FileStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Later only those of a page, which is always current."""
    names = [finished(storage, 1_700_000_000 + n, name=("ann", "bob")[n % 2]) for n in range(10)]
    settle(storage)
    assert listed(storage) == names[::2][::-1]
    read: list[str] = []
    summary = storage._summary

    def counted(name: str) -> Summary | None:
        read.append(name)
        return summary(name)

    monkeypatch.setattr(storage, "_summary", counted)
    assert [found.id for found in storage.summaries(where=ANN, limit=2)] == [names[8], names[6]]
    assert read == [names[8], names[6]]


def test_changes_by_other_processes_are_seen(storage: FileStorage, tmp_path: Path) -> None:
    """Added, replaced and deleted recordings, by the folder's modification time."""
    other = FileStorage(tmp_path)
    first, second = (
        finished(storage, 1_700_000_000, name="ann"),
        finished(storage, 1_700_000_001, name="bob"),
    )
    settle(storage)
    assert listed(storage) == [first]
    third = finished(other, 1_700_000_002, name="ann")
    assert listed(storage) == [third, first]
    settle(storage)
    assert listed(storage) == [third, first]
    annes = finished(other, 1_700_000_003, name="ann")
    document = other.load(annes)
    other.save(second, document)
    other.delete(first)
    other.delete(annes)
    assert [summary.name for summary in storage.summaries(where=ANN)] == ["ann", "ann"]


def test_changes_within_one_clock_tick_are_seen(storage: FileStorage) -> None:
    """A folder that was changed just now may change again at the same time."""
    names: list[str] = []
    for n in range(20):
        names.insert(0, finished(storage, 1_700_000_000 + n, name="ann"))
        assert listed(storage) == names


def test_a_deleted_folder_is_empty(storage: FileStorage) -> None:
    """And may be created again."""
    name = finished(storage, name="ann")
    assert listed(storage) == [name]
    (storage.path / "archive").rename(storage.path / "away")
    assert listed(storage) == []
    (storage.path / "away").rename(storage.path / "archive")
    assert listed(storage) == [name]
