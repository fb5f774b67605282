"""What the tests of the player share: a store and an app."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from flask_replay.storage import FileStorage

from .handmade import make_app


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give the folder of a store."""
    return tmp_path / "replay"


@pytest.fixture
def storage(folder: Path) -> FileStorage:
    """Give the store that the app of a test uses."""
    return FileStorage(folder)


@pytest.fixture
def app(folder: Path) -> Flask:
    """Give an app in debug mode, with a player."""
    return make_app(folder)
