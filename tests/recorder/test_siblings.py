"""Workers share secrets. Messages from anybody else have no effect, and nobody waits."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from itsdangerous import Signer

from flask_replay.boundary import Boundary
from flask_replay.recorder.cleaning.siblings import Siblings
from flask_replay.sanitize.lasting import LastingSecrets
from flask_replay.sanitize.memory import Memory

KEY = b"the app's own key"
SECRET = "hunter2-secret-9"
Worker = Callable[..., Siblings]


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Worker]:
    """Return a function that makes a worker without a thread, which receives when it is about to
    redact.
    """
    workers: list[Siblings] = []

    def make(
        key: bytes = KEY, folder: Path = tmp_path / "siblings", *, threads: bool = False
    ) -> Siblings:
        workers.append(Siblings(folder, lambda: [key] if key else [], LastingSecrets(), Boundary()))
        workers[-1]._wait_until = 0.0
        workers[-1].join(threads=threads)
        return workers[-1]

    yield make
    for one in workers:
        one._reset()


def learnt(worker: Siblings, visit: str = "") -> dict[str, str]:
    """Return the secrets that a worker knows for the requests of a visit."""
    worker.catch_up()
    return {**worker.lasting.secrets, **worker.lasting.of_visit(visit)}


def send(worker: Siblings, data: bytes) -> None:
    """Send a message to a worker's socket from outside."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        here = Path.cwd()
        os.chdir(worker.folder)  # the path of a test's folder may be longer than an address
        try:
            sender.sendto(data, worker.name)
        finally:
            os.chdir(here)


def test_secrets_learnt_by_one_worker_are_shared(worker: Worker) -> None:
    """Long ones for all requests, short ones for the visit in which they were seen."""
    first, second, third = worker(), worker(), worker()
    memory = Memory(first.lasting, "visit")
    memory.learn(SECRET)
    memory.learn("48151")
    for other in (second, third):
        assert learnt(other, "visit") == {SECRET: "[redacted]", "48151": "[redacted]"}
        assert learnt(other, "another") == {SECRET: "[redacted]"}


def test_names_of_fields_for_passwords_are_shared(worker: Worker) -> None:
    """One worker sends the form, and another one gets what was typed."""
    first, second = worker(), worker()
    first.lasting.remember_fields(["field_17"])
    first.lasting.remember_fields(["field_18"])
    second.catch_up()
    assert [*second.lasting.fields] == ["field_17", "field_18"]
    later = worker()
    first.catch_up()
    later.catch_up()
    assert [*later.lasting.fields] == ["field_17", "field_18"]


