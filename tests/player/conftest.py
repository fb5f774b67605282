"""What the tests of the player share: a store and an app."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page

from flask_replay.storage import FileStorage

from .handmade import TOUR, keep, make_app
from .screen import Screen


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


@pytest.fixture
def play(
    app: Flask, storage: FileStorage, serve: Callable[[Flask], str], tab: Page
) -> Callable[..., Screen]:
    """Give what opens a recording in the tab; a tour of the shop, if none is named."""
    address = serve(app)

    def open_recording(id: str | None = None, **options: object) -> Screen:
        return Screen(tab, f"{address}/replay/{id or keep(storage, TOUR)}", **options)  # type: ignore[arg-type]

    return open_recording
