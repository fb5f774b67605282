"""Run the ignored parts of a page, and drop what they read."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from ..ignoring import RegionMark
from .log import Log

HUSHED = "_flask_replay_hushed"
"""Set on an exception that an ignored part raised, because its message may contain values read
there.
"""


class IgnoredCounter(Protocol):
    """Counts the ignored parts that are running in one request."""

    ignoring: int


class RecordedIgnoring(Log):
    """The part of a tracer that runs ignored parts.

    :ivar sink: the collector of the request; renders within an ignored part are not recorded.
    :ivar depth: number of nested ignored parts that are running.
    :ivar regions: number of ignored parts so far.
    """

    def bind_ignoring(self) -> None:
        """Start outside of ignored parts."""
        self.sink: IgnoredCounter | None = None
        self.depth = 0
        self.regions = 0
        self._begun: list[Callable[[], None]] = []

    def ignore_begins(self) -> bool:
        """Start to drop entries."""
        log, found = len(self.log), dict(self.found)
        lent = len(self.lent)
        modules = {id(template): template._module for template in self.templates.values()}

        def forget() -> None:
            self.drop(log, lent)
            self.found = found
            for template in self.templates.values():
                template._module = modules.get(id(template))

        self._begun.append(forget)
        self.depth += 1
        if self.sink is not None:
            self.sink.ignoring += 1
        return True

    def ignore_ends(self) -> None:
        """Drop the entries since the part began, and the message of an exception that it raised."""
        error = sys.exc_info()[1]
        if isinstance(error, Exception):
            with suppress(Exception):
                setattr(error, HUSHED, True)
        self.depth -= 1
        if self.sink is not None:
            self.sink.ignoring -= 1
        self._begun.pop()()

    def ignore_opens(self) -> str:
        """Return the mark before the output of a part."""
        self.regions += 1
        return RegionMark.of(self.regions, opens=True)

    def ignore_closes(self) -> str:
        """Return the mark after the output of a part."""
        return RegionMark.of(self.regions, opens=False)

    def ignored_name(self, resolve: Callable[[str], Any], name: str) -> Any:
        """Look up a name that only ignored parts use, without an entry in the log."""
        log, lent = len(self.log), len(self.lent)
        value = resolve(name)
        self.drop(log, lent)
        return value
