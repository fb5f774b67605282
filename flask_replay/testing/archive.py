"""Tests of the archive: finished recordings, and the templates of all recordings."""

from __future__ import annotations

import time

import pytest
from msgspec import structs

from ..errors import DecodeError, RecordingNotFound
from ..recording.ids import new_id
from ..storage import Filter, Head, Recordings, Storage, finalize
from .samples import all_refuse, begun, entry, finished

KEY = "0123456789abcdef" * 2
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
    "' or 1=1 --",
]


class ArchiveContract:
    """The contract of every archive."""

    def test_a_document_comes_back_as_it_was_saved(self, storage: Storage) -> None:
        """The last save counts, whatever the document contains."""
        name = new_id()
        storage.save(name, b"one")
        storage.save(name, bytes(range(256)) * 1_000)
        assert storage.load(name) == bytes(range(256)) * 1_000
        assert storage.finished(name)
        assert storage.ids() == [name]

    def test_the_list_is_newest_first_and_in_pages(self, storage: Storage) -> None:
        """A page begins after the last recording of the previous page."""
        names = [finished(storage, 1_700_000_000 + n) for n in range(5)]
        page = storage.summaries(limit=2)
        rest = storage.summaries(before=page[-1].id, limit=10)
        assert [summary.id for summary in (*page, *rest)] == names[::-1]
        assert all((summary.status, summary.tally.posts) == ("finished", 1) for summary in page)
        assert storage.summaries(before=names[0]) == []
        assert storage.ids() == names[::-1]

    def test_the_list_is_filtered_by_visitor_errors_and_time(self, storage: Storage) -> None:
        """Filters can be combined, also with pages."""
        names = [
            finished(storage, 1_700_000_000 + n, name=("ann", "Ann", "")[n % 3], error=n % 2 == 1)
            for n in range(9)
        ]
        expected = {
            Filter(): names,
            Filter(name="ann"): names[::3],
            Filter(name="Ann"): names[1::3],
            Filter(name=""): names[2::3],
            Filter(name="bob"): [],
            Filter(errors=True): names[1::2],
            Filter(name="ann", errors=True): [names[3]],
            Filter(since=1_700_000_003): names[3:],
            Filter(until=1_700_000_003): names[:3],
            Filter(since=1_700_000_002, until=1_700_000_006, errors=True): [names[3], names[5]],
        }
        for where, found in expected.items():
            assert [summary.id for summary in storage.summaries(where=where)] == found[::-1], where
            assert [summary.id for summary in storage.summaries(where=where, limit=1)] == found[
                ::-1
            ][:1], where
            rest = [name for name in found if name < names[5]]
            assert [
                summary.id for summary in storage.summaries(where=where, before=names[5])
            ] == rest[::-1], where

    def test_the_list_is_filtered_by_status(self, storage: Storage) -> None:
        """A failed run of a program has this status, whatever happened to its worker."""
        ended: dict[str, list[str]] = {
            "finished": [finished(storage)],
            "interrupted": [],
            "failed": [],
        }
        for how, flags in (("interrupted", ()), ("failed", ("failed",)), ("failed", ("failed",))):
            first = begun(storage)
            storage.append(first, "w", [structs.replace(entry(2, 20), flags=flags)])
            assert finalize(storage, first.id, "me", status="interrupted") is not None
            ended[how].append(first.id)
        for status, names in ended.items():
            found = storage.summaries(where=Filter(status=status))
            assert [(summary.id, summary.status) for summary in found] == [
                (name, status) for name in sorted(names, reverse=True)
            ]
        assert storage.summaries(where=Filter(status="live")) == []

    def test_a_recording_of_an_hour_ago_sorts_by_its_time(self, storage: Storage) -> None:
        """Ids compare character by character, in any collation."""
        moments = [time.time() - 977 * n for n in range(40, 0, -1)]
        names = [new_id(moment) for moment in moments]
        for name in names:
            storage.save(name, b"rubbish")
        assert storage.ids() == sorted(names, reverse=True) == names[::-1]

    def test_the_size_is_that_of_the_archive(self, storage: Storage) -> None:
        """The list and the recording itself report the same size."""
        name = finished(storage)
        size = len(storage.load(name))
        assert storage.summaries()[0].size == size
        assert Recordings(storage, 1, 1).get(name).summary.size == size

    def test_the_documents_of_a_recording_are_known(self, storage: Storage) -> None:
        """The documents of a recording are read without its events."""
        first, second = finished(storage, documents=("a" * 32, "b" * 32)), finished(storage)
        expected = {first: ("a" * 32, "b" * 32), second: ()}
        assert storage.documents([first, new_id(), second]) == expected
        assert storage.documents([]) == {}

    def test_the_documents_of_an_unreadable_recording_are_unknown(self, storage: Storage) -> None:
        """The error makes cleanup spare every template."""
        names = [finished(storage), new_id()]
        storage.save(names[1], b"rubbish")
        with pytest.raises(DecodeError):
            storage.documents(names)

    def test_deleting_is_final_and_repeatable(self, storage: Storage) -> None:
        """Later reads raise an error."""
        name = finished(storage)
        storage.delete(name)
        storage.delete(name)
        assert storage.ids() == []
        assert not storage.finished(name)
        assert storage.documents([name]) == {}
        with pytest.raises(RecordingNotFound):
            storage.load(name)

    def test_an_unreadable_recording_is_listed_with_its_time(self, storage: Storage) -> None:
        """The other recordings are unaffected."""
        names = [finished(storage, 1_700_000_000 + n) for n in range(3)]
        storage.save(names[1], b"rubbish" * 10)
        summaries = storage.summaries()
        assert [summary.flags for summary in summaries] == [(), ("unreadable",), ()]
        assert summaries[1].started_at == 1_700_000_001

    def test_templates_are_stored_once(self, storage: Storage) -> None:
        """Templates are stored under the hash of their content."""
        assert not storage.has_template(KEY)
        storage.put_template(KEY, b"<p>{{ x }}" * 500)
        storage.put_template(KEY, b"something else")
        assert storage.has_template(KEY)
        assert storage.get_template(KEY) == b"<p>{{ x }}" * 500
        ((kept, written),) = storage.templates()
        assert kept == KEY
        assert abs(written - time.time()) < 60
        storage.delete_template(KEY)
        storage.delete_template(KEY)
        with pytest.raises(RecordingNotFound):
            storage.get_template(KEY)

    def test_a_template_stored_again_counts_as_new(self, storage: Storage) -> None:
        """Cleanup therefore spares the template for a while."""
        storage.put_template(KEY, b"source")
        ((_, first),) = storage.templates()
        time.sleep(0.02)
        storage.put_template(KEY, b"source")
        ((_, second),) = storage.templates()
        assert second > first


