"""An index of terms beside recordings: an SQLite file with full-text search (FTS5).

No recording is lost with it, because it is rebuilt from the recordings. It is opened for each use,
so every process may use it, even after a fork. If it cannot be opened, searches work without it.
"""

from __future__ import annotations

import os
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import TypeVar

from ...recording.ids import number_of
from .terms import IndexQuery, Terms

T = TypeVar("T")

_VERSION = 2
_PATIENCE = 5.0
"""Seconds to wait for another process that is writing."""

_SCHEMA = """
CREATE TABLE kept (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, terms BLOB NOT NULL);
CREATE TABLE gone (counted INTEGER);
CREATE VIRTUAL TABLE found
    USING fts5(terms, content='', detail=none, columnsize=0, tokenize='ascii');
"""
_SHIFT = 65
"""The number of low bits of an id that an SQLite integer has no room for. The remaining bits
contain its time and a little more.
"""

_FOUND = """
SELECT kept.id FROM found JOIN kept ON kept.number = found.rowid
WHERE found MATCH ? AND found.rowid BETWEEN ? AND ? AND kept.id >= ? AND kept.id < ?
ORDER BY found.rowid DESC LIMIT ?
"""
_NEWEST = """
SELECT id, terms FROM kept WHERE number BETWEEN ? AND ? AND id >= ? AND id < ?
    ORDER BY number DESC LIMIT ?
"""
_LOOKED_THROUGH = _FOUND.replace("kept.id FROM", "kept.id, kept.terms FROM")
_LARGEST = (1 << 63) - 1
_LAST = "~"
"""Sorts after every id."""

_FEW = 64
_PAGE = 1_000
_LOOKED_AT = 500
"""The most recordings that match all other terms and are checked one by one for the beginning of a
word. FTS5 would first collect all recordings with any word of that beginning, which is slow if
there are many. Then enough of them are among these, as the first few show.
"""


