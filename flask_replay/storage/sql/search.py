"""Find finished recordings in a database, by columns and by an index of terms.

PostgreSQL and MariaDB have full-text indexes of their own. SQLite has one, too, but its tables
would disturb the app's migrations, so the index is in a file beside the database.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.mysql import match
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY

from ...errors import RecordingNotFound, StorageError
from ...recording.summary import Summary
from ..finding.derived import facets_in, with_facets
from ..finding.filters import ALL, Filter
from ..finding.live_words import words_in
from ..finding.orders import NEWEST, Order
from ..finding.terms import IndexQuery, Terms, index_query, terms_in
from .base import Base
from .rows import SUMMARY, facets_column, shown, summary
from .tables import NAME_COLUMN

T = TypeVar("T")

_COLUMNS = {
    "length": "duration_ms",
    "pages": "pages",
    "events": "events",
    "errors": "errors",
    "size": "size",
    "who": "name",
}
_NOTHING = IndexQuery(())
_TOGETHER = 500
"""The most ids in one query."""

_ONLY_BITMAPS = sa.select(
    *(sa.func.set_config(f"enable_{scan}", "off", True) for scan in ("seqscan", "indexscan"))
)
"""Sets PostgreSQL's settings until the end of the transaction."""

_SECONDS = 0.1
"""Seconds that a search may spend on indexing new recordings."""

_WHOLE = 60.0
"""Seconds for which a complete index is not checked again."""

_NEWEST = 300
"""The fewest recordings whose facts are compared one by one before the index is used. Frequent ones
are found there soon.
"""

_MOST_COMPARED = 4_000
"""The most of them: the index is faster than more. The words of a recording take several times as
long as its facts, so the words of a tenth are compared at most.
"""


