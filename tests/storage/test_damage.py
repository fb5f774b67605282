"""Damaged files: complete parts are kept, and others are named."""

from __future__ import annotations

import errno
import os
import random
import stat
import time
from pathlib import Path

import pytest

from flask_replay.errors import DecodeError, RecordingNotFound, StorageError
from flask_replay.recording.ids import first_id, made_at, new_id
from flask_replay.storage import FileStorage, Recordings, Segments, finalize
from flask_replay.storage.lifecycle.retention import cleanup
from flask_replay.testing import begun, entry, finished, head


@pytest.fixture
def storage(tmp_path: Path) -> FileStorage:
    return FileStorage(tmp_path / "replay")


def segment_of(storage: FileStorage, name: str, worker: str = "w") -> Path:
    return storage.path / "journal" / name / f"{worker}.seg"


def read(storage: FileStorage, name: str) -> Segments | None:
    """Read a recording, ``None`` if it is missing or unreadable. No other error may be raised."""
    try:
        return storage.read(name)
    except (RecordingNotFound, DecodeError):
        return None


def test_a_tail_torn_at_any_byte_affects_only_itself(storage: FileStorage) -> None:
    """All entries before it are read, and the list has the same counts."""
    first = head()
    ends = []
    for number in range(3):
        storage.append(first, "w", [entry(number)])
        ends.append(segment_of(storage, first.id).stat().st_size)
    data = segment_of(storage, first.id).read_bytes()
    start = min(ends) - (ends[1] - ends[0])  # where the head ends
    for length in range(len(data) + 1):
        segment_of(storage, first.id).write_bytes(data[:length])
        found = read(storage, first.id)
        whole = sum(end <= length for end in ends)
        assert (found is not None) == (length >= start)
        if found is not None:
            assert [kept.number for kept in found.entries] == list(range(whole))
            assert found.torn == (length not in (start, *ends))
            (summary,) = storage.active()
            assert summary.tally.events == whole
            assert ("torn" in summary.flags) == found.torn


def test_segments_of_other_workers_are_unaffected(storage: FileStorage) -> None:
    """Whatever happened to the first one."""
    first = begun(storage)
    storage.append(first, "z", [entry(7, 50), entry(8, 60)])
    for damage in (b"", b"FRP", b"rubbish" * 20, segment_of(storage, first.id).read_bytes()[:-1]):
        segment_of(storage, first.id).write_bytes(damage)
        assert [kept.number for kept in storage.read(first.id).entries][-2:] == [7, 8]


def test_a_payload_damaged_in_the_middle_affects_only_itself(storage: FileStorage) -> None:
    """Entries before and after it are kept, and the finished recording is flagged."""
    first = head()
    storage.append(first, "w", [entry(n, n, "POST") for n in range(3)])
    path = segment_of(storage, first.id)
    broken = path.read_bytes().replace(b"/1\xa5parts", b"/9\xa5parts")
    assert broken != path.read_bytes()
    path.write_bytes(broken)
    assert [kept.number for kept in storage.read(first.id).entries] == [0, 2]
    summary = finalize(storage, first.id, "me")
    assert summary is not None and "torn" in summary.flags
    assert len(Recordings(storage, 9, 1e9).get(first.id).batches) == 2


def test_any_damage_gives_written_entries_or_our_own_error(storage: FileStorage) -> None:
    """Flipped, cut, duplicated and random bytes."""
    first = head()
    entries = [entry(n, n) for n in range(4)]
    storage.append(first, "w", entries)
    path = segment_of(storage, first.id)
    good = path.read_bytes()
    chance = random.Random(3)
    for _ in range(400):
        data = bytearray(good)
        for _ in range(chance.randrange(4)):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        if chance.random() < 0.3:
            place = chance.randrange(len(data))
            data[place:place] = chance.randbytes(chance.randrange(40))
        path.write_bytes(data[: chance.randrange(len(data) + 1)] if chance.random() < 0.3 else data)
        found = read(storage, first.id)
        for kept in found.entries if found is not None else ():
            assert kept in entries
        assert len(storage.active()) <= 1


def test_an_unreadable_running_recording_is_named_and_others_are_unaffected(
    storage: FileStorage,
) -> None:
    """It stays until cleanup, and others can be finalized."""
    names = [begun(storage, 1_700_000_000 + n).id for n in range(3)]
    segment_of(storage, names[1]).write_bytes(b"rubbish" * 20)
    assert [(summary.id, summary.flags) for summary in storage.active()] == [
        (names[2], ()), (names[1], ("unreadable",)), (names[0], ())
    ]  # fmt: skip
    with pytest.raises(DecodeError, match="not a segment"):
        Recordings(storage, 9, 1e9).get(names[1])
    for name in list(storage.touched()):
        finalize(storage, name, "me")
    assert storage.ids() == [names[2], names[0]]
    assert list(storage.touched()) == [names[1]]
    cleanup(storage, 9, 3600, now=time.time() + 7200)
    assert storage.touched() == {}


