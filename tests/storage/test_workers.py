"""Names of workers, and what becomes of those who have them."""

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
    """Start a process that waits, and give the name of a worker of it."""
    process = subprocess.Popen(
        [sys.executable, "-c", _NAMED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def end(process: subprocess.Popen[str], sign: signal.Signals = signal.SIGKILL) -> None:
    process.send_signal(sign)
    process.communicate()


def test_a_name_says_where_and_which_process_and_can_name_a_segment(tmp_path: Path) -> None:
    """Two of one process differ, and stores take them."""
    name = new_name()
    worker = parse(name)
    assert worker is not None
    assert (worker.host, worker.pid) == (host(), os.getpid())
    assert worker.started > 0 and worker.is_alive
    assert new_name() != name
    storage, first = FileStorage(tmp_path), head()
    storage.append(first, name, [entry(0)])
    assert list(storage.writers()[first.id]) == [name]


def test_a_long_and_odd_host_name_makes_a_name_all_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whatever an administrator called the machine, two of them differ."""
    names = []
    for host_name in ("wörk/../er-1-2-" + "x" * 100, "wörk/../er-1-2-" + "x" * 101):
        monkeypatch.setattr(socket, "gethostname", lambda host_name=host_name: host_name)
        FileStorage(tmp_path).append(head(), new_name(), [entry(0)])
        worker = parse(new_name())
        assert worker is not None and worker.pid == os.getpid()
        names.append(worker.host)
    assert names[0] != names[1]


def test_what_is_no_name_is_not_read_as_one() -> None:
    """Such as what another program, or another version, wrote."""
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
    """Also while nobody has asked how it ended (a zombie)."""
    process, name = other_process()
    assert roster.fate(name) == "alive"
    process.send_signal(signal.SIGSTOP)
    assert roster.fate(name) == "alive"
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert roster.fate(name) == "dead"
    process.communicate()
    assert roster.fate(name) == "dead"


def test_a_recycled_process_id_fools_nobody(roster: Roster) -> None:
    """The id is a living process's, and the start is not."""
    process, name = other_process()
    head, pid, started, token = name.rsplit("-", 3)
    assert roster.fate(f"{head}-{pid}-{int(started) - 1}-{token}") == "dead"
    assert roster.fate(f"{head}-{os.getpid()}-{started}-{token}") == "dead"
    end(process)


def test_a_worker_that_said_so_has_left(roster: Roster) -> None:
    """And one of whom another machine only knows is there, or not."""
    process, name = other_process()
    roster.write(Status(worker=name, since=1.0, left=True))
    end(process)
    assert roster.fate(name) == "left"
    assert roster.fate(f"other.{name}") == "elsewhere"
    assert roster.fate("w") == "elsewhere"


def test_the_time_without_a_break_is_handed_on_by_the_living(roster: Roster) -> None:
    """From when on there was always somebody."""
    process, name = other_process()
    assert roster.since(50.0) == 50.0
    roster.write(Status(worker=name, since=10.0))
    assert roster.since(50.0) == 10.0
    end(process)
    assert roster.since(50.0) == 50.0


def test_files_of_the_gone_are_forgotten_in_time(roster: Roster) -> None:
    """Those of the living are not, and what is not ours stays."""
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


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    """With its path; and nothing can be read there."""
    (tmp_path / "file").write_text("")
    roster = Roster(tmp_path / "file" / "workers")
    with pytest.raises(StorageError, match="file is a file where a folder is needed"):
        roster.write(Status(worker=new_name(), since=1.0))
    assert roster.read() == []


def test_a_worker_of_a_container_is_known_by_the_lock_it_holds(roster: Roster) -> None:
    """Host name, process ids and the machine's start are others there; the volume is the same."""
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


def test_a_worker_that_ends_in_peace_says_so_in_the_store(
    make_app: AppMaker, tmp_path: Path
) -> None:
    """So a container whose disk went with it interrupts nothing; one that was killed does."""
    app = make_app()
    client = app.test_client()
    client.get("/hello/ann").close()
    client.get("/hello/bob").close()
    writer = app.extensions["flask_replay"].writer
    with app.app_context():
        replay_of(app).flush()
    (name,) = writer.storage.writers()

    def ended(after: float) -> str | None:
        """Tell how the recording has ended for a machine that shares nothing but the store."""
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


def test_a_forked_child_ends_nobodys_presence(roster: Roster) -> None:
    """It closes what it inherited, and the worker it came from is there all the same; then it is
    not.
    """
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


def test_presence_leaves_no_file_object_to_the_collector(roster: Roster) -> None:
    """One that is collected before what holds it warns; an app that is let go may be a part of a
    cycle.
    """
    name = new_name()
    presence = roster.enter(name)
    assert not any(isinstance(held, io.IOBase) for held in vars(presence).values())
    assert roster.fate(name) == "alive"
    del presence
    assert roster.fate(name) == "dead"
