"""The tests of fragments use the handmade recordings, store and app of the player's tests."""

from __future__ import annotations

from ..player.conftest import app, folder, storage  # noqa: F401
