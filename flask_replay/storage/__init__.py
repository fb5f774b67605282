"""Where recordings live: the protocols of a store, files, and what is done with recordings there."""

from .files import FileStorage
from .finalize import due, finalize
from .protocols import Archive, Entry, Head, Journal, Segments, Storage
from .recordings import Recordings

__all__ = [
    "Archive",
    "Entry",
    "FileStorage",
    "Head",
    "Journal",
    "Recordings",
    "Segments",
    "Storage",
    "due",
    "finalize",
]
