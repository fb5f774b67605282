"""Which recordings have ended, and what is done with those whose workers are gone."""

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
    """Tell by its name what became of a worker of these tests."""
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
    """At 1,000, with a time-out of 100; other machines have a minute to finish what is theirs."""
    assert ending(writers, fate, IDLE, now=1_000) == status


def test_while_somebody_was_there_to_go_on_nothing_is_interrupted() -> None:
    """The visitor's next request may come to any worker."""
    assert ending({"dead": 950}, fate, IDLE, since=940, now=1_000) is None
    assert ending({"dead": 950}, fate, IDLE, since=960, now=1_000) == "interrupted"
    assert ending({"dead": 890}, fate, IDLE, since=850, now=1_000) == "interrupted"


def test_recordings_of_the_killed_are_kept_as_interrupted_and_empty_ones_deleted(
    storage: Storage,
) -> None:
    """What living workers write is left alone, and so is what one who ended in peace wrote."""
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


def test_one_whose_visitor_comes_back_meanwhile_goes_on(storage: Storage) -> None:
    """Between the look at all recordings and the end of one, a living worker may append to it."""
    first, second = begun(storage), begun(storage)

    def finish(name: str, how: Ending) -> Summary | None:
        storage.append(second, "alive", [entry(2, 20)])
        return finalize(storage, name, "me", status=how)

    done = recover(
        storage, lambda worker: fate("alive" if worker == "alive" else "dead"), IDLE, finish
    )
    assert (done.interrupted, done.finished, done.deleted, done.running) == ([first.id], [], [], 1)


def test_a_store_tells_who_wrote_what_and_when(storage: Storage) -> None:
    """For each worker the time of its last append; nothing of what is finished."""
    first = begun(storage)
    storage.append(first, "other", [entry(2, 20)])
    writers = storage.writers()
    assert writers[first.id].keys() == {"w", "other"}
    assert max(writers[first.id].values()) == storage.touched()[first.id]
    finalize(storage, first.id, "me")
    assert storage.writers() == {}


def test_what_is_appended_twice_is_there_once(storage: Storage) -> None:
    """A worker that doesn't know whether the first time succeeded appends again; so may another,
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


def test_with_fsync_an_append_waits_for_the_disk_and_for_the_names_of_new_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A segment that nobody finds after power loss would be as good as lost."""
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
