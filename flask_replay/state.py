"""The life of one named capture, across processes: who records, since when, and what became of
them.
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
    """A capture in progress, as both files hold it.

    :param id: of the recording that the capture is.
    :param session_path: where it is written, as whoever started it said.
    :param started_at: seconds since 1970.
    :param pid: the process that records; 0 when it belongs to none, and only ``stop`` ends it.
    :param process_started: clock ticks from the machine's start to the process's: another process
        that is given the same pid one day isn't taken for it.
    :param host: the machine, since it was started.
    :param only: which visitors are captured, where it is of visitors; all when empty.
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
        """Whether its process is, or was, one of this machine's."""
        return self.host == host()

    @property
    def is_dead(self) -> bool:
        """Whether its process is gone for certain; of another machine's nobody can say."""
        worker = Worker(self.host, self.pid, self.process_started)
        return self.pid != 0 and self.is_here and not worker.is_alive


class RecoveryInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What was cleaned up after a process that died while it recorded.

    :param recovered_name: what its recording is called now; ``None`` if there was none to keep.
    :param event_count: events in that.
    """

    dead_pid: int
    recovered_name: str | None = None
    event_count: int = 0


class RecordingState:
    """Sees to it that at most one capture goes on, and lets every process know of it.

    Two files: ``recording.lock``, which is locked while something changes and says who records, and
    ``recording.json``, which says what.

    :param state_dir: a folder that exists; it isn't made here.
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
        """Begin a capture. What a process left that died is cleaned up before.

        :param session_path: where it is written.
        :param id: of the recording that it is; a new one when left out.
        :param only: which visitors are captured.
        :param detached: it goes on when this process ends, until somebody stops it.
        :raises RecordingInProgress: one goes on already; the message names it.
        :raises StorageError: the folder is not there, or cannot be written.
        """
        session = new_session(name, os.fspath(session_path), id=id, only=only, detached=detached)
        content = msgspec.json.encode(session)
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
        return session

    def stop(self) -> ActiveSession:
        """End the capture, whichever process began it.

        :returns: what it was.
        :raises NoActiveRecording: none goes on.
        :raises DecodeError: neither file can be read; they are gone now.
        :raises StorageError: the files cannot be deleted.
        """
        with self._locked() as lock:
            session: ActiveSession | None
            problem: DecodeError | None = None
            try:
                session = self.current()
            except NoActiveRecording:
                self.lock_path.unlink()
                raise
            except DecodeError as error:
                session, problem = _read(lock), error  # it says the same
            self._remove()
            if session is None:
                assert problem is not None
                raise problem
        return session

    def is_recording(self) -> bool:
        """Whether a capture goes on: its file is there, and can be read."""
        try:
            self.current()
        except (ReplayError, OSError):
            return False
        return True

    def current(self) -> ActiveSession:
        """Return the capture that goes on.

        :raises NoActiveRecording: none does.
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
            raise DecodeError(f"{self.state_path} does not say what is recorded: {error}") from None

    def cleanup_stale_lock(self, store: Storage | None = None) -> RecoveryInfo | None:
        """Clean up after a process that died while it recorded. A lock that nobody can read goes,
        too.

        :param store: has the recording. One with events is finished, named ``recovered-…`` and
            flagged, one without is deleted; what fails is logged. Without a store only the files
            go.
        :returns: ``None`` when no process had died.
        :raises StorageError: the files cannot be deleted.
        """
        if not self.lock_path.exists():
            return None
        with self._locked() as lock:
            session = _read(lock)
            if session is None:
                self._remove()
                return None
            if not session.is_dead:
                if not session.is_here:
                    logger.warning("Flask-Replay: the lock stays: %s", describe(session))
                return None
            info = _recover(store, session)
            self._remove()
        return info

    def _opened_lock(self) -> int:
        return os.open(self.lock_path, os.O_RDWR | os.O_CREAT | os.O_APPEND | NO_LINKS, 0o600)

    @contextmanager
    def _locked(self) -> Iterator[IO[bytes]]:
        """Hold the lock's file alone. One that was deleted while we waited for it counts no
        more.
        """
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
        """Delete both files; the lock last, so that whoever finds none finds no state either."""
        self.state_path.unlink(missing_ok=True)
        self.lock_path.unlink(missing_ok=True)


def new_session(
    name: str,
    session_path: str,
    *,
    id: str | None = None,
    only: Mapping[str, str] | None = None,
    detached: bool = False,
) -> ActiveSession:
    """Say what this process captures from now on; see :meth:`RecordingState.start`."""
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
    """Read who records; ``None`` for what is empty, or not ours."""
    lock.seek(0)
    try:
        return msgspec.json.decode(lock.read(), type=ActiveSession)
    except (msgspec.MsgspecError, ValueError):
        return None


def describe(session: ActiveSession) -> str:
    """Say that a capture goes on already, and whose it is."""
    by = (
        f"by process {session.pid} of {session.host.rpartition('.')[0]}"
        if session.pid
        else "until it is stopped"
    )
    hint = "" if session.is_here else ", which this machine cannot look for: stop it, if it is gone"
    return f"{session.name!r} is being recorded already, {by}{hint}"


def _recover(store: Storage | None, session: ActiveSession) -> RecoveryInfo:
    if store is not None:
        name = f"recovered-{datetime.now(UTC):%Y-%m-%d-%H%M%S}"
        try:
            events = keep_recovered(store, session.id, name)
        except RecordingNotFound:
            events = 0
        except (ReplayError, OSError) as error:
            logger.error(  # noqa: TRY400
                "Flask-Replay could not recover %s (%s): %s", session.name, session.id, error
            )
            events = 0
        if events:
            return RecoveryInfo(dead_pid=session.pid, recovered_name=name, event_count=events)
    return RecoveryInfo(dead_pid=session.pid)