def test_a_secret_is_shared_once(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither its sender nor its receivers send it again."""
    first, second = worker(), worker()
    Memory(first.lasting, "visit").learn(SECRET)
    assert SECRET in learnt(second)
    told: list[object] = []
    for one in (first, second):
        monkeypatch.setattr(one, "_send", lambda *message: told.append(message))
        Memory(one.lasting, "visit").learn(SECRET)
    assert told == []


def test_a_worker_that_starts_later_gets_earlier_secrets(worker: Worker) -> None:
    """However many there are: its first request may show one."""
    first = worker()
    secrets = {f"{SECRET}-{number}": "[redacted]" for number in range(2_000)}
    first.lasting.add(secrets, {}, "")
    first.lasting.add({}, {"48151": "[redacted]"}, "visit")
    later = worker()
    first.catch_up()
    assert learnt(later, "visit") == {**secrets, "48151": "[redacted]"}


def test_a_worker_without_requests_still_receives(worker: Worker) -> None:
    """The system queues only a few messages for an idle process."""
    busy, idle = worker(), worker(threads=True)
    for number in range(100):
        Memory(busy.lasting).learn(f"{SECRET}-{number}")
        deadline = time.monotonic() + 30
        while len(idle.lasting.secrets) <= number and time.monotonic() < deadline:
            os.sched_yield()
    assert len(idle.lasting.secrets) == 100


@pytest.mark.parametrize("secret", [SECRET + "é密\ud800", SECRET + "x" * 65_000])
def test_secrets_of_every_kind_are_shared(worker: Worker, secret: str) -> None:
    """Including half of a surrogate pair, and a secret of the maximum length."""
    first, second = worker(), worker()
    Memory(first.lasting).learn(secret)
    assert [*learnt(second)] == [secret]


def test_a_message_signed_with_another_key_is_dropped(worker: Worker) -> None:
    """From another app, or from an intruder in the folder."""
    ours, stranger = worker(), worker(b"another key")
    Memory(stranger.lasting).learn(SECRET)
    assert learnt(ours) == {}


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"x",
        b"." * 1_000,
        b"[" * 100_000,
        b"{}",
        b"null",
        b'{"secrets": {"a": 1}}',
        b'{"secrets": ["a"]}',
        b"\xff",
    ],
)
def test_invalid_messages_are_dropped(worker: Worker, said: bytes) -> None:
    """Even signed ones. Later messages are received."""
    first, second = worker(), worker()
    signer = Signer(KEY, salt=b"flask-replay siblings", digest_method=first._signer().digest_method)
    send(second, said or b"\0")
    send(second, signer.sign(said))
    Memory(first.lasting).learn(SECRET)
    assert learnt(second) == {SECRET: "[redacted]"}


def test_a_message_that_is_too_large_is_neither_sent_nor_received(worker: Worker) -> None:
    """It would use memory for nothing."""
    first, second = worker(), worker()
    first.lasting.add({"x" * 200_000: "[redacted]"}, {}, "")
    assert learnt(second) == {}
    send(second, b"x" * 150_000)
    Memory(first.lasting).learn(SECRET)
    assert learnt(second) == {SECRET: "[redacted]"}


def test_nobody_waits_for_a_worker_that_does_not_receive(worker: Worker) -> None:
    """It loses what it does not accept, and continues with later messages."""
    first, second = worker(), worker()
    for number in range(300):
        Memory(first.lasting).learn(f"{SECRET}-{number}")
    assert 0 < len(learnt(second)) <= 300
    Memory(first.lasting).learn(SECRET)
    assert SECRET in learnt(second)


def test_the_socket_of_a_killed_worker_is_removed(worker: Worker) -> None:
    """By the first worker that notices. A worker that ends normally removes its own."""
    first, second, third = worker(), worker(), worker()
    assert second.receiver is not None
    second.receiver.close()  # as the system does
    third._reset()
    Memory(first.lasting).learn(SECRET)
    assert [path.name for path in first.folder.iterdir()] == [first.name]


def test_a_folder_that_others_may_enter_is_not_used(worker: Worker, tmp_path: Path) -> None:
    """Nor a symbolic link to one. The log says so."""
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o755)
    (tmp_path / "link").symlink_to(tmp_path / "open")
    for name in ("open", "link"):
        one = worker(folder=tmp_path / name)
        assert one.receiver is None
        Memory(one.lasting).learn(SECRET)
        assert learnt(one) == {SECRET: "[redacted]"}
    assert [*(tmp_path / "open").iterdir()] == []


def test_only_the_owner_may_enter_the_folder(worker: Worker) -> None:
    """Nobody else can send."""
    assert worker().folder.stat().st_mode & 0o777 == 0o700


def test_without_such_sockets_secrets_are_not_shared(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On other platforms, and in an app without a key: each worker knows what it learnt itself."""
    keyless = worker(b"")
    monkeypatch.delattr(socket, "AF_UNIX")
    for one in (keyless, worker()):
        Memory(one.lasting).learn(SECRET)
        assert learnt(one) == {SECRET: "[redacted]"}
        assert one.receiver is None


def test_a_forked_child_leaves_its_parents_socket_alone(worker: Worker) -> None:
    """It opens one of its own, and the parent keeps receiving."""
    parent, other = worker(), worker()
    if (child := os.fork()) == 0:
        joined = parent.receiver is None
        parent.join(threads=False)
        Memory(parent.lasting).learn(SECRET)
        os._exit(0 if joined and parent.name else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert SECRET in learnt(parent)
    assert SECRET in learnt(other)
    Memory(other.lasting).learn("another-s3cret")
    assert "another-s3cret" in learnt(parent)


def test_workers_write_their_entries_when_one_asks(worker: Worker) -> None:
    """The one that asks continues when all have answered, and waits for a silent one only up to the
    time limit.
    """
    asking, listening, silent = worker(), worker(threads=True), worker()
    written: list[str] = []
    listening.flush = lambda: written.append("listening")
    silent._reset()
    assert asking.have_others_flush(30.0)
    assert written == ["listening"]
    worker()
    assert not asking.have_others_flush(0.05)