class Index:
    """The terms of recordings, searched newest first.

    :param path: returns the path of the file, or ``None`` if there can be none.
    """

    def __init__(self, path: Callable[[], Path | None]) -> None:
        self._path = path

    def put(self, entries: Iterable[tuple[str, Terms]]) -> bool:
        """Store the terms of recordings, replacing earlier ones.

        :returns: whether they are stored.
        """

        def work(connection: sqlite3.Connection) -> bool:
            for id, terms in entries:
                number = _take_out(connection, id)
                text = " ".join((*terms.facts, *terms.words))
                packed = zlib.compress(text.encode("utf-8", "replace"))
                connection.execute("INSERT INTO kept VALUES (?, ?, ?)", (number, id, packed))
                connection.execute(
                    "INSERT INTO found (rowid, terms) VALUES (?, ?)", (number, _text(packed))
                )
            return True

        return self._use(work, writes=True) or False

    def delete(self, ids: Iterable[str]) -> None:
        """Remove recordings, if they are indexed."""

        def work(connection: sqlite3.Connection) -> None:
            for id in ids:
                _take_out(connection, id)

        path = self._path()
        if path is not None and path.exists():
            self._use(work, writes=True)

    def tidy(self) -> None:
        """Remove terms of deleted recordings from the file, where they are so far only marked as
        deleted.
        """

        def work(connection: sqlite3.Connection) -> None:
            if connection.execute("SELECT 1 FROM gone").fetchone():
                connection.execute("INSERT INTO found (found) VALUES ('optimize')")
                connection.execute("DELETE FROM gone")

        path = self._path()
        if path is not None and path.exists():
            self._use(work, writes=True)

    def find(
        self, query: IndexQuery, *, before: str | None = None, first: str = "", limit: int = _PAGE
    ) -> list[str] | None:
        """Return the ids of recordings that have all terms, newest first; ``None`` if the index
        cannot be used.

        :param before: only ids older than this one.
        :param first: only ids not older than this one.
        """
        least, most = (
            _number(first) if first else 0,
            _number(before) if before is not None else _LARGEST,
        )
        bounds = (least, most, first, _LAST if before is None else before)

        def work(connection: sqlite3.Connection) -> list[str]:
            if query.beginning and limit < _PAGE:
                exact = _expression(query._replace(beginning=""))
                statement, values = (
                    (_LOOKED_THROUGH, (exact, *bounds)) if exact else (_NEWEST, bounds)
                )
                for size in (_FEW, _LOOKED_AT):
                    rows = connection.execute(statement, (*values, size)).fetchall()
                    soon = [id for id, packed in rows if _has(query, _text(packed))]
                    if len(soon) >= limit or len(rows) < size:
                        return soon[:limit]
                    if len(soon) * _LOOKED_AT < limit * size:
                        break
            return [
                row[0] for row in connection.execute(_FOUND, (_expression(query), *bounds, limit))
            ]

        return self._use(work)

    def all_of(
        self, query: IndexQuery, *, before: str | None = None, first: str = ""
    ) -> Iterator[str] | None:
        """Return the results of :meth:`find`, reading as many as are consumed; ``None`` if the
        index cannot be used.
        """
        page = self.find(query, before=before, first=first, limit=_FEW)
        return None if page is None else self._continued(page, query, first)

    def _continued(self, page: list[str] | None, query: IndexQuery, first: str) -> Iterator[str]:
        size = _FEW
        while page:
            yield from page
            if len(page) < size:
                return
            size = min(4 * size, _PAGE)
            page = self.find(query, before=page[-1], first=first, limit=size)

    def ids(self, first: str = "") -> set[str] | None:
        """Return the ids of indexed recordings; ``None`` if the index cannot be used.

        :param first: only ids not older than this one.
        """
        query = "SELECT id FROM kept WHERE id >= ?"
        return self._use(lambda connection: {row[0] for row in connection.execute(query, (first,))})

    def _use(self, work: Callable[[sqlite3.Connection], T], *, writes: bool = False) -> T | None:
        path = self._path()
        if path is None or path.is_symlink():
            return None
        try:
            return self._used(path, work, writes=writes)
        except sqlite3.OperationalError:  # it is locked or read-only, or FTS5 is missing
            return None
        except (sqlite3.Error, zlib.error, UnicodeError):  # it is damaged, and will be rebuilt
            with suppress(OSError):
                path.unlink()
            return None
        except OSError:
            return None

    def _used(
        self, path: Path, work: Callable[[sqlite3.Connection], T], *, writes: bool
    ) -> T | None:
        if not path.exists():
            if not writes or not path.parent.is_dir():
                return None
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600))
        with closing(sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)) as connection:
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("PRAGMA synchronous = NORMAL")
            if connection.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
                _make(connection)
            if not writes:
                return work(connection)
            connection.execute("BEGIN IMMEDIATE")
            done = work(connection)
            connection.execute("COMMIT")
            return done


def _expression(query: IndexQuery) -> str:
    """Return the query for FTS5."""
    terms = [f'"{term}"' for term in (*query.facts, *query.words)]
    return " AND ".join([*terms, f'"{query.beginning}" *'] if query.beginning else terms)


def _has(query: IndexQuery, text: str) -> bool:
    """Whether terms include all that are wanted, the last one by its beginning."""
    found = f" {text} "
    return f" {query.beginning}" in found and all(
        f" {term} " in found for term in (*query.facts, *query.words)
    )


def _make(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    if connection.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
        for table in ("found", "gone", "kept"):
            connection.execute(f"DROP TABLE IF EXISTS {table}")
        for statement in filter(str.strip, _SCHEMA.split(";")):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {_VERSION}")
    connection.execute("COMMIT")


def _number(id: str) -> int:
    """Return the number of an id. Numbers sort like ids, except for ids of the same moment."""
    return number_of(id) >> _SHIFT


def _text(packed: bytes) -> str:
    return zlib.decompress(packed).decode()


def _take_out(connection: sqlite3.Connection, id: str) -> int:
    """Remove a recording, and return its number for the future."""
    row = connection.execute("SELECT number, terms FROM kept WHERE id = ?", (id,)).fetchone()
    if row is not None:
        number, packed = row
        connection.execute(
            "INSERT INTO found (found, rowid, terms) VALUES ('delete', ?, ?)",
            (number, _text(packed)),
        )
        connection.execute("DELETE FROM kept WHERE number = ?", (number,))
        connection.execute("INSERT INTO gone VALUES (1)")
        return int(number)
    number = _number(id)
    while connection.execute("SELECT 1 FROM kept WHERE number = ?", (number,)).fetchone():
        number += 1
    return int(number)
