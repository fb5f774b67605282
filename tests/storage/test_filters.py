"""Filters in addresses: invalid parts are named, and none causes an error."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any, cast

import pytest
import sqlalchemy as sa
from msgspec import structs

from benchmarks.finding import ONE, STARTED, fill_database, fill_folder, summaries
from flask_replay import FileStorage, Filter
from flask_replay.codec import decode_batch, encode_batch
from flask_replay.codec.recordings import decode_header, with_summary
from flask_replay.errors import ConfigError
from flask_replay.recording.batch import Batch
from flask_replay.recording.events import Frame
from flask_replay.recording.facets import Facets
from flask_replay.recording.ids import new_id
from flask_replay.recording.summary import Summary, Tally
from flask_replay.storage import Entry, Head, Keyring, Recordings, Storage, finalize, sealed
from flask_replay.storage.finding import index
from flask_replay.storage.lifecycle.rekeying import rekey
from flask_replay.storage.lifecycle.retention import tend_index
from flask_replay.storage.sealing.sealed import Sealed
from flask_replay.storage.sql import search
from flask_replay.storage.sql.store import SQLAlchemyStorage
from flask_replay.storage.time_limited import time_limited
from flask_replay.testing import begun, finished
from flask_replay.trace.model import Trace

from ..services import Services
from .stores import KEYS, storage_of

_STARTED = 1_700_000_000

_MANY, _RUNNING = 200, 40


def test_a_query_becomes_a_filter_and_the_same_query_again() -> None:
    """Whatever it contains. Empty fields are ignored."""
    query = {
        "user": "Ann", "text": "%_'\"* <b>", "endpoint": "shop.cart", "code": "5xx", "errors": "yes",
        "slower_than": "500ms", "min_pages": "3", "pinned": "no", "status": "live", "since": "2026-11-28T00:00:00+00:00",
    }  # fmt: skip
    where, unknown = Filter.parse({**query, "device": " ", "before": "x"}, beside=["before"])
    assert unknown == []
    assert where == Filter(
        name="Ann", text="%_'\"* <b>", endpoint="shop.cart", code="5xx", errors=True, slower_than=0.5, min_pages=3,
        pinned=False, status="active", since="2026-11-28T00:00:00+00:00",
    )  # fmt: skip
    assert Filter.parse(where.query()).where == where
    assert where.query() == {**query, "status": "active"}


def test_invalid_parts_of_a_query_are_named_and_the_others_count() -> None:
    """An unknown name, a meaningless value, one that is too long, and repeated ones."""
    junk = [
        ("color", "red"), ("code", "abc"), ("code", "6xx"), ("since", "yesterday-ish"), ("slower_than", "-1"), ("min_pages", "0"),
        ("min_pages", "nan"), ("min_pages", "1e999"), ("pinned", "perhaps"), ("status", "1 or 1=1"), ("text", "x" * 5_000),
        ("since", "9" * 400), ("slower_than", "\0"), ("user", "second"),
    ]  # fmt: skip
    where, unknown = Filter.parse([("user", ""), *junk])
    assert (where, unknown) == (Filter(name=""), junk)


def test_only_what_is_new_in_a_running_recording_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every search looks through all running recordings."""
    storage, read = FileStorage(tmp_path), list[Any]()

    def decode(payload: bytes, form: str) -> Batch:
        read.append(payload)
        return decode_batch(payload, form)

    monkeypatch.setattr("flask_replay.storage.finding.live_words.decode_batch", decode)
    head, recordings = Head(id=new_id(_STARTED), started_at=_STARTED), Recordings(storage, 10, 1e9)

    def shown(number: int, title: str) -> None:
        frame = Frame(offset_ms=number, template="x", trace=Trace(answers={"title": [title]}))
        batch = Batch((frame,))
        tally = Tally(events=1, posts=1)
        entry = Entry(
            number=number, offset_ms=number, end_ms=number, tally=tally, payload=encode_batch(batch)
        )
        storage.append(head, "w", [entry])

    def found(text: str) -> tuple[int, int]:
        return len(recordings.summaries(where=Filter(text=text))), len(read)

    shown(0, "Cloud Atlas")
    shown(1, "Night Trains")
    assert (found("cloud"), found("night atlas"), found("moss")) == ((1, 2), (1, 2), (0, 2))
    shown(2, "The Moss Garden")
    assert (found("moss cloud"), found("garden")) == ((1, 3), (1, 3))


