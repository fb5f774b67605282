"""The static files of a recording beside those of today."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ..codec import digest_key
from ..host.static_folders import Folders
from ..recording.model import Recording


class Compared(NamedTuple):
    """What became of the files that the pages of a recording refer to, by their paths.

    :ivar same: are today what they were then.
    :ivar changed: have another content.
    :ivar gone: are not there any more.
    :ivar lost: are not in the store, though the recording names them: its pages are shown without
        them.
    """

    same: tuple[str, ...]
    changed: tuple[str, ...]
    gone: tuple[str, ...]
    lost: tuple[str, ...]


def compare_files(
    recording: Recording, folders: Folders, is_kept: Callable[[str], bool]
) -> Compared:
    """Return what became of a recording's static files; of one that changed while it went on, the
    last content counts.

    :param folders: the app's static folders of today.
    :param is_kept: whether the store has a document, by its content hash.
    """
    named: dict[str, str] = {}
    keys: dict[str, set[str]] = {}
    for batch in recording.batches:
        if batch.request is not None:
            for path, key in batch.request.assets.items():
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
        return "same" if digest_key(file.read_bytes()) == key else "changed"
    except OSError:
        return "gone"
