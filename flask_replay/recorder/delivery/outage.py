"""Log an outage of the store: one line when it begins, one a minute while it lasts, and one when it
ends.
"""

from __future__ import annotations

import time

from ...boundary import logger
from ...sanitize.text import clean

_MINUTE = 60.0


class StoreOutage:
    """Tracks whether the store fails, and logs its outages.

    :ivar since: when the outage began, in seconds since 1970; 0 while the store works.
    :ivar problem: why the store fails.
    """

    def __init__(self) -> None:
        self.since = 0.0
        self.problem = ""
        self.failures = 0
        self._reported = 0.0

    def begin(self, problem: str, error: Exception | None = None) -> None:
        """Note that the store has failed, for the first time or again.

        :param error: the exception that it raised.
        """
        # a database's message may contain the statement's parameters
        self.problem = problem = clean(problem)
        if not self.since:
            self.since, self._reported = time.time(), time.monotonic()
            logger.error(
                "Flask-Replay: the store is failing; recorded data is kept and saved later: %s",
                problem,
            )
            logger.debug("Flask-Replay: this is how the store failed", exc_info=error)

    def report(self, counts: str) -> None:
        """Log the state once a minute while an outage lasts."""
        if self.since and time.monotonic() - self._reported >= _MINUTE:
            self._reported = time.monotonic()
            lasting = time.time() - self.since
            logger.warning(
                "Flask-Replay: the store has failed for %.0f s; %s: %s",
                lasting,
                counts,
                self.problem,
            )

    def end(self, counts: str) -> None:
        """Note that everything was saved."""
        if self.since:
            logger.warning(
                "Flask-Replay: the store works again after %.1f s; %s",
                time.time() - self.since,
                counts,
            )
        self.since, self.problem, self.failures = 0.0, "", 0
