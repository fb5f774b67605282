"""The memory of a process, as Linux counts it."""

from __future__ import annotations

import re
from pathlib import Path

MEGABYTE = 1_000_000


def resident(process: int | str = "self") -> int:
    """Return the bytes that a process holds now, by default this one.

    :raises OSError: the process has ended.
    """
    return _status("VmRSS", process)


def peak() -> int:
    """Return the most bytes that this process ever held."""
    return _status("VmHWM")


def _status(field: str, process: int | str = "self") -> int:
    found = re.search(rf"{field}:\s*(\d+) kB", Path(f"/proc/{process}/status").read_text())
    if found is None:  # a zombie holds nothing
        raise ProcessLookupError(process)
    return int(found[1]) * 1024
