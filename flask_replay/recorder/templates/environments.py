"""Watch the Jinja environment of an app from the moment at which the app creates it.

The app's environment compiles and runs its own code for everybody else.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable

from flask import Flask
from jinja2 import Environment

from ...boundary import Boundary
from ...engine.ignoring import ReplayIgnore
from ...engine.overlays import overlays_made_of
from ...engine.recording.constants import note_constants
from ...engine.recording.sources import SourceKeeper
from ...forks import ForkLock
from ..hooks import calling_copy
from .twins import Current, Twins
from .watched import is_watched, watch

_CREATE = "create_jinja_environment"
"""The name of the method with which an app makes its environment."""


class WatchedEnvironment:
    """The Jinja environment of one app, whose templates report their renders.

    :param current: returns the sink of the current request, or ``None``.
    :param boundary: keeps the recorder's own failures out of the app.
    """

    def __init__(self, current: Current, boundary: Boundary) -> None:
        self.boundary = boundary
        self.twins = Twins(current, boundary)
        self.lock = ForkLock()

    def prepare(self, app: Flask) -> None:
        """Watch the templates of an app. Call this before a recorded request renders any."""
        if self.expect(app) and not is_watched(app.jinja_env):
            with self.boundary.guard("watch templates"):
                self.attach(app.jinja_env, *overlays_made_of(app.jinja_env))

    def expect(self, app: Flask) -> bool:
        """Watch the app's Jinja environment when the app creates it. It is not created here,
        because this would fix its options, and make a reference cycle between the environment and
        the app. Call this before the app compiles any template: what its functions return for
        constants is then noted, and they are not called again.

        :returns: whether the environment exists, or the app creates it in another way.
        """
        if "jinja_env" in vars(app) or type(app).jinja_env is not Flask.jinja_env:
            return True
        if type(vars(app).get(_CREATE)) is not _Creating:
            vars(app)[_CREATE] = _Creating(self, app)
        return False

    def attach(self, environment: Environment, *overlays: Environment) -> None:
        """Make the templates of an environment, including those already loaded, report their
        renders. An app may have several, such as one for each tenant, or share one with another
        app.

        :param overlays: the overlays made of it so far; later ones inherit this.
        """
        with self.lock:
            for each in (environment, *overlays):
                if not is_watched(each):
                    self._watch(each)

    def _watch(self, environment: Environment) -> None:
        keeper = type(
            "SourceKeeper",
            (SourceKeeper,),
            {"last": self.twins.last, "identifier": SourceKeeper.identifier},
        )
        environment.add_extension(keeper)
        note_constants(environment, self.boundary)
        ignoring = environment.extensions.get(ReplayIgnore.identifier)
        if isinstance(ignoring, ReplayIgnore):
            ignoring.on_untraced = self.twins.note_unseen
        watch(environment, self.twins)


def register_ignore_tag(app: Flask) -> None:
    """Let the templates of an app use ``{% replay_ignore %}``, whether or not they are recorded.

    The app's Jinja environment is made at its first use, with these options. An existing
    environment gets the extension now.
    """
    if "jinja_env" in vars(app):
        if ReplayIgnore.identifier not in app.jinja_env.extensions:
            app.jinja_env.add_extension(ReplayIgnore)
    elif ReplayIgnore not in (extensions := app.jinja_options.get("extensions", ())):
        app.jinja_options = {**app.jinja_options, "extensions": [*extensions, ReplayIgnore]}


class _Creating:
    """Replaces an app's ``create_jinja_environment``, and watches the environment that it creates.

    It holds the app only weakly.
    """

    def __init__(self, watched: WatchedEnvironment, app: Flask) -> None:
        self.watched = watched
        self.app = weakref.ref(app)
        self.inner: Callable[[], Environment] | None = vars(app).get(_CREATE)

    def __call__(self) -> Environment:
        app = self.app() or calling_copy()
        environment = (
            type(app).create_jinja_environment(app) if self.inner is None else self.inner()
        )
        with self.watched.boundary.guard("watch templates"):
            self.watched.attach(environment)
        return environment
