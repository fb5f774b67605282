"""Faults for tests: a store that disappears, hangs, or is full."""

from __future__ import annotations

import fcntl
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

DEADLINE = 60.0
"""Seconds after which a test gives up waiting."""

_HOLDER = """
import fcntl, sys
file = open(sys.argv[1], "w")
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


def until(true: Callable[[], object], every: float = 0.01) -> None:
    """Wait until a condition holds, and check it that often, in seconds."""
    end = time.monotonic() + DEADLINE
    while not true():
        assert time.monotonic() < end, "it never was so"
        Event().wait(every)


def away(folder: Path) -> None:
    """Replace a store's folder by a file, so that nobody can write there, not even root."""
    if folder.exists():
        folder.rename(folder.with_name(f"{folder.name}.away"))
    folder.write_text("This is no folder.")


def back(folder: Path) -> None:
    """Bring the folder back."""
    folder.unlink()
    kept = folder.with_name(f"{folder.name}.away")
    if kept.exists():
        kept.rename(folder)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Let a stopped process hold the lock of a file store, so that writers wait."""
    folder.mkdir(parents=True, exist_ok=True)
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(folder / "lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    holder.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        holder.kill()
        holder.communicate()


def is_held(folder: Path) -> bool:
    """Whether somebody holds that lock."""
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@contextmanager
def no_room(process: int) -> Iterator[None]:
    """Let no file of a process grow: ``write`` fails as on a full disk."""
    before = resource.prlimit(process, resource.RLIMIT_FSIZE)
    resource.prlimit(process, resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.prlimit(process, resource.RLIMIT_FSIZE, before)


def may_mount() -> bool:
    """Whether a test may mount a file system here. Root may, unless a container forbids it."""
    if os.geteuid() != 0 or not sys.platform.startswith("linux"):
        return False
    return (
        subprocess.run(
            ["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True
        ).returncode
        == 0
    )


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """Mount a file system of a size at a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "none", str(folder)], check=True
    )
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
