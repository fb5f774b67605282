"""The boundary between the recorder and the app it must not disturb."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator

logger = logging.getLogger("flask_replay")


class Boundary:
    """Keeps the recorder's own failures from everybody else; logs each kind once."""

    def __init__(self) -> None:
        self.seen: set[str] = set()

    @contextlib.contextmanager
    def guard(self, doing: str) -> Iterator[None]:
        """Run a part of the recorder, or a hook that the app gave it.

        :param doing: what is done, for the log.
        """
        try:
            yield
        except Exception as error:
            # The one broad handler of the recorder: whatever fails in here, in our code or in a
            # callback of the app's, costs the visitor nothing.
            self.failed(doing, error)

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
            logger.error("Flask-Replay could not %s; this is logged once", doing, exc_info=error)
