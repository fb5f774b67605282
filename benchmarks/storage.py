"""The time of stores to append to the journal and to list a page, with files and real databases
that wait for the disk.
"""

from __future__ import annotations

import multiprocessing
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import sqlalchemy as sa

from flask_replay import FileStorage, Filter, SQLAlchemyStorage
from flask_replay.codec import encode_recording
from flask_replay.codec.recordings import Header
from flask_replay.recording.ids import new_id
from flask_replay.recording.summary import Summary, Tally
from flask_replay.storage import Recordings, Storage
from flask_replay.storage.sql.rows import columns
from flask_replay.testing import entry, head
from tests.services import Services

from .stores import KINDS, open_database, opener

SECONDS = 3.0
VISITORS = 50
"""Recordings to which a process appends in turn."""

BATCH = 10
"""Events of one append: those of a busy visitor in a flush interval."""

PAYLOAD = 1_000
"""Approximate bytes of one event."""

PAGE = 25
CALLS = 200
SMALL, LARGE, FILES = 1_000, 100_000, 10_000
LIMIT_MS, LIMIT_RATIO = 50.0, 1.5
STARTED = 1_700_000_000.0
FILTERS = {
    "no filter": Filter(),
    "name": Filter(name="visitor 7"),
    "errors": Filter(errors=True),
    "name and errors": Filter(name="visitor 9", errors=True),
    "name that nobody has": Filter(name="nobody"),
    "a time, and errors": Filter(since=STARTED + 100, until=STARTED + 700, errors=True),
}

fork = multiprocessing.get_context("fork")


# Appending


def append(open_storage: Callable[[], Storage], processes: int, seconds: float) -> float:
    """Return the events that processes append per second, together."""
    barrier, counts = fork.Barrier(processes), fork.Queue()

    def work(worker: int) -> None:
        storage = open_storage()
        heads = [head() for _ in range(VISITORS)]
        letters = random.Random(worker).randbytes(PAYLOAD)
        barrier.wait()
        start = time.perf_counter()
        appends = 0
        while time.perf_counter() - start < seconds:
            number = appends // VISITORS * BATCH
            entries = [
                entry(number + n, number + n, "POST", size=PAYLOAD, name=letters.hex()[n : n + 20])
                for n in range(BATCH)
            ]
            storage.append(heads[appends % VISITORS], f"worker{worker}", entries)
            appends += 1
        counts.put(appends * BATCH / (time.perf_counter() - start))

    running = [fork.Process(target=work, args=(number,)) for number in range(processes)]
    for process in running:
        process.start()
    total = sum(counts.get() for _ in running)
    for process in running:
        process.join()
    return float(total)


def run_appends(services: Services) -> None:
    """Measure, and print the table."""
    print(f"\n{'append, ' + str(BATCH) + ' events at once':36}{'1 process':>16}{'4 processes':>16}")
    for kind in KINDS:
        cells = []
        for processes in (1, 4):
            with opener(kind, services) as open_storage:
                cells.append(append(open_storage, processes, SECONDS))
        print(f"{kind.label:36}" + "".join(f"{cell:12,.0f} /s " for cell in cells))


# Listing


def documents(count: int) -> Iterator[tuple[str, Header, bytes]]:
    """Yield finished recordings: a hundred visitors, every twentieth recording with an error."""
    chance = random.Random(count)
    for number in range(count):
        moment = STARTED + number
        tally = Tally(events=40, requests=20, pages=10, frames=20, errors=int(number % 20 == 0))
        summary = Summary(
            id=new_id(moment), name=f"visitor {number % 100}", status="finished", started_at=moment, duration_ms=60_000,
            tally=tally, landing="/books?page=1",
        )  # fmt: skip
        hashes = tuple(chance.randbytes(16).hex() for _ in range(5))
        yield (
            summary.id,
            Header(summary, "msgpack", hashes),
            encode_recording(summary, [(0, chance.randbytes(2_000))], "msgpack", hashes),
        )


def fill_database(storage: SQLAlchemyStorage, count: int) -> None:
    """Insert finished recordings into a database in bulk."""
    rows = []
    with storage._database.engine.connect() as connection:
        for recording_id, header, document in documents(count):
            rows.append({"id": recording_id, **columns(header, document)})
            if len(rows) == 1_000:
                connection.execute(sa.insert(storage.tables.recordings), rows)
                connection.commit()
                rows = []
        connection.exec_driver_sql("ANALYZE replay_recordings")
        connection.commit()


def fill_folder(folder: Path, count: int) -> FileStorage:
    """Write finished recordings into a folder."""
    (folder / "archive").mkdir()
    for recording_id, _, document in documents(count):
        (folder / "archive" / f"{recording_id}.replay").write_bytes(document)
    return FileStorage(folder)


def measure_pages(stores: list[Storage], calls: int) -> dict[str, list[float]]:
    """Return the 95th percentile of the milliseconds of a page, by filter, for each store; calls
    take turns.
    """
    found = {}
    for name, where in FILTERS.items():
        times: list[list[float]] = [[] for _ in stores]
        for _ in range(calls):
            for storage, spent in zip(stores, times, strict=True):
                start = time.perf_counter()
                Recordings(storage, 1, 1).summaries(limit=PAGE + 1, where=where)
                spent.append((time.perf_counter() - start) * 1_000)
        found[name] = [sorted(spent)[int(0.95 * len(spent))] for spent in times]
    return found


def run_pages(services: Services) -> bool:
    """Measure, print the tables, and return whether the limits hold."""
    good = True
    with (
        services.database("postgresql", Path()) as small,
        services.database("postgresql", Path()) as large,
    ):
        stores = [open_database(small), open_database(large)]
        for store, count in zip(stores, (SMALL, LARGE), strict=True):
            fill_database(store, count)
        print(f"\n{f'PostgreSQL, page of {PAGE}, p95':36}{f'{SMALL:,}':>16}{f'{LARGE:,}':>16}")
        for name, (few, many) in measure_pages([*stores], CALLS).items():
            holds = many <= LIMIT_MS and many <= LIMIT_RATIO * few
            good = good and holds
            mark = f"{'≤' if holds else 'NOT ≤'} {LIMIT_MS:.0f} ms, {LIMIT_RATIO}×"
            print(f"{name:36}{few:13.1f} ms{many:13.1f} ms {many / few:6.2f}× ({mark})")
    with tempfile.TemporaryDirectory() as folder:
        storage = fill_folder(Path(folder), FILES)
        start = time.perf_counter()
        storage.summaries(where=FILTERS["name that nobody has"])
        first = (time.perf_counter() - start) * 1_000
        print(
            f"\n{f'files, page of {PAGE}, p95':36}{f'{FILES:,}':>16}   (the first filter of a process: {first:.0f} ms)"
        )
        for name, (spent,) in measure_pages([storage], CALLS).items():
            good = good and spent <= LIMIT_MS
            print(
                f"{name:36}{spent:13.1f} ms ({'≤' if spent <= LIMIT_MS else 'NOT ≤'} "
                f"{LIMIT_MS:.0f} ms)"
            )
    return good


def run() -> bool:
    """Measure, print the tables, and return whether the limits hold."""
    services = Services(durable=True)
    try:
        run_appends(services)
        return run_pages(services)
    finally:
        services.remove()
