"""Which recordings have ended, and what happens to those of dead workers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from flask_replay.recording.summary import Summary
from flask_replay.storage import Ending, FileStorage, Storage, endings, finalize, recover
from flask_replay.storage.lifecycle.recovery import ending
from flask_replay.storage.workers.roster import Fate
from flask_replay.testing import begun, entry, head

from .stores import FILES

IDLE = 100.0


def fate(worker: str) -> Fate:
    """Return the state of a worker of these tests by its name."""
    fates: dict[str, Fate] = {"a": "alive", "l": "left", "d": "dead", "e": "elsewhere"}
    return fates[worker[0]]


@pytest.fixture(params=FILES)
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    return FILES[request.param](tmp_path)


@pytest.mark.parametrize(
    ("writers", "status"),
    [
        ({"dead": 999}, "interrupted"),
        ({"dead1": 990, "dead2": 999}, "interrupted"),
        ({"left": 990, "dead": 999}, "interrupted"),
        ({"dead": 990, "left": 999}, None),
        ({"alive": 990, "dead": 999}, None),
        ({"elsewhere": 990, "dead": 999}, None),
        ({"alive": 999}, None),
        ({"left": 999}, None),
        ({"elsewhere": 999}, None),
        ({"alive": 899}, "finished"),
        ({"left": 899}, "finished"),
        ({"alive": 800, "dead": 899}, "interrupted"),
        ({"elsewhere": 899}, None),
        ({"elsewhere": 839}, "interrupted"),
        ({}, "finished"),
    ],
)
def test_a_recording_ends_with_its_workers_or_when_it_is_idle(
    writers: dict[str, float], status: str | None
) -> None:
    """The time is 1,000, and the timeout 100. Workers on other machines have a minute to finalize
    their own.
    """
    assert ending(writers, fate, IDLE, now=1_000) == status


def test_a_recording_is_not_interrupted_while_a_worker_could_continue_it() -> None:
    """The visitor's next request may come to any worker."""
    assert ending({"dead": 950}, fate, IDLE, since=940, now=1_000) is None
    assert ending({"dead": 950}, fate, IDLE, since=960, now=1_000) == "interrupted"
    assert ending({"dead": 890}, fate, IDLE, since=850, now=1_000) == "interrupted"


def test_recordings_of_killed_workers_are_interrupted_or_deleted_if_empty(
    storage: Storage,
) -> None:
    """Those of living workers are left alone, and so are those of workers that ended normally."""
    lost, empty, living, left, both = head(), head(), head(), head(), head()
    storage.append(lost, "dead", [entry(0), entry(1, 10, "POST")])
    storage.append(empty, "dead", [entry(0)])
    storage.append(living, "alive", [entry(0), entry(1, 10, "POST")])
    storage.append(left, "left", [entry(0)])
    storage.append(both, "alive", [entry(0)])
    storage.append(both, "dead", [entry(0, 10)])

    told: list[tuple[int, int]] = []
    done = recover(
        storage, fate, IDLE, lambda name, status: finalize(storage, name, "me", status=status),
        lambda number, total: told.append((number, total)),
    )  # fmt: skip
    assert (done.interrupted, done.finished, done.deleted, done.running) == (
        [lost.id],
        [],
        [empty.id],
        3,
    )
    assert told == [(1, 2), (2, 2)]
    (summary,) = storage.summaries()
    assert (summary.id, summary.status, summary.tally.requests) == (lost.id, "interrupted", 2)
    assert storage.touched().keys() == {living.id, left.id, both.id}
    assert endings(storage, fate, IDLE) == {}


def test_a_recording_whose_visitor_returns_meanwhile_continues(storage: Storage) -> None:
    """Between listing all recordings and finalizing one, a living worker may append to it."""
    first, second = begun(storage), begun(storage)

    def finish(name: str, how: Ending) -> Summary | None:
        storage.append(second, "alive", [entry(2, 20)])
        return finalize(storage, name, "me", status=how)

    done = recover(
        storage, lambda worker: fate("alive" if worker == "alive" else "dead"), IDLE, finish
    )
    assert (done.interrupted, done.finished, done.deleted, done.running) == ([first.id], [], [], 1)


def test_a_store_knows_who_wrote_what_and_when(storage: Storage) -> None:
    """For each worker the time of its last append, but nothing for finished recordings."""
    first = begun(storage)
    storage.append(first, "other", [entry(2, 20)])
    writers = storage.writers()
    assert writers[first.id].keys() == {"w", "other"}
    assert max(writers[first.id].values()) == storage.touched()[first.id]
    finalize(storage, first.id, "me")
    assert storage.writers() == {}


def test_entries_appended_twice_are_stored_once(storage: Storage) -> None:
    """A worker that does not know whether its append succeeded repeats it, and another may do so
    for a dead one.
    """
    first = head()
    storage.append(first, "w", [entry(0), entry(1, 10, "POST")])
    storage.append(first, "w", [entry(1, 10, "POST"), entry(2, 20)])
    storage.append(first, "other", [entry(1, 30)])
    assert [found.number for found in storage.read(first.id).entries] == [0, 1, 2, 1]
    assert storage.active()[0].tally.requests == 4
    summary = finalize(storage, first.id, "me")
    assert summary is not None and summary.tally.requests == 4


def test_with_fsync_an_append_waits_for_the_disk_and_for_new_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a power loss, a segment without a name would be as good as lost."""
    synced: list[Path] = []
    fsync = os.fsync

    def noted(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    first, journal = head(), tmp_path / "journal"
    storage = FileStorage(tmp_path, fsync=True)
    storage.append(first, "w", [entry(0)])
    assert synced == [journal / first.id / "w.seg", journal / first.id, journal]
    storage.append(first, "w", [entry(1)])
    assert synced[3:] == [journal / first.id / "w.seg"]
    FileStorage(tmp_path).append(first, "w", [entry(2)])
    assert len(synced) == 4
