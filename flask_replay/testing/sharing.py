"""Tests of a store that several processes use at once."""

from __future__ import annotations

import itertools
import multiprocessing
import os
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path

from ..errors import RecordingFinished
from ..storage import Recordings, Storage, finalize
from .samples import begun, entry, head

_fork = multiprocessing.get_context("fork")
Opener = Callable[[], Storage]


def _start(count: int, action: Callable[[int], None]) -> list[BaseProcess]:
    processes = [_fork.Process(target=action, args=(number,)) for number in range(count)]
    for process in processes:
        process.start()
    return list(processes)


def _join(processes: list[BaseProcess]) -> None:
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0] * len(processes)


def _wait_for(path: Path, process: BaseProcess) -> None:
    """Wait until a process has made a file."""
    while not path.exists():
        process.join(0.01)
        assert process.is_alive()


def _urls(storage: Storage, name: str) -> list[str]:
    return [
        batch.request.url
        for batch in Recordings(storage, 9, 1e9).get(name).batches
        if batch.request is not None
    ]


class SharingContract:
    """The contract of a store that several processes use."""

    def test_processes_append_to_one_recording(
        self, storage: Storage, open_storage: Opener
    ) -> None:
        """No entry is lost or duplicated, and each process sees what the others wrote."""
        first = head()

        def append(worker: int) -> None:
            store = open_storage()
            for number in range(25):
                store.append(first, f"w{worker}", [entry(number + 100 * worker, number)])

        _join(_start(4, append))
        numbers = [found.number for found in storage.read(first.id).entries]
        assert sorted(numbers) == [
            number + 100 * worker for worker in range(4) for number in range(25)
        ]

    def test_two_objects_of_one_store_have_the_same_identity(
        self, storage: Storage, open_storage: Opener
    ) -> None:
        """The identity is the same text in every process, and contains no secret."""
        assert storage.identity == open_storage().identity
        assert storage.identity

    def test_an_open_store_survives_a_fork(self, storage: Storage) -> None:
        """Parent and children use the store at the same time."""
        first = begun(storage)

        def append(worker: int) -> None:
            for number in range(10):
                storage.append(first, f"w{worker}", [entry(number, 100 + number)])

        processes = _start(2, append)
        for number in range(10):
            storage.append(first, "parent", [entry(number, 100 + number)])
        _join(processes)
        assert len(storage.read(first.id).entries) == 32

    def test_entries_appended_by_processes_during_finalizing_are_kept_or_refused(
        self, storage: Storage, open_storage: Opener, tmp_path: Path
    ) -> None:
        """Every entry that ``append`` accepted is in the archive, and every process learns of
        refused ones.
        """
        first = head()

        def append(worker: int) -> None:
            store, count = open_storage(), 0
            try:
                while True:
                    store.append(first, f"w{worker}", [entry(count, count, "POST")])
                    count += 1
                    if count == 10:
                        (tmp_path / f"ready{worker}").touch()
            except RecordingFinished:
                (tmp_path / f"count{worker}").write_text(str(count))

        processes = _start(4, append)
        for worker, process in enumerate(processes):
            _wait_for(tmp_path / f"ready{worker}", process)
        assert finalize(storage, first.id, "me") is not None
        _join(processes)
        counts = [int((tmp_path / f"count{worker}").read_text()) for worker in range(4)]
        assert len(_urls(storage, first.id)) == sum(counts)
        assert storage.touched() == {}

    def test_killed_processes_leave_complete_entries(
        self, storage: Storage, open_storage: Opener, tmp_path: Path
    ) -> None:
        """For each process, all entries up to some number are there, and another worker finalizes
        the recording.
        """
        first = head()

        def append(worker: int) -> None:
            store = open_storage()
            for number in itertools.count():
                store.append(first, f"w{worker}", [entry(number, number, "POST", size=5_000)])
                if number == 20:
                    (tmp_path / f"ready{worker}").touch()

        processes = _start(4, append)
        for worker, process in enumerate(processes):
            _wait_for(tmp_path / f"ready{worker}", process)
            process.kill()
        for process in processes:
            process.join()
        numbers = sorted(found.number for found in storage.read(first.id).entries)
        assert len(numbers) > 80
        assert all(numbers.count(number) == 4 for number in range(21))
        assert finalize(storage, first.id, "next") is not None
        assert len(_urls(storage, first.id)) == len(numbers)

    def test_several_processes_finalize_one_recording(
        self, storage: Storage, open_storage: Opener
    ) -> None:
        """It is archived once, and no process gets an error."""
        first = begun(storage)

        def finish(worker: int) -> None:
            finalize(open_storage(), first.id, f"owner{worker}")

        _join(_start(6, finish))
        assert _urls(storage, first.id) == ["/0", "/1"]
        assert storage.touched() == {}

    def test_one_of_several_processes_gets_the_lease(
        self, storage: Storage, open_storage: Opener, tmp_path: Path
    ) -> None:
        """The first process gets it."""
        first = begun(storage)

        def take(worker: int) -> None:
            if open_storage().lease(first.id, f"{os.getpid()}", 60):
                (tmp_path / f"got{worker}").touch()

        _join(_start(4, take))
        assert len(list(tmp_path.glob("got*"))) == 1
