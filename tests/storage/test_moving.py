"""Recordings copied from one store to another arrive complete, or are named."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from flask_replay.codec import decode_recording, digest_key
from flask_replay.codec.recordings import decode_header
from flask_replay.errors import DecodeError, StorageError
from flask_replay.recording.ids import new_id
from flask_replay.storage import FileStorage, Storage
from flask_replay.storage.files.tar import TarFile
from flask_replay.storage.lifecycle.moving import Copied, copy, place
from flask_replay.testing import begun, finished

from ..conftest import AppMaker, replay_of
from ..services import Services
from .stores import storage_of

TEMPLATES = [b"<p>{{ a }}</p>", b"<p>{{ b }}</p>", b"<p>{{ c }}</p>"]
KEYS = [digest_key(template) for template in TEMPLATES]


@pytest.fixture(params=["files", "memory", "sqlite", "postgresql"])
def storage(
    request: pytest.FixtureRequest, tmp_path: Path, services: Services
) -> Iterator[Storage]:
    """A store with three finished recordings, one of them pinned, and a running one."""
    with storage_of(request.param, tmp_path, services) as storage:
        for key, template in zip(KEYS, TEMPLATES, strict=True):
            storage.put_template(key, template)
        for number in range(3):
            finished(storage, 1_700_000_000.5 + number, tuple(KEYS[: number + 1]))
        storage.mark(storage.ids()[1], "pinned")
        begun(storage)
        yield storage


def move(storage: Storage, path: Path, format: str | None = None) -> Copied:
    with place(path, write=True) as target:
        return copy(storage, target, format)


@pytest.mark.parametrize("name", ["backup", "backup.tar"])
@pytest.mark.parametrize("format", [None, "json", "msgpack"])
def test_imported_recordings_equal_the_exported_ones(
    storage: Storage, tmp_path: Path, name: str, format: str | None
) -> None:
    """Through a folder or a file, in any format, with templates and pins. Running ones are not
    exported.
    """
    path = tmp_path / "far" / name
    there = move(storage, path, format)
    assert (there.recordings, there.templates, there.problems) == (3, 3, [])
    home = FileStorage(tmp_path / "home")
    with place(path, write=False) as source:
        back = copy(source, home, "msgpack")
    assert (back.recordings, back.present, back.templates) == (3, 0, 3)
    assert home.ids() == storage.ids()
    assert [home.load(name) for name in home.ids()] == [
        storage.load(name) for name in storage.ids()
    ]
    assert [home.get_template(key) for key in KEYS] == TEMPLATES
    assert home.marked("pinned").keys() == storage.marked("pinned").keys()


def test_json_exports_are_json(storage: Storage, tmp_path: Path) -> None:
    """They contain the same events in the other format."""
    move(storage, tmp_path / "backup", "json")
    target = FileStorage(tmp_path / "backup")
    for name in storage.ids():
        assert decode_header(target.load(name)).format == "json"
        assert (
            decode_recording(target.load(name)).batches
            == decode_recording(storage.load(name)).batches
        )


@pytest.mark.parametrize("name", ["backup", "backup.tar"])
def test_existing_recordings_are_not_copied_again(
    storage: Storage, tmp_path: Path, name: str
) -> None:
    """New and damaged ones are."""
    path = tmp_path / name
    move(storage, path)
    before = path.stat().st_size
    again = move(storage, path)
    assert (again.recordings, again.present, again.templates) == (0, 3, 0)
    assert path.stat().st_size == before
    new = finished(storage, documents=(KEYS[0],))
    with place(path, write=True) as target:
        target.save(storage.ids()[1], b"rubbish")
        damaged = copy(storage, target)
    assert (damaged.recordings, damaged.present) == (2, 2)
    with place(path, write=False) as source:
        assert source.load(new) == storage.load(new)
        assert source.load(storage.ids()[1]) == storage.load(storage.ids()[1])


def test_a_damaged_template_is_repaired(storage: Storage, tmp_path: Path) -> None:
    """From either side. If both are damaged, the recordings that need it are named."""
    move(storage, tmp_path / "backup")
    target = FileStorage(tmp_path / "backup")
    (target.path / "templates" / KEYS[2]).write_bytes(b"rubbish")
    assert move(storage, target.path).templates == 1
    assert target.get_template(KEYS[2]) == TEMPLATES[2]
    storage.delete_template(KEYS[2])
    assert move(storage, target.path).problems == []
    target.delete_template(KEYS[2])
    ((name, reason),) = move(storage, target.path).problems
    assert name == storage.ids()[0] and KEYS[2] in reason


def test_an_unreadable_recording_is_named_and_the_others_are_copied(
    storage: Storage, tmp_path: Path
) -> None:
    """So is one under the id of another."""
    ids = storage.ids()
    storage.save(ids[0], b"rubbish")
    storage.save(ids[1], storage.load(ids[2]))
    copied = move(storage, tmp_path / "backup.tar")
    assert copied.recordings == 1
    assert [name for name, _ in copied.problems] == ids[:2]
    assert "another recording" in copied.problems[1][1]


def test_forgotten_visitors_do_not_come_back(storage: Storage, tmp_path: Path) -> None:
    """Even if a backup still contains them."""
    move(storage, tmp_path / "backup")
    for name in storage.ids():
        storage.mark(name, "forgotten")
        storage.delete(name)
    with place(tmp_path / "backup", write=False) as source:
        copied = copy(source, storage)
    assert (copied.recordings, copied.forgotten) == (0, 3)
    assert storage.ids() == []


def test_a_store_that_lies_is_detected(
    storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything written is read again."""
    target = FileStorage(tmp_path / "backup")
    save = target.save
    monkeypatch.setattr(target, "save", lambda name, document: save(name, document[:-1]))
    with pytest.raises(StorageError, match="differs from what was written"):
        copy(storage, target)


