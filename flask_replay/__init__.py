"""Flask-Replay: record what visitors of a Flask site saw and did, and replay it exactly."""

from typing import TYPE_CHECKING, Any

from .capture_state import ActiveSession, RecordingState, RecoveryInfo
from .engine.ignoring import ReplayIgnore
from .engine.replaying.renderer import Rendered
from .engine.replaying.verify import Verification
from .errors import (
    ConfigError,
    DecodeError,
    KeyMissing,
    NoActiveRecording,
    RecordingFinished,
    RecordingForgotten,
    RecordingInProgress,
    RecordingNotFound,
    RecordingOver,
    ReplayError,
    SnapshotRefused,
    StorageError,
)
from .extension import Replay
from .parts.moments import MomentFilter
from .recorder.delivery.health import Health
from .recorder.programs.programs import ProgramRecording
from .recording.summary import Summary
from .sanitize import REDACTED, Names, Sanitizer
from .storage import FileStorage, Filter, Recordings, Storage
from .storage.lifecycle.recovery import Recovered

if TYPE_CHECKING:
    from .storage.sql.store import SQLAlchemyStorage

__version__ = "0.1.0"

__all__ = [
    "REDACTED",
    "ActiveSession",
    "ConfigError",
    "DecodeError",
    "FileStorage",
    "Filter",
    "Health",
    "KeyMissing",
    "MomentFilter",
    "Names",
    "NoActiveRecording",
    "ProgramRecording",
    "RecordingFinished",
    "RecordingForgotten",
    "RecordingInProgress",
    "RecordingNotFound",
    "RecordingOver",
    "RecordingState",
    "Recordings",
    "Recovered",
    "RecoveryInfo",
    "Rendered",
    "Replay",
    "ReplayError",
    "ReplayIgnore",
    "SQLAlchemyStorage",
    "Sanitizer",
    "SnapshotRefused",
    "Storage",
    "StorageError",
    "Summary",
    "Verification",
]


def __getattr__(name: str) -> Any:
    if name == "SQLAlchemyStorage":  # apps that store files need not load SQLAlchemy
        from .storage.sql.store import SQLAlchemyStorage

        return SQLAlchemyStorage
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
