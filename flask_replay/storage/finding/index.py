"""An index of terms beside recordings: a file of SQLite's, with its full-text search (FTS5).

Whatever becomes of it, no recording is lost: it is made again from these. It is opened for each
use, as any process may, even a forked one; where it cannot be opened, searches do without it.
"""

from __future__ import annotations

import os
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path
from typing import TypeVar

from ...recording.ids import number_of
from .terms import IndexQuery, Terms

T = TypeVar("T")

_VERSION = 2
_PATIENCE = 5.0
"""Seconds for which one waits for another process that writes."""

_SCHEMA = """
CREATE TABLE kept (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, terms BLOB NOT NULL);
CREATE TABLE gone (counted INTEGER);
CREATE VIRTUAL TABLE found
    USING fts5(terms, content='', detail=none, columnsize=0, tokenize='ascii');
"""
_SHIFT = 65
"""Bits of an id that are more than a number of SQLite's has; those before it tell its time, and a
little more.
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
"""Recordings that have all else, of which it is looked at one by one whether they have a word that
begins so: FTS5 would put together all that have any such word first. What most have is soon found
there, and of few these are all.
"""


class Index:
    """The terms of recordings, found newest first.

    :param path: gives that of the file, ``None`` where there can be none.
    """

    def __init__(self, path: Callable[[], Path | None]) -> None:
        self._path = path

    def put(self, entries: Iterable[tuple[str, Terms]]) -> bool:
        """Keep the terms of recordings in place of those they had.

        :returns: whether they are kept.
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
        """Forget recordings, as far as they are known."""

        def work(connection: sqlite3.Connection) -> None:
            for id in ids:
                _take_out(connection, id)

        path = self._path()
        if path is not None and path.exists():
            self._use(work, writes=True)

    def tidy(self) -> None:
        """Leave no terms in the file that recordings have no more: these are only struck out so
        far.
        """

        def work(connection: sqlite3.Connection) -> None:
            if connection.execute("SELECT 1 FROM gone").fetchone():
                connection.execute("INSERT INTO found (found) VALUES ('optimize')")
                connection.execute("DELETE FROM gone")

        path = self._path()
        if path is not None and path.exists():
            self._use(work, writes=True)

    def find(
        self, asked: IndexQuery, *, before: str | None = None, first: str = "", limit: int = _PAGE
    ) -> list[str] | None:
        """Return the ids of recordings that have all terms, newest first; ``None`` if it is out of
        use.

        :param before: only older ones than this id.
        :param first: only those that are not older than this id.
        """
        least, most = (
            _number(first) if first else 0,
            _number(before) if before is not None else _LARGEST,
        )
        bounds = (least, most, first, _LAST if before is None else before)

        def work(connection: sqlite3.Connection) -> list[str]:
            if asked.beginning and limit < _PAGE:
                exact = _expression(asked._replace(beginning=""))
                query, values = (_LOOKED_THROUGH, (exact, *bounds)) if exact else (_NEWEST, bounds)
                rows = connection.execute(query, (*values, _LOOKED_AT)).fetchall()
                soon = list(
                    islice((id for id, packed in rows if _has(asked, _text(packed))), limit)
                )
                if len(soon) == limit or len(rows) < _LOOKED_AT:
                    return soon
            return [
                row[0] for row in connection.execute(_FOUND, (_expression(asked), *bounds, limit))
            ]

        return self._use(work)

    def all_of(
        self, asked: IndexQuery, *, before: str | None = None, first: str = ""
    ) -> Iterator[str]:
        """Return what :meth:`find` does, as much of it as is asked for."""
        size = _FEW
        while page := self.find(asked, before=before, first=first, limit=size):
            yield from page
            before, size = page[-1], min(4 * size, _PAGE)

    def ids(self) -> set[str] | None:
        """Return the ids of all that are kept; ``None`` if it is out of use."""
        return self._use(
            lambda connection: {row[0] for row in connection.execute("SELECT id FROM kept")}
        )

    def _use(self, work: Callable[[sqlite3.Connection], T], *, writes: bool = False) -> T | None:
        path = self._path()
        if path is None or path.is_symlink():
            return None
        try:
            return self._used(path, work, writes=writes)
        except sqlite3.OperationalError:  # it is locked, or cannot be written; or there is no FTS5
            return None
        except (sqlite3.Error, zlib.error, UnicodeError):  # it is damaged, and made again
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


def _expression(asked: IndexQuery) -> str:
    """Return what FTS5 is asked."""
    terms = [f'"{term}"' for term in (*asked.facts, *asked.words)]
    return " AND ".join([*terms, f'"{asked.beginning}" *'] if asked.beginning else terms)


def _has(asked: IndexQuery, text: str) -> bool:
    """Whether terms have all that is asked for, one of them by its beginning."""
    found = f" {text} "
    return f" {asked.beginning}" in found and all(
        f" {term} " in found for term in (*asked.facts, *asked.words)
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
    """Return the number of an id: in the order of ids, but for those of the same moment."""
    return number_of(id) >> _SHIFT


def _text(packed: bytes) -> str:
    return zlib.decompress(packed).decode()


def _take_out(connection: sqlite3.Connection, id: str) -> int:
    """Forget a recording, and return the number that it may have from now on."""
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
