"""Copy finished recordings from one store to another, with templates, pins and remarks, and verify
the copies.
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
    """The part of ``Archive`` that copying needs."""

    def ids(self) -> list[str]:
        """Return the ids of the recordings."""

    def finished(self, recording_id: str) -> bool:
        """Whether a recording exists."""

    def load(self, recording_id: str) -> bytes:
        """Return a recording's document."""

    def save(self, recording_id: str, document: bytes) -> None:
        """Store a recording's document."""

    def get_template(self, key: str) -> bytes:
        """Return a template."""

    def put_template(self, key: str, document: bytes) -> None:
        """Store a template."""

    def delete_template(self, key: str) -> None:
        """Delete a template."""

    def mark(self, recording_id: str, mark: Mark, on: bool = True) -> None:
        """Set or remove a mark on a recording."""

    def marked(self, mark: Mark) -> dict[str, float]:
        """Return the ids of the recordings with a mark."""

    def remark(self, recording_id: str, document: bytes, known: bytes = b"") -> bool:
        """Replace the remarks on a recording, if the stored ones are known."""

    def remarks(self, recording_ids: Sequence[str] | None = None) -> dict[str, bytes]:
        """Return the remarks on recordings."""


class Copied(msgspec.Struct, frozen=True):
    """What was copied.

    :param recordings: the number of recordings copied, each read back from the target.
    :param present: the number that were already there, byte for byte.
    :param templates: the number of templates copied.
    :param forgotten: the number that the target refused because their visitors were forgotten
        there.
    :param problems: the id and the problem of each recording that was not copied correctly.
    """

    recordings: int
    present: int
    templates: int
    forgotten: int
    problems: Sequence[tuple[str, str]]


@contextmanager
def place(path: Path, *, write: bool) -> Iterator[CopySource]:
    """Open a folder of recordings, or a tar of one.

    :param write: whether it may have to be created. A name that ends in ``.tar`` is then a file.
    :raises StorageError: it does not exist, or cannot be opened.
    """
    if path.is_file() or (write and path.suffix == ".tar" and not path.is_dir()):
        with TarFile(path, write=write) as tar:
            yield tar
    elif write or (path / "archive").is_dir():
        yield FileStorage(path)
    else:
        raise StorageError(
            f"{path}: no recordings found: it is neither a folder of recordings nor a tar of one"
        )


def copy(
    source: CopySource,
    target: CopySource,
    format: str | None = None,
    progress: RetentionProgress | None = None,
    *,
    ids: Sequence[str] | None = None,
) -> Copied:
    """Copy finished recordings. A repetition continues where it stopped.

    A recording that already exists byte for byte is not written again.

    :param format: the format to convert events to. Without it, they stay as they are.
    :param ids: the ids of the recordings to copy; all by default.
    """
    work = _Copy(source, target, format)
    ids = source.ids() if ids is None else ids
    for number, recording_id in enumerate(ids, 1):
        work.copy(recording_id)
        if progress is not None:
            progress(number, len(ids))
    return Copied(work.recordings, work.present, work.templates, work.forgotten, work.problems)


class _Copy:
    """One run of copying."""

    def __init__(self, source: CopySource, target: CopySource, format: str | None) -> None:
        self.source = source
        self.target = target
        self.format = format
        self.pinned = source.marked("pinned")
        self.arrived: set[str] = set()
        self.recordings = self.present = self.templates = self.forgotten = 0
        self.problems: list[tuple[str, str]] = []

    def copy(self, recording_id: str) -> None:
        """Copy one recording, or note why it was not copied."""
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
        """Merge the remarks on a recording into those at the target."""
        known = self.target.remarks([recording_id]).get(recording_id, b"")
        there, here = map(
            decode_remarks, (known, self.source.remarks([recording_id]).get(recording_id, b""))
        )
        both = there.joined(here)
        if both != there and not self.target.remark(recording_id, both.encode(), known):
            raise StorageError(
                f"{recording_id}: somebody is writing remarks on its copy: try again"
            )

    def _read(self, recording_id: str) -> tuple[bytes, Sequence[str]]:
        """Return a document in the form to be written, and the documents that it uses."""
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
            raise StorageError(f"{recording_id}: the copy differs from what was written")
        self.recordings += 1

    def _holds(self, recording_id: str, document: bytes) -> bool:
        """Whether the target already has a recording in the right form."""
        try:
            there = (
                self.target.finished(recording_id) and self.target.load(recording_id) == document
            )
            return there and is_current(self.target, recording_id)
        except ReplayError:
            return False  # an unreadable copy is written again

    def _template(self, key: str) -> bool:
        """Copy a template, unless it is there, and return whether it is intact now."""
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
            # it counts as just used, so that cleanup does not delete it
            self.target.put_template(key, document)
        else:
            self.target.delete_template(key)  # a damaged one would stay
            self.target.put_template(key, document)
            if not self._whole(key):
                raise StorageError(f"the copy of the template {key} differs from what was written")
            self.templates += 1
        self.arrived.add(key)
        return True

    def _whole(self, key: str) -> bool:
        try:
            return digest_key(self.target.get_template(key)) == key
        except (DecodeError, RecordingNotFound):
            return False


def convert(document: bytes, format: str) -> bytes:
    """Return a recording with its events in a format. One that already has this format is returned
    unchanged.

    :raises DecodeError: it cannot be read, or would change.
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
        raise DecodeError(f"it would change in the format {format}")
    return converted


def _start(batch: Batch) -> int:
    return batch.events[0].offset_ms if batch.events else 0