def test_a_truncated_tar_is_continued(storage: Storage, tmp_path: Path) -> None:
    """Wherever a crash cut it: complete recordings are kept, and the others are copied."""
    path = tmp_path / "backup.tar"
    move(storage, path)
    data = path.read_bytes()
    for length in itertools.chain(range(0, len(data), 97), range(0, len(data), 512)):
        path.write_bytes(data[:length])
        copied = move(storage, path)
        assert copied.recordings + copied.present == 3 and copied.problems == []
        with TarFile(path) as tar:
            assert [tar.load(name) for name in tar.ids()] == [
                storage.load(name) for name in storage.ids()
            ]
            assert tar.pins.keys() == storage.marked("pinned").keys()


def test_a_tar_damaged_in_the_middle_is_left_alone(storage: Storage, tmp_path: Path) -> None:
    """What follows the damage may be the only copy."""
    path = tmp_path / "backup.tar"
    move(storage, path)
    data = bytearray(path.read_bytes())
    with tarfile.open(path) as tar:
        second = tar.getmembers()[1].offset
    data[second] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(StorageError, match=f"damaged at byte {second}"):
        move(storage, path)
    assert path.read_bytes() == data


def test_a_tar_unpacks_into_a_store(storage: Storage, tmp_path: Path) -> None:
    """With any tar program. Only its owner can read it."""
    path = tmp_path / "backup.tar"
    move(storage, path)
    assert path.stat().st_mode & 0o777 == 0o600
    with tarfile.open(path) as tar:
        tar.extractall(tmp_path / "unpacked", filter="data")
    unpacked = FileStorage(tmp_path / "unpacked")
    assert [unpacked.load(name) for name in unpacked.ids()] == [
        storage.load(name) for name in storage.ids()
    ]
    assert unpacked.get_template(KEYS[0]) == TEMPLATES[0]


