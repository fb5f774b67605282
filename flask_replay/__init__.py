"""Flask-Replay: record what visitors of a Flask site saw and did, and replay it exactly."""

from typing import TYPE_CHECKING, Any

from .errors import (
    ConfigError,
    DecodeError,
    RecordingFinished,
    RecordingForgotten,
    RecordingNotFound,
    ReplayError,
    StorageError,
)
from .extension import Replay
from .sanitize import REDACTED, Sanitizer
from .storage import FileStorage, Filter

if TYPE_CHECKING:
    from .storage.sql import SQLAlchemyStorage

__all__ = [
    "REDACTED",
    "ConfigError",
    "DecodeError",
    "FileStorage",
    "Filter",
    "RecordingFinished",
    "RecordingForgotten",
    "RecordingNotFound",
    "Replay",
    "ReplayError",
    "SQLAlchemyStorage",
    "Sanitizer",
    "StorageError",
]


def __getattr__(name: str) -> Any:
    if name == "SQLAlchemyStorage":  # whoever stores files does without SQLAlchemy in memory
        from .storage.sql import SQLAlchemyStorage

        return SQLAlchemyStorage
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
