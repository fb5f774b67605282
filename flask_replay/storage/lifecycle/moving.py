"""Copy finished recordings from one store to another, with templates, pins and remarks, and prove
that they arrived.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import msgspec

from ...codec import decode_recording, digest_key, encode_batch, encode_recording
from ...codec.recordings import decode_header
from ...errors import DecodeError, RecordingForgotten, RecordingNotFound, ReplayError, StorageError
from ...recording.batch import Batch
from ...recording.remarks import decode_remarks
from ..files.store import FileStorage
from ..files.tar import TarFile
from ..protocols import Mark
from .rekeying import is_current
from .retention import RetentionProgress


class CopySource(Protocol):
    """What copying needs of a store: a part of ``Archive``."""

    def ids(self) -> list[str]:
        """Return the ids of the recordings."""

    def finished(self, recording_id: str) -> bool:
        """Whether a recording is there."""

    def load(self, recording_id: str) -> bytes:
        """Return a recording's document."""

    def save(self, recording_id: str, document: bytes) -> None:
        """Keep a recording's document."""

    def get_template(self, key: str) -> bytes:
        """Return a template."""

    def put_template(self, key: str, document: bytes) -> None:
        """Keep a template."""

    def delete_template(self, key: str) -> None:
        """Delete a template."""

    def mark(self, recording_id: str, mark: Mark, on: bool = True) -> None:
        """Mark a recording."""

    def marked(self, mark: Mark) -> dict[str, float]:
        """Return the ids that have a mark."""

    def remark(self, recording_id: str, document: bytes, known: bytes = b"") -> bool:
        """Keep what people remark on a recording, if what is kept is known."""

    def remarks(self, recording_ids: Sequence[str] | None = None) -> dict[str, bytes]:
        """Return what people remark on recordings."""


class Copied(msgspec.Struct, frozen=True):
    """What was copied.

    :param recordings: how many, each read again from where it was written.
    :param present: how many were there already, the same byte for byte.
    :param templates: how many templates.
    :param forgotten: how many the target refused: their visitors were forgotten there.
    :param problems: for each recording that is not there as it should be, its id and why.
    """

    recordings: int
    present: int
    templates: int
    forgotten: int
    problems: Sequence[tuple[str, str]]


@contextmanager
def place(path: Path, *, write: bool) -> Iterator[CopySource]:
    """Open a folder of recordings, or a tar of one.

    :param write: it may have to be made: a name that ends in ``.tar`` is a file.
    :raises StorageError: there is none, or it cannot be opened.
    """
    if path.is_file() or (write and path.suffix == ".tar" and not path.is_dir()):
        with TarFile(path, write=write) as tar:
            yield tar
    elif write or (path / "archive").is_dir():
        yield FileStorage(path)
    else:
        raise StorageError(
            f"{path}: there are no recordings; it is neither a folder that has some nor a tar of "
            "one"
        )


def copy(
    source: CopySource,
    target: CopySource,
    format: str | None = None,
    progress: RetentionProgress | None = None,
    *,
    ids: Sequence[str] | None = None,
) -> Copied:
    """Copy finished recordings. Doing it again goes on where it stopped.

    A recording that is there already, byte for byte as it would be written, is not written again.

    :param format: convert events to this one; as they are when left out.
    :param ids: of those to copy; all when left out.
    """
    work = _Copy(source, target, format)
    ids = source.ids() if ids is None else ids
    for number, recording_id in enumerate(ids, 1):
        work.copy(recording_id)
        if progress is not None:
            progress(number, len(ids))
    return Copied(work.recordings, work.present, work.templates, work.forgotten, work.problems)


