"""Which routes of an app are our own: they are not recorded."""

from __future__ import annotations

from flask import Flask

_OURS = ("flask_replay.player.", "flask_replay.recorder.programs.")
"""Begin the names of the modules that our views are in."""


class OwnRoutes:
    """The routes of the player and of its API in an app, under whatever name and prefix they were
    registered.

    :ivar endpoints: of these routes.
    :ivar places: paths that the player is at.
    """

    def __init__(self, app: Flask) -> None:
        views = app.view_functions.items()
        own = [
            name for name, view in views if str(getattr(view, "__module__", "")).startswith(_OURS)
        ]
        self.endpoints = frozenset(own)
        rules = [rule.rule for rule in app.url_map.iter_rules() if rule.endpoint in self.endpoints]
        self.places = tuple(rule for rule in rules if rule.endswith("/") and "<" not in rule)

    def serves(self, endpoint: str) -> bool:
        """Whether an endpoint is the player's, or one of static files."""
        return endpoint in self.endpoints or endpoint == "static" or endpoint.endswith(".static")

    def holds(self, path: str) -> bool:
        """Whether a path that leads nowhere is below the player, or is it without its last
        slash.
        """
        return f"{path}/".startswith(self.places)
