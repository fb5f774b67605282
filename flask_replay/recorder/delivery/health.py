"""The state of recording: the configuration, whether the store responds, what is waiting, and what
was lost.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import msgspec

from ...boundary import Boundary
from ...engine.recording import core
from ...errors import KeyMissing, StorageError
from ...recording.ids import new_id
from ...sanitize.text import clean
from ...settings import Settings
from ...storage import Storage
from ...storage.sealing.stores import locked, title
from ...storage.workers.roster import Fate, Status
from .spool import Spool
from .writer import Writer

STORE_PATIENCE = 4.0
"""Seconds within which the store must respond."""

_SHOWN = (
    "enabled",
    "format",
    "fsync",
    "flush_interval",
    "idle_timeout",
    "retry_attempts",
    "retry_delay",
    "max_memory",
)


class PlaceHealth(msgspec.Struct, frozen=True, kw_only=True):
    """The store or the spool, and whether it can be used.

    :param problem: why it cannot be used; empty if it can.
    :param seconds: how long the test took.
    """

    name: str
    readable: bool
    writable: bool
    problem: str = ""
    seconds: float = 0.0


class WorkerHealth(msgspec.Struct, frozen=True, kw_only=True):
    """A worker of this machine.

    :param fate: ``"alive"``; ``"left"``, it ended normally; ``"dead"``; or ``"elsewhere"``, it ran
        before a reboot or in another container.
    """

    fate: Fate
    status: Status


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """The state of recording as a whole.

    :param problems: what is wrong and how to fix it, one line each; empty when all is well.
    :param spooled_bytes: the size of the spool, over all workers of this machine.
    :param settings: the settings that matter for delivery.
    :param core: ``"compiled"``, or ``"Python"`` and why the compiled core is not used.
    """

    ok: bool
    problems: list[str]
    store: PlaceHealth
    spool: PlaceHealth
    spooled_bytes: int
    max_spool: int
    workers: list[WorkerHealth]
    settings: dict[str, bool | int | float | str]
    core: str = ""


def examine(
    storage: Storage,
    settings: Settings,
    writer: Writer,
    boundary: Boundary,
    reasons: Sequence[str] = (),
) -> Health:
    """Test the store and the spool, and look up the workers of this machine. The tests leave
    nothing behind.

    :param reasons: why nothing is recorded although nothing fails.
    """
    spool = writer.outbox.spool
    store = _try_store(storage, boundary)
    local = _try_spool(spool, boundary)
    workers = [
        WorkerHealth(fate=writer.roster.fate(status.worker), status=status)
        for status in writer.roster.read()
    ]
    workers.sort(key=lambda worker: (worker.fate != "alive", -worker.status.written_at))
    spooled = spool.size()
    problems = list(reasons)
    problems += [f"the store: {store.problem}"] if store.problem else []
    problems += [f"the spool: {local.problem}"] if local.problem else []
    problems += [line for worker in workers for line in _problems(worker)]
    if spooled >= settings.max_spool:
        problems.append(
            f"the spool is full: {spooled:,} bytes; make room, or set REPLAY_MAX_SPOOL higher"
        )
    if spooled and not any(worker.fate == "alive" for worker in workers):
        problems.append(
            "the spool holds data of workers that are gone: start a worker, or run flask replay "
            "recover"
        )
    return Health(
        ok=not problems,
        problems=problems,
        store=store,
        spool=local,
        spooled_bytes=spooled,
        max_spool=settings.max_spool,
        workers=workers,
        settings={name: getattr(settings, name) for name in _SHOWN},
        core="compiled" if core.COMPILED is not None else f"Python, as {core.REASON}",
    )


def _problems(worker: WorkerHealth) -> list[str]:
    """Return what is wrong with a running worker. A worker that is gone has no problems."""
    status = worker.status
    found: list[str] = []
    if worker.fate != "alive":
        return found
    if status.failing_since:
        lasting = time.time() - status.failing_since
        found.append(
            f"{status.worker}: the store has failed for {lasting:.0f} s; {status.waiting} wait in "
            "memory, "
            f"{status.spooled} in the spool: {status.problem}"
        )
    if status.dropped or status.refused:
        found.append(
            f"{status.worker}: since it started, {status.dropped} requests were lost and "
            f"{status.refused} sessions "
            "not recorded, because REPLAY_MAX_MEMORY was reached"
        )
    return found


def _try_store(storage: Storage, boundary: Boundary) -> PlaceHealth:
    """Read from the store, and take and release the lease of a recording that does not exist."""
    done: list[str] = []

    def use() -> None:
        storage.finished(new_id())
        storage.touched()
        done.append("read")
        name, owner = new_id(), "doctor"
        try:
            if not storage.lease(name, owner, STORE_PATIENCE):
                raise StorageError("it refused the lease of a recording that nobody holds")
        finally:
            with suppress(StorageError):
                storage.release(name, owner)
        done.append("write")
        problem = locked(storage)
        if problem:
            raise KeyMissing(problem)

    started = time.monotonic()
    problem = _within(STORE_PATIENCE, use, boundary)
    return PlaceHealth(
        name=title(storage),
        readable="read" in done,
        writable="write" in done,
        problem=problem,
        seconds=round(time.monotonic() - started, 4),
    )


def _try_spool(spool: Spool, boundary: Boundary) -> PlaceHealth:
    started = time.monotonic()
    problem = _within(STORE_PATIENCE, spool.probe, boundary)
    return PlaceHealth(
        name=str(spool.folder.parent),
        readable=not problem,
        writable=not problem,
        problem=problem,
        seconds=round(time.monotonic() - started, 4),
    )


def _within(seconds: float, action: Callable[[], None], boundary: Boundary) -> str:
    """Run an action that may hang. Return what went wrong, or ``""``."""
    errors: list[Exception | None] = []
    thread = threading.Thread(target=lambda: errors.append(boundary.attempt(action)), daemon=True)
    thread.start()
    thread.join(seconds)
    if not errors:
        return f"it does not answer within {seconds:.0f} s"
    return "" if errors[0] is None else clean(f"{type(errors[0]).__name__}: {errors[0]}")
