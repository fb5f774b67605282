"""Where recordings live: the protocols of a store, files, and what is done with recordings there."""

from .files import FileStorage
from .finalize import finalize
from .protocols import Archive, Entry, Head, Journal, Segments, Storage
from .recordings import Recordings
from .recovery import Recovered, endings, recover

__all__ = [
    "Archive",
    "Entry",
    "FileStorage",
    "Head",
    "Journal",
    "Recordings",
    "Recovered",
    "Segments",
    "Storage",
    "endings",
    "finalize",
    "recover",
]