def test_a_segment_of_a_later_version_is_left_to_it(storage: FileStorage) -> None:
    """An older process neither finalizes such a recording without that segment nor drops it."""
    first = begun(storage)
    storage.append(first, "later", [entry(2, 20)])
    path = segment_of(storage, first.id, "later")
    path.write_bytes(b"FRPJ\x02" + path.read_bytes()[5:])
    with pytest.raises(DecodeError, match="update"):
        storage.read(first.id)
    assert finalize(storage, first.id, "me") is None
    assert path.exists() and list(storage.touched()) == [first.id]


def test_a_segment_of_another_recording_is_not_read(storage: FileStorage) -> None:
    """Somebody copied it."""
    first, other = begun(storage), begun(storage)
    segment_of(storage, first.id).write_bytes(segment_of(storage, other.id).read_bytes())
    with pytest.raises(DecodeError, match="another recording"):
        storage.read(first.id)


def test_a_segment_without_a_complete_head_is_deleted(storage: FileStorage) -> None:
    """Its process died while writing the first bytes."""
    first = head()
    storage.append(first, "w", [entry(0)])
    for length in (0, 3, 20):
        segment_of(storage, first.id).parent.mkdir(exist_ok=True)
        segment_of(storage, first.id).write_bytes(
            b"FRPJ\x01" + b"\x00\x00\x00\x00" * 10 if length > 5 else b"FRPJ"[:length]
        )
        assert storage.active() == []
        assert finalize(storage, first.id, "me") is None
        assert storage.touched() == {}


def test_a_full_disk_leaves_nothing_half_written(
    storage: FileStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The call can be repeated, and the error says what to check."""
    first = begun(storage)
    write = os.write

    def fill(descriptor: int, data: bytes) -> int:
        if len(data) <= 50:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(descriptor, data[:10])

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", fill)
        with pytest.raises(StorageError, match="No space.*writable"):
            storage.append(first, "w", [entry(2, 20)])
        with pytest.raises(StorageError, match="No space"):
            storage.save(first.id, b"x" * 100)
    assert not storage.finished(first.id)
    assert list((storage.path / "archive").iterdir()) == []
    storage.append(first, "w", [entry(2, 20)])
    found = storage.read(first.id)
    assert [kept.number for kept in found.entries] == [0, 1, 2] and not found.torn


def test_files_are_readable_only_by_their_owner(storage: FileStorage) -> None:
    """So is the folder itself, whatever the umask."""
    old = os.umask(0)
    try:
        storage.append(head(), "w", [entry(0)])
        finished(storage)
        storage.put_template("0" * 32, b"source")
        storage.lease(new_id(), "me", 60)
    finally:
        os.umask(old)
    paths = [storage.path, *storage.path.rglob("*")]
    assert len(paths) > 9
    for path in paths:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_foreign_files_are_spared(storage: FileStorage) -> None:
    """By dropping, deleting, clearing and cleanup. A folder of foreign files is not listed as a
    recording.
    """
    first, name = begun(storage), finished(storage)
    notes = [
        storage.path / "journal" / first.id / "note.txt",
        storage.path / "journal" / "README",
        storage.path / "archive" / "note.replay",
        storage.path / "archive" / "note.txt",
        storage.path / "note.txt",
    ]
    for note in notes:
        note.write_text("mine")
    storage.drop(first.id)
    recordings = Recordings(storage, 1, 1)
    recordings.clear()
    recordings.cleanup()
    assert all(note.read_text() == "mine" for note in notes)
    assert storage.touched() == {} and storage.ids() == [] and storage.active() == []
    assert not storage.finished(name)


def test_a_damaged_lease_belongs_to_nobody(storage: FileStorage) -> None:
    """Its holder died while writing it."""
    name = new_id()
    assert storage.lease(name, "a", 60)
    for damage in (b"", b"soon", b"\xff\xfe"):
        (storage.path / "leases" / name).write_bytes(damage)
        assert storage.lease(name, "b", 60)
        storage.release(name, "b")


def test_a_damaged_template_is_refused(storage: FileStorage) -> None:
    """It cannot be the one that made the visitor's page."""
    storage.put_template("0" * 32, b"source" * 100)
    path = storage.path / "templates" / ("0" * 32)
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(DecodeError):
        storage.get_template("0" * 32)


def test_an_id_contains_its_time() -> None:
    """To the millisecond. Older ids sort first."""
    assert made_at(new_id(1_700_000_000.123)) == 1_700_000_000.123
    assert new_id(1_700_000_000.122) < first_id(1_700_000_000.123) <= new_id(1_700_000_000.123)
    assert first_id(-5) == "0" * 26
