"""Tests of marks, and of forgetting a visitor in every process, with all data that it still
holds.
"""

from __future__ import annotations

import time

import pytest

from ..errors import RecordingForgotten
from ..storage import Head, Recordings, Storage, finalize
from ..storage.lifecycle.retention import cleanup
from .archive import EVIL
from .samples import all_refuse, begun, entry, finished, head


def of(storage: Storage, *names: str) -> str:
    """Record a visitor who is known by these names, one after the other, and return the id."""
    first = head()
    storage.append(first, "w", [entry(n, n, "POST", name=name) for n, name in enumerate(names)])
    return first.id


class ForgettingContract:
    """The contract of marks, and of forgotten recordings."""

    def test_all_recordings_of_a_visitor_are_deleted_and_no_others(self, storage: Storage) -> None:
        """Finished, running and pinned recordings are deleted, and those that another user
        continued.
        """
        gone = [
            of(storage, "ann"),
            of(storage, "", "ann"),
            of(storage, "ann", "bob"),
            of(storage, "ann"),
        ]
        stay = [of(storage, "bob"), of(storage, ""), of(storage, "annabel")]
        for name in (*gone[1:], *stay[1:]):
            finalize(storage, name, "me")
        recordings = Recordings(storage, 10, 1e9)
        recordings.pin(gone[1])
        forgotten = recordings.forget("ann")
        assert sorted(forgotten.recordings) == sorted(gone)
        assert sorted(summary.id for summary in recordings.summaries()) == sorted(stay)
        assert storage.marked("pinned") == {}
        assert list(recordings.forget("ann").recordings) == []
        assert list(recordings.forget("").recordings) == []

    def test_a_recording_knows_the_names_of_all_its_visitors(self, storage: Storage) -> None:
        """The last name is shown."""
        name = of(storage, "ann", "bob", "ann", "cid")
        finalize(storage, name, "me")
        (summary,) = storage.summaries()
        assert (summary.name, sorted(summary.names)) == ("cid", ["ann", "bob", "cid"])

    def test_later_writes_of_a_worker_are_refused(self, storage: Storage) -> None:
        """A worker can neither append nor archive what it still holds, not even after a cleanup."""
        name = of(storage, "ann")
        Recordings(storage, 10, 1e9).forget("ann")
        cleanup(storage, 10, 1e9)
        first = head()
        with pytest.raises(RecordingForgotten):
            storage.append(Head(id=name, started_at=first.started_at), "other", [entry(7)])
        with pytest.raises(RecordingForgotten):
            storage.save(name, b"what was read before")
        assert storage.touched() == {}
        assert storage.ids() == []

    def test_a_recording_being_finalized_is_deleted(
        self, storage: Storage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It was read from the journal before, and would be archived afterwards."""
        name = of(storage, "ann")
        save = storage.save

        def late(recording_id: str, document: bytes) -> None:
            Recordings(storage, 10, 1e9).forget("ann")
            save(recording_id, document)

        monkeypatch.setattr(storage, "save", late)
        assert finalize(storage, name, "me") is None
        assert storage.touched() == {}
        assert storage.ids() == []

    def test_the_mark_of_a_forgotten_recording_expires(self, storage: Storage) -> None:
        """A mark contains only an id. After a month no worker holds any data."""
        of(storage, "ann")
        Recordings(storage, 10, 1e9).forget("ann")
        now = time.time()
        cleanup(storage, 10, 100, now=now + 29 * 86_400)
        assert len(storage.marked("forgotten")) == 1
        cleanup(storage, 10, 100, now=now + 31 * 86_400)
        assert storage.marked("forgotten") == {}

    def test_marks_are_set_and_removed(self, storage: Storage) -> None:
        """Marks also work for running and missing recordings. Deleting a recording keeps its
        marks.
        """
        running, done = begun(storage).id, finished(storage)
        for name in (running, done):
            storage.mark(name, "pinned")
            storage.mark(name, "pinned")
        storage.delete(done)
        assert sorted(storage.marked("pinned")) == sorted([running, done])
        storage.mark(running, "pinned", on=False)
        storage.mark(running, "pinned", on=False)
        assert list(storage.marked("pinned")) == [done]
        assert storage.marked("forgotten") == {}

    def test_ids_that_leave_the_store_are_not_marked(self, storage: Storage) -> None:
        """Such an id names nothing else either."""
        recordings = Recordings(storage, 1, 1)
        methods = (
            lambda name: storage.mark(name, "pinned", on=True),
            lambda name: storage.mark(name, "pinned", on=False),
            lambda name: storage.mark(name, "forgotten", on=True),
            lambda name: storage.mark(name, "forgotten", on=False),
            recordings.pin,
            recordings.unpin,
        )
        all_refuse(methods, EVIL)
