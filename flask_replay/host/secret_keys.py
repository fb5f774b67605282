"""The secret keys of an app, from which our keys are derived."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import Flask

_UNKNOWN = RuntimeError, AttributeError, LookupError
"""What an app's own ``secret_key`` may raise outside of a request."""


def secret_keys(app: Flask) -> list[Any]:
    """Return an app's keys, the fallbacks first and the current one last. The list is empty for an
    app without keys, or one that overrides ``secret_key`` and has a key only in requests.
    """
    key = None
    with suppress(*_UNKNOWN):
        key = app.secret_key
    return [*(app.config.get("SECRET_KEY_FALLBACKS") or []), key] if key else []


def lacks_key(app: Flask) -> bool:
    """Whether an app has no secret key, not even within requests."""
    try:
        return not app.secret_key
    except _UNKNOWN:
        return False