class NamesContract:
    """Only an id or a hash may name a file or a row."""

    def test_ids_that_leave_the_store_are_refused(self, storage: Storage) -> None:
        """Every method that takes an id refuses them."""
        recordings = Recordings(storage, 1, 1)
        methods = (
            storage.load,
            storage.read,
            storage.drop,
            storage.delete,
            storage.finished,
            lambda name: storage.save(name, b""),
            lambda name: storage.append(Head(id=name, started_at=0), "w", [entry(0)]),
            lambda name: storage.lease(name, "me", 1),
            lambda name: storage.release(name, "me"),
            recordings.get,
            recordings.delete,
        )
        all_refuse(methods, EVIL)
        assert storage.documents(EVIL) == {}

    def test_hashes_that_leave_the_store_are_refused(self, storage: Storage) -> None:
        """Every method that takes a hash refuses them."""
        methods = (
            storage.has_template,
            storage.get_template,
            storage.delete_template,
            lambda key: storage.put_template(key, b""),
        )
        all_refuse(methods, (*EVIL, "0" * 31, "G" * 32, "../" + "0" * 29, "0" * 32 + "\n"))

    def test_missing_recordings_are_not_found(self, storage: Storage) -> None:
        """Other recordings do not change that."""
        begun(storage)
        finished(storage)
        name = new_id()
        for look in (storage.read, storage.load):
            with pytest.raises(RecordingNotFound):
                look(name)
        with pytest.raises(RecordingNotFound):
            storage.get_template(KEY)
        assert not storage.finished(name)
