"""What cleanup deletes, and what it never deletes."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from flask_replay.errors import RecordingNotFound
from flask_replay.recorder.delivery import encoding
from flask_replay.storage import FileStorage, Recordings, finalize
from flask_replay.storage.lifecycle.retention import CLEANING, cleanup
from flask_replay.storage.sealing.stores import bare
from flask_replay.testing import begun, finished

from ..conftest import AppMaker, replay_of

NOW = time.time()
KEYS = [f"{n:032x}" for n in range(6)]


@pytest.fixture
def storage(tmp_path: Path) -> FileStorage:
    """A store with old templates."""
    storage = FileStorage(tmp_path / "replay")
    for key in KEYS:
        storage.put_template(key, b"source")
        age(storage, key)
    return storage


def age(storage: FileStorage, key: str) -> None:
    os.utime(storage.path / "templates" / key, (NOW - 7200, NOW - 7200))


def templates(storage: FileStorage) -> list[str]:
    return sorted(key for key, _ in storage.templates())


def test_old_recordings_are_deleted_and_progress_is_reported(storage: FileStorage) -> None:
    """By their start time."""
    names = [finished(storage, NOW - age) for age in (500, 400, 60)]
    told: list[tuple[int, int]] = []
    cleaned = cleanup(storage, 100, 100, now=NOW, progress=lambda done, of: told.append((done, of)))
    assert cleaned is not None and cleaned.old == names[1::-1] and cleaned.left == 1
    assert storage.ids() == names[2:]
    assert told == [(1, 2), (2, 2)]


def test_surplus_recordings_are_deleted_without_counting_running_ones(storage: FileStorage) -> None:
    """The newest stay."""
    names = [finished(storage, NOW - age) for age in (50, 40, 30)]
    running = begun(storage, NOW - 20)
    cleaned = cleanup(storage, 2, 1000, now=NOW)
    assert cleaned is not None and cleaned.surplus == names[:1]
    assert storage.ids() == names[:0:-1]
    assert list(storage.touched()) == [running.id]


def test_the_newest_recordings_that_fit_into_a_size_stay(storage: FileStorage) -> None:
    """Together they take no more. An unreadable one counts like any other."""
    names = [finished(storage, NOW - age) for age in (50, 40, 30, 20)]
    storage.save(names[2], b"rubbish" * 20)
    sizes = {summary.id: summary.size for summary in storage.summaries()}
    assert sizes[names[2]] == 140
    cleaned = cleanup(storage, 100, 1000, sizes[names[3]] + 140, now=NOW)
    assert cleaned is not None and cleaned.large == names[1::-1]
    assert storage.ids() == names[:1:-1]


def test_pinned_recordings_stay_and_do_not_count(storage: FileStorage) -> None:
    """Whatever their age, number and size."""
    names = [finished(storage, NOW - age) for age in (500, 40, 30, 20)]
    recordings = Recordings(storage, 1, 100)
    for name in names[:2]:
        recordings.pin(name)
    cleaned = cleanup(storage, 1, 100, now=NOW)
    assert cleaned is not None and (cleaned.left, cleaned.pinned) == (3, 2)
    assert storage.ids() == [names[3], *names[1::-1]]
    assert recordings.clear() == 1
    recordings.unpin(names[1])
    assert recordings.clear() == 1
    assert storage.ids() == names[:1]
    recordings.delete(names[0])
    assert storage.marked("pinned") == {}


def test_a_running_recording_can_be_pinned(storage: FileStorage) -> None:
    """The pin stays when it is finished. The list and the recording itself show it."""
    first = begun(storage, NOW - 500)
    recordings = Recordings(storage, 1, 100)
    recordings.pin(first.id)
    assert [summary.pinned for summary in recordings.summaries()] == [True]
    finalize(storage, first.id, "me")
    recordings.cleanup()
    assert [(summary.id, summary.pinned) for summary in recordings.summaries()] == [
        (first.id, True)
    ]
    with pytest.raises(RecordingNotFound):
        recordings.pin("0" * 26)


def test_a_recording_pinned_during_cleanup_stays(storage: FileStorage) -> None:
    """Pins are read again for each chunk."""
    names = [finished(storage, NOW - 500 - n) for n in range(150)]
    late = names[120]
    cleanup(
        storage,
        10,
        100,
        now=NOW,
        progress=lambda done, _: storage.mark(late, "pinned") if done == 5 else None,
    )
    assert storage.ids() == [late]


def test_one_process_at_a_time_cleans_up(storage: FileStorage) -> None:
    """A second one does nothing, and one whose lease was taken over stops."""
    names = [finished(storage, NOW - 500 - n) for n in range(150)]
    assert storage.lease(CLEANING, "other", 60)
    assert cleanup(storage, 10, 100, now=NOW) is None
    storage.release(CLEANING, "other")

    def stall(done: int, _: int) -> None:
        if done == 50:
            storage.lease(CLEANING, "me", -1)
            storage.lease(CLEANING, "other", 60)

    cleanup(storage, 10, 100, owner="me", now=NOW, progress=stall)
    assert storage.ids() == names[100:]
    assert not storage.lease(CLEANING, "third", 60)


def test_a_dry_run_reports_the_same_and_deletes_nothing(storage: FileStorage) -> None:
    """Including templates that would be unused."""
    finished(storage, NOW - 500, (KEYS[0],))
    finished(storage, NOW - 30, (KEYS[1],))
    planned = cleanup(storage, 100, 100, now=NOW, dry_run=True)
    assert len(storage.ids()) == 2 and templates(storage) == KEYS
    assert cleanup(storage, 100, 100, now=NOW) == planned
    assert planned is not None and planned.templates == 5


def test_a_short_age_does_not_affect_running_recordings(storage: FileStorage) -> None:
    """A visitor who reads one page for a long time has a recording that is not finished yet."""
    running = begun(storage, NOW - 600)
    cleaned = cleanup(storage, 100, 10, now=NOW + 7200)
    assert cleaned is not None and not cleaned.unreadable
    assert list(storage.touched()) == [running.id]


def test_templates_are_deleted_with_the_last_recording_that_uses_them(storage: FileStorage) -> None:
    """Not those of other recordings, running ones included, nor those written or used just now."""
    finished(storage, NOW - 500, (KEYS[0], KEYS[1]))
    finished(storage, NOW - 30, (KEYS[1],))
    begun(storage, NOW - 20, (KEYS[2],))
    storage.put_template(KEYS[3], b"source")  # again, by a process that has just rendered it
    cleanup(storage, 100, 100, now=NOW)
    assert templates(storage) == KEYS[1:4]


def test_an_unreadable_recording_keeps_all_templates(storage: FileStorage) -> None:
    """Nobody knows which ones it needs, and a repair may want them."""
    broken = finished(storage, NOW - 30)
    storage.save(broken, b"rubbish")
    cleanup(storage, 100, 100, now=NOW)
    assert templates(storage) == KEYS
    storage.delete(broken)
    running = begun(storage, NOW - 20)
    (storage.path / "journal" / running.id / "w.seg").write_bytes(b"rubbish")
    cleanup(storage, 100, 100, now=NOW)
    assert templates(storage) == KEYS


def test_a_recording_finished_during_cleanup_keeps_its_templates(
    storage: FileStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is found in the journal first, or in the archive afterwards."""
    running = begun(storage, NOW - 20, (KEYS[4],))
    looks: list[list[str]] = []
    ids = storage.ids

    def late() -> list[str]:
        looks.append(ids())
        if len(looks) == 2:  # the first decides what goes, the second which templates are used
            assert finalize(storage, running.id, "me") is not None
        return looks[-1]

    monkeypatch.setattr(storage, "ids", late)
    cleanup(storage, 100, 100, now=NOW)
    assert len(looks) == 2 and storage.finished(running.id)
    assert templates(storage) == [KEYS[4]]


def test_a_running_process_stores_deleted_templates_again(
    make_app: AppMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It remembers what it has stored, but for less time than cleanup spares templates."""
    app = make_app()
    replay = replay_of(app)

    def visit() -> None:
        client = app.test_client()
        client.get("/hello/ann")
        client.get("/hello/bob")

    with app.app_context():
        visit()
        replay.finalize()
        storage = bare(replay.recordings.storage)
        assert isinstance(storage, FileStorage)
        replay.recordings.clear()
        for key, _ in list(storage.templates()):
            age(storage, key)
        replay.recordings.cleanup()
        assert templates(storage) == []
        monkeypatch.setattr(encoding, "_STORE_AGAIN", 0.0)
        visit()
        replay.finalize()
        (summary,) = replay.recordings.summaries()
        verification = replay.verify(summary.id)
        assert (verification.frames, verification.identical) == (2, 2)
