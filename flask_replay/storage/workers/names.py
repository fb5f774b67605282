"""Workers: the processes that write recordings. Their names tell whether they are still there.

A name carries the machine, the process id, and the moment the process started: a process id alone
is given to another process one day, and after a reboot at once.
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
"""Ends the name under which a worker that ends in peace says so in the journal of each recording it
wrote to lately.

Whoever does not see its local folder knows by that: a container may take its disk with it.
"""

_NAME = re.compile(r"(?P<host>.+)-(?P<pid>\d{1,10})-(?P<started>\d{1,20})-[0-9a-f]{8}", re.ASCII)
_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]")
_PROC = Path("/proc")


class Worker(msgspec.Struct, frozen=True):
    """What a worker's name says.

    :param host: the machine, as :func:`host` gave it there.
    :param started: clock ticks from the machine's start to the process's; 0 where nobody can say.
    """

    host: str
    pid: int
    started: int

    @property
    def is_alive(self) -> bool:
        """Whether the process is there; only its own machine can."""
        return _exists(self.pid) and _started(self.pid) in (None, self.started)


def new_name() -> str:
    """Name a worker of this process; two of one process have different names."""
    return f"{host()}-{os.getpid()}-{_started(os.getpid()) or 0}-{secrets.token_hex(4)}"


def beside(worker: str, recording_id: str) -> str:
    """Return the name under which others write what a worker wrote to a recording when it was being
    finished.

    It says the same of the process. Whoever does so again, after a crash, finds the same name:
    nothing is doubled.
    """
    digest = hashlib.blake2b(f"{worker} {recording_id}".encode(), digest_size=4).hexdigest()
    return f"{worker[:-8]}{digest}" if parse(worker) else f"{worker}-{digest}"


def this_process() -> Worker:
    """Say which process this is."""
    return Worker(host(), os.getpid(), _started(os.getpid()) or 0)


def parse(name: str) -> Worker | None:
    """Read a worker's name; ``None`` for what is none."""
    found = _NAME.fullmatch(name)
    return Worker(found["host"], int(found["pid"]), int(found["started"])) if found else None


def host() -> str:
    """Name the place in which a process id means one process: this machine, since it was started.

    Containers have process ids of their own, and may share a host name; hence the digest.
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
        return True  # asking like this would end it there
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass  # somebody else's
    return True


def _started(pid: int) -> int | None:
    """Return when a process started, in ticks (proc(5), field 22); ``None`` if that cannot be seen.

    A process that has ended and that its parent has not asked for yet started at no time.
    """
    stat = _read(_PROC / str(pid) / "stat")
    fields = stat.rpartition(")")[2].split()  # the program's name, in brackets, may hold anything
    if len(fields) < 20:
        return None
    return -1 if fields[0] in "ZX" else int(fields[19])


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
