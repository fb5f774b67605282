"""Flask-Replay: record what visitors of a Flask site saw and did, and replay it exactly."""

from .errors import (
    ConfigError,
    DecodeError,
    RecordingFinished,
    RecordingNotFound,
    ReplayError,
    StorageError,
)
from .extension import Replay
from .sanitize import REDACTED, Sanitizer
from .storage import FileStorage

__all__ = [
    "REDACTED",
    "ConfigError",
    "DecodeError",
    "FileStorage",
    "RecordingFinished",
    "RecordingNotFound",
    "Replay",
    "ReplayError",
    "Sanitizer",
    "StorageError",
]