class SearchTables(Base):
    """Finds finished recordings."""

    def summaries(
        self,
        *,
        before: str | None = None,
        limit: int = 50,
        where: Filter = ALL,
        order: Order = NEWEST,
    ) -> list[Summary]:
        """List finished recordings, newest first. One that cannot be read is flagged."""
        return list(islice(self._found(before, limit, where, order), limit))

    def _found(
        self, before: str | None, limit: int, where: Filter, order: Order
    ) -> Iterator[Summary]:
        """Yield the recordings that match, of those that the indexes find: two values may have
        the same term.
        """
        if where.name is not None:  # a column may hold only part of a name
            where = msgspec.structs.replace(where, name=shown(where.name, NAME_COLUMN))
        wanted = index_query(where) if where.indexed else _NOTHING
        if wanted is None:
            return
        if wanted == _NOTHING:
            yield from filter(where.matches, self._pages(wanted, before, limit, where, order))
        elif self._dialect != "sqlite":
            known = filter(where.matches, self._pages(wanted, before, limit, where, order))
            yield from self._with_rest(known, before, where, order)
        elif self._index.find(wanted, limit=1) is not None:
            known = filter(where.matches, self._by_file(wanted, before, limit, where, order))
            yield from self._with_rest(known, before, where, order)
        else:  # the file is lost or unusable, so recordings are checked one by one
            yield from filter(
                lambda one: self._fits(where, one),
                self._pages(_NOTHING, before, limit, where, order),
            )

    def _with_rest(
        self, known: Iterator[Summary], before: str | None, where: Filter, order: Order
    ) -> Iterator[Summary]:
        """Return what the index finds, and matching recordings that are not indexed yet."""
        missing = self._not_indexed()
        if not missing:
            return known
        rest = self._rows(iter(missing), _TOGETHER, where)
        if order != NEWEST:
            rest = iter(order.sorted(rest, before))
        elif before is not None:
            rest = (summary for summary in rest if summary.id < before)
        unindexed = filter(lambda one: self._fits(where, one), rest)
        return heapq.merge(known, unindexed, key=order.key, reverse=order.down)

    def _not_indexed(self) -> list[str]:
        """Return the ids of recordings that are still not indexed, newest first.

        They were saved by an older version, or another process is about to index them. Some are
        indexed right away.
        """
        now = time.monotonic()
        if now < self._whole_until:
            return []
        missing = self._missing()
        with suppress(StorageError):
            while missing and time.monotonic() < now + _SECONDS:
                self._index_one(missing[0])
                del missing[0]
        self._whole_until = 0.0 if missing else now + _WHOLE
        return missing

    def _fits(self, where: Filter, summary: Summary) -> bool:
        if where.faceted:
            summary = with_facets(summary, self.load)
        if where.text is None or not where.matches(summary):
            return where.matches(summary)
        with suppress(RecordingNotFound):
            return where.matches(summary, words_in(self.load(summary.id)))
        return False

    def _pages(
        self, wanted: IndexQuery, before: str | None, limit: int, where: Filter, order: Order
    ) -> Iterator[Summary]:
        """Yield recordings in their order, reading a few at a time, and more each time."""
        if wanted != _NOTHING and self._dialect == "postgresql" and order == NEWEST:
            while page := self._among_newest(wanted, before, limit, where):
                yield from page
                before = page[-1].id
                if len(page) < limit:
                    break
            limit = max(limit, min(4 * limit, _TOGETHER))  # the index reads all matches each time
        while page := self._page(wanted, before, limit, where, order):
            yield from page
            if len(page) < limit:
                return
            before = order.cursor(page[-1])
            limit = max(limit, min(2 * limit, _TOGETHER))

    def _page(
        self, wanted: IndexQuery, before: str | None, limit: int, where: Filter, order: Order
    ) -> Sequence[Summary]:
        query = self._ordered(where, before, order).limit(limit)
        if wanted == _NOTHING:
            return self._summaries_in(query)
        query = query.where(_have_terms(self._dialect, self.tables.recordings.c, wanted))
        return [
            summary(row)
            for row in self._database.read(lambda connection: _by_index(connection, query))
        ]

    def _ordered(self, where: Filter, before: str | None, order: Order) -> sa.Select[Any]:
        return in_order(self._summaries(where), self.tables.recordings, order, before)

    def _among_newest(
        self, wanted: IndexQuery, before: str | None, limit: int, where: Filter
    ) -> Sequence[Summary]:
        """Return matches among the newest recordings, which PostgreSQL compares one by one. More
        are compared if the number of matches shows that enough of them are likely to be near.
        """
        newest = self._ordered(where, before, NEWEST)
        facts_only = not wanted.words and not wanted.beginning
        size = max(_NEWEST, 2 * limit) if facts_only else 2 * limit
        found = self._compared(newest.limit(size), wanted, limit)
        if found and len(found) < limit:
            likely = 2 * size * limit // len(found)
            if likely <= (_MOST_COMPARED if facts_only else _MOST_COMPARED // 10):
                return self._compared(newest.limit(likely), wanted, limit)
        return found

    def _compared(
        self, newest: sa.Select[Any], wanted: IndexQuery, limit: int
    ) -> Sequence[Summary]:
        """Return those of some recordings that have the terms."""
        terms = self.tables.recordings.c
        rows = newest.add_columns(terms.facts, terms.words).subquery()
        query = (
            sa.select(*(rows.c[name] for name in SUMMARY))
            .where(_have_terms(self._dialect, rows.c, wanted))
            .order_by(rows.c.id.desc())
            .limit(limit)
        )
        return self._summaries_in(query)

    def _summaries_in(self, query: sa.Select[Any]) -> list[Summary]:
        """Return the summaries in the rows of a query. No list of rows is made, because the garbage
        collector would search thousands of them several times.
        """
        return self._database.read(
            lambda connection: [summary(row) for row in connection.execute(query)]
        )

    def _summaries(self, where: Filter) -> sa.Select[Any]:
        """Return the query of the conditions on columns."""
        table = self.tables.recordings
        query = sa.select(*(table.c[name] for name in SUMMARY)).where(table.c.finished)
        if where.name is not None:
            query = query.where(table.c.name == where.name)
        if where.errors:
            query = query.where(table.c.failed)
        if where.status is not None:
            query = query.where(table.c.status == where.status)
        if where.pinned is not None:
            query = query.where(
                table.c.pinned_at.is_not(None) if where.pinned else table.c.pinned_at.is_(None)
            )
        if where.among is not None:
            query = query.where(table.c.id.in_(sorted(where.among)))
        if where.first:
            query = query.where(table.c.id >= where.first)
        if where.end is not None:
            query = query.where(table.c.id < where.end)
        return query

    # The index of an SQLite database

    def _by_file(
        self, wanted: IndexQuery, before: str | None, limit: int, where: Filter, order: Order
    ) -> Iterator[Summary]:
        end = min((end for end in (before, where.end) if end is not None), default=None)
        if order != NEWEST:
            yield from order.sorted(
                self._rows(self._index.all_of(wanted), _TOGETHER, where), before
            )
            return
        yield from self._rows(
            self._index.all_of(wanted, before=end, first=where.first), 2 * limit, where
        )

    def _rows(self, ids: Iterator[str], together: int, where: Filter) -> Iterator[Summary]:
        """Yield the recordings with the given ids, in their order."""
        table = self.tables.recordings
        query = self._summaries(where).order_by(table.c.id.desc())
        while some := list(islice(ids, min(together, _TOGETHER))):
            yield from self._summaries_in(query.where(table.c.id.in_(some)))

    # Keeping terms

    def _keep_terms(self, recording_id: str, terms: Terms) -> None:
        """Store the terms of a saved recording that its row does not hold."""
        if self._dialect == "sqlite":
            self._index.put([(recording_id, terms)])

    def follow(self, seconds: float = 10.0) -> None:
        """Index recordings that an older version saved, or whose terms were lost.

        :param seconds: the approximate time to spend. The next call continues.
        """
        end = time.monotonic() + seconds
        for name in self._missing():
            if time.monotonic() > end:
                break
            self._index_one(name)
        if self._dialect == "sqlite":
            self._index.tidy()

    def _missing(self) -> list[str]:
        """Return the ids of recordings without terms, newest first."""
        table = self.tables.recordings
        query = sa.select(table.c.id, table.c.facets.is_(None).label("older")).where(
            table.c.finished
        )
        query = query.order_by(table.c.id.desc())
        if self._dialect != "sqlite":
            missing = sa.or_(table.c.facts.is_(None), table.c.facets.is_(None))
            return [row.id for row in self._all(query.where(missing))]
        known = self._index.ids()
        if known is None:
            return []
        there = self._all(query)
        self._index.delete(known.difference(row.id for row in there))
        return [row.id for row in there if row.older or row.id not in known]

    def _index_one(self, recording_id: str) -> None:
        """Store the terms of a recording without them, and its facets if an older version stored
        none.
        """
        try:
            document = self.load(recording_id)
        except RecordingNotFound:
            return
        table, terms = self.tables.recordings, terms_in(document)
        values = terms_columns(self._dialect, terms)
        values["facets"] = sa.func.coalesce(table.c.facets, facets_column(facets_in(document)))
        query = sa.update(table).where(table.c.id == recording_id, table.c.finished).values(values)
        self._database.write(lambda connection, _: connection.execute(query))
        self._keep_terms(recording_id, terms)

    def load(self, recording_id: str) -> bytes:
        """Return a finished recording's document."""
        raise NotImplementedError

    @property
    def _dialect(self) -> str:
        return self._database.engine.dialect.name


def in_order(
    query: sa.Select[Any], table: sa.Table, order: Order, before: str | None
) -> sa.Select[Any]:
    """Return a query with an order, starting after a cursor."""
    columns: list[sa.ColumnElement[Any]] = [table.c.id]
    if order.field in _COLUMNS:
        columns.insert(0, table.c[_COLUMNS[order.field]])
    if order.field == "who":
        nameless = sa.case((table.c.name == "", int(not order.down)), else_=int(order.down))
        columns.insert(0, nameless)
    at = order.read(before)
    if at is not None:
        later: sa.ColumnElement[bool] = sa.false()
        for column, value in zip(reversed(columns), reversed(at), strict=False):
            beyond = column < value if order.down else column > value
            later = sa.or_(beyond, sa.and_(column == value, later))
        query = query.where(later)
    return query.order_by(*(column.desc() if order.down else column.asc() for column in columns))


def _by_index(connection: sa.Connection, query: sa.Select[Any]) -> Sequence[Any]:
    """Run a query with the index of terms. PostgreSQL might otherwise scan all recordings."""
    if connection.dialect.name == "postgresql":
        connection.execute(_ONLY_BITMAPS)
    return connection.execute(query).all()


def terms_columns(dialect: str, terms: Terms) -> dict[str, Any]:
    """Return the columns that hold the terms of a recording; none for SQLite."""
    if dialect == "sqlite":
        return {}
    found = terms._asdict()
    if dialect != "postgresql":
        return {name: " ".join(values) for name, values in found.items()}
    kind = ARRAY(sa.Text)
    return {
        name: sa.func.array_to_tsvector(sa.cast(values, kind)) for name, values in found.items()
    }


def _have_terms(dialect: str, columns: Any, query: IndexQuery) -> sa.ColumnElement[bool]:
    """Return the condition that recordings have terms, which consist of letters and digits."""
    if dialect != "postgresql":
        terms = [f"+{term}" for term in (*query.facts, *query.words)]
        terms += [f"+{query.beginning}*"] if query.beginning else []
        return match(columns.facts, columns.words, against=" ".join(terms)).in_boolean_mode()
    words = [f"'{word}'" for word in query.words] + (
        [f"'{query.beginning}':*"] if query.beginning else []
    )
    wanted = ((columns.facts, [f"'{fact}'" for fact in query.facts]), (columns.words, words))
    return sa.and_(
        *(column.op("@@")(sa.cast(" & ".join(terms), TSQUERY)) for column, terms in wanted if terms)
    )
