"""The objects that all parts of the recorder share, made once per app."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ..boundary import Boundary
from ..sanitize import Sanitizer
from ..settings import Settings
from .cleaning.cleaner import Cleaner
from .requests.buffer import Budget


@dataclass(frozen=True)
class Services:
    """The services of one app's recorder.

    :ivar clock: returns the time in seconds since 1970.
    :ivar boundary: keeps the recorder's failures out of the app.
    :ivar budget: counts the memory in use.
    :ivar cleaner: makes the sanitizer of each request.
    """

    settings: Settings
    cleaner: Cleaner
    boundary: Boundary
    budget: Budget
    clock: Callable[[], float] = field(default=time.time)

    @classmethod
    def of(
        cls,
        settings: Settings,
        sanitizer: Sanitizer,
        clock: Callable[[], float] = time.time,
    ) -> Services:
        """Make the services of an app.

        :param sanitizer: the app's sanitizer.
        """
        boundary = Boundary()
        cleaner = Cleaner(sanitizer, boundary, settings.redact, settings.keep_ip)
        return cls(settings, cleaner, boundary, Budget(settings.max_memory), clock)
