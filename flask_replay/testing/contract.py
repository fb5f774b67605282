"""The contracts of stores, with the fixtures that a subclass overrides."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ..storage import Storage
from .archive import ArchiveContract, NamesContract
from .filters import FilterContract
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
    FilterContract,
    RemarkingContract,
):
    """The contract of every store, used by all threads of a process."""

    @pytest.fixture
    def storage(self) -> Storage:
        """Return an empty store."""
        raise NotImplementedError("override the fixture, which must return an empty store")


class SharedStorageContract(StorageContract, SharingContract):
    """The additional contract of a store that several processes share."""

    @pytest.fixture
    def open_storage(self) -> Callable[[], Storage]:
        """Return a function that opens a store, which is empty at first. Several processes call it,
        and open the same store.
        """
        raise NotImplementedError(
            "override the fixture, which must return a function that opens a store"
        )

    @pytest.fixture
    def storage(self, open_storage: Callable[[], Storage]) -> Storage:
        """Return the store, opened in this process."""
        return open_storage()
