"""How a recording in progress becomes a finished one, or none."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from flask_replay.errors import RecordingNotFound, StorageError
from flask_replay.recording.ids import new_id
from flask_replay.storage import FileStorage, Storage, endings, finalize

from .harness import STORES, begun, entry, finished, head


@pytest.fixture(params=STORES)
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    return STORES[request.param](tmp_path)


def fail(*_: object) -> None:
    raise StorageError("away")


def test_the_summary_is_what_the_archive_lists(storage: Storage) -> None:
    """But for the size, which the archive knows better."""
    first = begun(storage, documents=("a" * 32,))
    summary = finalize(storage, first.id, "me")
    assert summary is not None
    (kept,) = storage.summaries()
    assert (kept.id, kept.status, kept.tally, kept.landing) == (first.id, "finished", summary.tally, "/0")
    assert storage.touched() == {}


def test_a_session_without_interaction_is_discarded(storage: Storage) -> None:
    """One plain page view is not worth keeping."""
    first = head()
    storage.append(first, "w", [entry(0)])
    assert finalize(storage, first.id, "me") is None
    assert storage.ids() == [] and storage.touched() == {}


def test_a_second_page_that_comes_while_it_is_discarded_saves_it(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it holds is looked at again before it goes."""
    first = head()
    storage.append(first, "w", [entry(0)])
    drop = storage.drop

    def late(recording_id: str, size: int | None = None) -> bool:
        monkeypatch.setattr(storage, "drop", drop)
        storage.append(first, "w", [entry(1, 10)])
        return drop(recording_id, size)

    monkeypatch.setattr(storage, "drop", late)
    summary = finalize(storage, first.id, "me")
    assert summary is not None and summary.tally.pages == 2
    assert storage.ids() == [first.id] and storage.touched() == {}


def test_saving_is_tried_again_and_nothing_is_lost_meanwhile(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    """When it fails every time, the journal still has everything, and anybody may try."""
    first = begun(storage)
    pauses: list[float] = []
    with monkeypatch.context() as patched:
        patched.setattr(storage, "save", fail)
        with pytest.raises(StorageError, match="away"):
            finalize(storage, first.id, "me", attempts=3, delay=0.5, pause=pauses.append)
    assert pauses == [0.5, 0.5]
    assert len(storage.read(first.id).entries) == 2
    assert finalize(storage, first.id, "other") is not None


def test_saving_that_works_again_ends_the_trying(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The archive was away for a moment."""
    first = begun(storage)
    monkeypatch.setattr(storage, "save", fail)
    assert finalize(storage, first.id, "me", attempts=2, pause=lambda _: monkeypatch.undo()) is not None
    assert storage.ids() == [first.id]


def test_finishing_twice_is_harmless(storage: Storage) -> None:
    """The second time there is nothing to do; what never was is named."""
    name = finished(storage)
    document = storage.load(name)
    assert finalize(storage, name, "me") is None
    assert storage.load(name) == document
    with pytest.raises(RecordingNotFound):
        finalize(storage, new_id(), "me")


def test_one_that_somebody_else_finishes_is_left_to_them(storage: Storage) -> None:
    """Until they are taken for dead."""
    first = begun(storage)
    assert storage.lease(first.id, "other", 60)
    assert finalize(storage, first.id, "me") is None
    assert list(storage.touched()) == [first.id]
    assert storage.lease(first.id, "other", -1)
    assert finalize(storage, first.id, "me") is not None


def test_rubbish_left_behind_by_a_finished_one_is_put_away(tmp_path: Path) -> None:
    """The archive has it; what is in the journal serves nobody."""
    storage = FileStorage(tmp_path)
    name = finished(storage)
    folder = storage.path / "journal" / name
    folder.mkdir()
    (folder / "w.seg").write_bytes(b"left behind")
    assert finalize(storage, name, "me") is None
    assert storage.finished(name) and not folder.exists()


def test_idle_recordings_are_due_and_activity_puts_them_off(storage: Storage) -> None:
    """By the time of the last append of any worker."""
    first = begun(storage)
    moment = storage.touched()[first.id]
    assert abs(moment - time.time()) < 60
    assert endings(storage, lambda _: "alive", 60, now=moment + 59) == {}
    assert endings(storage, lambda _: "alive", 60, now=moment + 61) == {first.id: "finished"}
    storage.append(first, "other", [entry(2, 20)])
    assert endings(storage, lambda _: "alive", 60, now=storage.touched()[first.id] + 59) == {}


def test_a_store_that_cannot_be_written_says_what_to_look_at(tmp_path: Path) -> None:
    """The message has the path."""
    (tmp_path / "file").write_text("")
    storage = FileStorage(tmp_path / "file")
    with pytest.raises(StorageError, match="file.*writable"):
        storage.append(head(), "w", [entry(0)])
    with pytest.raises(StorageError, match="file.*writable"):
        storage.save(new_id(), b"")
    with pytest.raises(StorageError, match="file.*writable"):
        storage.put_template("0" * 32, b"")
    assert storage.active() == [] and storage.ids() == []
