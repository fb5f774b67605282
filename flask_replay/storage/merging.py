"""Merge the segments of one recording, and compute its summary."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ..codec.batches import BETWEEN
from ..recording.facets import Facets, merged
from ..recording.summary import CAPPED, UNCONFIRMED, RecordingStatus, Summary, Tally
from .protocols import Entry, Segments

PROGRAM_ENTRIES = ".api"
"""The suffix of the names under which workers write a program's entries, which the program numbers
itself.
"""


def merge(entries: Iterable[tuple[str, Entry]]) -> tuple[list[Entry], list[str]]:
    """Return entries ordered by time, then by worker and number. An entry that was written twice is
    returned once.

    An entry that a program numbered is returned once, whichever workers received it: the earliest
    one.

    :param entries: pairs of the worker's name and its entry.
    :returns: the entries, and the worker of each.
    """
    once: dict[tuple[str, int], tuple[str, Entry]] = {}
    for worker, entry in entries:
        name = (PROGRAM_ENTRIES if worker.endswith(PROGRAM_ENTRIES) else worker, entry.number)
        known = once.get(name)
        if known is None or (entry.offset_ms, worker) < (known[1].offset_ms, known[0]):
            once[name] = worker, entry
    ordered = sorted(once.values(), key=lambda item: (item[1].offset_ms, item[0], item[1].number))
    return [entry for _, entry in ordered], [worker for worker, _ in ordered]


def within(segments: Segments, most: int) -> Segments:
    """Return as much of a recording as may be opened, flagged if it was cut. The limit applied to
    each worker separately.

    :param most: the most bytes of its batches.
    """
    size = 0
    for count, entry in enumerate(segments.entries):
        size += BETWEEN + len(entry.payload)
        if size > most:
            last = msgspec.structs.replace(
                entry, tally=Tally(), payload=b"", documents=(), flags=(CAPPED,), facets=Facets()
            )
            return msgspec.structs.replace(segments, entries=[*segments.entries[:count], last])
    return segments


def summarize(segments: Segments, status: str = RecordingStatus.ACTIVE) -> Summary:
    """Return a recording's summary, made from its entries without decoding a payload."""
    flags: dict[str, None] = {}
    names: dict[str, None] = {}
    tallies = [msgspec.structs.astuple(entry.tally) for entry in segments.entries]
    for entry in segments.entries:
        flags.update(dict.fromkeys(entry.flags))
        if entry.name:
            names.pop(entry.name, None)
            names[entry.name] = None
    if any(entry.tally.events and UNCONFIRMED not in entry.flags for entry in segments.entries):
        flags.pop(UNCONFIRMED, None)  # the visitor came back
    if segments.torn:
        flags["torn"] = None
    if "failed" in flags and status != RecordingStatus.ACTIVE:
        status = RecordingStatus.FAILED
    return Summary(
        id=segments.head.id,
        name=next(reversed(names), ""),
        names=tuple(names) if len(names) > 1 else (),
        status=status,
        started_at=segments.head.started_at,
        duration_ms=max((entry.end_ms for entry in segments.entries), default=0),
        tally=Tally(*map(sum, zip(*tallies, strict=True))),
        landing=next((entry.landing for entry in segments.entries if entry.landing), ""),
        size=segments.size,
        flags=tuple(flags),
        facets=merged(entry.facets for entry in segments.entries),
    )
