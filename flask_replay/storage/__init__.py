"""The storage of recordings: the protocols of a store, stores in files and databases, and the life
cycle of recordings.
"""

from .files.store import FileStorage
from .finding.filters import ALL, Filter
from .finding.live_words import words_in
from .finding.orders import NEWEST, Order
from .lifecycle.finalize import finalize
from .lifecycle.recovery import Recovered, ending_by, endings, recover
from .merging import merge, summarize
from .names import checked_hash, checked_id, checked_worker, unreadable
from .protocols import Archive, Ending, Entry, Head, Journal, Mark, Segments, Storage
from .recordings import Recordings
from .sealing.keyring import Keyring
from .sealing.stores import sealed

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
