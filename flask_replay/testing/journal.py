"""Tests of the journal: running recordings."""

from __future__ import annotations

import threading
import time

import pytest

from ..errors import RecordingFinished, RecordingNotFound, StorageError
from ..recording.summary import Tally
from ..storage import Head, Storage, finalize
from ..storage.merging import PROGRAM_ENTRIES
from .samples import begun, entry, finished, head


class JournalContract:
    """The contract of every journal."""

    def test_entries_come_back_as_they_were_appended(self, storage: Storage) -> None:
        """Entries are small and large, and appended in several calls."""
        first = head()
        entries = [
            entry(0, documents=("a" * 32,), name="ann"),
            entry(1, 7, "POST"),
            entry(2, 9, size=100_000),
        ]
        storage.append(first, "w", entries[:2])
        storage.append(first, "w", entries[2:])
        found = storage.read(first.id)
        assert (found.head, list(found.entries), found.torn) == (first, entries, False)

    def test_any_text_and_any_time_come_back(self, storage: Storage) -> None:
        """Names may have any characters, including NUL. Times are exact to the last bit."""
        first = head(1_700_000_000.1234567)
        entries = [entry(0, name="Zoë \U0001f600 \0"), entry(1, 2**40, "POST")]
        storage.append(first, "w", entries)
        found = storage.read(first.id)
        assert (found.head, list(found.entries)) == (first, entries)
        assert storage.active()[0].name == "Zoë \U0001f600 \0"

    def test_entries_merge_by_time_worker_and_number(self, storage: Storage) -> None:
        """The order of writing does not matter."""
        first = head()
        storage.append(first, "b", [entry(0, 10), entry(1, 30)])
        storage.append(first, "a", [entry(2, 10), entry(3, 10), entry(4, 20)])
        found = storage.read(first.id)
        assert [entry.number for entry in found.entries] == [2, 3, 0, 4, 1]
        assert list(found.workers) == ["a", "a", "b", "a", "b"]

    def test_an_entry_sent_to_two_workers_is_read_once(self, storage: Storage) -> None:
        """The program numbered its entries itself. The first entry with a number counts."""
        first = head()
        storage.append(first, f"b{PROGRAM_ENTRIES}", [entry(1, 10), entry(2, 30)])
        storage.append(first, f"a{PROGRAM_ENTRIES}", [entry(2, 20), entry(1, 15)])
        storage.append(first, "a", [entry(2, 40)])
        found = storage.read(first.id)
        assert [(entry.number, entry.offset_ms) for entry in found.entries] == [
            (1, 10),
            (2, 20),
            (2, 40),
        ]
        assert storage.active()[0].tally.requests == 3

    def test_the_size_tells_whether_there_is_more_to_read(self, storage: Storage) -> None:
        """It equals the size of what is read, for one recording only, and grows with each
        append.
        """
        first, other = begun(storage), begun(storage)
        before = storage.size(first.id)
        assert before == storage.read(first.id).size > 0
        storage.append(other, "w", [entry(2, 20)])
        assert storage.size(first.id) == before
        storage.append(first, "other", [entry(0, 20)])
        assert storage.size(first.id) == storage.read(first.id).size > before
        storage.drop(first.id)
        assert storage.size(first.id) == 0

    def test_the_list_summarizes_running_recordings(self, storage: Storage) -> None:
        """The newest recording comes first."""
        older, newer = begun(storage, 1_700_000_000), head(1_700_000_001)
        storage.append(newer, "w", [entry(0, name="ann"), entry(1, 2_000)])
        first, second = storage.active()
        assert (first.id, first.status, first.name, first.landing) == (
            newer.id,
            "active",
            "ann",
            "/0",
        )
        assert (first.duration_ms, first.tally) == (2_005, Tally(events=2, requests=2, pages=2))
        assert (second.id, second.tally.posts, second.started_at) == (older.id, 1, 1_700_000_000)
        assert first.size == storage.read(newer.id).size > 0

    def test_the_list_comes_in_pages(self, storage: Storage) -> None:
        """A page begins after the last recording of the previous page, and all pages but the last
        are full.
        """
        names = [begun(storage, 1_700_000_000 + n).id for n in range(5)]
        first = storage.active(limit=2)
        assert [summary.id for summary in first] == names[:2:-1]
        assert all(summary.tally.requests == 2 for summary in first)
        assert [summary.id for summary in storage.active(before=first[-1].id)] == names[2::-1]
        assert [summary.id for summary in storage.active(before=names[1], limit=3)] == names[:1]
        assert storage.active(before=names[0]) == []

    def test_the_time_of_the_last_append_is_known(self, storage: Storage) -> None:
        """It covers all workers, by the clock of the caller."""
        before = time.time()
        first = begun(storage, 1_700_000_000)
        storage.append(first, "other", [entry(2, 20)])
        assert list(storage.touched()) == [first.id]
        assert before - 1 < storage.touched()[first.id] < time.time() + 1

    def test_a_dropped_recording_is_gone(self, storage: Storage) -> None:
        """Dropping may be repeated."""
        name = begun(storage).id
        assert storage.drop(name)
        assert storage.active() == []
        assert storage.touched() == {}
        with pytest.raises(RecordingNotFound):
            storage.read(name)
        assert storage.drop(name)

    def test_a_dropped_recording_may_begin_again(self, storage: Storage) -> None:
        """A discarded session continues: the visitor is back."""
        first = begun(storage)
        storage.drop(first.id)
        storage.append(first, "w", [entry(5, 50)])
        assert [found.number for found in storage.read(first.id).entries] == [5]

    def test_a_recording_that_has_grown_is_not_dropped(self, storage: Storage) -> None:
        """The size shows that it grew."""
        first = begun(storage)
        size = storage.read(first.id).size
        storage.append(first, "other", [entry(0, 20)])
        assert not storage.drop(first.id, size)
        found = storage.read(first.id)
        assert len(found.entries) == 3
        assert storage.drop(first.id, found.size)
        assert storage.touched() == {}

    def test_an_invalid_worker_name_is_refused(self, storage: Storage) -> None:
        """It could name a file of another worker."""
        for worker in ("../x", "", "a/b", "x" * 100, "a\n"):
            with pytest.raises(StorageError):
                storage.append(head(), worker, [entry(0)])

    def test_a_finished_recording_refuses_entries_and_says_what_to_do(
        self, storage: Storage
    ) -> None:
        """The rest of the session goes into another recording."""
        name = finished(storage)
        with pytest.raises(RecordingFinished, match="a new recording"):
            storage.append(Head(id=name, started_at=0), "w", [entry(5)])

    def test_threads_append_to_one_recording(self, storage: Storage) -> None:
        """No entry is lost or duplicated, from the very first one on."""
        first, barrier = head(), threading.Barrier(4)

        def append(worker: str) -> None:
            barrier.wait()
            for number in range(20):
                storage.append(first, worker, [entry(number, number), entry(number + 100, number)])

        threads = [threading.Thread(target=append, args=(f"w{n}",)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        numbers = sorted(found.number for found in storage.read(first.id).entries)
        assert numbers == sorted([*range(20), *range(100, 120)] * 4)

    def test_entries_appended_by_threads_during_finalizing_are_kept_or_refused(
        self, storage: Storage
    ) -> None:
        """Every accepted entry is in the archive."""
        first, counts = begun(storage), []
        ready = threading.Barrier(4)

        def append(worker: str) -> None:
            count = 0
            try:
                while True:
                    storage.append(first, worker, [entry(count, count)])
                    count += 1
                    if count == 5:
                        ready.wait()
            except RecordingFinished:
                counts.append(count)

        threads = [threading.Thread(target=append, args=(f"w{n}",)) for n in range(3)]
        for thread in threads:
            thread.start()
        ready.wait()
        assert finalize(storage, first.id, "me") is not None
        for thread in threads:
            thread.join()
        assert storage.summaries()[0].tally.requests == 2 + sum(counts)
        assert storage.touched() == {}
