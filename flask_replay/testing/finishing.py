"""Tests of finalizing: how a running recording becomes a finished one or is discarded, and by which
worker.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping

import msgspec
import pytest

from ..errors import RecordingFinished, RecordingNotFound, StorageError
from ..recording.ids import following, new_id
from ..storage import Storage, endings, finalize
from .samples import begun, entry, finished, head


def _fail(*_: object) -> None:
    raise StorageError("away")


def _interrupted_unless_other(writers: Mapping[str, float]) -> str | None:
    return None if "other" in writers else "interrupted"


class LeaseContract:
    """The contract of leases, which decide who may finalize a recording."""

    def test_the_holder_may_take_the_lease_again(self, storage: Storage) -> None:
        """The holder keeps the lease until it is released. Names are case-sensitive."""
        name = new_id()
        assert storage.lease(name, "a", 60)
        assert storage.lease(name, "a", 60)
        assert not storage.lease(name, "b", 60)
        assert not storage.lease(name, "A", 60)
        storage.release(name, "b")
        assert not storage.lease(name, "b", 60)
        storage.release(name, "a")
        assert storage.lease(name, "b", 60)

    def test_an_expired_lease_is_taken_over_and_cannot_be_released_by_its_former_holder(
        self, storage: Storage
    ) -> None:
        """The lease belongs to another holder now."""
        name = new_id()
        assert storage.lease(name, "a", -1)
        assert storage.lease(name, "b", 60)
        storage.release(name, "a")
        assert not storage.lease(name, "c", 60)

    def test_one_of_many_gets_the_lease(self, storage: Storage) -> None:
        """This applies to a new lease, and to an expired one."""
        assert self._taken(storage, new_id()) == 1
        expired = new_id()
        assert storage.lease(expired, "dead", -1)
        assert self._taken(storage, expired) == 1

    def _taken(self, storage: Storage, name: str) -> int:
        """Return how many of several threads get a lease."""
        barrier = threading.Barrier(8)
        got: list[str] = []

        def take(owner: str) -> None:
            barrier.wait()
            if storage.lease(name, owner, 60):
                got.append(owner)

        threads = [threading.Thread(target=take, args=(f"owner{n}",)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return len(got)


class FinishingContract:
    """The contract of finalizing running recordings."""

    def test_the_summary_is_what_the_archive_lists(self, storage: Storage) -> None:
        """Only the size differs, which the archive sets."""
        first = begun(storage, documents=("a" * 32,), name="ann", error=True)
        summary = finalize(storage, first.id, "me")
        assert summary is not None
        (kept,) = storage.summaries()
        assert (kept.id, kept.status, kept.tally, kept.landing) == (
            first.id,
            "finished",
            summary.tally,
            "/0",
        )
        assert (kept.name, kept.started_at, kept.duration_ms) == ("ann", first.started_at, 15)
        assert storage.touched() == {}

    def test_a_session_without_interaction_is_discarded(self, storage: Storage) -> None:
        """One plain page view is not worth keeping."""
        first = head()
        storage.append(first, "w", [entry(0)])
        assert finalize(storage, first.id, "me") is None
        assert storage.ids() == []
        assert storage.touched() == {}

    def test_a_second_page_during_the_discard_saves_the_recording(
        self, storage: Storage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The content is read again before it is discarded."""
        first = head()
        storage.append(first, "w", [entry(0)])
        drop = storage.drop

        def late(recording_id: str, size: int | None = None) -> bool:
            monkeypatch.setattr(storage, "drop", drop)
            storage.append(first, "w", [entry(1, 10)])
            return drop(recording_id, size)

        monkeypatch.setattr(storage, "drop", late)
        summary = finalize(storage, first.id, "me")
        assert summary is not None
        assert summary.tally.pages == 2
        assert storage.ids() == [first.id]
        assert storage.touched() == {}

    def test_saving_is_retried_and_nothing_is_lost_meanwhile(
        self, storage: Storage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """If saving always fails, the journal still has everything, and any worker may try
        again.
        """
        first = begun(storage)
        pauses: list[float] = []
        with monkeypatch.context() as patched:
            patched.setattr(storage, "save", _fail)
            with pytest.raises(StorageError, match="away"):
                finalize(storage, first.id, "me", attempts=3, delay=0.5, pause=pauses.append)
        assert pauses == [0.5, 0.5]
        assert len(storage.read(first.id).entries) == 2
        assert finalize(storage, first.id, "other") is not None

    def test_a_crash_between_saving_and_dropping_is_repaired(
        self, storage: Storage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The next worker finds the journal unchanged, and archives the same document."""
        first = begun(storage)
        with monkeypatch.context() as patched:
            patched.setattr(storage, "drop", _fail)
            with pytest.raises(StorageError):
                finalize(storage, first.id, "dies")
        document = storage.load(first.id)
        assert list(storage.touched()) == [first.id]
        assert finalize(storage, first.id, "next") is not None
        assert storage.load(first.id) == document
        assert storage.touched() == {}

    def test_retrying_ends_once_saving_works(
        self, storage: Storage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The archive was unavailable for a moment."""
        first = begun(storage)
        monkeypatch.setattr(storage, "save", _fail)
        assert (
            finalize(storage, first.id, "me", attempts=2, pause=lambda _: monkeypatch.undo())
            is not None
        )
        assert storage.ids() == [first.id]

    def test_finalizing_twice_is_harmless(self, storage: Storage) -> None:
        """The second time there is nothing to do. An unknown id is an error."""
        name = finished(storage)
        document = storage.load(name)
        assert finalize(storage, name, "me") is None
        assert storage.load(name) == document
        with pytest.raises(RecordingNotFound):
            finalize(storage, new_id(), "me")

    def test_a_recording_leased_by_another_worker_is_left_to_it(self, storage: Storage) -> None:
        """The lease protects their work until it expires."""
        first = begun(storage)
        assert storage.lease(first.id, "other", 60)
        assert finalize(storage, first.id, "me") is None
        assert list(storage.touched()) == [first.id]
        assert storage.lease(first.id, "other", -1)
        assert finalize(storage, first.id, "me") is not None

    def test_idle_recordings_are_due_unless_there_is_activity(self, storage: Storage) -> None:
        """The time of the last append of any worker counts."""
        first = begun(storage)
        moment = storage.touched()[first.id]
        assert abs(moment - time.time()) < 60
        assert endings(storage, lambda _: "alive", 60, now=moment + 58) == {}
        assert endings(storage, lambda _: "alive", 60, now=moment + 62) == {first.id: "finished"}
        storage.append(first, "other", [entry(2, 20)])
        assert endings(storage, lambda _: "alive", 60, now=storage.touched()[first.id] + 58) == {}
        assert set(storage.writers()[first.id]) == {"w", "other"}
        assert storage.read(first.id).writers == pytest.approx(storage.writers()[first.id], abs=1)

    def test_a_recording_continues_if_its_visitor_returns_before_it_is_read(
        self, storage: Storage
    ) -> None:
        """It seemed to have ended. After reading all of it, the worker checks again."""
        first = begun(storage)
        assert finalize(storage, first.id, "me", status=_interrupted_unless_other) is not None
        second = begun(storage)
        storage.append(second, "other", [entry(2, 20)])
        assert finalize(storage, second.id, "me", status=_interrupted_unless_other) is None
        assert list(storage.touched()) == [second.id]
        assert {summary.id: summary.status for summary in storage.summaries()} == {
            first.id: "interrupted"
        }

    def test_a_recording_continues_if_its_visitor_returns_while_it_is_saved(
        self, storage: Storage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Entries that arrive meanwhile continue the recording. The saved document was interrupted,
        and ends before them.
        """
        first, save = begun(storage), storage.save

        def come_back_and_save(recording_id: str, document: bytes) -> None:
            monkeypatch.undo()
            storage.append(first, "other", [entry(2, 20)])
            save(recording_id, document)

        monkeypatch.setattr(storage, "save", come_back_and_save)
        summary = finalize(storage, first.id, "me", status=_interrupted_unless_other)
        assert summary is not None
        assert (summary.status, summary.tally.requests) == ("interrupted", 2)
        assert [kept.tally.requests for kept in storage.summaries()] == [2]
        with pytest.raises(RecordingFinished):
            storage.append(first, "other", [entry(3, 30)])
        next = msgspec.structs.replace(first, id=following(first.id))
        storage.append(next, "other", [entry(3, 30)])
        assert list(storage.touched()) == [next.id]
        going = storage.read(next.id)
        assert [found.offset_ms for found in going.entries] == [20, 30]
        assert "continued" in going.entries[0].flags
