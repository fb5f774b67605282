"""The contracts, and the fixtures that a subclass gives them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ..storage import Storage
from .archive import ArchiveContract, NamesContract
from .finding import FindingContract
from .finishing import FinishingContract, LeaseContract
from .forgetting import ForgettingContract
from .journal import JournalContract
from .remarking import RemarkingContract
from .sharing import SharingContract
from .viewing import ViewingContract


class StorageContract(
    JournalContract,
    ArchiveContract,
    NamesContract,
    LeaseContract,
    FinishingContract,
    ForgettingContract,
    ViewingContract,
    FindingContract,
    RemarkingContract,
):
    """What every store must do, with all threads of a process."""

    @pytest.fixture
    def storage(self) -> Storage:
        """Return an empty store."""
        raise NotImplementedError("override the fixture: it gives an empty store")


class SharedStorageContract(StorageContract, SharingContract):
    """What a store must do beyond that, when several processes share it."""

    @pytest.fixture
    def open_storage(self) -> Callable[[], Storage]:
        """Return what opens a store, empty at first; it is called in several processes, and opens
        the same one.
        """
        raise NotImplementedError("override the fixture: it gives a function that opens a store")

    @pytest.fixture
    def storage(self, open_storage: Callable[[], Storage]) -> Storage:
        """Open the store in this process."""
        return open_storage()
