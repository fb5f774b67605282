"""``RecordingState``: a lock file by which processes allow one named capture at a time, for apps
that make captures of their own.

Captures of visitors (``flask replay record``) start and end in ``recorder/captures.py``, which uses
no lock file, and only describes a running capture as this module does (:class:`ActiveSession`).
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import msgspec

from .errors import (
    DecodeError,
    NoActiveRecording,
    RecordingInProgress,
    RecordingNotFound,
    ReplayError,
)
from .recording.ids import new_id
from .storage import locks
from .storage.files.folder import NO_LINKS, named, replace
from .storage.lifecycle.finalize import keep_recovered
from .storage.protocols import Storage
from .storage.workers.names import Worker, host, this_process

logger = logging.getLogger("flask_replay")

_LOCK = "recording.lock"
_STATE = "recording.json"


class ActiveSession(msgspec.Struct, frozen=True, kw_only=True):
    """A running capture, as stored in both files.

    :param id: the id of the capture's recording.
    :param session_path: where it is written, as given to ``start``.
    :param started_at: when it started, in seconds since 1970.
    :param pid: the id of the recording process. 0 means that the capture belongs to no process, so
        only ``stop`` ends it.
    :param process_started: the process's start in clock ticks since the machine booted. It tells
        the process from a later one with the same pid.
    :param host: the machine and its boot.
    :param only: the conditions for visitors to be captured. When it is empty, all are captured.
    """

    id: str
    name: str
    session_path: str
    started_at: float
    pid: int
    process_started: int
    host: str
    only: dict[str, str] = {}

    @property
    def is_here(self) -> bool:
        """Whether its process runs, or ran, on this machine."""
        return self.host == host()

    @property
    def is_dead(self) -> bool:
        """Whether its process is certainly gone. For a process of another machine this is always
        false.
        """
        worker = Worker(self.host, self.pid, self.process_started)
        return self.pid != 0 and self.is_here and not worker.is_alive


class RecoveryInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What was cleaned up after a process died while it recorded.

    :param recovered_name: the new name of its recording; ``None`` if there was nothing to keep.
    :param event_count: the number of events in that recording.
    """

    dead_pid: int
    recovered_name: str | None = None
    event_count: int = 0


