"""Folders of another account, and files in place of folders: an error names them, and visitors are
not affected.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from flask_replay.errors import StorageError
from flask_replay.recording.ids import new_id
from flask_replay.storage import FileStorage, Recordings, Storage
from flask_replay.storage.lifecycle.moving import place
from flask_replay.storage.lifecycle.retention import cleanup
from flask_replay.testing import begun, entry, finished, head

from ..conftest import AppMaker, replay_of

NOBODY = 65_534


def as_somebody_else(action: Callable[[], None]) -> None:
    """Run a function in a process of another account, or else in one without privileges."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            action()
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0


def each_refused(storage: Storage, name: str) -> None:
    for action in (
        lambda: storage.append(head(), "w", [entry(0)]),
        lambda: storage.save(new_id(), b"x"),
        lambda: storage.put_template("0" * 32, b"x"),
        lambda: storage.mark(name, "pinned"),
        lambda: storage.lease(name, "me", 60),
        lambda: storage.load(name),
        lambda: storage.ids(),
        lambda: storage.touched(),
        lambda: storage.active(),
        lambda: Recordings(storage, 1, 1).summaries(),
        lambda: Recordings(storage, 1, 1).get(name),
        lambda: Recordings(storage, 1, 1).forget("ann"),
        lambda: cleanup(storage, 0, 1),
        lambda: cleanup(storage, 0, 1, dry_run=True),
    ):
        with pytest.raises(StorageError, match="Permission denied; is the folder"):
            action()


@pytest.fixture
def theirs(tmp_path: Path) -> FileStorage:
    """A store that only its owner may enter, below folders that everybody may enter."""
    storage = FileStorage(tmp_path / "replay")
    begun(storage)
    for folder in tmp_path.parents:
        if folder.owner() == storage.path.owner() and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o011)
    tmp_path.chmod(0o711)
    return storage


def test_a_store_of_another_account_is_refused(theirs: FileStorage) -> None:
    """Reading, writing and cleanup name the path, and nothing in the store changes."""
    name = finished(theirs)
    before = sorted(theirs.path.rglob("*"))
    if os.geteuid() != 0:
        theirs.path.chmod(0)
    try:
        as_somebody_else(lambda: each_refused(theirs, name))
    finally:
        theirs.path.chmod(0o700)
    assert sorted(theirs.path.rglob("*")) == before


def test_visitors_do_not_notice_a_store_of_another_account(
    theirs: FileStorage, make_app: AppMaker
) -> None:
    """Pages are unchanged. The recorder reports the problem once."""
    # everything is imported before the privileges are dropped
    make_app("warm").test_client().get("/hello/ann").close()
    app = make_app(REPLAY_STORAGE=str(theirs.path), REPLAY_RETRY_DELAY=0.01)
    if os.geteuid() != 0:
        theirs.path.chmod(0)

    def visit() -> None:
        client = app.test_client()
        with client.get("/hello/ann") as answer:
            assert (answer.status_code, answer.data) == (200, b"<h1>Hello ann</h1>")
        with app.app_context(), pytest.raises(StorageError):
            replay_of(app).flush()

    try:
        as_somebody_else(visit)
    finally:
        theirs.path.chmod(0o700)
    assert len(list((theirs.path / "journal").iterdir())) == 1


@pytest.mark.parametrize("part", ["", "journal", "archive", "templates", "pinned", "lock"])
def test_a_file_or_a_circular_link_in_place_of_a_folder_is_named(tmp_path: Path, part: str) -> None:
    """Somebody put it there."""
    storage = FileStorage(tmp_path / "replay")
    path = storage.path / part if part else storage.path
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(path)
    failures: list[str] = []
    for action in (
        lambda: begun(storage),
        lambda: storage.save(new_id(), b"x"),
        lambda: storage.put_template("0" * 32, b"x"),
        lambda: storage.mark(new_id(), "pinned"),
        lambda: Recordings(storage, 1, 1).summaries(),
        lambda: cleanup(storage, 1, 1),
    ):
        try:
            action()
        except StorageError as error:
            failures.append(str(error))
    assert failures
    assert all(str(storage.path) in failure for failure in failures)


def test_an_export_to_a_forbidden_place_is_refused(tmp_path: Path) -> None:
    """In one line that names the place."""
    path = tmp_path / "file"
    path.write_text("mine")
    with pytest.raises(StorageError, match=str(path)), place(path / "backup.tar", write=True):
        pass
    with pytest.raises(StorageError, match="not a tar file"), place(path, write=True):
        pass
    assert path.read_text() == "mine"
