"""Which requests of an app are recorded: all but the player's, static files, and what the settings leave out."""

from __future__ import annotations

from fnmatch import fnmatchcase

from flask import Flask, Request

from ..settings import Settings

_PLAYER = "flask_replay.player."


class Scope:
    """Tells of one app's requests whether they are recorded.

    :ivar player: known from the first request on, when all routes are registered.
    """

    def __init__(self, settings: Settings) -> None:
        self.player: Player | None = None
        self.paths = tuple(pattern for pattern in settings.exclude if pattern.startswith("/"))
        self.endpoints = tuple(pattern for pattern in settings.exclude if not pattern.startswith("/"))

    def holds(self, app: Flask, request: Request) -> bool:
        """Whether a request is one to be recorded."""
        endpoint, path, player = request.endpoint, request.path, self.player
        if player is None:
            player = self.player = Player(app)
        if endpoint is None:
            if player.holds(path):
                return False
        elif player.serves(endpoint) or any(fnmatchcase(endpoint, pattern) for pattern in self.endpoints):
            return False
        return not any(fnmatchcase(path, pattern) for pattern in self.paths)

    def is_empty(self, app: Flask) -> bool:
        """Whether the settings leave out every route of an app, as far as patterns of routes tell."""
        player = Player(app)
        left = [
            any(fnmatchcase(rule.endpoint, pattern) for pattern in self.endpoints)
            or any(fnmatchcase(rule.rule, pattern) for pattern in self.paths)
            for rule in app.url_map.iter_rules()
            if not player.serves(rule.endpoint)
        ]
        return bool(left) and all(left)


class Player:
    """Knows the player's endpoints and places, under whatever name and prefix the app registered it."""

    def __init__(self, app: Flask) -> None:
        views = app.view_functions.items()
        own = [name for name, view in views if str(getattr(view, "__module__", "")).startswith(_PLAYER)]
        self.endpoints = frozenset(own)
        rules = [rule.rule for rule in app.url_map.iter_rules() if rule.endpoint in self.endpoints]
        self.places = tuple(rule for rule in rules if rule.endswith("/") and "<" not in rule)

    def serves(self, endpoint: str) -> bool:
        """Whether an endpoint is the player's, or one of static files."""
        return endpoint in self.endpoints or endpoint == "static" or endpoint.endswith(".static")

    def holds(self, path: str) -> bool:
        """Whether a path that leads nowhere is below the player, or is it without its last slash."""
        return f"{path}/".startswith(self.places)
