"""What an app chooses of its views and visitors: what is recorded, how it is cleaned, who agreed to
it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import request

from ..arguments import check_sanitizer
from ..errors import ConfigError
from ..recorder.visits.scope import clean_with, mark
from ..sanitize import Sanitizer
from .part import Part

T = TypeVar("T")


class Choices(Part):
    """The part of ``Replay`` that views and blueprints are marked with, and that views call."""

    def recorded(self, view: T) -> T:
        """Record a view in place of the whole app: only what is so marked, or in
        ``REPLAY_INCLUDE``, is recorded.

        ::

            @app.get("/checkout")
            @replay.recorded
            def checkout(): ...

        :param view: a view, a class of views, or a blueprint.
        :raises ConfigError: it is something else.
        """
        return mark(view, recorded=True)

    def exempt(self, view: T) -> T:
        """Keep a view out of all recordings; what the visitor does elsewhere goes on in theirs.

        :param view: a view, a class of views, or a blueprint.
        :raises ConfigError: it is something else.
        """
        return mark(view, recorded=False)

    def sanitize_with(self, sanitizer: Sanitizer) -> Callable[[T], T]:
        """Clean all that a view leaves by a sanitizer of its own, in the place of the app's.

        ::

            @app.get("/chart")
            @replay.sanitize_with(Patients())
            def chart(): ...


            replay.sanitize_with(Patients())(ward)  # a blueprint

        The innermost counts: of a view, its class, its blueprint, the blueprint around that, the
        app.

        :param sanitizer: an object with the hooks of :class:`Sanitizer`.
        :raises ConfigError: it is none, or what it decorates is no view, class of views or
            blueprint.
        """
        check_sanitizer(sanitizer)
        return lambda view: clean_with(view, sanitizer)

    # What visitors agree to

    def consent(self) -> None:
        """Note that the visitor of the current request agrees to be recorded, from their next
        request on.

        Our cookie remembers it until the browser is closed; an app that keeps it longer may call
        this with each request. Where ``REPLAY_REQUIRE_CONSENT`` is off, nobody is asked, and this
        does nothing.
        """
        recorder = self._state().recorder
        if recorder is not None and recorder.settings.require_consent:
            recorder.permission.consent(request)

    def withdraw(self) -> None:
        """Note that the visitor of the current request agrees no longer: it is not recorded, nor is
        what follows.

        The response takes our cookie away. What was recorded before stays: see
        :meth:`Recordings.forget`.

        :raises ConfigError: ``REPLAY_REQUIRE_CONSENT`` is off, so the visitor would be recorded all
            the same.
        """
        state = self._state()
        if not state.settings.require_consent:
            raise ConfigError(
                "withdraw needs REPLAY_REQUIRE_CONSENT = True, or the visitor is recorded all the "
                "same"
            )
        if state.recorder is not None:
            state.recorder.withdraw()
