"""The keys that an app signs with: ours are made of them."""

from __future__ import annotations

from typing import Any

from flask import Flask


def secret_keys(app: Flask) -> list[Any]:
    """Return an app's keys, those of before first and the one that signs last; none where it has
    none.
    """
    return (
        [*(app.config.get("SECRET_KEY_FALLBACKS") or []), app.secret_key] if app.secret_key else []
    )
