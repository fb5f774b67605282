"""The stores that are measured: files, and real databases that wait for the disk."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from flask_replay import FileStorage, SQLAlchemyStorage
from flask_replay.storage import Storage
from tests.services import Services

_WAITING = "?fsync"


class Kind(NamedTuple):
    """A back end.

    :param database: kind of database, ``""`` for files.
    """

    label: str
    database: str = ""
    fsync: bool = False


KINDS = (
    Kind("files"),
    Kind("files, fsync", fsync=True),
    Kind("SQLite", "sqlite"),
    Kind("PostgreSQL", "postgresql"),
    Kind("MariaDB", "mariadb"),
)


def open_database(url: str) -> SQLAlchemyStorage:
    """Open a store in a database, and create its tables."""
    app = Flask("benchmark")
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    db = SQLAlchemy(app)
    storage = SQLAlchemyStorage(db)
    with app.app_context():
        db.create_all()
    return storage.for_app(app)


def open_at(where: str) -> Storage:
    """Open the store at an address, in any process.

    :param where: an address from :func:`address`.
    """
    if "://" in where:
        return open_database(where)
    return FileStorage(where.removesuffix(_WAITING), fsync=where.endswith(_WAITING))


@contextmanager
def address(kind: Kind, services: Services) -> Iterator[str]:
    """Create an empty store of a kind, and yield its address."""
    with tempfile.TemporaryDirectory() as folder:
        if not kind.database:
            yield folder + _WAITING * kind.fsync
            return
        with services.database(kind.database, Path(folder)) as url:
            open_database(url)
            yield url


@contextmanager
def opener(kind: Kind, services: Services) -> Iterator[Callable[[], Storage]]:
    """Yield a function that opens an empty store of a kind."""
    with address(kind, services) as where:
        yield lambda: open_at(where)
