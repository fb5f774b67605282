"""Make the sanitizer of each request. If a hook of the app raises, the data that it should have
sanitized is removed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ...boundary import Boundary
from ...sanitize import Sanitizer
from ...sanitize.guarded import GuardedSanitizer
from ...sanitize.lasting import LastingSecrets
from ...sanitize.memory import Memory
from ...sanitize.patterns import Patterns
from .named_secrets import secrets_of_settings
from .siblings import Siblings


class Cleaner:
    """Makes the sanitizer of each request, and remembers secrets for some time after it.

    :param sanitizer: the app's sanitizer.
    :param redact: what else to redact by its format; see ``REPLAY_REDACT``.
    :param keep_ip: what to keep of visitors' addresses; see ``REPLAY_KEEP_IP``.
    :ivar before: sanitizes earlier data that is still waiting, and learns from it.
    :ivar siblings: the other workers, which share what they learnt; ``None`` if there can be none.
    """

    def __init__(
        self,
        sanitizer: Sanitizer,
        boundary: Boundary,
        redact: Iterable[str] = (),
        keep_ip: str = "",
    ) -> None:
        self.keep_ip = keep_ip
        self.patterns = Patterns(redact)
        self.sanitizer = sanitizer
        self.boundary = boundary
        self.lasting = LastingSecrets()
        self.siblings: Siblings | None = None
        self.before: Callable[[], object] | None = None
        self.settings = 0

    def learn_settings(self, config: Mapping[str, Any]) -> None:
        """Learn the secrets in an app's settings and in the environment of its process, whenever
        the number of settings has changed.
        """
        if len(config) != self.settings:
            self.settings = len(config)
            guarded = self.begin()
            environment = os.environ.items()
            guarded.params(  # a value like that of PWD is a path
                secrets_of_settings({key: item for key, item in environment if item[:1] != "/"})
            )
            guarded.params(secrets_of_settings(config))
            self.lasting.compile_all()

    def begin(
        self,
        visit: str = "",
        sanitizer: Sanitizer | None = None,
        learner: GuardedSanitizer | None = None,
    ) -> GuardedSanitizer:
        """Return the sanitizer for a request, a message or a program's action.

        :param visit: the recording that it belongs to.
        :param sanitizer: the view's sanitizer; ``None`` for the app's.
        :param learner: the sanitizer that has already learnt from the request, to be continued.
        """
        if self.before is not None:
            self.before()
        self.catch_up()
        if learner is None:
            return self.learner(visit, sanitizer)
        learner.memory.recall()
        return learner

    def catch_up(self) -> None:
        """Learn the secrets that other workers have sent."""
        if self.siblings is not None:
            self.siblings.catch_up()

    def learner(self, visit: str = "", sanitizer: Sanitizer | None = None) -> GuardedSanitizer:
        """Return a sanitizer that learns from a request. It does not wait for other workers, and
        knows what this worker has learnt so far.
        """
        memory = Memory(self.lasting, visit, self.patterns)
        return GuardedSanitizer(sanitizer or self.sanitizer, self.boundary, memory, self.keep_ip)
