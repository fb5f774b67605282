"""Compare the static files of a recording with the present ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ..codec import digest_key
from ..host.static_folders import Folders, content_of
from ..recording.model import Recording

_LARGEST = 1 << 30
"""Bytes of a file that are compared."""


class Compared(NamedTuple):
    """The paths of files to which the pages of a recording refer, by comparison with the present
    files.

    :ivar same: files with the same content.
    :ivar changed: files with another content.
    :ivar gone: files that no longer exist.
    :ivar lost: files that are missing in the store, although the recording names them. Its pages
        are shown without them.
    """

    same: tuple[str, ...]
    changed: tuple[str, ...]
    gone: tuple[str, ...]
    lost: tuple[str, ...]


def compare_files(
    recording: Recording, folders: Folders, is_kept: Callable[[str], bool]
) -> Compared:
    """Compare a recording's static files with the present ones. If a file changed during the
    recording, its last content counts.

    :param folders: the app's present static folders.
    :param is_kept: whether the store has a document, by its content hash.
    """
    named: dict[str, str] = {}
    keys: dict[str, set[str]] = {}
    for batch in recording.batches:
        if batch.request is not None:
            for path, key in batch.request.assets.items():
                if not key:
                    continue  # there was no file
                named[path] = key
                keys.setdefault(path, set()).add(key)
    found: dict[str, list[str]] = {"same": [], "changed": [], "gone": [], "lost": []}
    for path, key in sorted(named.items()):
        found[_fate(path, key, folders)].append(path)
        if not all(map(is_kept, keys[path])):
            found["lost"].append(path)
    return Compared(**{fate: tuple(paths) for fate, paths in found.items()})


def _fate(path: str, key: str, folders: Folders) -> str:
    try:
        file = folders.file(path)
        if file is None:
            return "gone"
        return "same" if digest_key(content_of(file, _LARGEST)) == key else "changed"
    except OSError:
        return "gone"
