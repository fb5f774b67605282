"""A store in the memory of one process: the shortest one that keeps the contract."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence

import msgspec

from flask_replay import (
    DecodeError,
    Filter,
    RecordingFinished,
    RecordingForgotten,
    RecordingNotFound,
)
from flask_replay.codec.recordings import decode_header
from flask_replay.recording.summary import Summary
from flask_replay.storage import (
    ALL,
    NEWEST,
    Entry,
    Head,
    Mark,
    Order,
    Segments,
    checked_hash,
    checked_id,
    checked_worker,
    merge,
    summarize,
    unreadable,
    words_in,
)


class Running:
    """A running recording: its entries, each with the name of the worker that wrote it."""

    def __init__(self, head: Head) -> None:
        self.head = head
        self.entries: list[tuple[str, Entry]] = []
        self.writers: dict[str, float] = {}

    @property
    def touched_at(self) -> float:
        return max(self.writers.values())


class MemoryStorage:
    """Journal and archive in dictionaries, under one lock."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.running: dict[str, Running] = {}
        self.archive: dict[str, bytes] = {}
        self.kept: dict[str, tuple[bytes, float]] = {}
        self.leases: dict[str, tuple[str, float]] = {}
        self.remarked: dict[str, bytes] = {}
        self.marks: dict[Mark, dict[str, float]] = {"pinned": {}, "forgotten": {}}

    @property
    def identity(self) -> str:
        return f"memory {id(self)}"

    # Journal

    def append(self, head: Head, worker: str, entries: Sequence[Entry]) -> None:
        checked_worker(worker)
        with self.lock:  # nobody saves or drops between the question and the writing
            self._refuse_forgotten(checked_id(head.id))
            if head.id in self.archive:
                raise RecordingFinished(f"{head.id} is finished; start a new recording")
            running = self.running.setdefault(head.id, Running(head))
            running.entries += ((worker, entry) for entry in entries)
            running.writers[worker] = time.time()

    def active(self, *, before: str | None = None, limit: int | None = None) -> list[Summary]:
        with self.lock:
            names = sorted(
                (name for name in self.running if before is None or name < before), reverse=True
            )
            return [summarize(self._segments(self.running[name])) for name in names[:limit]]

    def read(self, recording_id: str) -> Segments:
        with self.lock:
            if checked_id(recording_id) not in self.running:
                raise RecordingNotFound(f"no recording {recording_id} is in progress")
            return self._segments(self.running[recording_id])

    def _segments(self, running: Running) -> Segments:
        entries, workers = merge(running.entries)
        return Segments(
            head=running.head,
            entries=entries,
            workers=workers,
            writers=dict(running.writers),
            size=_size(running),
        )

    def size(self, recording_id: str) -> int:
        with self.lock:
            running = self.running.get(checked_id(recording_id))
            return 0 if running is None else _size(running)

    def touched(self) -> dict[str, float]:
        with self.lock:
            return {name: running.touched_at for name, running in self.running.items()}

    def writers(self) -> dict[str, dict[str, float]]:
        with self.lock:
            return {name: dict(running.writers) for name, running in self.running.items()}

    def drop(self, recording_id: str, size: int | None = None) -> bool:
        with self.lock:
            running = self.running.get(checked_id(recording_id))
            if size is not None and size != (0 if running is None else _size(running)):
                return False
            self.running.pop(recording_id, None)
            if recording_id not in self.archive:
                self.remarked.pop(recording_id, None)
            return True

    # Archive

    def save(self, recording_id: str, document: bytes) -> None:
        with self.lock:
            self._refuse_forgotten(checked_id(recording_id))
            self.archive[recording_id] = document

    def load(self, recording_id: str) -> bytes:
        try:
            return self.archive[checked_id(recording_id)]
        except KeyError:
            raise RecordingNotFound(f"there is no finished recording {recording_id}") from None

    def summaries(
        self,
        *,
        before: str | None = None,
        limit: int = 50,
        where: Filter = ALL,
        order: Order = NEWEST,
    ) -> list[Summary]:
        found = (
            summary
            for name in self.ids()
            if where.matches(summary := self._summary(name), self._words(name, where))
        )
        return order.sorted(found, before)[:limit]

    def _words(self, recording_id: str, where: Filter) -> Iterable[str]:
        return words_in(self.archive[recording_id]) if where.text is not None else ()

    def _summary(self, recording_id: str) -> Summary:
        try:
            summary = decode_header(self.archive[recording_id]).summary
        except DecodeError:
            return unreadable(recording_id, "finished")
        return msgspec.structs.replace(summary, size=len(self.archive[recording_id]))

    def finished(self, recording_id: str) -> bool:
        return checked_id(recording_id) in self.archive

    def ids(self) -> list[str]:
        return sorted(self.archive, reverse=True)

    def documents(self, recording_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        names = [name for name in recording_ids if name in self.archive]
        return {name: decode_header(self.archive[name]).documents for name in names}

    def delete(self, recording_id: str) -> None:
        self.archive.pop(checked_id(recording_id), None)
        self.remarked.pop(recording_id, None)

    # Marks

    def mark(self, recording_id: str, mark: Mark, on: bool = True) -> None:
        with self.lock:
            self.marks[mark].pop(checked_id(recording_id), None)
            if on:
                self.marks[mark][recording_id] = time.time()

    def marked(self, mark: Mark) -> dict[str, float]:
        return dict(self.marks[mark])

    def _refuse_forgotten(self, recording_id: str) -> None:
        if recording_id in self.marks["forgotten"]:
            raise RecordingForgotten(f"nothing of {recording_id} may be kept")

    # Remarks

    def remark(self, recording_id: str, document: bytes, known: bytes = b"") -> bool:
        with self.lock:
            if checked_id(recording_id) not in {*self.archive, *self.running}:
                raise RecordingNotFound(f"there is no recording {recording_id}")
            if self.remarked.get(recording_id, b"") != known:
                return False
            self.remarked.pop(recording_id, None)
            if document:
                self.remarked[recording_id] = document
            return True

    def remarks(self, recording_ids: Sequence[str] | None = None) -> dict[str, bytes]:
        names = list(self.remarked) if recording_ids is None else recording_ids
        return {name: self.remarked[name] for name in names if name in self.remarked}

    # Templates

    def has_template(self, key: str) -> bool:
        return checked_hash(key) in self.kept

    def put_template(self, key: str, document: bytes) -> None:
        with self.lock:
            known, _ = self.kept.get(checked_hash(key), (document, 0.0))
            self.kept[key] = (known, time.time())

    def get_template(self, key: str) -> bytes:
        try:
            return self.kept[checked_hash(key)][0]
        except KeyError:
            raise RecordingNotFound(f"the template {key} is not kept") from None

    def templates(self) -> list[tuple[str, float]]:
        return [(key, written) for key, (_, written) in self.kept.items()]

    def delete_template(self, key: str) -> None:
        self.kept.pop(checked_hash(key), None)

    # Leases

    def lease(self, recording_id: str, owner: str, seconds: float) -> bool:
        with self.lock:
            holder, until = self.leases.get(checked_id(recording_id), ("", 0.0))
            if holder != owner and until > time.time():
                return False
            self.leases[recording_id] = (owner, time.time() + seconds)
            return True

    def release(self, recording_id: str, owner: str) -> None:
        with self.lock:
            if self.leases.get(checked_id(recording_id), ("", 0.0))[0] == owner:
                del self.leases[recording_id]

    def sweep(self, before: float) -> None:
        with self.lock:
            self.leases = {name: lease for name, lease in self.leases.items() if lease[1] >= before}


def _size(running: Running) -> int:
    return sum(1 + len(entry.payload) for _, entry in running.entries)
