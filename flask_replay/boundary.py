"""The boundary between the recorder and the app it must not disturb."""

from __future__ import annotations

import logging
from collections.abc import Callable
from types import TracebackType

from .errors import ReplayError

logger = logging.getLogger("flask_replay")

_MAX_SEEN = 1_000


class Boundary:
    """Keeps the recorder's own failures from everybody else; logs each kind once."""

    def __init__(self) -> None:
        self.seen: set[str] = set()

    def guard(self, doing: str) -> Guarded:
        """Run a part of the recorder, or a hook that the app gave it, in a ``with`` block.

        :param doing: what is done, for the log.
        """
        return Guarded(self, doing)

    def attempt(self, action: Callable[[], object]) -> Exception | None:
        """Do something with a store that others may have written. Gives what it raised."""
        try:
            action()
        except Exception as error:
            # A store may let any error of its database's through. Whoever asked tries again.
            return error
        return None

    def failed(self, doing: str, error: Exception) -> None:
        """Log a failure, the first time that it happens."""
        kind = f"{doing} {type(error).__name__}"
        if kind not in self.seen:
            self.seen.add(kind)
            if isinstance(error, ReplayError):  # its message says all that there is to know
                logger.error("Flask-Replay could not %s: %s; this is logged once", doing, error)
            else:
                logger.error(
                    "Flask-Replay could not %s; this is logged once", doing, exc_info=error
                )

    def note(self, kind: str, line: str) -> None:
        """Log what is left out of recordings, the first time that one of its kind is.

        :param line: says what, and why.
        """
        if kind not in self.seen and len(self.seen) < _MAX_SEEN:
            self.seen.add(kind)
            logger.warning("Flask-Replay: %s; this is logged once", line)

    def say(self, kind: str, line: str) -> None:
        """Log a mistake that shows at run time only, the first time that one of its kind does.

        :param line: names the mistake and the mend, and no value of a visitor's.
        """
        if kind not in self.seen:
            self.seen.add(kind)
            logger.error("Flask-Replay: %s; this is logged once", line)


class Guarded:
    """Ends a ``with`` block where it fails, and says so to a boundary."""

    __slots__ = ("boundary", "doing")

    def __init__(self, boundary: Boundary, doing: str) -> None:
        self.boundary = boundary
        self.doing = doing

    def __enter__(self) -> None:
        """Begin the block."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> bool:
        """End it.

        :returns: whether what it raised goes no further.
        """
        # The one broad handler of the recorder: whatever fails in here, in our code or in a
        # callback of the app's, costs the visitor nothing.
        if not isinstance(error, Exception):
            return False
        self.boundary.failed(self.doing, error)
        return True
