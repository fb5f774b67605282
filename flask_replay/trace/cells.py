"""Plain values as cells: which values a trace keeps whole, and how it stores them.

``None``, ``bool``, ``int`` within 64 bits, finite ``float`` and well-formed ``str`` are stored as
themselves. Every other cell is a list that begins with a tag. A list that begins with a number
refers to an object of the trace. Writing and reading are exact for the types in :data:`PLAIN`.
"""

from __future__ import annotations

import math
import uuid
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from ..errors import DecodeError
from .type_sets import TypeMap, TypeSet

PLAIN = TypeSet(
    {
        str, int, float, bool, type(None), bytes, complex, range, Markup,
        date, timedelta, Decimal, uuid.UUID,
    }
)  # fmt: skip
"""Types whose exact instances are plain values: they are immutable, and equal in every process."""

TIMES = TypeSet({datetime, time})
"""Types whose exact instances are plain unless their time zone is code. Tests that freeze the time
replace the names of these types in all modules, but not the types in a set.
"""

EMPTY = ()
"""The empty tuple. Python has only one, so it belongs to no app and counts as plain."""

_SMALL = 1 << 63


def is_plain(value: object) -> bool:
    """Whether a value is kept whole. Looks at types only and calls no method of the value.

    A ``datetime`` or ``time`` is plain without a time zone or with a fixed one. Any other time zone
    is code.
    """
    kind = type(value)
    if id(kind) in PLAIN.identities:
        return True
    if id(kind) in TIMES.identities:
        zone = value.tzinfo  # type: ignore[attr-defined]
        return zone is None or type(zone) is timezone
    return False


def write(value: Any) -> Any:
    """Write a plain value as a cell.

    :param value: anything for which :func:`is_plain` holds.
    """
    return _WRITERS[type(value)](value)


def writer(kind: type) -> Callable[[Any], Any]:
    """Return the function that writes values of a type as cells.

    :param kind: a type in :data:`PLAIN`, or the type of a plain ``datetime`` or ``time``.
    """
    return _WRITERS[kind]


def well_formed(text: str) -> bool:
    """Whether a text contains no lone surrogate."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _hex(text: str) -> str:
    return text.encode("utf-8", "surrogatepass").hex()


def _write_markup(value: Markup) -> list[Any]:
    text = str.__str__(value)
    return ["m", text] if text.isascii() or well_formed(text) else ["ms", _hex(text)]


def _write_zone(value: datetime | time) -> list[Any]:
    zone = value.tzinfo
    if zone is None:
        return []
    offset = zone.utcoffset(None)
    assert offset is not None
    name = zone.tzname(None)
    seconds = offset.total_seconds()
    return [seconds] if timezone(offset).tzname(None) == name else [seconds, name]


_WRITERS: TypeMap[Callable[[Any], Any]] = TypeMap(
    {
        type(None): lambda value: value,
        bool: lambda value: value,
        int: lambda value: value if -_SMALL <= value < _SMALL else ["i", hex(value)],
        float: lambda value: value if math.isfinite(value) else ["f", repr(value)],
        str: lambda value: value if value.isascii() or well_formed(value) else ["s", _hex(value)],
        Markup: _write_markup,
        bytes: lambda value: ["b", b64encode(value).decode()],
        complex: lambda value: ["c", repr(value.real), repr(value.imag)],
        range: lambda value: ["r", write(value.start), write(value.stop), write(value.step)],
        date: lru_cache(4096)(lambda value: ["d", value.isoformat()]),
        datetime: lambda value: [
            "dt",
            value.replace(tzinfo=None).isoformat(),
            value.fold,
            *_write_zone(value),
        ],
        time: lambda value: [
            "t",
            value.replace(tzinfo=None).isoformat(),
            value.fold,
            *_write_zone(value),
        ],
        timedelta: lambda value: ["td", value.days, value.seconds, value.microseconds],
        Decimal: lambda value: ["n", str(value)],
        uuid.UUID: lambda value: ["id", value.hex],
    }
)


def _read_zone(parts: list[Any]) -> timezone | None:
    if not parts:
        return None
    offset = timedelta(seconds=parts[0])
    if len(parts) > 1:
        return timezone(offset, parts[1])
    return timezone(offset) if offset else UTC


_read_date, _read_datetime, _read_time = (
    date.fromisoformat,
    datetime.fromisoformat,
    time.fromisoformat,
)

_READERS: dict[str, Callable[[list[Any]], Any]] = {
    "s": lambda cell: bytes.fromhex(cell[1]).decode("utf-8", "surrogatepass"),
    "i": lambda cell: int(cell[1], 16),
    "f": lambda cell: float(cell[1]),
    "m": lambda cell: Markup(_text(cell[1])),
    "ms": lambda cell: Markup(bytes.fromhex(cell[1]).decode("utf-8", "surrogatepass")),
    "b": lambda cell: b64decode(cell[1], validate=True),
    "c": lambda cell: complex(float(cell[1]), float(cell[2])),
    "r": lambda cell: range(read(cell[1]), read(cell[2]), read(cell[3])),
    "d": lambda cell: _read_date(cell[1]),
    "dt": lambda cell: _read_datetime(cell[1]).replace(fold=cell[2], tzinfo=_read_zone(cell[3:])),
    "t": lambda cell: _read_time(cell[1]).replace(fold=cell[2], tzinfo=_read_zone(cell[3:])),
    "td": lambda cell: timedelta(cell[1], cell[2], cell[3]),
    "n": lambda cell: Decimal(_text(cell[1])),
    "id": lambda cell: uuid.UUID(hex=_text(cell[1])),
}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text expected")
    return value


def is_written(cell: object) -> bool:
    """Whether a cell holds a plain value, as opposed to an object or a structure of the trace."""
    return type(cell) is not list or (
        bool(cell) and isinstance(cell[0], str) and cell[0] in _READERS
    )


def read(cell: Any) -> Any:
    """Read a plain value from its cell.

    :raises DecodeError: :func:`write` never makes such a cell.
    """
    if type(cell) is not list:
        return cell
    try:
        return _READERS[cell[0]](cell)
    except (LookupError, TypeError, ValueError, ArithmeticError, RecursionError) as error:
        raise DecodeError(f"not a value of a trace: {str(cell)[:80]}") from error
