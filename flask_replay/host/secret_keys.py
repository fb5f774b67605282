"""The secret keys of an app, from which our keys are derived."""

from __future__ import annotations

from typing import Any

from flask import Flask


def secret_keys(app: Flask) -> list[Any]:
    """Return an app's keys, the fallbacks first and the current one last. The list is empty for an
    app without keys.
    """
    return (
        [*(app.config.get("SECRET_KEY_FALLBACKS") or []), app.secret_key] if app.secret_key else []
    )
