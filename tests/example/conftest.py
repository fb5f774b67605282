"""The example, with its data in a temporary folder."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import pytest
from flask import Flask

from example import create_app
from example.visitor import visit


class Open(Protocol):
    """Opens a shop."""

    def __call__(self, name: str = "shop", **config: object) -> Flask:
        """Open a shop that keeps its data under a name."""


def shop_in(folder: Path, **config: object) -> Flask:
    """Open a shop that keeps its data in a new folder."""
    folder.mkdir()
    app = create_app(
        {
            "SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder}/shop.db",
            "REPLAY_STORAGE": str(folder / "replay"),
            "REPLAY_SPOOL": str(folder / "spool"),
            "PROPAGATE_EXCEPTIONS": False,
            **config,
        }
    )
    app.logger.disabled = True  # the broken page is requested on purpose
    return app


@pytest.fixture
def open_shop(tmp_path: Path) -> Open:
    return lambda name="shop", **config: shop_in(tmp_path / name, **config)


@pytest.fixture(scope="module")
def visited(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """A shop after the visits of the scripted visitors. Tests must leave it unchanged."""
    app = shop_in(tmp_path_factory.mktemp("visited") / "shop")
    assert visit(app) == 4
    return app
