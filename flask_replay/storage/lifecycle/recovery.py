"""Find out which running recordings have ended, and how, and finalize those of workers that are
gone.
"""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable, Mapping

import msgspec

from ...recording.summary import RecordingStatus, Summary
from ..protocols import Ending, Storage
from ..workers.roster import Fate

_OTHERS = 60.0
"""Seconds that another machine has to finalize its own idle recordings."""


class Recovered(msgspec.Struct, frozen=True):
    """What recovery did.

    :param interrupted: the ids of recordings whose workers were killed. They are kept, with
        everything written.
    :param finished: the ids of recordings that were only idle.
    :param deleted: the ids of recordings without interaction, and of remains of deleted ones.
    :param running: the number of recordings that are still running.
    """

    interrupted: list[str] = []
    finished: list[str] = []
    deleted: list[str] = []
    running: int = 0


def ending(
    writers: Mapping[str, float],
    fate: Callable[[str], Fate],
    idle_timeout: float,
    *,
    since: float = math.inf,
    now: float,
) -> str | None:
    """Return the status with which a running recording has ended; ``None`` if it is still running.

    Its visitor's next request may reach any worker. So a recording ends when nothing was appended
    for the idle time-out. It ends at once, as ``"interrupted"``, when all workers that wrote to it
    were killed and no other worker was there since.

    :param writers: the workers that appended to it, each with the time of its last append.
    :param fate: returns what became of a worker.
    :param idle_timeout: the idle time-out, in seconds.
    :param since: since when another worker has been there; never by default.
    """
    if not writers:
        return RecordingStatus.FINISHED  # a crash came while it was dropped
    last = max(writers, key=writers.__getitem__)
    idle = now - writers[last]
    fates = {worker: fate(worker) for worker in writers}
    if fates[last] == "elsewhere":
        # Workers there would have finished it when it was due; they have not, so there are none.
        return (
            RecordingStatus.INTERRUPTED
            if idle > idle_timeout + min(_OTHERS, idle_timeout)
            else None
        )
    if idle > idle_timeout:
        return RecordingStatus.INTERRUPTED if fates[last] == "dead" else RecordingStatus.FINISHED
    gone = (
        fates[last] == "dead"
        and "alive" not in fates.values()
        and "elsewhere" not in fates.values()
    )
    return RecordingStatus.INTERRUPTED if gone and writers[last] < since else None


def ending_by(fate: Callable[[str], Fate], idle_timeout: float, since: float = math.inf) -> Ending:
    """Return a function that decides endings at the present time; see :func:`ending`."""
    return lambda writers: ending(writers, fate, idle_timeout, since=since, now=time.time())


def endings(
    storage: Storage,
    fate: Callable[[str], Fate],
    idle_timeout: float,
    *,
    since: float = math.inf,
    now: float | None = None,
) -> dict[str, str]:
    """Return the running recordings that have ended, each with its status; see :func:`ending`.

    :param now: the time in seconds since 1970; the present by default.
    """
    present = time.time() if now is None else now
    known = functools.cache(fate)  # one worker may have written many of them
    found = {
        name: ending(writers, known, idle_timeout, since=since, now=present)
        for name, writers in storage.writers().items()
    }
    return {name: status for name, status in found.items() if status is not None}


def recover(
    storage: Storage,
    fate: Callable[[str], Fate],
    idle_timeout: float,
    finish: Callable[[str, Ending], Summary | None],
    progress: Callable[[int, int], object] | None = None,
) -> Recovered:
    """Finalize recordings that are idle or whose workers are gone. Those that running workers write
    are left alone.

    :param finish: a function ``finish(id, ending)`` that finalizes one, and returns the summary of
        the archived recording.
    :param progress: is called with the number of recordings done and the total.
    """
    ended = endings(storage, fate, idle_timeout)
    running = len(storage.writers().keys() - ended.keys())
    done = Recovered()
    for number, (name, status) in enumerate(ended.items(), 1):
        summary = finish(name, ending_by(fate, idle_timeout))
        if not storage.finished(name):
            if storage.size(name):
                # its visitor came back, another process is finalizing it, or it cannot be read
                running += 1
            else:
                done.deleted.append(name)
        elif (status if summary is None else summary.status) == RecordingStatus.INTERRUPTED:
            done.interrupted.append(name)
        else:
            done.finished.append(name)
        if progress is not None:
            progress(number, len(ended))
    return msgspec.structs.replace(done, running=running)
