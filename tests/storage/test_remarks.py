"""Remarks are copied with recordings, and encrypted like them."""

from __future__ import annotations

from pathlib import Path

import pytest

from flask_replay import ConfigError, FileStorage, KeyMissing
from flask_replay.recording.remarks import MOST_NOTES, MOST_TAGS, Remarks, make_note
from flask_replay.storage import Filter, Recordings, Storage
from flask_replay.storage.files.tar import TarFile
from flask_replay.storage.lifecycle.moving import copy
from flask_replay.storage.lifecycle.rekeying import rekey
from flask_replay.testing.samples import finished

from .stores import KEYS
from .test_encryption import with_keys


def remarked(storage: Storage) -> tuple[str, Recordings]:
    """Return a recording with a tag and a note."""
    name, recordings = finished(storage), Recordings(storage, 10, 1e9)
    recordings.tag(name, "coupon")
    recordings.note(name, "expired in May", 3, "Ann")
    return name, recordings


def test_remarks_are_copied_with_recordings_and_merged(
    tmp_path: Path,
) -> None:
    """Into a tar, out of it, and again after more remarks were written on both sides."""
    here, there = FileStorage(tmp_path / "here"), FileStorage(tmp_path / "there")
    name, recordings = remarked(here)
    copies = Recordings(there, 10, 1e9)
    for number in range(2):
        with TarFile(tmp_path / "all.tar", write=True) as tar:
            assert copy(here, tar).problems == []
        with TarFile(tmp_path / "all.tar") as tar:
            assert copy(tar, there).problems == []
        if not number:
            assert copies.remarks(name) == recordings.remarks(name)
            recordings.note(name, "here")
            copies.note(name, "there", 9)
            copies.tag(name, "seen")
    remarks = copies.remarks(name)
    assert (remarks.tags, [note.text for note in remarks.notes]) == (
        ("coupon", "seen"),
        ["here", "expired in May", "there"],
    )


def test_remarks_are_encrypted_and_encrypted_again_with_the_next_key(tmp_path: Path) -> None:
    """With another key, nobody can read or write any. The list still works."""
    inner, (old, new) = FileStorage(tmp_path), KEYS[:2]
    name, _ = remarked(with_keys(inner, old))
    kept = inner.remarks()[name]
    assert b"coupon" not in kept and b"May" not in kept
    stranger = Recordings(with_keys(inner, new), 10, 1e9)
    for use in (lambda: stranger.remarks(name), lambda: stranger.tag(name, "mine")):
        with pytest.raises(KeyMissing):
            use()
    assert [summary.tags for summary in stranger.summaries()] == [()]
    rekey(with_keys(inner, new, old))
    assert stranger.remarks(name).tags == ("coupon",)
    rekey(with_keys(inner, new, old), decrypt=True)
    assert Recordings(inner, 10, 1e9).remarks(name) == stranger.remarks(name)


def test_invalid_tags_and_notes_are_refused() -> None:
    """The number of remarks on a recording is limited."""
    for tag in ("", " \n", "x" * 51):
        with pytest.raises(ConfigError, match="a tag must have"):
            Remarks().tagged(tag)
    for text in ("", " \n ", "x" * 4_001):
        with pytest.raises(ConfigError, match="a note must have a text"):
            make_note(text, 0)
    remarks = Remarks()
    for number in range(MOST_TAGS):
        remarks = remarks.tagged(f"tag {number}")
    with pytest.raises(ConfigError, match="remove one"):
        remarks.tagged("one more")
    assert remarks.tagged("TAG 0") == remarks
    full = Remarks(notes=(make_note("x", 0),) * MOST_NOTES)
    with pytest.raises(ConfigError, match="remove one"):
        full.noted(make_note("one more", 1))
    hostile = make_note("a\0b\ud800 \u202e\r\n c", -5, "Ann\nBob")
    assert (hostile.text, hostile.at_ms, hostile.author) == ("ab? \u202e\nc", 0, "Ann Bob")


def test_commas_separate_tags() -> None:
    """People write tags in one line, and read them in one line."""
    remarks = Remarks().tagged("refund, urgent,").tagged("Urgent,VIP")
    assert remarks.tags == ("refund", "urgent", "VIP")
    assert remarks.has("vip, refund") and not remarks.has("vip, late") and not remarks.has(",")
    assert remarks.untagged("VIP, refund").tags == ("urgent",)
    with pytest.raises(ConfigError, match="a tag must have"):
        remarks.tagged(" , ")


def test_a_tag_with_commas_of_an_earlier_version_is_several_tags(tmp_path: Path) -> None:
    """They can be found, removed, and copied, even if there are more than one can add."""
    here, there = FileStorage(tmp_path / "here"), FileStorage(tmp_path / "there")
    names = [f"{number}, of {number}" for number in range(MOST_TAGS)]
    recordings, name = Recordings(here, 10, 1e9), finished(here)
    here.remark(name, Remarks(tags=("vip, checkout", *names)).encode(), b"")
    assert recordings.summaries(where=Filter(tag="Checkout,vip"))
    for _ in range(2):
        copy(here, there)
        assert set(names[0].split(", ")) <= set(Recordings(there, 10, 1e9).remarks(name).tags)
    recordings.untag(name, "vip")
    assert recordings.remarks(name).tags[:2] == ("checkout", "0")
