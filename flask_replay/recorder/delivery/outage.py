"""Trouble with the store: a line in the log when it begins, when it ends, and once a minute
between.
"""

from __future__ import annotations

import time

from ...boundary import logger
from ...sanitize.text import clean

_MINUTE = 60.0


class Trouble:
    """Follows whether the store fails.

    :ivar since: seconds since 1970, 0 while all is well.
    :ivar problem: why it fails.
    """

    def __init__(self) -> None:
        self.since = 0.0
        self.problem = ""
        self.failures = 0
        self._told = 0.0

    def begin(self, problem: str, error: Exception | None = None) -> None:
        """Learn that the store failed, or fails still.

        :param error: what it raised.
        """
        self.problem = problem = clean(problem)  # a database may say what it was asked with
        if not self.since:
            self.since, self._told = time.time(), time.monotonic()
            logger.error(
                "Flask-Replay: the store fails, what is recorded waits and is saved later: %s",
                problem,
            )
            logger.debug("Flask-Replay: this is how the store failed", exc_info=error)

    def tell(self, counts: str) -> None:
        """Log how things are, once a minute while there is trouble."""
        if self.since and time.monotonic() - self._told >= _MINUTE:
            self._told = time.monotonic()
            lasting = time.time() - self.since
            logger.warning(
                "Flask-Replay: the store fails for %.0f s now; %s: %s",
                lasting,
                counts,
                self.problem,
            )

    def end(self, counts: str) -> None:
        """Learn that all was saved."""
        if self.since:
            logger.warning(
                "Flask-Replay: the store is back after %.1f s; %s", time.time() - self.since, counts
            )
        self.since, self.problem, self.failures = 0.0, "", 0
