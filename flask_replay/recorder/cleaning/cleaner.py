"""An app's sanitizer as the recorder calls it: if a hook raises, what it should have cleaned is
removed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ...boundary import Boundary
from ...sanitize import Sanitizer
from ...sanitize.guarded import GuardedSanitizer
from ...sanitize.memory import Lasting, Memory
from ...sanitize.patterns import Patterns
from .named_secrets import secrets_of_settings
from .siblings import Siblings


class Cleaner:
    """Begins the cleaning of what each request leaves, and keeps in mind what is secret for a while
    after it.

    :param sanitizer: of the app.
    :param redact: what else is masked by its form: see ``REPLAY_REDACT``.
    :param keep_ip: what is kept of visitors' addresses: see ``REPLAY_KEEP_IP``.
    :ivar before: cleans what came before and waits, and learns from it.
    :ivar siblings: workers that tell what they learnt; ``None`` where there can be none.
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
        self.lasting = Lasting()
        self.siblings: Siblings | None = None
        self.before: Callable[[], object] | None = None
        self.settings = 0

    def learn_settings(self, config: Mapping[str, Any]) -> None:
        """Learn the secrets among an app's settings, whenever there are more of these."""
        if len(config) != self.settings:
            self.settings = len(config)
            guarded = self.begin()
            guarded.params(secrets_of_settings(config))

    def begin(
        self,
        visit: str = "",
        sanitizer: Sanitizer | None = None,
        learner: GuardedSanitizer | None = None,
    ) -> GuardedSanitizer:
        """Return what cleans a request, a message, or what a program says.

        :param visit: the recording that it belongs to.
        :param sanitizer: of the view; ``None`` for the app's.
        :param learner: has learnt from the request before, and goes on.
        """
        if self.before is not None:
            self.before()
        self.heed()
        if learner is None:
            return self.learner(visit, sanitizer)
        learner.memory.recall()
        return learner

    def heed(self) -> None:
        """Learn what other workers have said."""
        if self.siblings is not None:
            self.siblings.heed()

    def learner(self, visit: str = "", sanitizer: Sanitizer | None = None) -> GuardedSanitizer:
        """Return what learns from a request, and waits for nobody: it knows what this worker has
        heard of so far.
        """
        memory = Memory(self.lasting, visit, self.patterns)
        return GuardedSanitizer(sanitizer or self.sanitizer, self.boundary, memory, self.keep_ip)
