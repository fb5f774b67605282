"""The tests of fragments look at handmade recordings with the player's store and app."""

from __future__ import annotations

from ..player.conftest import app, folder, storage  # noqa: F401
