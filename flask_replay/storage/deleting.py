"""Deleting recordings, one by one or by rules, and protecting some from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta

from ..errors import RecordingNotFound
from ..value_forms import duration, size
from .lifecycle import forgetting, retention
from .lifecycle.forgetting import Forgotten
from .lifecycle.retention import Cleaned, RetentionProgress
from .lifecycle.revoking import revoke_links
from .protocols import Journal, Storage


class Deleting:
    """The methods of ``Recordings`` that delete recordings, or protect them from cleanup."""

    storage: Storage
    max_recordings: int
    max_age: float
    max_size: int | None
    max_unconfirmed: int | None
    spooled: Callable[[], Iterable[Journal]]
    note_change: Callable[[str, str], object]

    def delete(self, recording_id: str) -> None:
        """Delete a recording, even a running one.

        :raises RecordingNotFound: no recording has this id.
        """
        self._require(recording_id)
        self.storage.drop(recording_id)
        self.storage.delete(recording_id)
        self.storage.mark(recording_id, "pinned", on=False)
        revoke_links(self.storage, {recording_id})
        self.note_change("delete", recording_id)

    def pin(self, recording_id: str) -> None:
        """Protect a recording, even a running one, from :meth:`cleanup` and :meth:`clear`.

        :raises RecordingNotFound: no recording has this id.
        """
        self._require(recording_id)
        self.storage.mark(recording_id, "pinned")
        self.note_change("pin", recording_id)

    def unpin(self, recording_id: str) -> None:
        """Remove the protection from a recording. If it is not pinned, this does nothing.

        :raises RecordingNotFound: no recording has this id.
        """
        if not self.pinned(recording_id):
            self._require(recording_id)
        self.storage.mark(recording_id, "pinned", on=False)
        self.note_change("unpin", recording_id)

    def _require(self, recording_id: str) -> None:
        if not self.storage.finished(recording_id) and recording_id not in self.storage.touched():
            raise RecordingNotFound(f"there is no recording {recording_id}")

    def pinned(self, recording_id: str) -> bool:
        """Whether a recording is pinned."""
        return recording_id in self.storage.marked("pinned")

    def clear(self, progress: RetentionProgress | None = None) -> int:
        """Delete all finished recordings except pinned ones, and return how many were deleted.
        Running recordings stay.
        """
        gone = retention.clear(self.storage, progress)
        self._note_changes("clear", gone)
        return len(gone)

    def cleanup(
        self,
        progress: RetentionProgress | None = None,
        *,
        max_recordings: int | None = None,
        max_age: float | str | timedelta | None = None,
        max_size: int | str | None = None,
        dry_run: bool = False,
    ) -> Cleaned | None:
        """Delete recordings that are too old, too many or too large in total. Running and pinned
        ones stay.

        :param max_recordings: replaces ``REPLAY_MAX_RECORDINGS``. The other limits work the same
            way, in the forms that settings have.
        :param dry_run: whether to delete nothing and only report what would be deleted.
        :returns: ``None`` if another process is cleaning up.
        """
        cleaned = retention.cleanup(
            self.storage,
            self.max_recordings if max_recordings is None else max_recordings,
            self.max_age if max_age is None else duration().read("max_age", max_age),
            self.max_size if max_size is None else size().read("max_size", max_size),
            max_unconfirmed=self.max_unconfirmed,
            dry_run=dry_run,
            progress=progress,
        )
        if cleaned is not None and not dry_run:
            self._note_changes("cleanup", [*cleaned.recordings, *cleaned.unreadable])
        return cleaned

    def forget(self, user: str, progress: RetentionProgress | None = None) -> Forgotten:
        """Delete all recordings of a visitor, including running and pinned ones, and reject data
        that arrives later.

        If a visitor has just come, and no recording names them yet, unflushed data is not found.
        Call :meth:`Replay.flush` first.

        :param user: the name that ``identify`` returned.
        """
        forgotten = forgetting.forget(self.storage, user, progress, self.spooled())
        self._note_changes("forget", forgotten.recordings)
        return forgotten

    def _note_changes(self, change: str, ids: Iterable[str]) -> None:
        for recording_id in ids:
            self.note_change(change, recording_id)
