"""Let ignored parts of a page run, and forget what they read."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from ..ignoring import RegionMark
from .log import Log

HUSHED = "_flask_replay_hushed"
"""The attribute of an exception that an ignored part raised: its message may say what was read
there.
"""


class Hearing(Protocol):
    """Takes the renders of one request, and knows whether an ignored part runs."""

    ignoring: int


class RecordedIgnoring(Log):
    """The part of a tracer that runs ignored parts.

    :ivar sink: of the request; what is rendered while a part runs is not recorded either.
    :ivar depth: ignored parts that run, within each other.
    :ivar regions: ignored parts that gave something.
    """

    def bind_ignoring(self) -> None:
        """Begin outside of ignored parts."""
        self.sink: Hearing | None = None
        self.depth = 0
        self.regions = 0
        self._begun: list[Callable[[], None]] = []

    def ignore_begins(self) -> bool:
        """Begin to forget."""
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
        """Forget what was read since the part began; of what it raised, the message too."""
        error = sys.exc_info()[1]
        if isinstance(error, Exception):
            with suppress(Exception):
                setattr(error, HUSHED, True)
        self.depth -= 1
        if self.sink is not None:
            self.sink.ignoring -= 1
        self._begun.pop()()

    def ignore_opens(self) -> str:
        """Return the mark that stands before what a part gives."""
        self.regions += 1
        return RegionMark.of(self.regions, opens=True)

    def ignore_closes(self) -> str:
        """Return the mark that stands behind it."""
        return RegionMark.of(self.regions, opens=False)

    def unheard(self, resolve: Callable[[str], Any], name: str) -> Any:
        """Look up a name that only ignored parts use, and forget it."""
        log, lent = len(self.log), len(self.lent)
        value = resolve(name)
        self.drop(log, lent)
        return value
