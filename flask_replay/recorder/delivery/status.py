"""The state that a worker reports of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...storage.workers.roster import Status

if TYPE_CHECKING:
    from .writer import Writer


def status_of(writer: Writer, leaving: bool) -> Status:
    """Return the state of a writer's worker.

    :param leaving: whether the worker is leaving.
    """
    outbox = writer.outbox
    return Status(
        worker=writer.worker,
        since=writer.heartbeat.since,
        left=leaving,
        waiting=outbox.waiting + len(writer.queue.waiting),
        waiting_bytes=writer.budget.used,
        spooled=outbox.spool.count,
        saved=outbox.saved,
        dropped=writer.dropped,
        refused=writer.budget.refused,
        failing_since=outbox.outage.since,
        problem=outbox.outage.problem,
    )
