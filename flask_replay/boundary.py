"""The boundary that keeps the recorder's failures out of the app."""

from __future__ import annotations

import logging
from collections.abc import Callable
from types import TracebackType

from .errors import ReplayError

logger = logging.getLogger("flask_replay")

_MAX_SEEN = 1_000


class Boundary:
    """Keeps the recorder's own failures from the app and its visitors, and logs each kind once."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self._guards: dict[str, Guarded] = {}

    def guard(self, doing: str) -> Guarded:
        """Return a context manager that logs and swallows any exception of its ``with`` block.

        It is used around each part of the recorder, and around hooks that the app gave it.

        :param doing: what the block does, as the log says after "could not".
        """
        guard = self._guards.get(doing)
        if guard is None:
            guard = self._guards[doing] = Guarded(self, doing)
        return guard

    def attempt(self, action: Callable[[], object]) -> Exception | None:
        """Run an action on a store, and return the exception that it raised, if any."""
        try:
            action()
        except Exception as error:
            # A third-party store may let any error of its database through. The caller tries again.
            return error
        return None

    def failed(self, doing: str, error: Exception) -> None:
        """Log a failure, the first time that it happens."""
        kind = f"{doing} {type(error).__name__}"
        if kind not in self.seen:
            self.seen.add(kind)
            if isinstance(error, ReplayError):  # the message says all that there is to know
                logger.error("Flask-Replay could not %s: %s; this is logged once", doing, error)
            else:
                logger.error(
                    "Flask-Replay could not %s; this is logged once", doing, exc_info=error
                )

    def note(self, kind: str, line: str) -> None:
        """Log what is left out of recordings, once per kind.

        :param line: what is left out, and why.
        """
        if kind not in self.seen and len(self.seen) < _MAX_SEEN:
            self.seen.add(kind)
            logger.warning("Flask-Replay: %s; this is logged once", line)

    def say(self, kind: str, line: str) -> None:
        """Log a mistake that shows only at run time, once per kind.

        :param line: the mistake and its remedy, without any value of a visitor's.
        """
        if kind not in self.seen:
            self.seen.add(kind)
            logger.error("Flask-Replay: %s; this is logged once", line)


class Guarded:
    """Ends a ``with`` block at an exception, and reports the exception to a boundary."""

    __slots__ = ("boundary", "doing")

    def __init__(self, boundary: Boundary, doing: str) -> None:
        self.boundary = boundary
        self.doing = doing

    def __enter__(self) -> None:
        """Begin the block."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> bool:
        """End the block, and report its exception.

        :returns: whether the exception is swallowed.
        """
        # This is the only broad handler in the recorder. A failure in here, in our code or in a
        # callback of the app, must cost the visitor nothing.
        if error is None or not isinstance(error, Exception):
            return False
        self.boundary.failed(self.doing, error)
        return True
