"""What every store must do, whatever it keeps recordings in."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from flask_replay.codec import FORMATS, encode_batch
from flask_replay.errors import RecordingFinished, RecordingNotFound, StorageError
from flask_replay.recording.ids import new_id
from flask_replay.recording.model import Batch, Request, Tally
from flask_replay.storage import Entry, Head, Recordings, Storage, finalize

from .harness import STORES, begun, entry, finished, head

EVIL = [
    "../../etc/passwd",
    "..",
    ".",
    "",
    "a/b",
    "/etc/passwd",
    "0" * 25,
    "0" * 27,
    "Z" * 26,
    "\x00" * 26,
    "0" * 26 + "\n",
]


@pytest.fixture(params=STORES)
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    return STORES[request.param](tmp_path)


class TestJournal:
    """Recordings in progress."""

    def test_entries_come_back_as_they_were_appended(self, storage: Storage) -> None:
        first = head()
        entries = [entry(0, documents=("a" * 32,), name="ann"), entry(1, 7, "POST"), entry(2, 9, size=100_000)]
        storage.append(first, "w", entries[:2])
        storage.append(first, "w", entries[2:])
        found = storage.read(first.id)
        assert (found.head, list(found.entries), found.torn) == (first, entries, False)

    def test_workers_merge_by_time_then_worker_then_number(self, storage: Storage) -> None:
        first = head()
        storage.append(first, "b", [entry(0, 10), entry(1, 30)])
        storage.append(first, "a", [entry(2, 10), entry(3, 10), entry(4, 20)])
        assert [found.number for found in storage.read(first.id).entries] == [2, 3, 0, 4, 1]

    def test_the_list_sums_up_what_was_recorded_so_far(self, storage: Storage) -> None:
        older, newer = begun(storage, 1_700_000_000), head(1_700_000_001)
        storage.append(newer, "w", [entry(0, name="ann"), entry(1, 2_000)])
        first, second = storage.active()
        assert (first.id, first.status, first.name, first.landing, first.duration_ms) == (
            newer.id,
            "active",
            "ann",
            "/0",
            2_005,
        )
        assert first.tally == Tally(events=2, requests=2, pages=2)
        assert (second.id, second.tally.posts, second.started_at) == (older.id, 1, 1_700_000_000)

    def test_what_is_dropped_is_gone(self, storage: Storage) -> None:
        name = begun(storage).id
        assert storage.drop(name)
        assert storage.active() == [] and storage.touched() == {}
        with pytest.raises(RecordingNotFound):
            storage.read(name)
        assert storage.drop(name)

    def test_what_grew_since_it_was_read_is_not_dropped(self, storage: Storage) -> None:
        first = begun(storage)
        size = storage.read(first.id).size
        storage.append(first, "other", [entry(0, 20)])
        assert not storage.drop(first.id, size)
        found = storage.read(first.id)
        assert len(found.entries) == 3
        assert storage.drop(first.id, found.size)
        assert storage.touched() == {}

    def test_a_name_that_cannot_be_a_worker_is_refused(self, storage: Storage) -> None:
        for worker in ("../x", "", "a/b", "x" * 100, "a\n"):
            with pytest.raises(StorageError):
                storage.append(head(), worker, [entry(0)])


class TestArchive:
    """Finished recordings."""

    def test_a_document_comes_back_as_it_was_saved(self, storage: Storage) -> None:
        name = new_id()
        storage.save(name, b"one")
        storage.save(name, b"two")
        assert storage.load(name) == b"two"
        assert storage.finished(name) and storage.ids() == [name]

    def test_the_list_reads_headers_newest_first_and_in_pages(self, storage: Storage) -> None:
        names = [finished(storage, 1_700_000_000 + n) for n in range(5)]
        page = storage.summaries(limit=2)
        rest = storage.summaries(before=page[-1].id, limit=10)
        assert [summary.id for summary in (*page, *rest)] == names[::-1]
        assert all((summary.status, summary.tally.posts) == ("finished", 1) for summary in page)
        assert storage.summaries(before=names[0]) == []

    def test_the_size_is_what_the_archive_takes(self, storage: Storage) -> None:
        name = finished(storage)
        size = len(storage.load(name))
        assert storage.summaries()[0].size == size
        assert Recordings(storage, 1, 1).get(name).summary.size == size

    def test_it_knows_what_a_recording_uses(self, storage: Storage) -> None:
        assert storage.documents(finished(storage, documents=("a" * 32, "b" * 32))) == ("a" * 32, "b" * 32)

    def test_deleting_is_final_and_may_be_repeated(self, storage: Storage) -> None:
        name = finished(storage)
        storage.delete(name)
        storage.delete(name)
        assert storage.ids() == [] and not storage.finished(name)
        for look in (storage.load, storage.documents):
            with pytest.raises(RecordingNotFound):
                look(name)

    def test_one_that_cannot_be_read_is_listed_as_such_with_its_time(self, storage: Storage) -> None:
        names = [finished(storage, 1_700_000_000 + n) for n in range(3)]
        storage.save(names[1], b"rubbish" * 10)
        summaries = storage.summaries()
        assert [summary.flags for summary in summaries] == [(), ("unreadable",), ()]
        assert summaries[1].started_at == 1_700_000_001

    def test_templates_are_kept_once(self, storage: Storage) -> None:
        key = "0123456789abcdef" * 2
        assert not storage.has_template(key)
        storage.put_template(key, b"<p>{{ x }}" * 500)
        storage.put_template(key, b"something else")
        assert storage.has_template(key) and storage.get_template(key) == b"<p>{{ x }}" * 500
        assert [kept for kept, _ in storage.templates()] == [key]
        storage.delete_template(key)
        storage.delete_template(key)
        with pytest.raises(RecordingNotFound):
            storage.get_template(key)


class TestNames:
    """Nothing but an id or a hash ever names a file or a row."""

    @pytest.mark.parametrize("name", EVIL)
    def test_ids_that_would_leave_the_store_are_refused(self, storage: Storage, name: str) -> None:
        for action in (storage.load, storage.read, storage.drop, storage.delete, storage.finished, storage.documents):
            with pytest.raises(RecordingNotFound):
                action(name)
        with pytest.raises(RecordingNotFound):
            storage.save(name, b"")
        with pytest.raises(RecordingNotFound):
            storage.append(Head(id=name, started_at=0), "w", [entry(0)])
        with pytest.raises(RecordingNotFound):
            storage.lease(name, "me", 1)
        with pytest.raises(RecordingNotFound):
            storage.release(name, "me")
        for look in (Recordings(storage, 1, 1).get, Recordings(storage, 1, 1).delete):
            with pytest.raises(RecordingNotFound):
                look(name)

    @pytest.mark.parametrize("key", [*EVIL, "0" * 31, "G" * 32, "../" + "0" * 29, "0" * 32 + "\n"])
    def test_hashes_that_would_leave_the_store_are_refused(self, storage: Storage, key: str) -> None:
        for action in (storage.has_template, storage.get_template, storage.delete_template):
            with pytest.raises(RecordingNotFound):
                action(key)
        with pytest.raises(RecordingNotFound):
            storage.put_template(key, b"")


class TestLease:
    """Who may finish a recording."""

    def test_one_has_it_and_may_take_it_again(self, storage: Storage) -> None:
        name = new_id()
        assert storage.lease(name, "a", 60)
        assert storage.lease(name, "a", 60)
        assert not storage.lease(name, "b", 60)
        storage.release(name, "a")
        assert storage.lease(name, "b", 60)

    def test_one_that_ran_out_is_taken_over_and_its_holder_cannot_give_it_back(self, storage: Storage) -> None:
        name = new_id()
        assert storage.lease(name, "a", -1)
        assert storage.lease(name, "b", 60)
        storage.release(name, "a")
        assert not storage.lease(name, "c", 60)

    def test_of_many_at_once_one_gets_it(self, storage: Storage) -> None:
        name, barrier, got = new_id(), threading.Barrier(8), []

        def take(owner: str) -> None:
            barrier.wait()
            if storage.lease(name, owner, 60):
                got.append(owner)

        threads = [threading.Thread(target=take, args=(f"owner{n}",)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(got) == 1


class TestRecordings:
    """What a viewer sees of a store."""

    def test_a_running_one_opens_with_everything_so_far(self, storage: Storage) -> None:
        first = begun(storage)
        recordings = Recordings(storage, 10, 1e9)
        for recording in (recordings.get(first.id), recordings.get_active(first.id)):
            assert [batch.events[0].url for batch in recording.batches] == ["/0", "/1"]  # type: ignore[union-attr]
            assert recording.summary.status == "active"

    @pytest.mark.parametrize("format", FORMATS)
    def test_a_finished_one_is_what_the_running_one_was(self, storage: Storage, format: str) -> None:
        moment = 1_700_000_000.0
        first = Head(id=new_id(moment), started_at=moment, format=format)
        batches = [
            Batch((Request(offset_ms=n, method="POST", url=f"/{n}", json={"n": [n, None, b"\xff", float("inf")]}),))
            for n in range(3)
        ]
        storage.append(first, "w", [
            Entry(number=n, offset_ms=n, end_ms=n, tally=Tally.of(batch), payload=encode_batch(batch, format))
            for n, batch in enumerate(batches)
        ])  # fmt: skip
        recordings = Recordings(storage, 10, 1e9)
        assert recordings.get(first.id).batches == batches
        finalize(storage, first.id, "me")
        assert recordings.get(first.id).batches == batches
        with pytest.raises(RecordingNotFound):
            recordings.get_active(first.id)

    def test_one_that_is_finished_between_two_looks_is_found(
        self, storage: Storage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        name = begun(storage).id
        load = storage.load

        def late(recording_id: str) -> bytes:
            monkeypatch.setattr(storage, "load", load)
            try:
                return load(recording_id)
            finally:
                finalize(storage, recording_id, "me")

        monkeypatch.setattr(storage, "load", late)
        assert len(Recordings(storage, 10, 1e9).get(name).batches) == 2

    def test_running_and_finished_share_the_pages(self, storage: Storage) -> None:
        names = [
            (begun(storage, 1_700_000_000 + n).id if n % 2 else finished(storage, 1_700_000_000 + n)) for n in range(6)
        ]
        recordings = Recordings(storage, 10, 1e9)
        pages, before = [], None
        while page := recordings.summaries(before=before, limit=2):
            pages.append([summary.id for summary in page])
            before = page[-1].id
            finished(storage)  # a session ends while somebody turns the pages
        assert pages == [names[:3:-1], names[3:1:-1], names[1::-1]]

    def test_one_may_be_deleted_while_it_runs(self, storage: Storage) -> None:
        name, other = begun(storage).id, begun(storage).id
        Recordings(storage, 10, 1e9).delete(name)
        assert list(storage.touched()) == [other]
        with pytest.raises(RecordingNotFound):
            Recordings(storage, 10, 1e9).delete(name)

    def test_clear_deletes_the_finished_ones_and_tells_how_far_it_is(self, storage: Storage) -> None:
        for _ in range(3):
            finished(storage)
        running = begun(storage)
        told: list[tuple[int, int]] = []
        assert Recordings(storage, 10, 1e9).clear(lambda done, of: told.append((done, of))) == 3
        assert told == [(1, 3), (2, 3), (3, 3)]
        assert storage.ids() == [] and list(storage.touched()) == [running.id]

    def test_a_finished_one_takes_no_more_and_says_what_to_do(self, storage: Storage) -> None:
        name = finished(storage)
        with pytest.raises(RecordingFinished, match="a new recording"):
            storage.append(Head(id=name, started_at=0), "w", [entry(5)])
