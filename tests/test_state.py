"""There is one named capture at a time, whatever processes do and however they end."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flask_replay import (
    ActiveSession,
    DecodeError,
    FileStorage,
    NoActiveRecording,
    RecordingInProgress,
    RecordingNotFound,
    RecordingState,
    StorageError,
)
from flask_replay.recording.ids import is_id
from flask_replay.storage import Head, Storage
from flask_replay.storage.workers.names import host
from flask_replay.testing import begun, entry, finished

from .services import Services
from .storage.stores import DATABASES, storage_of

_RECORDER = """
import sys
from flask_replay import RecordingState
session = RecordingState(sys.argv[1]).start(sys.argv[2], "there")
print(session.id, flush=True)
input()
"""

_RACE = """
import os, sys
from flask_replay import RecordingInProgress, RecordingState

gate, opened = os.pipe()
results, said = os.pipe()
stay, leave = os.pipe()
for number in range(100):
    if not os.fork():
        os.close(opened); os.close(leave)
        os.read(gate, 1)
        try:
            answer = "won " + RecordingState(sys.argv[1]).start(f"racer {number}", "there").name
        except RecordingInProgress as error:
            answer = "lost " + str(error)
        os.write(said, (answer + chr(10)).encode())
        os.read(stay, 1)
        os._exit(0)
os.close(opened)  # and all are off
os.close(said)
lines = b""
while lines.count(b"\\n") < 100:
    lines += os.read(results, 65536)
print(lines.decode(), flush=True)
os.close(leave)
for _ in range(100):
    os.wait()
"""


@pytest.fixture
def state(tmp_path: Path) -> RecordingState:
    return RecordingState(tmp_path)


@pytest.fixture
def record_elsewhere(
    tmp_path: Path,
) -> Iterator[Callable[[str], tuple[subprocess.Popen[str], str]]]:
    """Return a function that starts a capture in another process, and returns that process and the
    recording's id.
    """
    processes: list[subprocess.Popen[str]] = []

    def start(name: str) -> tuple[subprocess.Popen[str], str]:
        process = subprocess.Popen(
            [sys.executable, "-c", _RECORDER, tmp_path, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        assert process.stdout is not None
        return process, process.stdout.readline().strip()

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def rewrite(state: RecordingState, **changed: object) -> None:
    """Change the content of both files."""
    for path in (state.lock_path, state.state_path):
        path.write_text(json.dumps({**json.loads(path.read_text()), **changed}))


def test_a_capture_is_started_seen_and_stopped(state: RecordingState) -> None:
    """As a user would write it."""
    before = time.time()
    session = state.start("checkout bug", "/var/lib/recordings/checkout")
    assert is_id(session.id)
    assert (session.name, session.session_path) == ("checkout bug", "/var/lib/recordings/checkout")
    assert (session.pid, session.host) == (os.getpid(), host())
    assert session.process_started > 0 and before <= session.started_at <= time.time()
    assert state.is_recording() and state.current() == session
    assert sorted(path.name for path in state.state_dir.iterdir()) == [
        "recording.json",
        "recording.lock",
    ]
    assert state.stop() == session
    assert not state.is_recording() and list(state.state_dir.iterdir()) == []


def test_another_object_and_another_process_see_and_stop_it(
    state: RecordingState, record_elsewhere: Callable[[str], tuple[subprocess.Popen[str], str]]
) -> None:
    """Everything is stored in the files."""
    process, id = record_elsewhere("there")
    assert RecordingState(state.state_dir).current().id == id
    assert (state.stop().pid, state.is_recording()) == (process.pid, False)


def test_the_folder_of_the_recording_is_not_created(tmp_path: Path) -> None:
    """That is up to the caller. Until then nothing is recorded."""
    state = RecordingState(tmp_path / "missing")
    assert not state.is_recording() and state.cleanup_stale_lock() is None
    with pytest.raises(StorageError, match="missing"):
        state.start("name", "there")
    assert not (tmp_path / "missing").exists()


def test_starting_twice_names_the_running_capture(
    state: RecordingState, record_elsewhere: Callable[[str], tuple[subprocess.Popen[str], str]]
) -> None:
    """In the same process and in another one. The first capture is not affected."""
    process, id = record_elsewhere("the other")
    with pytest.raises(RecordingInProgress, match=f"'the other'.*process {process.pid}"):
        state.start("mine", "there")
    assert state.current().id == id
    state.stop()
    mine = state.start("mine", "there")
    with pytest.raises(RecordingInProgress, match="'mine'"):
        state.start("again", "there")
    assert state.current() == mine


def test_stopping_without_a_capture_is_an_error_and_leaves_nothing(state: RecordingState) -> None:
    """So is asking for the current one."""
    for question in (state.stop, state.current):
        with pytest.raises(NoActiveRecording):
            question()
    assert list(state.state_dir.iterdir()) == []


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"id": 1}', b"\xff\xfe", b"nothing of ours"]
)
def test_a_corrupt_state_file_is_an_error_and_no_recording(
    state: RecordingState, content: bytes
) -> None:
    """The lock contains the same, so that the capture can be stopped."""
    session = state.start("name", "there")
    state.state_path.write_bytes(content)
    assert not state.is_recording()
    with pytest.raises(DecodeError, match=r"recording\.json"):
        state.current()
    with pytest.raises(RecordingInProgress, match="'name'"):
        state.start("another", "there")
    assert state.stop() == session
    assert list(state.state_dir.iterdir()) == []


def test_stopping_with_two_unreadable_files_says_so_and_deletes_them(
    state: RecordingState,
) -> None:
    """Nobody has to delete files by hand."""
    state.start("name", "there")
    for path in (state.lock_path, state.state_path):
        path.write_bytes(b"{")
    with pytest.raises(DecodeError):
        state.stop()
    assert state.start("another", "there").name == "another"


def test_a_capture_can_start_after_kill_9(
    state: RecordingState,
    record_elsewhere: Callable[[str], tuple[subprocess.Popen[str], str]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The log names the files that were left."""
    process, _ = record_elsewhere("killed")
    kill(process)
    assert state.is_recording()  # the files say so until they are checked
    assert state.start("next", "there").name == "next"
    assert f"killed was being recorded by process {process.pid}" in caplog.text