def test_mistakes_in_a_program_are_errors() -> None:
    """They name the field and its valid values."""
    with pytest.raises(ConfigError, match=r"code must be a status code, such as 404, or '5xx'"):
        Filter(code="many")
    with pytest.raises(ConfigError, match="sort must be one of 'start'"):
        Recordings(FileStorage("nowhere"), 1, 1).summaries(sort="colour")


def test_a_lost_damaged_or_outdated_index_costs_only_time(tmp_path: Path) -> None:
    """Recordings copied into the folder are found, and removed ones are not."""
    storage, other = FileStorage(tmp_path / "one"), FileStorage(tmp_path / "other")
    ann, bob = finished(storage, name="ann"), finished(other, name="bob")

    def found(*texts: str) -> list[str]:
        return [
            one.id
            for text in texts
            for one in FileStorage(tmp_path / "one").summaries(where=Filter(text=text))
        ]

    index, archive = tmp_path / "one" / "index", tmp_path / "one" / "archive"
    assert index.stat().st_mode & 0o77 == 0
    (tmp_path / "other" / "archive" / f"{bob}.replay").rename(archive / f"{bob}.replay")
    assert found("ann", "bob", "cid") == [ann, bob]
    index.unlink()
    assert found("ann", "bob") == [ann, bob]
    index.write_bytes(b"no database at all" * 1_000)
    assert found("ann", "bob") == [ann, bob]
    assert found("ann", "bob") == [ann, bob]
    index.unlink()
    index.symlink_to(tmp_path / "elsewhere")
    assert found("ann", "bob") == [ann, bob]
    assert not (tmp_path / "elsewhere").exists()
    (archive / f"{ann}.replay").unlink()
    assert found("ann", "bob") == [bob]


def test_forgotten_visitors_leave_nothing_in_the_index(tmp_path: Path) -> None:
    """Not even in unused parts of its file."""
    storage = FileStorage(tmp_path)
    for number in range(5):
        finished(storage, name="annabella" if number % 2 else "bob")
    assert b"annabella" in (tmp_path / "index").read_bytes()
    Recordings(storage, 10, 1e9).forget("annabella")
    assert b"annabella" not in (tmp_path / "index").read_bytes()
    assert len(storage.summaries(where=Filter(text="bob"))) == 3


def test_data_encrypted_or_saved_again_leaves_nothing_in_the_index(tmp_path: Path) -> None:
    """The words of a recording leave the file, too, once it is encrypted."""
    storage = FileStorage(tmp_path)
    ids = [finished(storage, name=f"annabella{number}") for number in range(5)]
    index = tmp_path / "index"
    assert b"annabella" in index.read_bytes()
    rekey(sealed(storage, Keyring(KEYS)))
    assert b"annabella" not in index.read_bytes()
    again = finished(storage, name="bartholomew")
    storage.save(again, storage.load(ids[0]))
    FileStorage(tmp_path).follow()
    assert b"bartholomew" not in index.read_bytes()
    storage.delete(finished(storage, name="cassandra"))
    FileStorage(tmp_path).follow()
    assert b"cassandra" not in index.read_bytes()


def test_a_recording_without_readable_words_is_kept_and_hides_no_other(
    tmp_path: Path,
) -> None:
    """Such a forged recording is saved, found by its other facets, and cleaned up like any other."""
    storage = FileStorage(tmp_path)
    ann, head = finished(storage, name="ann"), Head(id=new_id(), started_at=0)
    batch = Batch(
        (
            Frame(
                offset_ms=0, template="x", trace=Trace(answers={"a": [["s"], ["l", ["ms"]], [{}]]})
            ),
        )
    )
    said = Entry(
        number=0,
        offset_ms=0,
        end_ms=0,
        tally=Tally.of(batch),
        payload=encode_batch(batch),
        landing="",
        name="eve",
    )
    storage.append(head, "w", [said])
    running = Recordings(storage, 10, 1e9).summaries(where=Filter(text="eve"))
    assert [one.id for one in running] == [head.id]
    assert finalize(storage, head.id, "me") is not None
    (tmp_path / "index").unlink()
    assert [
        one.id for text in ("ann", "eve") for one in storage.summaries(where=Filter(text=text))
    ] == [ann, head.id]
    assert Recordings(storage, 10, 1e9).forget("eve")


