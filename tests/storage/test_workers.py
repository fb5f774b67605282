"""Names of workers, and the state of the workers that have them."""

from __future__ import annotations

import io
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from flask_replay.errors import StorageError
from flask_replay.storage import FileStorage
from flask_replay.storage.lifecycle.recovery import ending
from flask_replay.storage.workers.names import host, new_name, parse
from flask_replay.storage.workers.roster import Fate, Roster, Status
from flask_replay.testing import entry, head

from ..conftest import AppMaker, replay_of

_NAMED = "from flask_replay.storage.workers.names import new_name; print(new_name(), flush=True); input()"


@pytest.fixture
def roster(tmp_path: Path) -> Roster:
    return Roster(tmp_path / "workers")


def other_process() -> tuple[subprocess.Popen[str], str]:
    """Start a process that waits, and return the name of a worker in it."""
    process = subprocess.Popen(
        [sys.executable, "-c", _NAMED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def end(process: subprocess.Popen[str], sign: signal.Signals = signal.SIGKILL) -> None:
    process.send_signal(sign)
    process.communicate()


def test_a_name_identifies_host_and_process_and_can_name_a_segment(tmp_path: Path) -> None:
    """Two names of one process differ, and stores accept them."""
    name = new_name()
    worker = parse(name)
    assert worker is not None
    assert (worker.host, worker.pid) == (host(), os.getpid())
    assert worker.started > 0 and worker.is_alive
    assert new_name() != name
    storage, first = FileStorage(tmp_path), head()
    storage.append(first, name, [entry(0)])
    assert list(storage.writers()[first.id]) == [name]


def test_a_long_and_odd_host_name_gives_a_valid_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whatever the machine is called, two names differ."""
    names = []
    for host_name in ("wörk/../er-1-2-" + "x" * 100, "wörk/../er-1-2-" + "x" * 101):
        monkeypatch.setattr(socket, "gethostname", lambda host_name=host_name: host_name)
        FileStorage(tmp_path).append(head(), new_name(), [entry(0)])
        worker = parse(new_name())
        assert worker is not None and worker.pid == os.getpid()
        names.append(worker.host)
    assert names[0] != names[1]


def test_an_invalid_name_is_not_parsed() -> None:
    """For example, one written by another program or version."""
    for name in (
        "",
        "w",
        "1234-abcdef01",
        "host-12-x-abcdef01",
        "host-12-34-ABCDEF01",
        f"{new_name()}\n",
    ):
        assert parse(name) is None


def test_a_killed_worker_is_dead_and_a_stopped_one_is_alive(roster: Roster) -> None:
    """Even if nobody has collected its exit status (a zombie)."""
    process, name = other_process()
    assert roster.fate(name) == "alive"
    process.send_signal(signal.SIGSTOP)
    assert roster.fate(name) == "alive"
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert roster.fate(name) == "dead"
    process.communicate()
    assert roster.fate(name) == "dead"


def test_a_reused_process_id_is_recognized(roster: Roster) -> None:
    """The id belongs to a living process, but the start time does not match."""
    process, name = other_process()
    head, pid, started, token = name.rsplit("-", 3)
    assert roster.fate(f"{head}-{pid}-{int(started) - 1}-{token}") == "dead"
    assert roster.fate(f"{head}-{os.getpid()}-{started}-{token}") == "dead"
    end(process)


def test_a_worker_that_signed_off_has_left(roster: Roster) -> None:
    """A worker of another machine is elsewhere."""
    process, name = other_process()
    roster.write(Status(worker=name, since=1.0, left=True))
    end(process)
    assert roster.fate(name) == "left"
    assert roster.fate(f"other.{name}") == "elsewhere"
    assert roster.fate("w") == "elsewhere"


def test_living_workers_pass_on_since_when_there_has_been_one(roster: Roster) -> None:
    """The time since which at least one worker was always alive."""
    process, name = other_process()
    assert roster.since(50.0) == 50.0
    roster.write(Status(worker=name, since=10.0))
    assert roster.since(50.0) == 10.0
    end(process)
    assert roster.since(50.0) == 50.0


def test_files_of_dead_workers_are_deleted_after_a_while(roster: Roster) -> None:
    """Those of living workers and foreign files stay."""
    process, name = other_process()
    roster.write(Status(worker=name, since=1.0))
    roster.write(Status(worker=new_name(), since=1.0))
    (roster.folder / "note.json").write_text("[]")
    (status,) = [status for status in roster.read() if status.worker == name]
    end(process)
    roster.forget(before=status.written_at)
    assert len(roster.read()) == 2
    roster.forget(before=status.written_at + 60)
    assert [status.worker == name for status in roster.read()] == [False]
    assert (roster.folder / "note.json").exists()
    assert {path.stat().st_mode & 0o777 for path in roster.folder.glob("*-*.json")} == {0o600}


def test_a_folder_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    """With its path. Nothing can be read there."""
    (tmp_path / "file").write_text("")
    roster = Roster(tmp_path / "file" / "workers")
    with pytest.raises(StorageError, match="file is a file where a folder is needed"):
        roster.write(Status(worker=new_name(), since=1.0))
    assert roster.read() == []


def test_a_worker_in_a_container_is_identified_by_its_lock(roster: Roster) -> None:
    """Host name, process ids and boot time differ there, but the volume is the same."""
    code = (
        "import sys; from pathlib import Path; from flask_replay.storage.workers.roster import Roster, Status\n"
        "import socket; socket.gethostname = lambda: 'a-container'\n"
        "from flask_replay.storage.workers.names import new_name; name = new_name(); roster = Roster(Path(sys.argv[1]))\n"
        "presence = roster.enter(name); roster.write(Status(worker=name, since=1.0)); print(name, "
        "flush=True); input()"
    )
    command = [sys.executable, "-c", code, str(roster.folder)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    name = process.stdout.readline().strip()
    assert name.startswith("a-container.")
    assert roster.fate(name) == "alive"
    assert roster.since(50.0) == 1.0
    end(process)
    assert roster.fate(name) == "dead"
    roster.forget(before=float("inf"))
    assert list(roster.folder.iterdir()) == []
    assert roster.fate(name) == "elsewhere"


def test_a_worker_that_ends_normally_signs_off_in_the_store(
    make_app: AppMaker, tmp_path: Path
) -> None:
    """So a container that disappears with its disk interrupts nothing, unless it was killed."""
    app = make_app()
    client = app.test_client()
    client.get("/hello/ann").close()
    client.get("/hello/bob").close()
    writer = app.extensions["flask_replay"].writer
    with app.app_context():
        replay_of(app).flush()
    (name,) = writer.storage.writers()

    def ended(after: float) -> str | None:
        """Return the status of the recording according to a machine that shares only the store."""
        elsewhere = Roster(tmp_path / "of another container")

        def fate(worker: str) -> Fate:
            return "left" if elsewhere.fate(worker) == "left" else "elsewhere"

        writers = writer.storage.writers()[name]
        return ending(writers, fate, 1_800, now=max(writers.values()) + after)

    assert ended(10_000) == "interrupted"
    writer.close()
    assert ended(60) is None
    assert ended(10_000) == "finished"
    with app.app_context():
        replay_of(app).finalize()
        (summary,) = replay_of(app).recordings.summaries()
        assert (summary.tally.pages, summary.flags) == (2, ())


def test_a_forked_child_does_not_sign_off_its_parent(roster: Roster) -> None:
    """It closes inherited files, and the parent counts as alive until it ends itself."""
    name = new_name()
    presence = roster.enter(name)
    child = os.fork()
    if not child:
        presence.close()
        os._exit(0)
    os.waitpid(child, 0)
    assert roster.fate(name) == "alive"
    presence.close()
    assert roster.fate(name) == "dead"


def test_no_file_object_is_left_to_the_garbage_collector(roster: Roster) -> None:
    """It would warn if it were collected before its owner, and a released app may be part of a
    cycle.
    """
    name = new_name()
    presence = roster.enter(name)
    assert not any(isinstance(held, io.IOBase) for held in vars(presence).values())
    assert roster.fate(name) == "alive"
    del presence
    assert roster.fate(name) == "dead"
