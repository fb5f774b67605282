"""Where recordings live: the protocols of a store, files, databases, and what is done with recordings there."""

from .files import FileStorage
from .finalize import due, finalize
from .merging import merge, summarize
from .names import checked_hash, checked_id, checked_worker, unreadable
from .protocols import ALL, Archive, Entry, Filter, Head, Journal, Mark, Segments, Storage
from .recordings import Recordings

__all__ = [
    "ALL",
    "Archive",
    "Entry",
    "FileStorage",
    "Filter",
    "Head",
    "Journal",
    "Mark",
    "Recordings",
    "Segments",
    "Storage",
    "checked_hash",
    "checked_id",
    "checked_worker",
    "due",
    "finalize",
    "merge",
    "summarize",
    "unreadable",
]