class _Copy:
    """One run."""

    def __init__(self, source: CopySource, target: CopySource, format: str | None) -> None:
        self.source = source
        self.target = target
        self.format = format
        self.pinned = source.marked("pinned")
        self.arrived: set[str] = set()
        self.recordings = self.present = self.templates = self.forgotten = 0
        self.problems: list[tuple[str, str]] = []

    def copy(self, recording_id: str) -> None:
        """Copy one recording, or note why not."""
        try:
            document, documents = self._read(recording_id)
            lost = [key for key in documents if not self._template(key)]
            self._write(recording_id, document)
            self._remark(recording_id)
        except RecordingForgotten:
            self.forgotten += 1
        except (DecodeError, RecordingNotFound) as error:
            self.problems.append((recording_id, str(error)))
        else:
            if recording_id in self.pinned:
                self.target.mark(recording_id, "pinned")
            if lost:
                reason = f"copied without templates, which are lost or damaged: {', '.join(lost)}"
                self.problems.append((recording_id, reason))

    def _remark(self, recording_id: str) -> None:
        """Copy what people remark on a recording, to what they remark on it there."""
        known = self.target.remarks([recording_id]).get(recording_id, b"")
        there, here = map(
            decode_remarks, (known, self.source.remarks([recording_id]).get(recording_id, b""))
        )
        both = there.joined(here)
        if both != there and not self.target.remark(recording_id, both.encode(), known):
            raise StorageError(
                f"{recording_id}: somebody writes remarks on it where it is copied to: try again"
            )

    def _read(self, recording_id: str) -> tuple[bytes, Sequence[str]]:
        """Return a document as it is to be written, and what it uses."""
        document = self.source.load(recording_id)
        header = decode_header(document)
        if header.summary.id != recording_id:
            raise DecodeError(f"it is another recording, {header.summary.id!r:.40}")
        return convert(document, self.format or header.format), header.documents

    def _write(self, recording_id: str, document: bytes) -> None:
        if self._holds(recording_id, document):
            self.present += 1
            return
        self.target.save(recording_id, document)
        if self.target.load(recording_id) != document:
            raise StorageError(f"{recording_id}: what was written is not what is read again")
        self.recordings += 1

    def _holds(self, recording_id: str, document: bytes) -> bool:
        """Whether the target has a recording as it is to be."""
        try:
            there = (
                self.target.finished(recording_id) and self.target.load(recording_id) == document
            )
            return there and is_current(self.target, recording_id)
        except ReplayError:
            return False  # what cannot be read is written again

    def _template(self, key: str) -> bool:
        """Copy a template, unless it is there, and tell whether it is whole now."""
        if key in self.arrived:
            return True
        try:
            document = self.source.get_template(key)
        except (DecodeError, RecordingNotFound):
            document = b""
        if digest_key(document) != key:
            if not self._whole(key):
                return False
        elif self._whole(key):
            self.target.put_template(key, document)  # it counts as used just now: cleanup spares it
        else:
            self.target.delete_template(key)  # a damaged one would stay
            self.target.put_template(key, document)
            if not self._whole(key):
                raise StorageError(f"the template {key} is not read as it was written")
            self.templates += 1
        self.arrived.add(key)
        return True

    def _whole(self, key: str) -> bool:
        try:
            return digest_key(self.target.get_template(key)) == key
        except (DecodeError, RecordingNotFound):
            return False


def convert(document: bytes, format: str) -> bytes:
    """Return a recording with its events in a format; one that is in it already stays as it is.

    :raises DecodeError: it cannot be read, or would not be the same.
    """
    recording = decode_recording(document)
    header = decode_header(document)
    if header.format == format:
        return document
    batches = [(_start(batch), encode_batch(batch, format)) for batch in recording.batches]
    converted = encode_recording(header.summary, batches, format, header.documents)
    again = decode_recording(converted).batches
    pairs = zip(again, recording.batches, strict=True)
    if any(
        _start(new) != _start(old) or encode_batch(new) != encode_batch(old) for new, old in pairs
    ):
        # compared as bytes, in which NaN equals itself
        raise DecodeError(f"in {format} it would not be the same")
    return converted


def _start(batch: Batch) -> int:
    return batch.events[0].offset_ms if batch.events else 0
