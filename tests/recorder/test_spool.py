"""If a process dies at any step of saving a spool, nothing is lost or duplicated."""

from __future__ import annotations

import os
from pathlib import Path

from flask_replay.recorder.delivery.outbox import Outbox
from flask_replay.recorder.delivery.spool import Spool
from flask_replay.recorder.services import Services
from flask_replay.recording.ids import following
from flask_replay.sanitize import Sanitizer
from flask_replay.settings import Settings
from flask_replay.storage import FileStorage, Head, Keyring, finalize
from flask_replay.storage.workers.names import new_name
from flask_replay.storage.workers.roster import Roster
from flask_replay.testing import entry, head

from ..storage.test_crashes import STEPS, fork, killed_at, urls

KEY = "a" * 32


def make_outbox(folder: Path) -> Outbox:
    """Return the outbox of a worker in this process."""
    roster, worker = Roster(folder / "workers"), new_name()
    spool = Spool(folder / "boxes", 1 << 30, worker, roster, Keyring())

    def move(finished: Head) -> Head:
        return Head(id=following(finished.id), started_at=finished.started_at)

    return Outbox(
        Services.of(Settings(), Sanitizer()), FileStorage(folder / "replay"), spool, worker, move
    )


def leave(folder: Path, recordings: list[Head]) -> None:
    """Let a process spool two entries of each recording and a template, and die."""

    def spool() -> None:
        outbox = make_outbox(folder)
        outbox.put_template(KEY, b"template")
        for first in recordings:
            outbox.put(first, entry(len(outbox.entries), 0))
            outbox.put(first, entry(len(outbox.entries), 10, "POST"))
        outbox.spool_waiting()
        os._exit(0)

    process = fork.Process(target=spool)
    process.start()
    process.join(60)
    assert process.exitcode == 0


def adopt_and_send(folder: Path) -> None:
    outbox = make_outbox(folder)
    outbox.adopt()
    assert outbox.send()


def test_saving_a_spool_may_be_killed_at_any_step(tmp_path: Path) -> None:
    """The next worker takes over the rest."""
    deaths, died = 0, True
    for step in range(300):
        folder = tmp_path / str(step)
        recordings = [head(), head()]
        leave(folder, recordings)
        died = killed_at(step, (*STEPS, "rename"), lambda: adopt_and_send(folder))  # noqa: B023
        deaths += died
        adopt_and_send(folder)
        storage = FileStorage(folder / "replay")
        assert [urls(storage, first.id) for first in recordings] == [["/0", "/1"], ["/2", "/3"]]
        assert storage.get_template(KEY) == b"template"
        assert list((folder / "boxes").iterdir()) == []
        if not died:
            break
    assert deaths > 10
    assert not died


def test_only_one_of_several_workers_takes_over_a_box(tmp_path: Path) -> None:
    """The others find nothing, and nothing is stored twice."""
    recordings = [head() for _ in range(5)]
    leave(tmp_path, recordings)
    processes = [fork.Process(target=adopt_and_send, args=(tmp_path,)) for _ in range(5)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert {process.exitcode for process in processes} == {0}
    storage = FileStorage(tmp_path / "replay")
    assert sorted(url for first in recordings for url in urls(storage, first.id)) == sorted(
        f"/{n}" for n in range(10)
    )
    assert [len(list((storage.path / "journal" / first.id).iterdir())) for first in recordings] == [
        1
    ] * 5


def test_spooled_entries_of_a_finished_recording_go_into_another(
    tmp_path: Path,
) -> None:
    """Once, and into the next one if that was finished, too."""
    storage = FileStorage(tmp_path / "replay")
    first = head()
    again = Head(id=following(first.id), started_at=first.started_at)
    for finished in (first, again):
        storage.append(finished, "w", [entry(0), entry(1, 10, "POST")])
        finalize(storage, finished.id, "me")
    leave(tmp_path, [first])
    adopt_and_send(tmp_path)
    assert urls(storage, following(again.id)) == ["/0", "/1"]


def test_a_damaged_box_stays_for_inspection(tmp_path: Path) -> None:
    """Other boxes are saved all the same."""
    recordings = [head(), head()]
    leave(tmp_path, recordings)
    (broken,) = (tmp_path / "boxes").glob(f"*/journal/{recordings[0].id}/*.seg")
    broken.write_bytes(b"something else")
    adopt_and_send(tmp_path)
    adopt_and_send(tmp_path)
    assert urls(FileStorage(tmp_path / "replay"), recordings[1].id) == ["/2", "/3"]
    assert [path.read_bytes() for path in (tmp_path / "boxes").rglob("*.seg")] == [
        b"something else"
    ]


def test_a_box_of_another_machine_is_left_alone_while_its_worker_lives(tmp_path: Path) -> None:
    """Machines and containers may share the folder. A worker that holds a lock there is alive."""
    leave(tmp_path, [head()])
    (box,) = (tmp_path / "boxes").iterdir()
    other = box.rename(box.with_name(f"other-{box.name}"))
    presence = Roster(tmp_path / "workers").enter(other.name)
    adopt_and_send(tmp_path)
    assert list((tmp_path / "boxes").iterdir()) == [other]
    presence.close()
    adopt_and_send(tmp_path)
    assert list((tmp_path / "boxes").iterdir()) == []
