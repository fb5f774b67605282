"""Which requests of an app are recorded: all but the player's, static files, and what settings and
marks leave out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from fnmatch import fnmatchcase
from typing import Any, TypeVar

from flask import Blueprint, Flask, Request

from ...errors import ConfigError
from ...forms import shown
from ...host.own_routes import OwnRoutes
from ...sanitize import Sanitizer
from ...settings import Settings

T = TypeVar("T")

_METHODS = frozenset({"get", "post", "head", "options", "delete", "put", "trace", "patch"})
"""What ``MethodView`` has a method for each of."""

_MARK = "_flask_replay_recorded"
"""The attribute of a view, a class of views or a blueprint that says whether it is recorded."""

_SANITIZER = "_flask_replay_sanitizer"
"""That which has the sanitizer of what it leaves."""


def mark(view: T, *, recorded: bool) -> T:
    """Say of a view, a class of views or a blueprint whether it is recorded, and return it.

    :raises ConfigError: it is something else.
    """
    return _marking("recorded" if recorded else "exempt", view, _MARK, recorded)


def clean_with(view: T, sanitizer: Sanitizer) -> T:
    """Say by what sanitizer all is cleaned that a view, a class of views or a blueprint leaves, and
    return it.

    :raises ConfigError: it is something else.
    """
    return _marking("sanitize_with(…)", view, _SANITIZER, sanitizer)


def _marking(name: str, view: T, attribute: str, said: object) -> T:
    if callable(view) or isinstance(view, Blueprint):
        with suppress(
            AttributeError, TypeError
        ):  # of what takes no attribute: a method, a function written in C
            setattr(view, attribute, said)
            return view
    raise ConfigError(f"{name} must decorate a view, or be given a blueprint, got {shown(view)}")


_EMBEDDED = frozenset({"image", "style", "font", "audio", "video", "track"})
"""What requests are for that a page makes for its looks (Fetch Metadata, section 2.1)."""


class Scope:
    """Tells of one app's requests whether they are recorded.

    :ivar player: known from the first request on, when all routes are registered.
    :ivar selective: only what is marked or included is recorded.
    :ivar judged: of endpoints and methods, whether they are left out, and whether they are taken
        in.
    :ivar left_out: endpoints and methods, as requests have them, that are known to be left out.
    :ivar sanitizers: of endpoints and methods.
    """

    def __init__(self, settings: Settings) -> None:
        self.player: OwnRoutes | None = None
        self.exclude = settings.exclude
        self.include = settings.include
        self.selective = False
        self.judged: dict[tuple[str | None, str], tuple[bool, bool]] = {}
        self.left_out: set[tuple[str, str]] = set()
        self.sanitizers: dict[tuple[str | None, str], Sanitizer | None] = {}

    def leaves_out(self, request: Request) -> bool:
        """Whether a request is known, by its endpoint alone, to be one that is not recorded."""
        rule = request.url_rule
        return rule is not None and (rule.endpoint, request.method) in self.left_out

    def holds(self, app: Flask, request: Request) -> bool:
        """Whether a request is one to be recorded.

        What a page of another site embeds is nothing that a visitor did here, nor is what a
        replayed page loads: in the player's sandbox it has no origin, so browsers call it another
        site's.
        """
        environ = request.environ
        if (
            environ.get("HTTP_SEC_FETCH_SITE") == "cross-site"
            and environ.get("HTTP_SEC_FETCH_DEST") in _EMBEDDED
        ):
            return False
        player = self.player or self._look(app)
        if request.endpoint is None and player.holds(request.path):
            return False
        return self._takes(app, request.endpoint, request.path, request.method)

    def sanitizer(self, app: Flask, request: Request) -> Sanitizer | None:
        """Return what cleans all that a request leaves; ``None`` for the app's sanitizer."""
        place = request.endpoint, _named(request.method)
        if place not in self.sanitizers:
            self.sanitizers[place] = (
                None if place[0] is None else _said(app, place[0], place[1], _SANITIZER)
            )
        return self.sanitizers[place]

    def is_empty(self, app: Flask) -> bool:
        """Whether nothing is left of an app's routes, as far as patterns of routes tell."""
        player = self._look(app)
        rules = [rule for rule in app.url_map.iter_rules() if not player.serves(rule.endpoint)]
        return bool(rules) and not any(
            self._takes(app, rule.endpoint, path)
            for rule in rules
            for path in (rule.rule, *self._reached(rule.rule))
        )

    def _reached(self, rule: str) -> Iterator[str]:
        """Yield the included paths that may be ones of a route with variable parts, by what it
        begins with.
        """
        start, variable, _ = rule.partition("<")
        for pattern in self.include if variable else ():
            fixed = re.split(r"[*?\[]", pattern)[0]
            if fixed.startswith(start) or (fixed != pattern and start.startswith(fixed)):
                yield pattern

    def _look(self, app: Flask) -> OwnRoutes:
        """See what the app has: its player, and views that are to be recorded in place of all."""
        self.selective = bool(self.include) or any(
            _said(app, endpoint, method, _MARK)
            for endpoint in app.view_functions
            for method in _METHODS
        )
        self.player = OwnRoutes(app)
        return self.player

    def _takes(self, app: Flask, endpoint: str | None, path: str, method: str = "GET") -> bool:
        place = endpoint, _named(method)
        if place not in self.judged:
            self.judged[place] = self._judge(app, *place)
        out, taken = self.judged[place]
        if out and endpoint is not None and place[1]:
            self.left_out.add((endpoint, method))
        if out or (self.exclude and _fits(path, self.exclude)):
            return False
        return taken or not self.selective or _fits(path, self.include)

    def _judge(self, app: Flask, endpoint: str | None, method: str) -> tuple[bool, bool]:
        """Return whether an endpoint is left out, and whether it is taken in, whatever the path."""
        if endpoint is None:
            return False, False
        said: bool | None = _said(app, endpoint, method, _MARK)
        served = self.player is not None and self.player.serves(endpoint)
        return served or said is False or _fits(endpoint, self.exclude), bool(said) or _fits(
            endpoint, self.include
        )


def _fits(name: str, patterns: tuple[str, ...]) -> bool:
    """Whether a path fits one of the patterns that begin with a slash, or an endpoint one of the
    others.
    """
    path = name.startswith("/")
    return any(
        pattern.startswith("/") is path and fnmatchcase(name, pattern) for pattern in patterns
    )


def _named(method: str) -> str:
    """Return how classes of views name what answers a method; anybody may ask with a method of
    their own.
    """
    name = method.lower()
    return name if name in _METHODS else ""


def _said(app: Flask, endpoint: str, method: str, attribute: str) -> Any:
    """Return what an endpoint's view is marked with; ``None`` if nothing says anything.

    The innermost counts: of a class of views what answers the method, then the class, then its
    blueprints.

    :param method: as classes of views name it.
    """
    view = app.view_functions.get(endpoint)
    names = endpoint.split(".")[:-1]
    blueprints = (app.blueprints.get(".".join(names[:end])) for end in range(len(names), 0, -1))
    kind = getattr(view, "view_class", None)
    answers = getattr(kind, method, None) if method else None
    if answers is None and method == "head":
        answers = getattr(kind, "get", None)  # as MethodView does
    for thing in (view, answers, getattr(kind, "dispatch_request", None), kind, *blueprints):
        said = getattr(thing, attribute, None)
        if said is not None:
            return said
    return None
