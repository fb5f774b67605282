"""The contract of stores, over every one there is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flask_replay.storage import FileStorage, Keyring, Storage, sealed
from flask_replay.testing import SharedStorageContract, StorageContract

from ..services import Services
from .memory import MemoryStorage
from .stores import KEYS, opener

Opener = Callable[[], Storage]


class TestFiles(SharedStorageContract):
    @pytest.fixture
    def open_storage(self, tmp_path: Path) -> Opener:
        return lambda: FileStorage(tmp_path / "replay")


class TestSQLite(SharedStorageContract):
    @pytest.fixture
    def open_storage(self, services: Services, tmp_path: Path) -> Iterator[Opener]:
        with opener(services, "sqlite", tmp_path) as open_storage:
            yield open_storage


class TestPostgreSQL(SharedStorageContract):
    @pytest.fixture
    def open_storage(self, services: Services, tmp_path: Path) -> Iterator[Opener]:
        with opener(services, "postgresql", tmp_path) as open_storage:
            yield open_storage


class TestMariaDB(SharedStorageContract):
    @pytest.fixture
    def open_storage(self, services: Services, tmp_path: Path) -> Iterator[Opener]:
        with opener(services, "mariadb", tmp_path) as open_storage:
            yield open_storage


class TestMemory(StorageContract):
    @pytest.fixture
    def storage(self) -> Storage:
        return MemoryStorage()


class TestEncryptedFiles(SharedStorageContract):
    @pytest.fixture
    def open_storage(self, tmp_path: Path) -> Opener:
        return lambda: sealed(FileStorage(tmp_path / "replay"), Keyring(KEYS))


class TestEncryptedMemory(StorageContract):
    """A store that nobody here made, and its keys were changed: some of it is of the former."""

    @pytest.fixture
    def storage(self) -> Storage:
        return sealed(MemoryStorage(), Keyring(KEYS[::-1]))
