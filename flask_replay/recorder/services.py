"""What every part of the recorder works with: made once per app, and the same for all of them."""

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

    :ivar clock: returns the seconds since 1970.
    :ivar boundary: keeps the recorder's failures from the app.
    :ivar budget: counts the memory that is held.
    :ivar cleaner: begins the cleaning of what each request leaves.
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
        """Return new services for an app.

        :param sanitizer: of the app.
        """
        boundary = Boundary()
        cleaner = Cleaner(sanitizer, boundary, settings.redact, settings.keep_ip)
        return cls(settings, cleaner, boundary, Budget(settings.max_memory), clock)
