"""Decide which requests of an app are recorded: all except the player's, static files, and those
that settings and marks exclude.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from fnmatch import fnmatchcase
from typing import Any, TypeVar

from flask import Blueprint, Flask, Request

from ...errors import ConfigError
from ...host.own_routes import OwnRoutes
from ...sanitize import Sanitizer
from ...settings import Settings
from ...value_forms import shown

T = TypeVar("T")

_METHODS = {
    name.upper(): name
    for name in ("get", "post", "head", "options", "delete", "put", "trace", "patch")
}
"""The methods of a ``MethodView``, by the HTTP methods that they handle. A non-standard HTTP method
has none.
"""

_MARK = "_flask_replay_recorded"
"""The attribute of a view, a class of views or a blueprint that says whether it is recorded."""

_SANITIZER = "_flask_replay_sanitizer"
"""The attribute that holds its own sanitizer."""


def mark(view: T, *, recorded: bool) -> T:
    """Mark a view, a class of views or a blueprint as recorded or not, and return it.

    :raises ConfigError: it is something else.
    """
    return _marking("recorded" if recorded else "exempt", view, _MARK, recorded)


def clean_with(view: T, sanitizer: Sanitizer) -> T:
    """Give a view, a class of views or a blueprint its own sanitizer, and return it.

    :raises ConfigError: it is something else.
    """
    return _marking("sanitize_with(…)", view, _SANITIZER, sanitizer)


def _marking(name: str, view: T, attribute: str, value: object) -> T:
    if callable(view) or isinstance(view, Blueprint):
        # some objects take no attributes: a method, a function written in C
        with suppress(AttributeError, TypeError):
            setattr(view, attribute, value)
            return view
    raise ConfigError(f"{name} must decorate a view, or be given a blueprint, got {shown(view)}")


_EMBEDDED = frozenset({"image", "style", "font", "audio", "video", "track"})
"""The destinations of requests for files that a page shows or plays (Fetch Metadata, section 2.1).
"""


class Scope:
    """Decides which requests of one app are recorded.

    :ivar player: the player's routes, known from the first request on, when all routes are
        registered.
    :ivar selective: whether only marked or included requests are recorded.
    :ivar decisions: by endpoint and method, whether the pair is excluded, and whether it is
        included.
    :ivar excluded_methods: endpoints with request methods that are known to be excluded.
    :ivar sanitizers: the sanitizers by endpoint and method.
    """

    def __init__(self, settings: Settings) -> None:
        self.player: OwnRoutes | None = None
        self.exclude = settings.exclude
        self.include = settings.include
        self.selective = False
        self.decisions: dict[tuple[str | None, str], tuple[bool, bool]] = {}
        self.excluded_methods: set[tuple[str, str]] = set()
        self.sanitizers: dict[tuple[str | None, str], Sanitizer | None] = {}

    def surely_excludes(self, request: Request) -> bool:
        """Whether a request is known, by its endpoint alone, not to be recorded."""
        rule = request.url_rule
        return rule is not None and (rule.endpoint, request.method) in self.excluded_methods

    def includes(self, app: Flask, request: Request) -> bool:
        """Whether a request is to be recorded.

        Files that a page of another site embeds are not something that a visitor did here. The same
        holds for files that a replayed page loads: in the player's sandbox it has no origin, so
        browsers treat it as another site.
        """
        environ = request.environ
        if (
            environ.get("HTTP_SEC_FETCH_SITE") == "cross-site"
            and environ.get("HTTP_SEC_FETCH_DEST") in _EMBEDDED
        ):
            return False
        player = self.player or self._look(app)
        endpoint = request.endpoint
        if endpoint is None and player.covers(request.path):
            return False
        return self._includes(app, endpoint, request.path, request.method)

    def sanitizer(self, app: Flask, request: Request) -> Sanitizer | None:
        """Return the view's own sanitizer for a request; ``None`` for the app's."""
        key = request.endpoint, _METHODS.get(request.method, "")
        if key not in self.sanitizers:
            self.sanitizers[key] = (
                None if key[0] is None else _mark_of(app, key[0], key[1], _SANITIZER)
            )
        return self.sanitizers[key]

    def is_empty(self, app: Flask) -> bool:
        """Whether none of an app's routes is recorded, as far as their patterns tell."""
        player = self._look(app)
        rules = [rule for rule in app.url_map.iter_rules() if not player.serves(rule.endpoint)]
        return bool(rules) and not any(
            self._includes(app, rule.endpoint, path)
            for rule in rules
            for path in (rule.rule, *self._reached(rule.rule))
        )

    def _reached(self, rule: str) -> Iterator[str]:
        """Yield the included paths that may belong to a route with variable parts, by its fixed
        beginning.
        """
        start, variable, _ = rule.partition("<")
        for pattern in self.include if variable else ():
            fixed = re.split(r"[*?\[]", pattern)[0]
            if fixed.startswith(start) or (fixed != pattern and start.startswith(fixed)):
                yield pattern

    def _look(self, app: Flask) -> OwnRoutes:
        """Find the app's player, and whether only marked or included views are recorded."""
        self.selective = bool(self.include) or any(
            _mark_of(app, endpoint, method, _MARK)
            for endpoint, view in app.view_functions.items()
            # one is enough where methods have no marks of their own
            for method in (_METHODS.values() if hasattr(view, "view_class") else ("",))
        )
        self.player = OwnRoutes(app)
        return self.player

    def _includes(self, app: Flask, endpoint: str | None, path: str, method: str = "GET") -> bool:
        key = endpoint, _METHODS.get(method, "")
        if key not in self.decisions:
            self.decisions[key] = self._decide(app, *key)
        excluded, included = self.decisions[key]
        if excluded and endpoint is not None and key[1]:
            self.excluded_methods.add((endpoint, method))
        if excluded or (self.exclude and _fits(path, self.exclude)):
            return False
        return included or not self.selective or _fits(path, self.include)

    def _decide(self, app: Flask, endpoint: str | None, method: str) -> tuple[bool, bool]:
        """Return whether an endpoint is excluded, and whether it is included, whatever the path."""
        if endpoint is None:
            return False, False
        marked: bool | None = _mark_of(app, endpoint, method, _MARK)
        served = self.player is not None and self.player.serves(endpoint)
        excluded = served or marked is False or _fits(endpoint, self.exclude)
        return excluded, bool(marked) or _fits(endpoint, self.include)


def _fits(name: str, patterns: tuple[str, ...]) -> bool:
    """Whether a path matches a pattern that begins with a slash, or an endpoint matches one of the
    others.
    """
    path = name.startswith("/")
    return any(
        pattern.startswith("/") is path and fnmatchcase(name, pattern) for pattern in patterns
    )


def _mark_of(app: Flask, endpoint: str, method: str, attribute: str) -> Any:
    """Return the mark of an endpoint's view; ``None`` if nothing is marked.

    The innermost mark counts: for a class of views that of the method, then that of the class, then
    those of its blueprints.

    :param method: the name of the view class's method.
    """
    view = app.view_functions.get(endpoint)
    names = endpoint.split(".")[:-1]
    blueprints = (app.blueprints.get(".".join(names[:end])) for end in range(len(names), 0, -1))
    kind = getattr(view, "view_class", None)
    answers = getattr(kind, method, None) if method else None
    if answers is None and method == "head":
        answers = getattr(kind, "get", None)  # as MethodView does
    for candidate in (view, answers, getattr(kind, "dispatch_request", None), kind, *blueprints):
        found = getattr(candidate, attribute, None)
        if found is not None:
            return found
    return None
