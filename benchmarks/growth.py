"""Whether the cost of an event stays the same up to a million events: encoded and appended to one
store, in many sessions.
"""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from flask_replay.boundary import Boundary
from flask_replay.codec import decode_batch
from flask_replay.recorder.delivery.deltas import Deltas
from flask_replay.recorder.delivery.encoding import Encoder, Item
from flask_replay.recorder.visit import Visit
from flask_replay.recording.batch import Batch
from flask_replay.recording.ids import new_id
from flask_replay.settings import Settings
from flask_replay.storage import Entry, Head, Segments, Storage
from tests.services import Services

from .pages import ROOT
from .stores import KINDS, opener
from .visits import record

MOST = 1_000_000
STEPS = (1, 2, 5)
"""Numbers of events at which a stretch ends, each times a power of ten from a thousand on."""

VISITORS = 50
"""Sessions that take turns."""

REQUESTS = 5
"""Requests of a session in one append; each has two events."""

APPENDS = 10
"""Appends of one session, after which another visitor comes."""

SAMPLE = 400
"""Events of a real visit, repeated."""

LIMIT = 1.5
PICTURE = ROOT / "docs" / "cost-per-event.svg"


class Stretch(NamedTuple):
    """A part of the run.

    :param events: number of events in the store at its end.
    :param cost: microseconds per event, the median of its appends.
    """

    events: int
    cost: float


class Session:
    """A visit that is repeated until it ends."""

    def __init__(self) -> None:
        moment = time.time()
        self.visit = Visit(new_id(moment), int(moment * 1000), int(moment))
        self.left = APPENDS

    def encode(self, encoder: Encoder, batches: Sequence[Batch]) -> tuple[Head, list[Entry]]:
        """Encode the batches of some requests, as a writer does."""
        found = [
            encoder.encode(Item(self.visit, "", batch, {}, 0), self.visit) for batch in batches
        ]
        self.left -= 1
        head = next(head for head, _ in filter(None, found))
        return head, [entry for _, entry in filter(None, found)]


def stretches(most: int) -> list[int]:
    """Return the numbers of events at which stretches end, from a thousand to the last."""
    counts = (step * 10**power for power in itertools.count(3) for step in STEPS)
    return list(itertools.takewhile(lambda count: count <= most, counts))


def measure(storage: Storage, sample: Segments, most: int) -> list[Stretch]:
    """Append up to a number of events, and return the cost of an event for each stretch."""
    batches = itertools.cycle(
        [
            decode_batch(entry.payload, sample.head.format, entry.offset_ms)
            for entry in sample.entries
        ]
    )
    encoder = Encoder(Deltas(Boundary()), Settings(format=sample.head.format, max_events=most))
    sessions = [Session() for _ in range(VISITORS)]
    found: list[Stretch] = []
    events = 0
    for end in stretches(most):
        costs: list[float] = []
        while events < end:
            place = len(costs) % VISITORS
            if not sessions[place].left:
                sessions[place] = Session()
            given = list(itertools.islice(batches, REQUESTS))
            start = time.perf_counter()
            head, entries = sessions[place].encode(encoder, given)
            storage.append(head, "worker", entries)
            count = sum(entry.tally.events for entry in entries)
            costs.append((time.perf_counter() - start) * 1e6 / count)
            events += count
        found.append(Stretch(end, statistics.median(costs)))
    return found


def ratio(found: Sequence[Stretch]) -> float:
    """Return the cost of an event in the last stretch relative to the median stretch."""
    return found[-1].cost / statistics.median(stretch.cost for stretch in found)


def draw(measured: dict[str, list[Stretch]], picture: Path) -> None:
    """Plot what was measured."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    for label, found in measured.items():
        axes.plot(
            [stretch.events for stretch in found],
            [stretch.cost for stretch in found],
            marker="o",
            label=label,
        )
    axes.set(
        xscale="log",
        yscale="log",
        xlabel="events in the store",
        ylabel="µs per event, encoded and appended",
    )
    axes.set_ylim(10, 10_000)
    axes.grid(alpha=0.3)
    axes.legend(ncols=len(measured))
    figure.savefig(picture, metadata={"Date": None})


def run() -> bool:
    """Measure, print the table, draw the picture, and return whether the limit holds."""
    sample = record(SAMPLE)
    measured: dict[str, list[Stretch]] = {}
    powers = [10**power for power in range(3, 7)]
    print(f"\n{'µs per event, of so many':36}" + "".join(f"{count:>12,}" for count in powers))
    good = True
    services = Services(durable=True)
    try:
        for kind in KINDS:
            with opener(kind, services) as open_storage:
                measured[kind.label] = found = measure(open_storage(), sample, MOST)
            holds = ratio(found) <= LIMIT
            good = good and holds
            costs = "".join(
                f"{stretch.cost:12.0f}" for stretch in found if stretch.events in powers
            )
            print(
                f"{kind.label:36}{costs} {ratio(found):6.2f}× ({'≤' if holds else 'NOT ≤'} "
                f"{LIMIT}×)",
                flush=True,
            )
    finally:
        services.remove()
    draw(measured, PICTURE)
    return good
