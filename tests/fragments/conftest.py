"""A server and a browser, as for the player."""

from ..player.conftest import browser, serve, tab

__all__ = ["browser", "serve", "tab"]
