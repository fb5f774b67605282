"""The time to find recordings by one filter, two filters, or a text, among many recordings, some of
which are running.
"""

from __future__ import annotations

import math
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import accumulate, combinations, islice
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from flask_replay import FileStorage, Filter, SQLAlchemyStorage
from flask_replay.codec import encode_batch, encode_recording
from flask_replay.codec.recordings import Header
from flask_replay.recording.batch import Batch
from flask_replay.recording.events import Frame, Request
from flask_replay.recording.facets import Facets, Failure
from flask_replay.recording.ids import new_id
from flask_replay.recording.summary import Summary, Tally
from flask_replay.storage import Entry, Head, Recordings, Storage
from flask_replay.storage.finding.terms import Terms, terms_of
from flask_replay.storage.sql.rows import columns
from flask_replay.trace.model import Trace
from tests.services import Services

from .stores import open_database

MANY, FILES, RUNNING = 100_000, 10_000, 100
LIMIT_MS, FILES_MS, ERRORS_MS = 50.0, 100.0, 200.0
CALLS, PAGE = 20, 30
STARTED = 1_700_000_000.0
_TOGETHER = 1_000
_VOCABULARY = [f"word{number}" for number in range(20_000)]
_WEIGHTS = list(accumulate(1 / (rank + 5) for rank in range(len(_VOCABULARY))))
"""Few words are frequent, as in any language (Zipf's law)."""

_WORDS = 120
"""Different words of one recording."""

ONE = {
    "endpoint, in all": Filter(endpoint="shop.index"),
    "endpoint, in few": Filter(endpoint="shop.view39"),
    "template": Filter(template="view7.html"),
    "method": Filter(method="POST"),
    "status": Filter(code="5xx"),
    "kind": Filter(kind="error"),
    "interrupted": Filter(status="interrupted"),
    "any error": Filter(errors=True),
    "an error": Filter(error="00000000000f"),
    "slower than": Filter(slower_than="5s"),
    "pages": Filter(min_pages=20),
    "device": Filter(device="phone"),
    "browser": Filter(browser="Firefox"),
    "system": Filter(system="Windows 11"),
    "language": Filter(language="de"),
    "referrer": Filter(referrer="site99.example"),
    "campaign": Filter(campaign="spring"),
    "name": Filter(name="visitor 7"),
    "nobody": Filter(endpoint="nowhere"),
    "text, in all": Filter(text="word0"),
    "text, in few": Filter(text="word19999"),
    "text, two words": Filter(text="word3 word500"),
    "text, a beginning": Filter(text="word199"),
}
NEVER = {"two that never meet": Filter(device="phone", system="Windows 11")}


def summaries(count: int) -> Iterator[tuple[Summary, list[str]]]:
    """Yield recordings with their words. Some values are in most of them, others in few."""
    chance = random.Random(count)
    for number in range(count):
        moment = STARTED + number
        phone, failed = chance.random() < 0.4, chance.random() < 0.05
        views = {min(39, int(chance.expovariate(0.15))) for _ in range(5)}
        facets = Facets(
            endpoints=("shop.index", *(f"shop.view{view}" for view in views)),
            templates=("base.html", *(f"view{view}.html" for view in views)),
            methods=("GET", "POST") if chance.random() < 0.6 else ("GET",),
            codes=(200, 302, 500) if failed else (200, 302),
            kinds=("request", "frame", *(["error"] if failed else [])),
            failures=(Failure(f"{chance.randrange(50):012x}", "KeyError", "shop/cart.py:42 in add", "'GIFT'", 900),) * failed,
            slowest_ms=int(chance.expovariate(1 / 800)),
            device="phone" if phone else "desktop",
            browser=chance.choice(["Chrome 120", "Chrome 121", "Firefox 128", "Safari 17"]),
            system="iOS 17" if phone else "Windows 11",
            language=chance.choice(["en-US", "de-CH", "fr"]),
            referrer=f"site{chance.randrange(100)}.example",
            campaign=("source=letter", "campaign=spring") if chance.random() < 0.02 else (),
        )  # fmt: skip
        pages = 1 + int(chance.expovariate(0.2))
        said = {"word0", *chance.choices(_VOCABULARY, cum_weights=_WEIGHTS, k=_WORDS)}
        yield (
            Summary(
                id=new_id(moment), name=f"visitor {number % 1_000}", started_at=moment,
                status="finished" if number % 150 else "interrupted",
                duration_ms=chance.randrange(600_000), landing="/books?page=1", facets=facets,
                tally=Tally(events=2 * pages, requests=pages, pages=pages, frames=pages, errors=int(failed), posts=1),
            ),
            sorted(said),
        )  # fmt: skip


def fill_database(storage: SQLAlchemyStorage, count: int) -> None:
    """Insert finished recordings into a database in bulk; the index of terms is built
    afterwards.
    """
    made, table = summaries(count), storage.tables.recordings
    engine = storage._database.engine
    terms = [index for index in table.indexes if index.name == "ix_replay_recordings_terms"]
    with engine.begin() as connection:
        for index in terms if engine.dialect.name != "sqlite" else ():
            index.drop(connection)
    fields: dict[str, Any] = {
        column.name: sa.bindparam(f"_{column.name}", type_=column.type) for column in table.c
    }
    if engine.dialect.name == "postgresql":
        kind = ARRAY(sa.Text)
        for name in Terms._fields:
            fields[name] = sa.func.array_to_tsvector(
                sa.cast(sa.bindparam(f"_{name}", type_=kind), kind)
            )
    insert = sa.insert(table).values(fields)
    while some := list(islice(made, _TOGETHER)):
        found = [(summary, terms_of(summary, said)) for summary, said in some]
        rows = [
            _row(table, summary, kept._asdict() if engine.dialect.name != "sqlite" else {})
            for summary, kept in found
        ]
        with engine.begin() as connection:
            connection.execute(insert, rows)
        if engine.dialect.name == "sqlite":
            storage._index.put((summary.id, kept) for summary, kept in found)
    with engine.begin() as connection:
        for index in terms if engine.dialect.name != "sqlite" else ():
            index.create(connection)
        connection.exec_driver_sql("ANALYZE replay_recordings")


