"""The layout of a folder of recordings.

::

    journal/<id>/<worker>.seg    a running recording, one segment for each worker process
    archive/<id>.replay          finished recordings
    templates/<hash>             templates and setups, compressed, once for each content
    pinned/<id>                  a recording that cleanup must not delete
    remarks/<id>                 tags and notes
    forgotten/<id>               a recording that must not be stored again
    leases/<id>                  which worker finalizes a recording, and until when
    index                        finds finished recordings; rebuilt if it is lost or damaged
    lock                         shared during an append, exclusive to drop or lease a recording
"""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from pathlib import Path

from ...recording.ids import is_id
from ..names import checked_hash, checked_id
from ..protocols import Mark
from .folder import is_file, listed, locked, refuse_links

SEGMENT = ".seg"
ARCHIVED = ".replay"
DROPPED = "dropped"


class Layout:
    """Returns paths. An id or hash is checked before it becomes a path, and symbolic links are not
    followed.

    :param path: the folder. It is made at the first write.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)

    def _locked(self, *, shared: bool = False) -> AbstractContextManager[None]:
        return locked(self.path / "lock", shared=shared)

    def _part(self, name: str) -> Path:
        path = self.path / name
        refuse_links(path)
        return path

    def _journal(self, recording_id: str) -> Path:
        path = self._part("journal") / checked_id(recording_id)
        refuse_links(path)
        return path

    def _archived(self, recording_id: str) -> Path:
        return self._part("archive") / f"{checked_id(recording_id)}{ARCHIVED}"

    def _lease(self, recording_id: str) -> Path:
        return self._part("leases") / checked_id(recording_id)

    def _mark(self, recording_id: str, mark: Mark) -> Path:
        return self._part(mark) / checked_id(recording_id)

    def _remarks(self, recording_id: str) -> Path:
        return self._part("remarks") / checked_id(recording_id)

    def _template(self, key: str) -> Path:
        return self._part("templates") / checked_hash(key)

    def _active_ids(self) -> list[str]:
        found = listed(self._part("journal"), strict=True)
        return sorted(
            (path.name for path in found if is_id(path.name) and not path.is_symlink()),
            reverse=True,
        )

    def _segments(self, recording_id: str) -> list[Path]:
        """Return the segments of a recording. One that is being dropped has none."""
        paths = listed(self._journal(recording_id))
        if any(path.name == DROPPED for path in paths):
            return []
        return [path for path in paths if path.suffix == SEGMENT and is_file(path)]
