"""The former place of :func:`clean`. Deprecated: import it from ``flask_replay.sanitize.text``."""

from __future__ import annotations

import warnings

from ..sanitize.text import clean

__all__ = ["clean"]

warnings.warn(
    "flask_replay.capture.errors has moved: import clean from flask_replay.sanitize.text",
    DeprecationWarning,
    stacklevel=2,
)
