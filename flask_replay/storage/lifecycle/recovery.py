"""Which recordings in progress have ended, and how; finishing those of workers that are gone."""

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
"""Seconds that another machine has to finish an idle recording of its own."""


class Recovered(msgspec.Struct, frozen=True):
    """What recovery did.

    :param interrupted: ids of the recordings whose workers were killed; kept, with all they had
        written.
    :param finished: of those that were merely idle.
    :param deleted: of those without interaction, and what a crash left of deleted ones.
    :param running: how many go on.
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
    """Return the status with which a recording in progress has ended; ``None`` if it goes on.

    Its visitor's next request may come to any worker. So it ends when nothing was appended for the
    idle timeout; and at once, as ``"interrupted"``, when all workers that wrote it were killed, and
    no other was there since.

    :param writers: who appended to it, and when last.
    :param fate: tells what became of one.
    :param idle_timeout: seconds.
    :param since: from when on another worker has been there; never, when left out.
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
    """Return what tells the endings of recordings as they are read, by the present time; see
    :func:`ending`.
    """
    return lambda writers: ending(writers, fate, idle_timeout, since=since, now=time.time())


def endings(
    storage: Storage,
    fate: Callable[[str], Fate],
    idle_timeout: float,
    *,
    since: float = math.inf,
    now: float | None = None,
) -> dict[str, str]:
    """Return the recordings in progress that have ended, each with its status; see :func:`ending`.

    :param now: seconds since 1970; the present when left out.
    """
    present = time.time() if now is None else now
    known = functools.cache(fate)  # one worker wrote many of them
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
    """Finish what workers left that are gone, and what is idle; leave alone what living ones write.

    :param finish: ``finish(id, ending)`` finishes one, and gives the summary of what it archived.
    :param progress: is told how many of how many are done.
    """
    ended = endings(storage, fate, idle_timeout)
    running = len(storage.writers().keys() - ended.keys())
    done = Recovered()
    for number, (name, status) in enumerate(ended.items(), 1):
        summary = finish(name, ending_by(fate, idle_timeout))
        if not storage.finished(name):
            if storage.size(name):
                # its visitor came back meanwhile, another process is at it, or it cannot be read
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
