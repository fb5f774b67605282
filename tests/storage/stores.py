"""Stores in databases, for tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from flask_replay import SQLAlchemyStorage
from flask_replay.keys import Key
from flask_replay.storage import FileStorage, Storage

from ..services import Services
from .memory import MemoryStorage

KEYS = (Key(b"first key of the tests, 32 bytes"), Key(b"other key of the tests, 32 bytes"))
"""Encryption keys of stores."""

FILES: dict[str, Callable[[Path], Storage]] = {
    "files": lambda folder: FileStorage(folder / "replay"),
    "synced": lambda folder: FileStorage(folder / "replay", fsync=True),
}
"""Stores without a server, for tests whose result is the same for all stores."""

DATABASES = ("sqlite", "postgresql", "mariadb")


_made = set[str]()
"""Addresses of databases with all tables."""


_DB = SQLAlchemy()
"""The extension of all apps, as in a project with a function that makes them."""


def open_database(url: str) -> SQLAlchemyStorage:
    """Open a store as a separate app would."""
    app = Flask("recorded")
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    _DB.init_app(app)
    return SQLAlchemyStorage(_DB).for_app(app)


def make_tables(storage: SQLAlchemyStorage) -> None:
    """Create the tables of a store."""
    storage.db.metadata.create_all(storage._database.engine)


@contextmanager
def opener(services: Services, kind: str, folder: Path) -> Iterator[Callable[[], Storage]]:
    """Return a function that opens a store in an empty database."""
    opened: list[SQLAlchemyStorage] = []

    def open_storage() -> Storage:
        opened.append(open_database(url))
        return opened[-1]

    url = f"sqlite:///{folder}/recordings.db" if kind == "sqlite" else services.common(kind)
    with using(open_database(url)) as first:
        if url not in _made:  # looking for all tables takes as long as many a test
            make_tables(first)
            _made.add(url)
        with first._database.engine.begin() as connection:
            for table in first.db.metadata.sorted_tables:
                connection.execute(table.delete())
    yield open_storage
    for storage in opened:
        close(storage)


def close(storage: SQLAlchemyStorage) -> None:
    """Close the connections of a store."""
    storage._database.engine.dispose()


@contextmanager
def using(storage: SQLAlchemyStorage) -> Iterator[SQLAlchemyStorage]:
    """Use a store, then close its connections."""
    try:
        yield storage
    finally:
        close(storage)


@contextmanager
def storage_of(kind: str, folder: Path, services: Services) -> Iterator[Storage]:
    """Return an empty store: ``"files"``, ``"memory"`` or in a database."""
    if kind == "files":
        yield FileStorage(folder / "replay")
    elif kind == "memory":
        yield MemoryStorage()
    else:
        with opener(services, kind, folder) as open_storage:
            yield open_storage()
