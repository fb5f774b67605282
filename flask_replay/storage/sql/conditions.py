"""The conditions and orders of queries for finished recordings, in the words of each database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.mysql import match
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY

from ...recording.ids import first_id, made_at
from ..finding.filters import Filter
from ..finding.orders import Order
from ..finding.terms import IndexQuery, Terms

_COLUMNS = {
    "length": "duration_ms",
    "pages": "pages",
    "events": "events",
    "errors": "errors",
    "size": "size",
    "who": "name",
}
_ONLY_BITMAPS = sa.select(
    *(sa.func.set_config(f"enable_{scan}", "off", True) for scan in ("seqscan", "indexscan"))
)
"""Sets PostgreSQL's settings until the end of the transaction."""


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


class Newest(NamedTuple):
    """A number of the newest recordings, estimated from the time in which some of them began.
    Counting that many would take longer than reading the matches among them.

    :ivar some: the query of the first ones.
    :ivar times: how many times as many there are.
    """

    some: sa.Select[Any]
    times: float

    def first(self, connection: sa.Connection) -> str:
        """Return the smallest id of a recording that belongs to them."""
        ids = self.some.with_only_columns(self.some.selected_columns.id).subquery()
        id = sa.column("id", sa.String())
        query = sa.select(sa.func.min(id), sa.func.max(id)).select_from(ids)
        oldest, newest = connection.execute(query).one()
        if oldest is None:
            return ""
        last = made_at(newest)
        return first_id(max(0.0, last - self.times * (last - made_at(oldest))))


def by_index(connection: sa.Connection, query: sa.Select[Any]) -> Sequence[Any]:
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


def have_terms(dialect: str, columns: Any, query: IndexQuery) -> sa.ColumnElement[bool]:
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


def unindexed(columns: Any, where: Filter) -> Iterator[sa.ColumnElement[bool]]:
    """Yield the conditions on columns that have no index of their own. Searching for the newest
    recordings with a rare value of one would read all rows, so terms of it are found first.
    """
    if where.status is not None:
        yield columns.status == where.status
    if where.min_pages is not None:
        yield columns.pages >= where.min_pages
