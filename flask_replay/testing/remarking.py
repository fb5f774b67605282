"""Tests of tags and notes of recordings."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ..errors import RecordingNotFound
from ..recording.ids import new_id
from ..storage import Filter, Recordings, Storage, finalize
from .samples import begun, finished


class RemarkingContract:
    """The contract of remarks on recordings."""

    def test_remarks_exist_as_long_as_their_recording(self, storage: Storage) -> None:
        """Remarks stay while the recording runs and after it is finalized. They are deleted
        together with the recording, in whatever way that happens.
        """
        recordings = Recordings(storage, 10, 1e9)
        running, done = begun(storage).id, finished(storage, name="ann")
        for name in (running, done):
            recordings.tag(name, "to  do")
            recordings.tag(name, "To Do")
            first = recordings.note(name, "later", 7.5, "Ann")
            recordings.note(name, "sooner\n\nof two lines", 2)
            remarks = recordings.remarks(name)
            assert (remarks.tags, [note.at_ms for note in remarks.notes]) == (
                ("to do",),
                [2_000, 7_500],
            )
            assert (remarks.notes[1], first.author, remarks.notes[0].text) == (
                first,
                "Ann",
                "sooner\n\nof two lines",
            )
        assert finalize(storage, running, "me") is not None
        assert len(recordings.remarks(running).notes) == 2
        recordings.unnote(running, recordings.remarks(running).notes[0].id)
        recordings.untag(running, "TO DO")
        assert ([note.text for note in recordings.remarks(running).notes]) == ["later"]
        assert sorted(storage.remarks()) == sorted([running, done])
        recordings.unnote(running, recordings.remarks(running).notes[0].id)
        assert [*storage.remarks()] == [done]

        ends: tuple[Callable[[str], object], ...] = (
            recordings.delete,
            lambda name: recordings.forget("ann"),
            lambda name: recordings.clear(),
            lambda name: recordings.cleanup(max_recordings=0),
            storage.delete,
        )
        for end in ends:
            name = finished(storage, name="ann")
            recordings.tag(name, "gone")
            end(name)
            assert recordings.remarks(name).tags == ()
        name = begun(storage).id
        recordings.tag(name, "gone")
        recordings.pin(name)
        storage.drop(name)
        assert storage.remarks() == {}

    def test_recordings_are_found_by_tag(self, storage: Storage) -> None:
        """This works for running and finished recordings. A list has the number of notes of
        each.
        """
        recordings = Recordings(storage, 10, 1e9)
        running, done, other = begun(storage).id, finished(storage), finished(storage)
        for name in (running, done):
            recordings.tag(name, "VIP")
        recordings.tag(other, "vip 2")
        recordings.note(done, "look")
        found = recordings.summaries(where=Filter(tag="vip"))
        assert {summary.id: (summary.tags, summary.notes) for summary in found} == {
            running: (("VIP",), 0),
            done: (("VIP",), 1),
        }
        assert recordings.summaries(where=Filter(tag="none")) == []
        longest = recordings.found(Filter(tag="vip 2"), sort="length")
        assert [summary.id for summary in longest.summaries] == [other]
        assert longest.totals.counts["tag"] == [("vip 2", 1)]

    def test_a_remark_is_stored_only_if_nothing_changed_meanwhile(self, storage: Storage) -> None:
        """If two users write at once, both remarks are kept: the second write reads again."""
        name = finished(storage)
        assert storage.remark(name, b"first")
        assert not storage.remark(name, b"second")
        assert not storage.remark(name, b"second", b"another")
        assert storage.remark(name, b"second", b"first")
        assert storage.remarks([name, new_id()]) == {name: b"second"}
        assert storage.remark(name, b"", b"second")
        assert storage.remarks([name]) == {}
        for missing in (new_id(), "../x"):
            with pytest.raises(RecordingNotFound):
                storage.remark(missing, b"x")