def _row(table: sa.Table, summary: Summary, kept: dict[str, Any]) -> dict[str, Any]:
    document = encode_recording(summary, [(0, b"\x91\x90")])
    values = {"id": summary.id, **columns(Header(summary), document), **kept}
    return {f"_{column.name}": values.get(column.name) for column in table.c}


def _document(summary: Summary, said: list[str]) -> bytes:
    frame = Frame(offset_ms=0, template="view.html", trace=Trace(answers={"title": list(said)}))
    batch = Batch((Request(offset_ms=0, method="GET", url="/books", parts=(0,)), frame))
    return encode_recording(summary, [(0, encode_batch(batch))])


def fill_folder(folder: Path, count: int) -> FileStorage:
    """Write finished recordings into a folder, and index them."""
    (folder / "archive").mkdir(parents=True, exist_ok=True)
    for summary, said in summaries(count):
        (folder / "archive" / f"{summary.id}.replay").write_bytes(_document(summary, said))
    storage = FileStorage(folder)
    storage.follow(3_600)
    return storage


def begin(storage: Storage, count: int) -> None:
    """Record sessions that stay running."""
    for number, (summary, said) in enumerate(islice(summaries(count), count)):
        head = Head(id=new_id(STARTED + MANY + number), started_at=STARTED + MANY + number)
        frame = Frame(offset_ms=0, template="view.html", trace=Trace(answers={"title": list(said)}))
        batch = Batch((Request(offset_ms=0, method="POST", url="/books", parts=(0,)), frame))
        entries = [
            Entry(
                number=place, offset_ms=place, end_ms=place + 5, tally=Tally.of(batch), payload=encode_batch(batch),
                name=summary.name, facets=summary.facets,
            )
            for place in range(5)
        ]  # fmt: skip
        storage.append(head, "w", entries)


def _fields(where: Filter) -> dict[str, Any]:
    """Return the fields of a filter that are set."""
    return {
        name: value
        for name, value in msgspec.structs.asdict(where).items()
        if value not in (None, False)
    }


def _p95(call: Callable[[], object], calls: int) -> float:
    times: list[float] = []
    call()  # the first call opens connections and reads running recordings
    for _ in range(calls):
        start = time.perf_counter()
        call()
        times.append((time.perf_counter() - start) * 1_000)
    return _most(times)


def _most(times: list[float]) -> float:
    """Return the 95th percentile: the smallest time that at least 95 of 100 do not exceed."""
    return sorted(times)[math.ceil(0.95 * len(times)) - 1]


def measure(label: str, storage: Storage, limit: float) -> bool:
    """Print the time of pages, and return whether all are within the limit."""
    recordings = Recordings(storage, 1, 1)
    pairs = {
        f"{one} + {other}": Filter(**{**_fields(ONE[one]), **_fields(ONE[other])})
        for one, other in combinations(ONE, 2)
        if not _fields(ONE[one]).keys() & _fields(ONE[other]).keys()
    }
    print(f"\n{label:44}{'page':>10}{'with totals':>14}")
    good = True

    def take(name: str, where: Filter, calls: int) -> tuple[float, float]:
        page = _p95(lambda: recordings.summaries(where=where, limit=PAGE + 1), calls)
        return page, _p95(lambda: recordings.found(where, limit=PAGE), max(2, calls // 4))

    for name, where in {"no filter": Filter(), **ONE, **NEVER}.items():
        page, whole = take(name, where, CALLS)
        good = good and page <= limit
        print(
            f"  {name:42}{page:7.1f} ms{whole:11.1f} "
            f"ms{'' if page <= limit else f'  NOT <= {limit:.0f} ms'}"
        )
    taken = {
        name: _p95(partial(recordings.summaries, where=where, limit=PAGE + 1), 3)
        for name, where in pairs.items()
    }
    slowest = max(taken, key=lambda name: taken[name])
    p95 = _most([*taken.values()])
    good = good and p95 <= limit
    print(
        f"  {f'any two of these ({len(pairs)} pairs), p95':42}{p95:7.1f} ms   (slowest: "
        f"{slowest}, {taken[slowest]:.0f} ms)"
    )
    spent = _p95(recordings.errors, 3)
    good = good and spent <= ERRORS_MS
    print(
        f"  {'kinds of errors':42}{spent:7.1f} ms ({'≤' if spent <= ERRORS_MS else 'NOT ≤'} "
        f"{ERRORS_MS:.0f} ms)"
    )
    return good


def run() -> bool:
    """Measure, print the tables, and return whether the limits hold."""
    services = Services(durable=True)
    good = True
    try:
        for kind, label in (("sqlite", "SQLite"), ("postgresql", "PostgreSQL")):
            with (
                tempfile.TemporaryDirectory() as folder,
                services.database(kind, Path(folder)) as url,
            ):
                storage = open_database(url)
                fill_database(storage, MANY)
                begin(storage, RUNNING)
                good = (
                    measure(f"{label}, {MANY:,} and {RUNNING} in progress, p95", storage, LIMIT_MS)
                    and good
                )
        with tempfile.TemporaryDirectory() as folder:
            files = fill_folder(Path(folder), FILES)
            begin(files, RUNNING)
            good = (
                measure(f"files, {FILES:,} and {RUNNING} in progress, p95", files, FILES_MS)
                and good
            )
    finally:
        services.remove()
    return good
