"""Where recordings live: the protocols of a store, files, databases, and what is done with recordings there."""

from .files import FileStorage
from .finalize import finalize
from .keyring import Keyring
from .merging import merge, summarize
from .names import checked_hash, checked_id, checked_worker, unreadable
from .protocols import ALL, Archive, Ending, Entry, Filter, Head, Journal, Mark, Segments, Storage
from .recordings import Recordings
from .recovery import Recovered, ending_by, endings, recover
from .sealed import sealed

__all__ = [
    "ALL",
    "Archive",
    "Ending",
    "Entry",
    "FileStorage",
    "Filter",
    "Head",
    "Journal",
    "Keyring",
    "Mark",
    "Recordings",
    "Recovered",
    "Segments",
    "Storage",
    "checked_hash",
    "checked_id",
    "checked_worker",
    "ending_by",
    "endings",
    "finalize",
    "merge",
    "recover",
    "sealed",
    "summarize",
    "unreadable",
]
