"""Only the owner can access files and folders, and planted symbolic links among them are not
followed.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from flask_replay import FileStorage, RecordingState, StorageError
from flask_replay.errors import ReplayError
from flask_replay.recording.ids import new_id
from flask_replay.storage import Recordings, finalize
from flask_replay.storage.lifecycle.moving import place
from flask_replay.storage.lifecycle.retention import cleanup
from flask_replay.testing import begun, entry, finished, head

from ..conftest import AppMaker, replay_of

KEY = "c" * 32
PARTS = ("journal", "archive", "templates", "pinned", "forgotten", "leases")


@pytest.fixture
def storage(tmp_path: Path) -> FileStorage:
    """A store with content in each of its folders."""
    storage = FileStorage(tmp_path / "replay")
    begun(storage)
    name = finished(storage)
    storage.put_template(KEY, b"<p>{{ text }}")
    storage.lease(name, "me", 60)
    storage.mark(name, "pinned")
    storage.mark(new_id(), "forgotten")
    return storage


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """A folder of the owner with a file, neither of which belongs to the store."""
    folder = tmp_path / "victim"
    folder.mkdir()
    (folder / "file").write_text("mine")
    os.utime(folder / "file", (1, 1))
    return folder


def untouched(victim: Path) -> bool:
    """Whether it is unchanged."""
    (file,) = victim.iterdir()
    return (file.name, file.read_text(), file.stat().st_mtime) == ("file", "mine", 1)


def everything(storage: FileStorage, running: str, name: str) -> Iterator[Callable[[], object]]:
    """Return all operations on a store and two recordings."""
    first = head()
    yield lambda: storage.append(first, "w", [entry(0)])
    yield lambda: storage.append(storage.read(running).head, "w", [entry(5)])
    yield lambda: storage.put_template(KEY, b"<p>{{ text }}")
    yield lambda: storage.put_template("d" * 32, b"another")
    yield lambda: storage.get_template(KEY)
    yield lambda: list(storage.templates())
    yield lambda: storage.save(name, storage.load(name))
    yield lambda: storage.mark(name, "pinned")
    yield lambda: storage.marked("pinned")
    yield lambda: storage.mark(new_id(), "forgotten")
    yield lambda: storage.lease(name, "me", 60)
    yield lambda: storage.release(name, "me")
    yield lambda: storage.sweep(0)
    yield storage.active
    yield storage.touched
    yield storage.writers
    yield lambda: Recordings(storage, 1, 1).summaries()
    yield lambda: finalize(storage, running, "me")
    yield lambda: cleanup(storage, 1, 1e9)
    yield lambda: storage.delete(name)
    yield lambda: storage.delete_template(KEY)


def attempts(storage: FileStorage, running: str, name: str) -> list[str]:
    """Run all operations, and return the refused ones."""
    refused: list[str] = []
    for action in everything(storage, running, name):
        try:
            action()
        except ReplayError as error:
            refused.append(str(error))
    return refused


@pytest.mark.parametrize("part", PARTS)
def test_a_folder_replaced_by_a_link_is_refused(
    storage: FileStorage, victim: Path, part: str
) -> None:
    """Nothing is written, read or deleted at its target. The message names it and says what to do."""
    running, name = storage.active()[0].id, storage.ids()[0]
    (storage.path / part).rename(storage.path / "before")
    (storage.path / part).symlink_to(victim)
    refused = attempts(storage, running, name)
    assert untouched(victim)
    assert (
        f"{storage.path / part} is a symbolic link, which is not followed: put a folder in its "
        "place" in refused
    )


FILES = {
    "segment": "journal/{running}/w.seg",
    "recording in progress": "journal/{running}",
    "dropped": "journal/{running}/dropped",
    "recording": "archive/{name}.replay",
    "template": f"templates/{KEY}",
    "new template": f"templates/{'d' * 32}",
    "lease": "leases/{name}",
    "pin": "pinned/{name}",
    "forgotten": "forgotten/{name}",
    "lock": "lock",
}


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("to", ["file", "missing", ""])
def test_a_file_replaced_by_a_link_is_never_written_through(
    storage: FileStorage, victim: Path, file: str, to: str
) -> None:
    """It is refused, ignored or replaced, whether it points to a file, to nothing or to a folder."""
    running, name = storage.active()[0].id, storage.ids()[0]
    path = storage.path / FILES[file].format(running=running, name=name)
    with suppress(OSError):
        path.rename(storage.path / "before")
    path.symlink_to(victim / to)
    refused = attempts(storage, running, name)
    assert untouched(victim)
    told = ("is a symbolic link, which is not followed", running, name, KEY)
    assert [line for line in refused if not any(word in line for word in told)] == []


def test_a_link_in_place_of_a_lease_does_not_prevent_finalizing(
    storage: FileStorage, victim: Path
) -> None:
    """It is replaced, like one in place of a template, a pin or a recording."""
    running, name = storage.active()[0].id, storage.ids()[0]
    (storage.path / "leases" / running).symlink_to(victim / "file")
    (storage.path / "archive" / f"{running}.replay").symlink_to(victim / "file")
    assert finalize(storage, running, "me") is not None
    (storage.path / "templates" / KEY).unlink()
    (storage.path / "templates" / KEY).symlink_to(victim / "file")
    assert not storage.has_template(KEY)
    storage.put_template(KEY, b"<p>{{ text }}")
    assert storage.get_template(KEY) == b"<p>{{ text }}"
    (storage.path / "pinned" / name).unlink()
    (storage.path / "pinned" / name).symlink_to(victim / "file")
    assert storage.marked("pinned") == {}
    storage.mark(name, "pinned")
    assert list(storage.marked("pinned")) == [name]
    assert untouched(victim)


def test_a_link_among_running_recordings_hides_no_other(storage: FileStorage, victim: Path) -> None:
    """It does not count as a recording."""
    (storage.path / "journal" / new_id()).symlink_to(victim)
    (running,) = storage.active()
    assert list(storage.touched()) == list(storage.writers()) == [running.id]


def test_a_pipe_in_place_of_a_file_blocks_nobody(storage: FileStorage) -> None:
    """Opening one carelessly would wait for a writer."""
    running, name = storage.active()[0].id, storage.ids()[0]
    for file in ("segment", "recording", "template", "lease", "pin", "lock"):
        path = storage.path / FILES[file].format(running=running, name=name)
        path.unlink(missing_ok=True)
        os.mkfifo(path)
    attempts(storage, running, name)


def test_the_store_itself_may_be_a_link(tmp_path: Path) -> None:
    """Whoever sets it up chooses its place."""
    (tmp_path / "disk").mkdir()
    (tmp_path / "replay").symlink_to(tmp_path / "disk")
    storage = FileStorage(tmp_path / "replay")
    assert storage.load(finished(storage))


@pytest.mark.parametrize("part", ["boxes", "workers", ""])
def test_a_spool_replaced_by_a_link_is_refused(
    make_app: AppMaker, tmp_path: Path, victim: Path, part: str
) -> None:
    """Recording continues, and visitors notice nothing."""
    app = make_app()
    writer = app.extensions["replay"].writer
    folder = writer.folder / part if part else writer.folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.symlink_to(victim)
    assert app.test_client().get("/two").status_code == 200
    with app.app_context():
        replay_of(app).flush()
        assert len(replay_of(app).recordings.storage.active()) == 1
    writer.outbox.spool_waiting()
    health = replay_of(app).health()
    assert part == "workers" or f"{folder} is a symbolic link" in health.spool.problem
    assert untouched(victim)


def test_a_link_among_the_boxes_is_neither_saved_nor_deleted(
    make_app: AppMaker, tmp_path: Path, victim: Path
) -> None:
    """The files of another folder were not left by a worker."""
    app = make_app()
    spool = app.extensions["replay"].writer.outbox.spool
    spool.folder.mkdir(parents=True)
    (spool.folder / "host.1.1").symlink_to(victim)
    spool.adopt()
    spool.clear()
    assert spool.boxes() == spool.every_box() == []
    assert untouched(victim)
    (spool.folder / spool.worker).symlink_to(victim)
    with pytest.raises(StorageError, match="is a symbolic link"):
        spool.require_room()


def test_an_export_is_not_written_through_a_link(tmp_path: Path, victim: Path) -> None:
    """Somebody may have left one in a folder that is writable for everybody."""
    (tmp_path / "out.tar").symlink_to(victim / "file")
    with (
        pytest.raises(StorageError, match="is a symbolic link"),
        place(tmp_path / "out.tar", write=True),
    ):
        pass
    assert untouched(victim)


@pytest.mark.parametrize("umask", [0, 0o022, 0o077])
def test_files_and_folders_are_readable_only_by_their_owner(
    make_app: AppMaker, tmp_path: Path, umask: int
) -> None:
    """In the store, the spool, exports and captures, whatever the umask."""
    before = os.umask(umask)
    try:
        app = make_app("made/replay", REPLAY_SPOOL=str(tmp_path / "made" / "spool"))
        app.test_client().get("/two").close()
        app.test_client().get("/raises").close()
        with app.app_context():
            replay_of(app).flush()
            replay_of(app).finalize()
            (name, *_) = replay_of(app).recordings.storage.ids()
            replay_of(app).recordings.pin(name)
            replay_of(app).recordings.storage.lease(name, "me", 60)
            replay_of(app).recordings.forget("nobody")
            app.test_client().get("/raises").close()
            replay_of(app).flush()
            storage = FileStorage(tmp_path / "made" / "replay")
            app.extensions["replay"].writer.outbox.spool.keep(head(), [entry(0)])
            app.extensions["replay"].writer.outbox.spool.keep_template(KEY, b"<p>")
            app.extensions["replay"].writer.heartbeat.report(0.0)
        for out in ("folder/out", "out.tar"):
            assert (
                app.test_cli_runner()
                .invoke(args=["replay", "export", str(tmp_path / "made" / out)])
                .exit_code
                == 0
            )
        RecordingState(tmp_path / "made").start("capture", "x")
        lax = {
            str(path.relative_to(tmp_path)): oct(path.lstat().st_mode)
            for path in (tmp_path / "made").rglob("*")
            if stat.S_IMODE(path.lstat().st_mode) != (0o700 if path.is_dir() else 0o600)
        }
        assert lax == {}
        assert {path.parent.name for path in storage.path.rglob("*") if path.is_file()} >= {
            "archive",
            "templates",
            "pinned",
        }
    finally:
        os.umask(before)
