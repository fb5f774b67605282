"""The base of the parts of ``Replay``: finds the app that a method is called for."""

from __future__ import annotations

import weakref

from flask import Flask, current_app, has_app_context

from ..app_state import AppState
from ..errors import ConfigError
from ..settings import EXTENSION_KEY


class Part:
    """Some of the methods of ``Replay``. They work on the current app, or on the one it was made
    for.
    """

    _made_for: weakref.ref[Flask] | None = None

    @property
    def app(self) -> Flask | None:
        """Return the app that this was made for, or ``None`` once that app is gone. The reference
        is weak, because an app already holds its extensions.
        """
        return None if self._made_for is None else self._made_for()

    def _app(self) -> Flask:
        """Return the current app, or the one that this was made for.

        :raises ConfigError: there is no app, or it has no ``Replay``.
        """
        app = current_app._get_current_object() if has_app_context() else self.app  # type: ignore[attr-defined]
        if app is None or EXTENSION_KEY not in app.extensions:
            raise ConfigError(
                "no app: call this within the app_context() of an app that Replay was "
                "initialized with"
            )
        found: Flask = app
        return found

    def _state(self) -> AppState:
        """Return the state of the same app.

        :raises ConfigError: there is no app, or it has no ``Replay``.
        """
        state: AppState = self._app().extensions[EXTENSION_KEY]
        return state
