"""Concurrent writers and killed processes: nothing complete is lost, and nothing is duplicated."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flask_replay.storage import FileStorage, Recordings, finalize
from flask_replay.storage.files.folder import append
from flask_replay.testing import begun, entry

fork = multiprocessing.get_context("fork")


@pytest.fixture
def storage(tmp_path: Path) -> FileStorage:
    return FileStorage(tmp_path / "replay")


def taken(storage: FileStorage) -> bool:
    """Whether somebody holds the lock of a store, perhaps together with others."""
    with (storage.path / "lock").open("r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def killed_at(step: int, names: tuple[str, ...], action: Callable[[], object]) -> bool:
    """Run a function in a process that is killed before its ``step``-th call of certain functions
    of ``os``.
    """

    def run() -> None:
        calls = iter(range(step))

        def deadly(real: Callable[..., object]) -> Callable[..., object]:
            def call(*arguments: object, **options: object) -> object:
                if next(calls, None) is None:
                    os.kill(os.getpid(), signal.SIGKILL)
                return real(*arguments, **options)

            return call

        for name in names:
            setattr(os, name, deadly(getattr(os, name)))
        action()

    process = fork.Process(target=run)
    process.start()
    process.join(60)
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode != 0


def urls(storage: FileStorage, name: str) -> list[str]:
    return [
        batch.request.url
        for batch in Recordings(storage, 9, 1e9).get(name).batches
        if batch.request is not None
    ]


STEPS = ("open", "write", "fsync", "replace", "unlink", "rmdir", "mkdir", "close")


def test_finalizing_may_be_killed_at_any_step(tmp_path: Path) -> None:
    """The next worker completes it, with every entry once."""
    deaths = 0
    for step in range(200):
        storage = FileStorage(tmp_path / str(step))
        first = begun(storage)
        storage.append(first, "other", [entry(2, 20), entry(3, 30)])
        died = killed_at(step, STEPS, lambda: finalize(storage, first.id, "dies"))  # noqa: B023
        deaths += died
        storage.release(first.id, "dies")
        if died:
            finalize(storage, first.id, "next")
        assert urls(storage, first.id) == ["/0", "/1", "/2", "/3"]
        assert storage.touched() == {} and storage.ids() == [first.id]
        if not died:
            break
    assert deaths > 10
    assert not died


def test_appending_may_be_killed_at_any_step(tmp_path: Path) -> None:
    """Earlier entries are complete. The interrupted one is stored completely or not at all."""
    died = True
    for step in range(100):
        storage = FileStorage(tmp_path / str(step))
        first = begun(storage)
        died = killed_at(step, STEPS, lambda: storage.append(first, "w", [entry(2, 20)]))  # noqa: B023
        assert urls(storage, first.id) in (["/0", "/1"], ["/0", "/1", "/2"])
        if not died:
            break
    assert not died


def test_a_recording_is_not_dropped_while_somebody_appends_to_it(
    storage: FileStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the check until the entry is written."""
    own, asked = threading.current_thread(), list[str]()

    for module, name in ((storage, "finished"), (os, "write")):
        real = getattr(module, name)

        def checked(
            *arguments: object, real: Callable[..., object] = real, name: str = name
        ) -> object:
            if threading.current_thread() is own:  # others may still belong to earlier tests
                asked.append(name)
                assert taken(storage)
            return real(*arguments)

        monkeypatch.setattr(module, name, checked)
    begun(storage)
    assert asked == ["finished", "write"]
    assert not taken(storage)


def test_the_list_is_complete_while_others_write_and_drop(storage: FileStorage) -> None:
    """Files that disappear meanwhile cause no error."""
    stop = threading.Event()

    def churn() -> None:
        while not stop.is_set():
            storage.drop(begun(storage).id)

    threads = [threading.Thread(target=churn) for _ in range(3)]
    for thread in threads:
        thread.start()
    stays = begun(storage)
    try:
        for _ in range(150):
            found = storage.active()
            assert stays.id in [summary.id for summary in found]
            assert all("unreadable" not in summary.flags for summary in found)
            storage.touched()
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_a_process_forked_during_a_write_holds_no_lock(
    storage: FileStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It keeps its parent's files open for as long as it lives."""
    children: list[int] = []

    def forking(*arguments: Any, **options: Any) -> None:
        children.append(os.fork())
        if not children[-1]:
            signal.pause()
        append(*arguments, **options)

    monkeypatch.setattr("flask_replay.storage.files.journal.append", forking)
    try:
        begun(storage)
        assert children
        assert not taken(storage)
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
