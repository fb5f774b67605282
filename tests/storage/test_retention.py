"""What cleanup takes, and what it never does."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from flask_replay.capture import encoding
from flask_replay.storage import FileStorage, finalize
from flask_replay.storage.retention import cleanup

from ..conftest import AppMaker, replay_of
from .harness import begun, finished

NOW = time.time()
KEYS = [f"{n:032x}" for n in range(6)]


@pytest.fixture
def storage(tmp_path: Path) -> FileStorage:
    """A store with templates that were written long ago."""
    storage = FileStorage(tmp_path / "replay")
    for key in KEYS:
        storage.put_template(key, b"source")
        age(storage, key)
    return storage


def age(storage: FileStorage, key: str) -> None:
    os.utime(storage.path / "templates" / key, (NOW - 7200, NOW - 7200))


def templates(storage: FileStorage) -> list[str]:
    return sorted(key for key, _ in storage.templates())


def test_the_old_go_and_progress_is_told(storage: FileStorage) -> None:
    """By the time they began."""
    names = [finished(storage, NOW - age) for age in (500, 400, 60)]
    told: list[tuple[int, int]] = []
    assert cleanup(storage, 100, 100, now=NOW, progress=lambda done, of: told.append((done, of))) == 2
    assert storage.ids() == names[2:]
    assert told == [(1, 2), (2, 2)]


def test_the_surplus_goes_and_running_ones_do_not_count(storage: FileStorage) -> None:
    """The newest stay."""
    names = [finished(storage, NOW - age) for age in (50, 40, 30)]
    running = begun(storage, NOW - 20)
    assert cleanup(storage, 2, 1000, now=NOW) == 1
    assert storage.ids() == names[:0:-1]
    assert list(storage.touched()) == [running.id]


def test_templates_go_with_the_last_recording_that_uses_them(storage: FileStorage) -> None:
    """Not those of recordings finished or running, nor those just written or just used again."""
    finished(storage, NOW - 500, (KEYS[0], KEYS[1]))
    finished(storage, NOW - 30, (KEYS[1],))
    begun(storage, NOW - 20, (KEYS[2],))
    storage.put_template(KEYS[3], b"source")  # again, by a process that has just rendered it
    cleanup(storage, 100, 100, now=NOW)
    assert templates(storage) == KEYS[1:4]


def test_an_unreadable_recording_keeps_all_templates(storage: FileStorage) -> None:
    """Nobody knows which are its own; a repair may want them."""
    broken = finished(storage, NOW - 30)
    storage.save(broken, b"rubbish")
    cleanup(storage, 100, 100, now=NOW)
    assert templates(storage) == KEYS
    storage.delete(broken)
    running = begun(storage, NOW - 20)
    (storage.path / "journal" / running.id / "w.seg").write_bytes(b"rubbish")
    cleanup(storage, 100, 100, now=NOW)
    assert templates(storage) == KEYS


def test_one_that_is_finished_while_cleanup_looks_keeps_its_templates(
    storage: FileStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is in the journal at the first look or in the archive at the second."""
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


def test_a_running_process_keeps_again_what_cleanup_took(make_app: AppMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    """It remembers what it has stored, but not for longer than cleanup spares it."""
    app = make_app()
    replay = replay_of(app)

    def visit() -> None:
        client = app.test_client()
        client.get("/hello/ann")
        client.get("/hello/bob")

    with app.app_context():
        visit()
        replay.finalize()
        storage = replay.recordings.storage
        assert isinstance(storage, FileStorage)
        replay.recordings.clear()
        for key, _ in list(storage.templates()):
            age(storage, key)
        replay.recordings.cleanup()
        assert templates(storage) == []
        monkeypatch.setattr(encoding, "_KEPT_AGAIN", 0.0)
        visit()
        replay.finalize()
        (summary,) = replay.recordings.list()
        verification = replay.verify(summary.id)
        assert (verification.frames, verification.identical) == (2, 2)
