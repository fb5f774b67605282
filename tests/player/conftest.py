"""Shared fixtures of the player's tests: a store and an app."""

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
    """Return the folder of a store."""
    return tmp_path / "replay"


@pytest.fixture
def storage(folder: Path) -> FileStorage:
    """Return the store of the app under test."""
    return FileStorage(folder)


@pytest.fixture
def app(folder: Path) -> Flask:
    """Return an app in debug mode with a player."""
    return make_app(folder)


@pytest.fixture
def play(
    app: Flask, storage: FileStorage, serve: Callable[[Flask], str], tab: Page
) -> Callable[..., Screen]:
    """Return a function that opens a recording in the tab, by default a tour of the shop."""
    address = serve(app)

    def open_recording(id: str | None = None, **options: object) -> Screen:
        return Screen(tab, f"{address}/replay/{id or keep(storage, TOUR)}", **options)  # type: ignore[arg-type]

    return open_recording
