"""A forgotten visitor stays forgotten, even by workers that are still recording."""

from __future__ import annotations

import time
from pathlib import Path

from flask_replay.storage import FileStorage, Recordings
from flask_replay.testing.samples import finished

from ..conftest import AppMaker, replay_of


def test_a_living_worker_continues_in_a_new_recording(make_app: AppMaker) -> None:
    """Its earlier data is dropped, and later requests of the visitor are recorded."""
    app = make_app(identify=lambda: "ann")
    replay = replay_of(app)
    client = app.test_client()

    def look(name: str) -> None:
        client.get(f"/hello/{name}").close()

    with app.app_context():
        look("before")
        replay.flush()
        look("unwritten")
        assert len(replay.recordings.forget("ann").recordings) == 1
        replay.flush()
        assert replay.recordings.summaries() == []
        look("after")
        look("later")
        replay.finalize()
        (summary,) = replay.recordings.summaries()
        assert [replay.render(summary.id, n).html for n in range(summary.tally.frames)] == [
            "<h1>Hello after</h1>",
            "<h1>Hello later</h1>",
        ]


def test_entries_in_a_local_folder_are_forgotten_too(make_app: AppMaker, tmp_path: Path) -> None:
    """Even those of a visitor unknown to the store, and of a dead worker."""
    app = make_app(identify=lambda: "ann", REPLAY_SPOOL=str(tmp_path / "spool"))
    replay = replay_of(app)
    writer = app.extensions["replay"].writer
    with app.app_context():
        for number in range(2):
            app.test_client().get(f"/hello/{number}").close()
        writer.outbox.spool_waiting()
        (box,) = (path for path in (tmp_path / "spool").glob("*/boxes/*") if path.is_dir())
        box.rename(box.with_name("another"))
        assert list((tmp_path / "spool").rglob("*.seg"))
        assert len(replay.recordings.forget("ann").recordings) == 2
        assert not list((tmp_path / "spool").rglob("*.seg"))


def test_a_half_written_copy_is_deleted_with_its_recording(tmp_path: Path) -> None:
    """A worker killed between writing and renaming leaves one. Copies of other recordings stay for
    a while.
    """
    storage = FileStorage(tmp_path)
    name, other = finished(storage), finished(storage)
    for id in (name, other):
        (tmp_path / "archive" / f".{id}.replay.123.456").write_bytes(storage.load(id))
    storage.lease(name, "killed", 60)
    recordings = Recordings(storage, 10, 1e9)
    recordings.delete(name)
    assert not [path for path in tmp_path.rglob("*") if name in path.name]
    recordings.cleanup()
    assert [path.name for path in tmp_path.rglob("*.456")] == [f".{other}.replay.123.456"]
    storage.sweep(before=time.time() + 1)
    assert not list(tmp_path.rglob("*.456"))
    assert storage.ids() == [other]
