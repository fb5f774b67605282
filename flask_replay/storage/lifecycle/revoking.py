"""Revoke the links to recordings that are gone, so that none of them opens a recording restored
from a copy.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress

import msgspec

from ...errors import DecodeError, RecordingNotFound
from ..names import LINKED
from ..protocols import Storage
from ..sealing.stores import bare


class _Link(msgspec.Struct):
    """The part of a link that names its recording."""

    recording: str


def revoke_links(storage: Storage, gone: Collection[str]) -> None:
    """Delete the links to recordings that are gone.

    :param gone: the ids of these recordings.
    """
    keys = [key for key, _ in bare(storage).templates() if key.startswith(LINKED)] if gone else []
    for key in keys:
        with suppress(RecordingNotFound, DecodeError, msgspec.MsgspecError):
            if msgspec.json.decode(storage.get_template(key), type=_Link).recording in gone:
                storage.delete_template(key)