class RecordingState:
    """Ensures that at most one capture runs, and makes it known to every process.

    It uses two files: ``recording.lock`` is locked during each change and names the recording
    process; ``recording.json`` describes the capture.

    :param state_dir: an existing folder; it is not created here.
    """

    def __init__(self, state_dir: str | os.PathLike[str]) -> None:
        self.state_dir = Path(state_dir)
        self.lock_path = self.state_dir / _LOCK
        self.state_path = self.state_dir / _STATE

    def start(
        self,
        name: str,
        session_path: str | os.PathLike[str],
        *,
        id: str | None = None,
        only: Mapping[str, str] | None = None,
        detached: bool = False,
    ) -> ActiveSession:
        """Start a capture, after cleaning up after a process that died while it recorded.

        :param session_path: where the capture is written.
        :param id: the id of its recording; a new one by default.
        :param only: the conditions for visitors to be captured.
        :param detached: whether the capture continues after this process ends, until it is stopped.
        :raises RecordingInProgress: a capture is already running; the message names it.
        :raises StorageError: the folder does not exist or cannot be written.
        """
        capture = new_capture(name, os.fspath(session_path), id=id, only=only, detached=detached)
        content = msgspec.json.encode(capture)
        with self._locked() as lock:
            other = _read(lock)
            if other is not None and not other.is_dead:
                raise RecordingInProgress(describe(other))
            if other is not None:
                logger.warning(
                    "Flask-Replay: %s was being recorded by process %s, which died",
                    other.name,
                    other.pid,
                )
            lock.seek(0)
            lock.truncate()
            lock.write(content)
            lock.flush()
            replace(self.state_path, content)
        return capture

    def stop(self) -> ActiveSession:
        """Stop the capture, whichever process started it.

        :returns: the capture that was stopped.
        :raises NoActiveRecording: no capture is running.
        :raises DecodeError: neither file can be read; both are deleted.
        :raises StorageError: the files cannot be deleted.
        """
        with self._locked() as lock:
            capture: ActiveSession | None
            problem: DecodeError | None = None
            try:
                capture = self.current()
            except NoActiveRecording:
                self.lock_path.unlink()
                raise
            except DecodeError as error:
                capture, problem = _read(lock), error  # the lock holds the same data
            self._remove()
            if capture is None:
                assert problem is not None
                raise problem
        return capture

    def is_recording(self) -> bool:
        """Whether a capture is running: its file exists and can be read."""
        try:
            self.current()
        except (ReplayError, OSError):
            return False
        return True

    def current(self) -> ActiveSession:
        """Return the running capture.

        :raises NoActiveRecording: no capture is running.
        :raises DecodeError: its file cannot be read.
        """
        with named(self.state_path):
            try:
                content = self.state_path.read_bytes()
            except (FileNotFoundError, NotADirectoryError):
                raise NoActiveRecording("nothing is being recorded") from None
        try:
            return msgspec.json.decode(content, type=ActiveSession)
        except (msgspec.MsgspecError, ValueError) as error:
            raise DecodeError(f"{self.state_path} does not describe a capture: {error}") from None

    def cleanup_stale_lock(self, store: Storage | None = None) -> RecoveryInfo | None:
        """Clean up after a process that died while it recorded. A lock file that cannot be read is
        deleted, too.

        :param store: the store with the recording. A recording with events is finalized, named
            ``recovered-…`` and flagged; one without events is deleted. A failure is logged. Without
            a store, only the files are deleted.
        :returns: ``None`` when no process had died.
        :raises StorageError: the files cannot be deleted.
        """
        if not self.lock_path.exists():
            return None
        with self._locked() as lock:
            capture = _read(lock)
            if capture is None:
                self._remove()
                return None
            if not capture.is_dead:
                if not capture.is_here:
                    logger.warning("Flask-Replay: the lock is kept: %s", describe(capture))
                return None
            info = _recover(store, capture)
            self._remove()
        return info

    def _opened_lock(self) -> int:
        return os.open(self.lock_path, os.O_RDWR | os.O_CREAT | os.O_APPEND | NO_LINKS, 0o600)

    @contextmanager
    def _locked(self) -> Iterator[IO[bytes]]:
        """Hold the lock on the lock file. Retry if the file was deleted while this waited."""
        while True:
            with named(self.lock_path), open(self._opened_lock(), "a+b") as file:
                locks.lock(file)
                try:
                    same = os.path.samestat(os.fstat(file.fileno()), self.lock_path.stat())
                except FileNotFoundError:
                    same = False
                if same:
                    yield file
                    return

    def _remove(self) -> None:
        """Delete both files. The lock goes last, so that a process that finds no lock finds no
        state either.
        """
        self.state_path.unlink(missing_ok=True)
        self.lock_path.unlink(missing_ok=True)


def new_capture(
    name: str,
    session_path: str,
    *,
    id: str | None = None,
    only: Mapping[str, str] | None = None,
    detached: bool = False,
) -> ActiveSession:
    """Return a new capture by this process; see :meth:`RecordingState.start`."""
    process = this_process()
    now = time.time()
    return ActiveSession(
        id=new_id(now) if id is None else id,
        name=name,
        session_path=session_path,
        started_at=now,
        pid=0 if detached else process.pid,
        process_started=0 if detached else process.started,
        host=process.host,
        only=dict(only or {}),
    )


def _read(lock: IO[bytes]) -> ActiveSession | None:
    """Return the capture in a lock file; ``None`` if the file is empty or malformed."""
    lock.seek(0)
    try:
        return msgspec.json.decode(lock.read(), type=ActiveSession)
    except (msgspec.MsgspecError, ValueError):
        return None


def describe(capture: ActiveSession) -> str:
    """Return a message that says which capture is already running, and in which process."""
    by = (
        f"by process {capture.pid} of {capture.host.rpartition('.')[0]}"
        if capture.pid
        else "until it is stopped"
    )
    elsewhere = (
        ", which cannot be checked from this machine: stop the capture if that process is gone"
    )
    hint = "" if capture.is_here else elsewhere
    return f"{capture.name!r} is already being recorded, {by}{hint}"


def _recover(store: Storage | None, capture: ActiveSession) -> RecoveryInfo:
    if store is not None:
        name = f"recovered-{datetime.now(UTC):%Y-%m-%d-%H%M%S}"
        try:
            events = keep_recovered(store, capture.id, name)
        except RecordingNotFound:
            events = 0
        except (ReplayError, OSError) as error:
            logger.error(  # noqa: TRY400
                "Flask-Replay could not recover %s (%s): %s", capture.name, capture.id, error
            )
            events = 0
        if events:
            return RecoveryInfo(dead_pid=capture.pid, recovered_name=name, event_count=events)
    return RecoveryInfo(dead_pid=capture.pid)
