"""Find finished recordings in a database, by columns and by an index of terms.

PostgreSQL and MariaDB have full-text indexes of their own. SQLite has one, too, but its tables
would disturb the app's migrations, so the index is in a file beside the database.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa

from ...errors import RecordingNotFound, StorageError
from ...recording.ids import first_id
from ...recording.summary import Summary
from ..finding.derived import facets_in, with_facets
from ..finding.filters import ALL, Filter
from ..finding.lazy_summaries import LazySummaries
from ..finding.live_words import words_in
from ..finding.orders import NEWEST, Order
from ..finding.terms import IndexQuery, Terms, index_query, terms_in
from .base import Base
from .conditions import Newest, by_index, have_terms, in_order, terms_columns, unindexed
from .rows import SUMMARY, facets_column, result_columns, shown, summary, summary_columns
from .tables import NAME_COLUMN

T = TypeVar("T")

_NOTHING = IndexQuery(())
_TOGETHER = 500
"""The most ids in one query."""

_FETCHED = 100
"""The most rows of a result that are fetched together."""

_SECONDS = 0.1
"""Seconds that a search may spend on indexing new recordings."""

_WHOLE = 1_800.0
"""Seconds for which a complete index is not checked again as a whole, which reads all rows."""

_RECENT = 60.0
"""Seconds for which it is not checked for recordings that began recently."""

_BEGAN = 7_200.0
"""How recently, in seconds before the check. Few recordings are longer."""

_NEWEST = 300
"""The fewest recordings whose facts are compared one by one before the index is used. Frequent ones
are found there soon.
"""

_MOST_COMPARED = 4_000
"""The most of them: the index is faster than more. The words of a recording take several times as
long as its facts, so the words of a tenth are compared at most.
"""

_MOST_SEARCHED = 40_000
"""The most of the newest recordings among which the index searches, before it searches all."""


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

    def each(
        self,
        *,
        before: str | None = None,
        limit: int = 50,
        where: Filter = ALL,
        order: Order = NEWEST,
    ) -> list[Summary] | LazySummaries:
        """Return what :meth:`summaries` returns, for callers that read it once."""
        if where.indexed or where.name is not None:  # other rows have to be left out
            return self.summaries(before=before, limit=limit, where=where, order=order)
        query = self._ordered(where, before, order)
        query = query.where(*unindexed(self.tables.recordings.c, where)).limit(limit)
        return LazySummaries(self._all(query), summary)

    def _found(
        self, before: str | None, limit: int, where: Filter, order: Order
    ) -> Iterator[Summary]:
        """Yield the recordings that match, of those that the indexes find: two values may have
        the same term.
        """
        if where.name is not None:  # a column may hold only part of a name
            where = msgspec.structs.replace(where, name=shown(where.name, NAME_COLUMN))
        wanted = index_query(_with_whole_name(where)) if where.indexed else _NOTHING
        if wanted is None:
            return
        if wanted == _NOTHING:
            yield from filter(where.matches, self._pages(wanted, before, limit, where, order))
            return
        missing = self._not_indexed()
        search = self._by_file if self._dialect == "sqlite" else self._pages
        found = search(wanted, before, limit, where, order)
        if found is not None:
            known = filter(where.matches, found)
            yield from self._with_rest(known, missing, before, where, order)
        else:  # the file is lost or unusable, so recordings are checked one by one
            self._whole_until = 0.0  # a new file lacks most of them
            yield from filter(
                lambda one: self._fits(where, one),
                self._pages(_NOTHING, before, limit, where, order),
            )

    def _with_rest(
        self,
        known: Iterator[Summary],
        missing: Sequence[str],
        before: str | None,
        where: Filter,
        order: Order,
    ) -> Iterator[Summary]:
        """Return what the index finds, and matching recordings that are not indexed yet."""
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
        indexed right away. Once all are indexed, only recordings that have ended since can be
        missing, and most of these began recently.
        """
        now = time.monotonic()
        whole = now >= self._whole_until
        if not whole and now < self._recent_until:
            return []
        missing = self._missing("" if whole else first_id(time.time() - _BEGAN))
        with suppress(StorageError):
            while missing and time.monotonic() < now + _SECONDS:
                self._index_one(missing[0])
                del missing[0]
        if missing:
            self._whole_until = 0.0
        elif whole:
            self._whole_until = now + _WHOLE
        self._recent_until = now + _RECENT
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
            before = yield from self._among_newest(wanted, before, limit, where)
            limit = _more(limit, 4)  # the index reads all matches each time
        while page := self._page(wanted, before, limit, where, order):
            yield from page
            if len(page) < limit:
                return
            before = order.cursor(page[-1])
            limit = _more(limit, 2)

    def _page(
        self,
        wanted: IndexQuery,
        before: str | None,
        limit: int,
        where: Filter,
        order: Order,
        newest: Newest | None = None,
    ) -> Sequence[Summary]:
        """Return the first matches in an order.

        :param newest: only those among about as many of the newest recordings.
        """
        columns = self.tables.recordings.c
        query = self._ordered(where, before, order).where(*unindexed(columns, where)).limit(limit)
        if wanted == _NOTHING:
            return self._summaries_in(query)
        query = query.where(have_terms(self._dialect, columns, wanted))

        def work(connection: sa.Connection) -> Sequence[Any]:
            if newest is None:
                return by_index(connection, query)
            return by_index(connection, query.where(columns.id >= newest.first(connection)))

        return [summary(row) for row in self._database.read(work, together=True)]

    def _ordered(self, where: Filter, before: str | None, order: Order) -> sa.Select[Any]:
        return in_order(self._summaries(where), self.tables.recordings, order, before)

    def _among_newest(
        self, wanted: IndexQuery, before: str | None, limit: int, where: Filter
    ) -> Generator[Summary, None, str | None]:
        """Yield matches among the newest recordings, which PostgreSQL compares one by one as long
        as they are dense, and return the id before which its index has to find the others.

        The index knows no order: it reads all recordings that have the terms. If the density shows
        that some thousand of the newest recordings have enough, it reads only their part of them.
        """
        facts_only = not wanted.words and not wanted.beginning
        most = _MOST_COMPARED if facts_only else _MOST_COMPARED // 10
        size = min(max(_NEWEST if facts_only else 0, 2 * limit), _MOST_COMPARED)
        while True:
            newest = self._ordered(where, before, NEWEST)
            found = self._compared(newest.limit(size), wanted, where, limit)
            matching = sum(map(where.matches, found))
            likely = 2 * size * limit // matching if matching else _MOST_SEARCHED + 1
            if len(found) < limit and likely <= _MOST_SEARCHED:
                if likely > most:
                    some = Newest(newest.limit(size), likely / size)
                    found = self._page(wanted, before, _more(limit, 4), where, NEWEST, some)
                    yield from found
                    return found[-1].id if found else before
                found = self._compared(newest.limit(likely), wanted, where, limit)
            yield from found
            before = found[-1].id if found else before
            if len(found) < limit:
                return before

    def _compared(
        self, newest: sa.Select[Any], wanted: IndexQuery, where: Filter, limit: int
    ) -> Sequence[Summary]:
        """Return those of some recordings that have the terms."""
        table = self.tables.recordings
        rows = newest.add_columns(table.c.facts, table.c.words).subquery()
        columns = result_columns(table)
        query = (
            sa.select(*(getattr(columns, name) for name in SUMMARY))
            .select_from(rows)
            .where(have_terms(self._dialect, columns, wanted), *unindexed(columns, where))
            .order_by(columns.id.desc())
            .limit(limit)
        )
        return self._summaries_in(query)

    def _summaries_in(self, query: sa.Select[Any]) -> list[Summary]:
        """Return the summaries in the rows of a query. No list of all rows is made, because the
        garbage collector would search thousands of them several times.
        """
        return self._database.read(
            lambda connection: [
                summary(row)
                for some in connection.execute(query).partitions(_FETCHED)
                for row in some
            ]
        )

    def _summaries(self, where: Filter) -> sa.Select[Any]:
        """Return the query of the conditions on columns that have an index."""
        table = self.tables.recordings
        query = sa.select(*summary_columns(table)).where(table.c.finished)
        if where.name is not None:
            query = query.where(table.c.name == where.name)
        if where.errors:
            query = query.where(table.c.failed)
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
    ) -> Iterator[Summary] | None:
        """Return what the file finds; ``None`` if it cannot be used."""
        ends = (before if order == NEWEST else None, where.end)
        end = min((end for end in ends if end is not None), default=None)
        ids = self._index.all_of(wanted, before=end, first=where.first)
        if ids is None:
            return None
        if order == NEWEST:
            return self._rows(ids, 2 * limit, where)
        return iter(order.sorted(self._rows(ids, _TOGETHER, where), before))

    def _rows(self, ids: Iterator[str], together: int, where: Filter) -> Iterator[Summary]:
        """Yield the recordings with the given ids, in their order."""
        table = self.tables.recordings
        query = self._summaries(where).where(*unindexed(table.c, where))
        query = query.order_by(table.c.id.desc())
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

    def _missing(self, first: str = "") -> list[str]:
        """Return the ids of recordings without terms, newest first.

        :param first: only ids not older than this one.
        """
        table = self.tables.recordings
        query = sa.select(table.c.id, table.c.facets.is_(None).label("older")).where(
            table.c.finished, table.c.id >= first
        )
        query = query.order_by(table.c.id.desc())
        if self._dialect != "sqlite":
            missing = sa.or_(table.c.facts.is_(None), table.c.facets.is_(None))
            return [row.id for row in self._all(query.where(missing))]
        known = self._index.ids(first)
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


def _with_whole_name(where: Filter) -> Filter:
    """Return a filter without a name that the column may hold in part: terms are of whole ones."""
    name = where.name or ""
    partial = len(name) == NAME_COLUMN or "\ufffd" in name
    return msgspec.structs.replace(where, name=None) if partial else where


def _more(limit: int, times: int) -> int:
    """Return a larger limit for the next rows, if it is not large already."""
    return max(limit, min(times * limit, _TOGETHER))