def test_a_stopped_process_is_alive(
    state: RecordingState, record_elsewhere: Callable[[str], tuple[subprocess.Popen[str], str]]
) -> None:
    """It may continue at any time."""
    process, _ = record_elsewhere("waiting")
    process.send_signal(signal.SIGSTOP)
    assert state.cleanup_stale_lock() is None
    with pytest.raises(RecordingInProgress):
        state.start("next", "there")


def test_a_reused_pid_is_recognized(state: RecordingState) -> None:
    """The process with this pid started at another time."""
    session = state.start("name", "there")
    rewrite(state, process_started=session.process_started - 1)
    info = state.cleanup_stale_lock()
    assert info is not None and info.dead_pid == os.getpid()
    assert not state.is_recording()


def test_without_a_store_only_the_files_are_deleted(
    state: RecordingState,
    record_elsewhere: Callable[[str], tuple[subprocess.Popen[str], str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Recovery by workers handles the recording."""
    storage = FileStorage(tmp_path_factory.mktemp("store"))
    process, id = record_elsewhere("killed")
    storage.append(Head(id=id, started_at=time.time()), "w", [entry(0)])
    kill(process)
    info = state.cleanup_stale_lock()
    assert info is not None
    assert (info.dead_pid, info.recovered_name, info.event_count) == (process.pid, None, 0)
    assert list(state.state_dir.iterdir()) == []
    assert [summary.id for summary in storage.active()] == [id]
    assert state.cleanup_stale_lock() is None


@pytest.mark.parametrize("kind", ["files", "memory", *DATABASES])
def test_recovered_recordings_are_renamed_and_flagged(
    kind: str,
    state: RecordingState,
    record_elsewhere: Callable[[str], tuple[subprocess.Popen[str], str]],
    tmp_path_factory: pytest.TempPathFactory,
    services: Services,
) -> None:
    """One event is enough, although a visitor's single page would be discarded."""
    with storage_of(kind, tmp_path_factory.mktemp("store"), services) as storage:
        process, id = record_elsewhere("killed")
        storage.append(Head(id=id, started_at=time.time()), "w", [entry(0, name="killed")])
        kill(process)
        info = state.cleanup_stale_lock(storage)
        assert info is not None and info.recovered_name is not None
        assert time.strptime(info.recovered_name, "recovered-%Y-%m-%d-%H%M%S")
        assert info.event_count == 1
        (summary,) = storage.summaries()
        assert (summary.id, summary.name, summary.status) == (
            id,
            info.recovered_name,
            "interrupted",
        )
        assert "recovered" in summary.flags
        assert "killed" in summary.names  # a visitor who asks to be forgotten is found
        assert storage.active() == [] and not state.is_recording()


def test_a_recording_that_a_worker_finished_is_renamed_too(
    state: RecordingState, tmp_path: Path
) -> None:
    """Recovery by workers may be faster."""
    storage = FileStorage(tmp_path / "store")
    session = state.start("name", "there", id=finished(storage))
    rewrite(state, process_started=1)
    info = state.cleanup_stale_lock(storage)
    assert info is not None and info.event_count == 2
    (summary,) = storage.summaries()
    assert (summary.id, summary.name, summary.flags) == (
        session.id,
        info.recovered_name,
        ("recovered",),
    )


@pytest.mark.parametrize("written", [True, False])
def test_a_recording_without_events_is_deleted_silently(
    state: RecordingState, tmp_path: Path, caplog: pytest.LogCaptureFixture, written: bool
) -> None:
    """Whether or not the store has something of it."""
    storage = FileStorage(tmp_path / "store")
    session = state.start("name", "there")
    if written:
        storage.append(Head(id=session.id, started_at=time.time()), "w", [])
    rewrite(state, process_started=1)
    with caplog.at_level(logging.INFO):
        info = state.cleanup_stale_lock(storage)
    assert info is not None and (info.recovered_name, info.event_count) == (None, 0)
    assert caplog.text == "" and not state.is_recording()
    assert storage.touched() == {} and storage.ids() == []
    with pytest.raises(RecordingNotFound):
        storage.load(session.id)


def test_a_failing_store_is_logged_and_the_files_are_deleted(
    state: RecordingState, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The rest is left to recovery by workers."""

    class Full(FileStorage):
        def save(self, recording_id: str, document: bytes) -> None:
            raise StorageError("the disk is full")

    storage: Storage = Full(tmp_path / "store")
    state.start("name", "there", id=begun(storage).id)
    rewrite(state, process_started=1)
    info = state.cleanup_stale_lock(storage)
    assert info is not None and info.recovered_name is None
    assert "the disk is full" in caplog.text and "name" in caplog.text
    assert not state.is_recording() and len(storage.active()) == 1


@pytest.mark.parametrize("content", [b"", b"4711", b"{", b"\xff"])
def test_an_unreadable_lock_is_removed(state: RecordingState, content: bytes) -> None:
    """It names no process."""
    state.lock_path.write_bytes(content)
    assert state.cleanup_stale_lock() is None
    assert list(state.state_dir.iterdir()) == []
    state.lock_path.write_bytes(content)
    assert state.start("name", "there").name == "name"


def test_a_lock_of_another_host_is_left_and_named(
    state: RecordingState, caplog: pytest.LogCaptureFixture
) -> None:
    """Only that machine can check it. Somebody who knows better can stop the capture."""
    state.start("name", "there")
    rewrite(state, host="elsewhere.0123abcd", pid=1 << 22)
    assert state.cleanup_stale_lock() is None
    assert "elsewhere" in caplog.text and state.is_recording()
    with pytest.raises(RecordingInProgress, match="elsewhere"):
        state.start("mine", "there")
    assert state.stop().host == "elsewhere.0123abcd"


def test_a_detached_capture_outlives_its_process(state: RecordingState) -> None:
    """``flask replay record start`` ends at once, and ``stop`` is another process."""
    start = "import sys; from flask_replay import RecordingState as R; R(sys.argv[1]).start('x', '', detached=True)"
    subprocess.run([sys.executable, "-c", start, state.state_dir], check=True)
    assert state.cleanup_stale_lock() is None and state.is_recording()
    with pytest.raises(RecordingInProgress, match="until it is stopped"):
        state.start("mine", "there")
    assert state.stop().name == "x"


def test_one_of_100_concurrent_starts_wins(state: RecordingState) -> None:
    """The others are refused with a message, even if there is a stale lock."""
    for stale in (False, True):
        if stale:
            state.start("left behind", "there")
            rewrite(state, process_started=1)
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(_RACE), state.state_dir],
            capture_output=True,
            text=True,
            check=True,
        )
        lines = done.stdout.split("\n")[:100]
        (winner,) = [line.removeprefix("won ") for line in lines if line.startswith("won ")]
        assert sum(f"'{winner}'" in line for line in lines) == 99
        session: ActiveSession = state.current()
        assert session.name == winner
        assert state.cleanup_stale_lock() is not None  # its process is gone by now
        assert list(state.state_dir.iterdir()) == []


def test_concurrent_starts_and_stops_never_overlap(tmp_path: Path) -> None:
    """A lock file that is deleted while another process waits for it is ignored."""
    program = """
import os, sys
from flask_replay import NoActiveRecording, RecordingInProgress, RecordingState
state = RecordingState(sys.argv[1])
met = os.path.join(sys.argv[2], "recording now")
for _ in range(3):
    os.fork()
for _ in range(60):
    try:
        session = state.start("mine", "there")
    except RecordingInProgress:
        continue
    os.close(os.open(met, os.O_CREAT | os.O_EXCL))
    os.unlink(met)
    assert state.stop() == session
try:
    while True:
        os.wait()
except ChildProcessError:
    pass
"""
    (tmp_path / "state").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "state", tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert list((tmp_path / "state").iterdir()) == []
