"""The example, with its data in a folder of the test's own."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import pytest
from flask import Flask

from example import create_app


class Open(Protocol):
    """Opens a shop."""

    def __call__(self, name: str = "shop", **config: object) -> Flask:
        """Open a shop that keeps its data under a name."""


@pytest.fixture
def open_shop(tmp_path: Path) -> Open:
    def open_shop(name: str = "shop", **config: object) -> Flask:
        folder = tmp_path / name
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
        app.logger.disabled = True  # the broken page is met on purpose
        return app

    return open_shop
