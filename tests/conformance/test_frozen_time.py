"""Pages recorded while a test freezes the time, as freezegun does: it replaces the names of the types
of dates and times in all modules with subclasses of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from types import ModuleType
from typing import Any

import pytest

from tests.cores import compiled, running_on

from .harness import Case, Context, Replaying, check

__all__ = ["compiled"]


class FrozenDate(date):
    """The frozen ``date``."""


class FrozenDatetime(datetime):
    """The frozen ``datetime``. As in freezegun, calculations give a frozen one, too."""

    def __add__(self, other: timedelta) -> FrozenDatetime:
        found = datetime.__add__(self, other)
        return FrozenDatetime.combine(found.date(), found.timetz())


_FROZEN: dict[type, type] = {date: FrozenDate, datetime: FrozenDatetime}


@pytest.fixture(params=["C", "Python"])
def frozen(
    request: pytest.FixtureRequest, compiled: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Freeze the time in all modules of the recorder."""
    for name, module in list(sys.modules.items()):
        if name.startswith("flask_replay."):
            for attribute, value in list(vars(module).items()):
                if isinstance(value, type) and value in _FROZEN:
                    monkeypatch.setattr(module, attribute, _FROZEN[value])
    with running_on(compiled if request.param == "C" else None):
        yield


def _context() -> Context:
    moment: Any = FrozenDatetime(2024, 5, 1, 12, 30)
    return {
        "now": moment,
        "then": datetime(2020, 1, 2, 3, 4, 5),
        "aware": FrozenDatetime(2024, 5, 1, 12, tzinfo=UTC),
        "today": FrozenDate(2024, 5, 1),
        "at": time(9, 15),
        "day": timedelta(days=1),
        "order": {"at": moment},
    }


EXPRESSIONS = [
    "now", "then", "today", "at", "aware", "order.at", "now.year", "now.isoformat()", "then.isoformat()",
    "now.strftime('%d.%m.')", "then.strftime('%d.%m.')", "now - then", "(now - then).days", "now > then",
    "now + day", "then + day", "[now, then]|sort|join(', ')", "now|string", "'%s'|format(now)",
    "now.replace(year=2000)", "then.replace(year=2000)", "now.date()", "aware.utcoffset()", "at.hour",
]  # fmt: skip


@pytest.mark.usefixtures("frozen")
def test_a_page_of_frozen_time_replays(replaying: Replaying) -> None:
    """Frozen times are objects of the test; others are plain as ever."""
    page = "".join(f"<p>{{{{ {expression} }}}}</p>" for expression in EXPRESSIONS)
    check(Case(page, _context), replaying)