@pytest.mark.parametrize("kind", ["files", "sqlite", "postgresql"])
def test_each_page_of_each_filter_has_the_newest_matches(
    tmp_path: Path, services: Services, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Whether matches are so dense that few recordings are compared, or so rare that an index
    finds them. Here, few are few.
    """
    monkeypatch.setattr(search, "_NEWEST", 12)
    monkeypatch.setattr(search, "_MOST_COMPARED", 100)
    monkeypatch.setattr(search, "_MOST_SEARCHED", 300)
    monkeypatch.setattr(index, "_FEW", 12)
    monkeypatch.setattr(index, "_LOOKED_AT", 60)
    words = [said for _, said in islice(summaries(_MANY), _MANY)]
    with storage_of(kind, tmp_path, services) as storage:
        _fill(storage, _MANY)
        recordings = Recordings(storage, _MANY, 1e9)
        known = [*zip(recordings.summaries(limit=_MANY), reversed(words), strict=True)]
        for where in ONE.values():
            found, last = list[Summary](), None
            while page := recordings.summaries(where=where, before=last, limit=20):
                found += page
                last = page[-1].id
            assert (where, found) == (
                where,
                [one for one, said in known if where.matches(one, said)],
            )


@pytest.mark.parametrize("kind", ["files", "sqlite", "postgresql", "mariadb"])
@pytest.mark.parametrize("name", ["a\0nn", "ann " * 99])
def test_a_name_that_a_column_cannot_hold_is_found_beside_other_values(
    tmp_path: Path, services: Services, kind: str, name: str
) -> None:
    """As it was given, and as a list shows it."""
    with storage_of(kind, tmp_path, services) as storage:
        id = finished(storage, name=name, error=True)
        (listed,) = storage.summaries()
        for named in (name, listed.name):
            where = Filter(name=named, interaction=True, errors=True)
            assert [one.id for one in storage.summaries(where=where)] == [id]


def _fill(storage: Storage, count: int) -> None:
    """Fill a store with recordings as the benchmark of lists does."""
    if isinstance(storage, FileStorage):
        fill_folder(storage.path, count)
        return
    assert isinstance(storage, SQLAlchemyStorage)
    fill_database(storage, count)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_summaries_made_one_by_one_are_the_same(
    tmp_path: Path, services: Services, kind: str
) -> None:
    """With a time limit and below an encryption without keys, too, where encrypted recordings are
    unreadable.
    """
    with storage_of(kind, tmp_path, services) as storage:
        assert isinstance(storage, SQLAlchemyStorage)
        finished(sealed(storage, Keyring(KEYS)), name="ann", error=True)
        fill_database(storage, _MANY)
        wheres = (
            Filter(), Filter(errors=True), Filter(name="visitor 7"), Filter(device="phone"),
            Filter(status="interrupted"), Filter(status="finished"), Filter(since=STARTED + 99),
            Filter(until=STARTED + 99, errors=True), Filter(min_pages=9), Filter(pinned=True),
        )  # fmt: skip
        for store in (storage, *(make(storage) for make in _AROUND)):
            each = cast("SQLAlchemyStorage", store).each
            for where in wheres:
                before: str | None = None
                while known := store.summaries(where=where, before=before, limit=9):
                    found = each(where=where, before=before, limit=9)
                    assert ([*found], len(found), found[-1]) == (known, len(known), known[-1])
                    before = known[-1].id
            unreadable = "unreadable" in each()[0].flags
            assert unreadable is isinstance(store, Sealed)


_AROUND: tuple[Callable[[Storage], Storage], ...] = (
    lambda storage: time_limited(storage, 60),
    lambda storage: sealed(storage, Keyring(())),
)


@pytest.mark.parametrize("kind", ["files", "sqlite", "postgresql"])
def test_kinds_of_errors_count_all_recordings(
    tmp_path: Path, services: Services, kind: str
) -> None:
    """Running ones, too, and none twice. The newest is listed first, in a page of the list and for
    each kind.
    """
    with storage_of(kind, tmp_path, services) as storage:
        _fill(storage, _MANY)
        for number in range(_RUNNING):
            begun(storage, STARTED + _MANY - 9 + number, name=f"ann{number % 3}", error=True)
        recordings = Recordings(storage, _MANY, 1e9)
        known = recordings.summaries(limit=_MANY + _RUNNING)
        assert [one.id for one in known] == sorted((one.id for one in known), reverse=True)
        for where in (Filter(), Filter(device="phone"), Filter(pinned=True), Filter(status="live")):
            expected: dict[str, list[Summary]] = {}
            for one in known if not where.pinned else known[1::2]:
                for failure in one.facets.failures if where.matches(one) else ():
                    assert one.tally.errors
                    expected.setdefault(failure.fingerprint, []).append(one)
            if where.pinned:
                for one in known[1::2]:
                    recordings.pin(one.id)
            found = recordings.errors(where)
            assert len(found) == len(expected)
            for error in found:
                met = expected[error.fingerprint]
                assert (error.recordings, error.visitors) == (
                    len(met),
                    len({one.name for one in met}),
                )
                assert [id for id, _ in error.moments] == [one.id for one in met[:20]]
                assert error.times == [
                    one.started_at + one.facets.failures[0].offset_ms / 1_000 for one in met
                ]
                assert error.count == sum(one.facets.failures[0].count for one in met)


@pytest.mark.parametrize("kind", ["files", "sqlite", "postgresql", "mariadb"])
def test_recordings_of_an_older_version_are_found_by_their_content(
    tmp_path: Path, services: Services, kind: str
) -> None:
    """Before and after they are indexed, in each order, page by page."""
    with storage_of(kind, tmp_path, services) as storage:
        recordings = Recordings(storage, 10, 1e9)
        ids = [
            finished(storage, _STARTED + number, name=f"ann{number}", error=number != 1)
            for number in range(4)
        ]
        for name in ids[1:3]:
            _as_an_older_version(storage, name)

        def found(
            sort: str = "start", before: str | None = None, limit: int = 9, **said: Any
        ) -> list[int]:
            where = Filter(**said)
            seen = recordings.summaries(where=where, sort=sort, before=before, limit=limit)
            return [ids.index(summary.id) for summary in seen]

        for _ in range(2):
            assert found(error="ValueError") == [3, 2, 0]
            assert found(error="ValueError", method="POST", limit=2) == [3, 2]
            assert found(error="ValueError", before=ids[2]) == [0]
            assert found(sort="-who", kind="error") == [3, 2, 0]
            assert (found(text="ann1"), found(text="ann2", method="POST")) == ([1], [2])
            tend_index(storage)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql", "mariadb"])
def test_workers_of_an_older_version_may_go_on_beside_newer_ones(
    tmp_path: Path, services: Services, kind: str
) -> None:
    """What they save is found within a minute, if it began in the last two hours, and within half an
    hour otherwise.
    """
    with storage_of(kind, tmp_path, services) as storage:
        assert isinstance(storage, SQLAlchemyStorage)
        finished(storage)
        assert storage.summaries(where=Filter(error="ValueError")) == []
        whole = storage._whole_until
        ids = [finished(storage, started, error=True) for started in (_STARTED, time.time() - 60)]
        for name in ids:
            _as_an_older_version(storage, name)
        storage._whole_until = whole

        def found() -> list[int]:
            seen = storage.summaries(where=Filter(error="ValueError"))
            return [ids.index(summary.id) for summary in seen]

        assert found() == []
        storage._recent_until = 0.0
        assert found() == [1]
        storage._whole_until = 0.0
        assert found() == [1, 0]


def _as_an_older_version(storage: Storage, recording_id: str) -> None:
    """Reduce a recording to what was kept before there were facets."""
    document = storage.load(recording_id)
    older = with_summary(
        document, structs.replace(decode_header(document).summary, facets=Facets())
    )
    storage.save(recording_id, older)
    if isinstance(storage, FileStorage):
        (storage.path / "index").unlink(missing_ok=True)
        return
    assert isinstance(storage, SQLAlchemyStorage)
    table = storage.tables.recordings
    nothing = dict.fromkeys(("facets", "facts", "words"))
    query = sa.update(table).where(table.c.id == recording_id).values(nothing)
    storage._database.write(lambda connection, _: connection.execute(query))
    storage._index.delete([recording_id])
    storage._whole_until = 0.0


def test_errors_of_recordings_of_an_older_version_have_kinds(tmp_path: Path) -> None:
    """Their headers only say that there were errors. Those of newer ones say which."""
    storage = FileStorage(tmp_path)
    recordings = Recordings(storage, 10, 1e9)
    older, newer = (
        finished(storage, name="ann", error=True),
        finished(storage, name="bob", error=True),
    )
    summary = recordings.get(older).summary
    storage.save(
        older, with_summary(storage.load(older), structs.replace(summary, facets=Facets()))
    )
    assert [(kind.type, kind.recordings, kind.visitors) for kind in recordings.errors()] == [
        ("ValueError", 2, 2)
    ]
    assert recordings.errors() == recordings.errors()
    seen = recordings.errors(opens=lambda one: one.id == older)
    assert [[id for id, _ in kind.moments] for kind in seen] == [[older]]
    storage.delete(older)
    assert [[id for id, _ in kind.moments] for kind in recordings.errors()] == [[newer]]
