"""A worker returns memory that it used briefly."""

from __future__ import annotations

import ctypes
import sys
from typing import Any

import pytest

from benchmarks.memory import MEGABYTE, resident
from flask_replay.recorder.delivery import maintenance
from flask_replay.recorder.delivery import memory_trimming as trimming

from ..conftest import AppMaker

GLIBC = sys.platform == "linux" and hasattr(ctypes.CDLL(None), "gnu_get_libc_version")


def test_free_memory_is_returned_to_the_system() -> None:
    """Used pieces between free ones prevent the C library from doing so by itself. It is tried
    again, because the recorders of other tests may return the memory first.
    """
    returned = [_returned() for _ in range(3)]
    assert max(returned) > (40 * MEGABYTE if GLIBC else -1)


def _returned() -> int:
    """Use memory briefly, and return how much of it a trim gives back."""
    pieces = [bytes(4_096) for _ in range(20_000)]
    pieces[:-1] = [b""] * (len(pieces) - 1)
    before = resident()
    trimming.trim()
    return before - resident()


def test_nothing_is_done_without_such_a_function(monkeypatch: pytest.MonkeyPatch) -> None:
    """In other C libraries."""

    def nowhere(name: Any) -> Any:
        raise OSError("no such library")

    monkeypatch.setattr(ctypes, "CDLL", nowhere)
    trimming._malloc_trim.cache_clear()
    trimming.trim()
    trimming._malloc_trim.cache_clear()


def test_memory_is_returned_at_each_maintenance(
    make_app: AppMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also if no recording ended: what many visitors sent at once was in memory for a moment."""
    trimmed: list[int] = []
    monkeypatch.setattr(maintenance, "trim", lambda: trimmed.append(1))
    app = make_app()
    app.test_client().get("/hello/ann").close()
    app.extensions["replay"].writer._run_maintenance()
    assert trimmed
