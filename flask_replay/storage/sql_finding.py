"""Ask a database for recordings in an order."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from .orders import Order

_COLUMNS = {
    "length": "duration_ms",
    "pages": "pages",
    "events": "events",
    "errors": "errors",
    "size": "size",
    "who": "name",
}


def in_order(query: sa.Select[Any], table: sa.Table, order: Order, before: str | None) -> sa.Select[Any]:
    """Return a query of recordings in an order, those behind a place alone."""
    at, columns = order.read(before), [table.c.id]
    if order.field in _COLUMNS:
        columns.insert(0, table.c[_COLUMNS[order.field]])
    if at is not None:
        value, id = at
        later = table.c.id < id if order.down else table.c.id > id
        if len(columns) > 1:
            beyond = columns[0] < value if order.down else columns[0] > value
            later = sa.or_(beyond, sa.and_(columns[0] == value, later))
        query = query.where(later)
    return query.order_by(*(column.desc() if order.down else column.asc() for column in columns))
