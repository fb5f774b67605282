"""Choices of an app about its views and visitors: what is recorded, how it is sanitized, who
agreed.
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
    """The methods of ``Replay`` that mark views and blueprints, and those that views call."""

    def recorded(self, view: T) -> T:
        """Record only this view and others marked like it or matched by ``REPLAY_INCLUDE``, in
        place of the whole app.

        ::

            @app.get("/checkout")
            @replay.recorded
            def checkout(): ...

        :param view: a view, a class of views, or a blueprint.
        :raises ConfigError: it is something else.
        """
        return mark(view, recorded=True)

    def exempt(self, view: T) -> T:
        """Keep a view out of all recordings. The visitor's requests to other views are still
        recorded.

        :param view: a view, a class of views, or a blueprint.
        :raises ConfigError: it is something else.
        """
        return mark(view, recorded=False)

    def sanitize_with(self, sanitizer: Sanitizer) -> Callable[[T], T]:
        """Sanitize everything recorded for a view with its own sanitizer instead of the app's.

        ::

            @app.get("/chart")
            @replay.sanitize_with(Patients())
            def chart(): ...


            replay.sanitize_with(Patients())(ward)  # a blueprint

        The innermost sanitizer applies: the view's, its class's, its blueprint's, that of the
        blueprint around it, the app's.

        :param sanitizer: an object with the hooks of :class:`Sanitizer`.
        :raises ConfigError: it is not a sanitizer, or the decorated object is not a view, a class
            of views or a blueprint.
        """
        check_sanitizer(sanitizer)
        return lambda view: clean_with(view, sanitizer)

    # Consent of visitors

    def consent(self) -> None:
        """Note that the visitor of the current request agrees to be recorded, from the next request
        on.

        Our cookie remembers this until the browser is closed. An app that remembers it longer may
        call this with each request. While ``REPLAY_REQUIRE_CONSENT`` is off, this does nothing.
        """
        recorder = self._state().recorder
        if recorder is not None and recorder.settings.require_consent:
            recorder.permission.consent(request)

    def withdraw(self) -> None:
        """Note that the visitor of the current request no longer agrees. This request and later
        ones are not recorded.

        The response deletes our cookie. What was recorded before is kept; delete it with
        :meth:`Recordings.forget`.

        :raises ConfigError: ``REPLAY_REQUIRE_CONSENT`` is off, so the visitor would be recorded
            anyway.
        """
        state = self._state()
        if not state.settings.require_consent:
            raise ConfigError(
                "withdraw needs REPLAY_REQUIRE_CONSENT = True, otherwise the visitor is recorded "
                "anyway"
            )
        if state.recorder is not None:
            state.recorder.withdraw()
