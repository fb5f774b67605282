"""Where recordings live: the protocols of a store, files, databases, and what is done with recordings there."""

from .files import FileStorage
from .filters import ALL, Filter
from .finalize import finalize
from .keyring import Keyring
from .merging import merge, summarize
from .names import checked_hash, checked_id, checked_worker, unreadable
from .orders import NEWEST, Order
from .protocols import Archive, Ending, Entry, Head, Journal, Mark, Segments, Storage
from .recordings import Recordings
from .recovery import Recovered, ending_by, endings, recover
from .sealed import sealed
from .spoken import words_in

__all__ = [
    "ALL",
    "NEWEST",
    "Archive",
    "Ending",
    "Entry",
    "FileStorage",
    "Filter",
    "Head",
    "Journal",
    "Keyring",
    "Mark",
    "Order",
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
    "words_in",
]
