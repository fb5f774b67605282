"""The names of workers, the processes that write recordings. A name tells whether its worker is
still alive.

A name contains the machine, the process id, and the time at which the process started. The process
id alone is not enough, because the system reuses it, after a reboot at once.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import socket
from pathlib import Path

import msgspec

LEFT = ".left"
"""The suffix of the name under which a worker at its normal end writes to its recent recordings.

It tells those who cannot see the worker's local folder, which may be deleted with its container.
"""

_NAME = re.compile(r"(?P<host>.+)-(?P<pid>\d{1,10})-(?P<started>\d{1,20})-[0-9a-f]{8}", re.ASCII)
_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]")
_PROC = Path("/proc")


class Worker(msgspec.Struct, frozen=True):
    """The contents of a worker's name.

    :param host: the machine, as :func:`host` names it.
    :param started: the process's start in clock ticks since the machine booted; 0 if it is unknown.
    """

    host: str
    pid: int
    started: int

    @property
    def is_alive(self) -> bool:
        """Whether the process exists. Only its own machine can tell."""
        return _exists(self.pid) and _started(self.pid) in (None, self.started)


def new_name() -> str:
    """Return a new name for a worker of this process. Two workers of one process have different
    names.
    """
    return f"{host()}-{os.getpid()}-{_started(os.getpid()) or 0}-{secrets.token_hex(4)}"


def beside(worker: str, recording_id: str) -> str:
    """Return the name for entries that another worker moves from a recording while it is being
    finalized.

    The name identifies the same process. A repetition after a crash uses the same name, so nothing
    is stored twice.
    """
    digest = hashlib.blake2b(f"{worker} {recording_id}".encode(), digest_size=4).hexdigest()
    return f"{worker[:-8]}{digest}" if parse(worker) else f"{worker}-{digest}"


def this_process() -> Worker:
    """Return the worker of this process."""
    return Worker(host(), os.getpid(), _started(os.getpid()) or 0)


def parse(name: str) -> Worker | None:
    """Return the worker that a name denotes, or ``None`` if it is malformed."""
    found = _NAME.fullmatch(name)
    return Worker(found["host"], int(found["pid"]), int(found["started"])) if found else None


def host() -> str:
    """Return a name for the space in which a process id is unique: this machine since its boot.

    Containers have their own process ids, and may share a host name, so the name includes a digest.
    """
    place = [_read(_PROC / "sys/kernel/random/boot_id")]
    try:
        place.append(str((_PROC / "self/ns/pid").readlink()))
    except OSError:  # not Linux
        place.append("")
    name = socket.gethostname()
    digest = hashlib.blake2b("\n".join([name, *place]).encode(), digest_size=4).hexdigest()
    return f"{_UNSAFE.sub('_', name)[:24]}.{digest}"


def _exists(pid: int) -> bool:
    if os.name == "nt":
        return True  # on Windows, os.kill would end the process
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass  # it belongs to another user
    return True


def _started(pid: int) -> int | None:
    """Return when a process started, in clock ticks (proc(5), field 22); ``None`` if that is not
    visible.

    A zombie, which has ended but was not reaped, returns -1.
    """
    stat = _read(_PROC / str(pid) / "stat")
    # the program's name, in brackets, may contain anything
    fields = stat.rpartition(")")[2].split()
    if len(fields) < 20:
        return None
    return -1 if fields[0] in "ZX" else int(fields[19])


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
