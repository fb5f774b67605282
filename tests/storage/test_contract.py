"""The contract, for every store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flask_replay.storage import FileStorage, Filter, Keyring, Recordings, Storage, sealed
from flask_replay.testing import SharedStorageContract, StorageContract
from flask_replay.testing.filters import FilterContract

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


class Encrypted(FilterContract):
    def test_a_text_is_found_by_its_words(self, storage: Storage, sessions: dict[str, str]) -> None:
        """In an encrypted store, a finished recording is found only by its id, name and address."""
        recordings = Recordings(storage, 10, 1e9)
        for text, names in (
            ("cloud", []),
            ("ann", ["error", "search"]),
            ("小説", ["live"]),
            ("spring", ["search"]),
        ):
            found = recordings.summaries(where=Filter(text=text))
            assert [summary.id for summary in found] == [sessions[name] for name in names]


class TestEncryptedFiles(Encrypted, SharedStorageContract):
    @pytest.fixture
    def open_storage(self, tmp_path: Path) -> Opener:
        return lambda: sealed(FileStorage(tmp_path / "replay"), Keyring(KEYS))


class TestEncryptedMemory(Encrypted, StorageContract):
    """A store of another class with rotated keys: some of its data was written with the previous
    key.
    """

    @pytest.fixture
    def storage(self) -> Storage:
        return sealed(MemoryStorage(), Keyring(KEYS[::-1]))
