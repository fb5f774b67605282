"""Recordings in files: what survives, what is refused, who can read it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest

from flask_replay.codec import encode_batch
from flask_replay.errors import DecodeError, RecordingFinished, RecordingNotFound, StorageError
from flask_replay.recording.ids import is_id, new_id
from flask_replay.recording.model import Batch, Request, Tally
from flask_replay.storage import Entry, FileStorage, Head, Recordings, due, finalize
from flask_replay.storage.retention import cleanup


def entry(number: int, offset: int = 0, method: str = "GET", documents: tuple[str, ...] = ()) -> Entry:
    request = Request(offset_ms=offset, method=method, url=f"/{number}", parts=("<p>",))
    batch = Batch((request,))
    return Entry(
        number=number, offset_ms=offset, end_ms=offset + 5, tally=Tally.of(batch), payload=encode_batch(batch),
        landing=request.url, documents=documents,
    )  # fmt: skip


@pytest.fixture
def storage(tmp_path: Path) -> FileStorage:
    return FileStorage(tmp_path / "replay")


def head(started: float | None = None) -> Head:
    moment = time.time() if started is None else started
    return Head(id=new_id(moment), started_at=moment)


def finished(storage: FileStorage, started: float | None = None, documents: tuple[str, ...] = ()) -> str:
    first = head(started)
    storage.append(first, "w", [entry(0), entry(1, 10, "POST", documents)])
    assert finalize(storage, first.id, "me") is not None
    return first.id


def test_segments_of_many_workers_merge_in_order(storage: FileStorage) -> None:
    """By time, then by worker and number."""
    first = head()
    storage.append(first, "b", [entry(0, 10), entry(1, 30)])
    storage.append(first, "a", [entry(0, 10), entry(1, 20)])
    merged = storage.read(first.id).entries
    assert [(found.offset_ms, found.number) for found in merged] == [(10, 0), (10, 0), (20, 1), (30, 1)]


def test_a_torn_tail_costs_only_itself(storage: FileStorage) -> None:
    """Wherever the file ends, every complete entry before is there."""
    first = head()
    storage.append(first, "w", [entry(0), entry(1), entry(2)])
    (segment,) = (storage.path / "journal" / first.id).iterdir()
    data = segment.read_bytes()
    counts = set()
    for length in range(len(data) - 1, 0, -7):
        segment.write_bytes(data[:length])
        try:
            found = storage.read(first.id)
        except RecordingNotFound:
            continue
        counts.add(len(found.entries))
        assert [kept.number for kept in found.entries] == list(range(len(found.entries)))
    assert counts == {0, 1, 2}


def _append_many(path: Path, first: Head, worker: str) -> None:
    storage = FileStorage(path)
    for number in range(50):
        storage.append(first, worker, [entry(number, number)])


def test_processes_append_to_one_recording_at_once(storage: FileStorage) -> None:
    """Nothing is lost or doubled."""
    first = head()
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_append_many, args=(storage.path, first, f"w{n}")) for n in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert len(storage.read(first.id).entries) == 200


def _append_for_ever(path: Path, first: Head, ready: str) -> None:
    storage = FileStorage(path)
    number = 0
    while True:
        storage.append(first, "w", [entry(number, number)])
        number += 1
        if number == 20:
            Path(ready).touch()


def test_a_process_killed_while_it_appends_leaves_whole_entries(storage: FileStorage, tmp_path: Path) -> None:
    """A new process finishes what it had begun."""
    first = head()
    ready = tmp_path / "ready"
    process = multiprocessing.get_context("fork").Process(
        target=_append_for_ever, args=(storage.path, first, str(ready))
    )
    process.start()
    while not ready.exists():
        process.join(0.01)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    entries = storage.read(first.id).entries
    assert len(entries) >= 20
    assert finalize(storage, first.id, "other") is not None
    assert len(Recordings(storage, 10, 1e9).get(first.id).batches) == len(entries)


def test_finishing_twice_or_after_a_crash_is_harmless(storage: FileStorage) -> None:
    """A crash between saving and dropping is mended by whoever comes next."""
    name = finished(storage)
    with pytest.raises(RecordingNotFound):
        storage.read(name)
    folder = storage.path / "journal" / name
    folder.mkdir()
    (folder / "w.seg").write_bytes(b"left behind")
    assert finalize(storage, name, "me") is None
    assert not folder.exists()
    assert storage.finished(name)


def test_a_finished_recording_takes_no_more(storage: FileStorage) -> None:
    """It says so."""
    name = finished(storage)
    with pytest.raises(RecordingFinished, match="is finished"):
        storage.append(Head(id=name, started_at=0), "w", [entry(5)])


def test_one_process_has_the_lease(storage: FileStorage) -> None:
    """Another gets it when it runs out."""
    name = new_id()
    assert storage.lease(name, "a", 60)
    assert not storage.lease(name, "b", 60)
    assert storage.lease(name, "a", -1)
    assert storage.lease(name, "b", 60)


def test_a_session_without_interaction_is_discarded(storage: FileStorage) -> None:
    """One plain page view is not worth keeping."""
    first = head()
    storage.append(first, "w", [entry(0)])
    assert finalize(storage, first.id, "me") is None
    assert storage.ids() == [] and storage.touched() == {}


def test_saving_is_tried_again(storage: FileStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    """And when it fails every time, the journal still has everything."""
    first = head()
    storage.append(first, "w", [entry(0), entry(1, method="POST")])
    pauses: list[float] = []

    def away(*_: object) -> None:
        raise StorageError("away")

    with monkeypatch.context() as patched:
        patched.setattr(storage, "save", away)
        with pytest.raises(StorageError, match="away"):
            finalize(storage, first.id, "me", attempts=3, delay=0.5, pause=pauses.append)
    assert pauses == [0.5, 0.5]
    assert len(storage.read(first.id).entries) == 2
    assert finalize(storage, first.id, "me") is not None


def test_idle_recordings_are_due(storage: FileStorage) -> None:
    """By the time of their last append."""
    first = head()
    storage.append(first, "w", [entry(0)])
    assert due(storage, 60) == []
    assert due(storage, 60, now=time.time() + 61) == [first.id]


@pytest.mark.parametrize("name", ["../../etc/passwd", "..", "", "a/b", "0" * 25, "Z" * 26, "\x00" * 26])
def test_ids_that_would_leave_the_folder_are_refused(storage: FileStorage, name: str) -> None:
    """Nothing but an id ever names a file."""
    assert not is_id(name)
    for action in (storage.load, storage.read, storage.drop, storage.delete, storage.finished, storage.get_template):
        with pytest.raises(RecordingNotFound):
            action(name)


def test_files_are_readable_by_their_owner_alone(storage: FileStorage) -> None:
    """Whatever the umask."""
    old = os.umask(0)
    try:
        storage.put_template("0" * 32, b"source")
        storage.append(head(), "w", [entry(0)])
        finished(storage)
    finally:
        os.umask(old)
    for path in storage.path.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_clear_spares_files_that_are_not_ours(storage: FileStorage) -> None:
    """Only recordings go."""
    finished(storage)
    note = storage.path / "archive" / "note.txt"
    note.write_text("mine")
    assert Recordings(storage, 10, 1e9).clear() == 1
    assert note.exists()


def test_a_corrupt_recording_is_named_and_the_others_unaffected(storage: FileStorage) -> None:
    """In the list it has a flag; opening it says why."""
    names = [finished(storage, 1_700_000_000 + n) for n in range(3)]
    path = storage.path / "archive" / f"{names[1]}.replay"
    path.write_bytes(b"rubbish" * 10)
    summaries = storage.summaries()
    assert [summary.id for summary in summaries] == names[::-1]
    assert [bool(summary.flags) for summary in summaries] == [False, True, False]
    recordings = Recordings(storage, 10, 1e9)
    with pytest.raises(DecodeError, match="not a recording"):
        recordings.get(names[1])
    assert recordings.get(names[0]).batches


def test_paging_is_stable_while_sessions_end(storage: FileStorage) -> None:
    """A page begins where the last one ended, whatever came since."""
    names = [finished(storage, 1_700_000_000 + n) for n in range(6)]
    recordings = Recordings(storage, 10, 1e9)
    page = recordings.summaries(limit=2)
    finished(storage)
    rest = recordings.summaries(before=page[-1].id, limit=10)
    assert [summary.id for summary in (*page, *rest)] == names[::-1]


def test_cleanup_goes_by_age_and_count_and_takes_unused_templates(storage: FileStorage) -> None:
    """Running recordings, and templates that something uses or that are new, stay."""
    now = time.time()
    keys = [f"{n:032x}" for n in range(4)]
    for key in keys:
        storage.put_template(key, b"source")
    for key in keys[:3]:
        os.utime(storage.path / "templates" / key, (now - 7200, now - 7200))
    old = finished(storage, now - 100_000, (keys[0],))
    kept = [finished(storage, now - n, (keys[1],)) for n in (30, 20, 10)]
    running = head()
    storage.append(running, "w", [entry(0, documents=(keys[3],))])
    assert cleanup(storage, 2, 86_400, now=now) == 2
    assert storage.ids() == kept[:0:-1]
    assert old not in storage.ids()
    assert list(storage.touched()) == [running.id]
    assert sorted(key for key, _ in storage.templates()) == [keys[1], keys[3]]


def test_a_storage_that_cannot_be_written_says_what_to_look_at(tmp_path: Path) -> None:
    """The message has the path."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"file.*writable"):
        FileStorage(tmp_path / "file").append(head(), "w", [entry(0)])
