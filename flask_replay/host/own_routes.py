"""Find the routes of an app that belong to Flask-Replay. They are not recorded."""

from __future__ import annotations

from flask import Flask

from .static_folders import static_folder

_OURS = ("flask_replay.player.", "flask_replay.recorder.programs.")
"""Prefixes of the names of the modules with our views."""


class OwnRoutes:
    """The routes of the player and its API in an app, whatever their endpoints and prefix.

    :ivar endpoints: the endpoints of these routes.
    :ivar static: the endpoints of the app at which Flask serves static files.
    :ivar root_paths: the root paths of the player.
    """

    def __init__(self, app: Flask) -> None:
        views = app.view_functions.items()
        own = [
            name for name, view in views if str(getattr(view, "__module__", "")).startswith(_OURS)
        ]
        self.endpoints = frozenset(own)
        self.static = frozenset(name for name, _ in views if static_folder(app, name))
        rules = [rule.rule for rule in app.url_map.iter_rules() if rule.endpoint in self.endpoints]
        self.root_paths = tuple(rule for rule in rules if rule.endswith("/") and "<" not in rule)

    def serves(self, endpoint: str) -> bool:
        """Whether an endpoint is the player's, or serves static files."""
        return endpoint in self.endpoints or endpoint in self.static

    def covers(self, path: str) -> bool:
        """Whether a path without a route is below the player's, or is the player's without the
        trailing slash.
        """
        return f"{path}/".startswith(self.root_paths)
