"""What a process holds in memory, as Linux counts it."""

from __future__ import annotations

import re
from pathlib import Path

MEGABYTE = 1_000_000


def resident() -> int:
    """Give the bytes that this process holds now."""
    return _status("VmRSS")


def peak() -> int:
    """Give the most bytes that this process ever held."""
    return _status("VmHWM")


def _status(field: str) -> int:
    found = re.search(rf"{field}:\s*(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) * 1024