def test_a_hostile_tar_reaches_nothing(tmp_path: Path) -> None:
    """Names outside the store, links and devices are not recordings."""
    path = tmp_path / "evil.tar"
    with tarfile.open(path, "w") as tar:
        for name in (
            "archive/../../etc/passwd.replay",
            "/archive/x.replay",
            "../templates/" + "0" * 32,
            "pinned/../x",
        ):
            tar.addfile(tarfile.TarInfo(name))
        link = tarfile.TarInfo(f"archive/{new_id()}.replay")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    with TarFile(path) as tar_file:
        assert (tar_file.found, tar_file.pins) == ({}, {})


def test_only_one_process_writes_to_a_tar(tmp_path: Path) -> None:
    """A second one is refused with a message."""
    path = tmp_path / "backup.tar"
    with TarFile(path, write=True), pytest.raises(StorageError, match="another process"):
        TarFile(path, write=True)


@pytest.mark.parametrize("data", [b"rubbish", b"x" * 2000, bytes(range(256)) * 8])
def test_a_file_that_is_not_a_tar_is_refused(tmp_path: Path, data: bytes) -> None:
    """And not overwritten."""
    path = tmp_path / "notes.tar"
    path.write_bytes(data)
    for write in (True, False):
        with pytest.raises(StorageError, match="not a tar file"), place(path, write=write):
            pass
    assert path.read_bytes() == data
    with (
        pytest.raises(StorageError, match="no recordings"),
        place(tmp_path / "nothing", write=False),
    ):
        pass


_EXPORT = """
import os, sys, signal
from pathlib import Path
from flask_replay.storage import FileStorage
from flask_replay.storage.lifecycle.moving import copy, place
storage, path, step = FileStorage(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
with place(path, write=True) as target:
    copy(storage, target, progress=lambda done, of: done == step and os.kill(os.getpid(), signal.SIGKILL))
"""


@pytest.mark.parametrize("name", ["backup", "backup.tar"])
def test_a_killed_export_continues_where_it_stopped(tmp_path: Path, name: str) -> None:
    """Copied recordings are not copied again."""
    storage = FileStorage(tmp_path / "replay")
    for number in range(6):
        finished(storage, 1_700_000_000.5 + number)
    path = tmp_path / name
    command = [sys.executable, "-c", _EXPORT, str(storage.path), str(path), "4"]
    assert subprocess.run(command, env={**os.environ}).returncode == -signal.SIGKILL
    copied = move(storage, path)
    assert (copied.recordings, copied.present) == (2, 4)


def test_converting_unreadable_data_is_refused(storage: Storage, tmp_path: Path) -> None:
    """A recording of another version stays unchanged."""
    name = storage.ids()[0]
    document = storage.load(name)
    storage.save(name, b"FRPL\x09" + document[5:])
    ((problem, reason),) = move(storage, tmp_path / "backup", "json").problems
    assert problem == name and "version 9" in reason


def test_the_commands_copy_and_report(tmp_path: Path, make_app: AppMaker) -> None:
    """As a user would: from one app to another, through a file."""
    app, other = make_app("one"), make_app("two", REPLAY_FORMAT="json")
    client = app.test_client()
    for name in ("ann", "bob"):
        client.get(f"/hello/{name}").close()
    with app.app_context():
        replay_of(app).finalize()
    path = str(tmp_path / "moved.tar")

    def run(of: Flask, *command: str, status: int = 0) -> str:
        result = of.test_cli_runner().invoke(args=["replay", *command])
        assert result.exit_code == status, result.output
        return result.output

    assert run(app, "export", path) == "1 recording copied, 0 already there, 2 templates.\n"
    assert json.loads(run(app, "export", path, "--json"))["present"] == 1
    assert run(other, "import", path, "--format", "json").startswith("1 recording copied")
    assert "2 identical" in run(other, "verify")
    (summary,) = replay_of(other).recordings.storage.summaries()
    replay_of(app).recordings.storage.save(summary.id, b"rubbish")
    assert f"Error: {summary.id}: " in run(app, "export", path, status=1)
    assert "Error: " in run(app, "import", str(tmp_path / "nothing"), status=1)
    with pytest.raises(DecodeError):
        replay_of(app).recordings.get(summary.id)
