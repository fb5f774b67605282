"""The exceptions of Flask-Replay. They share one base class, and their messages say what was wrong
and what to do.
"""


class ReplayError(Exception):
    """Base class of every exception that this package raises on purpose."""


class ConfigError(ReplayError, RuntimeError):
    """Raised when a ``REPLAY_*`` key or an argument of ``Replay`` is unknown or malformed."""


class DecodeError(ReplayError, ValueError):
    """Raised when data cannot be read: it is torn, foreign, hostile, or of a later version."""


class KeyMissing(DecodeError):
    """Raised when data is encrypted with a key that ``REPLAY_ENCRYPTION_KEYS`` does not have."""


class RecordingNotFound(ReplayError, LookupError):
    """Raised when no recording has the given id."""


class RecordingFinished(ReplayError):
    """Raised when something is added to a recording that is already in the archive."""


class RecordingForgotten(ReplayError):
    """Raised when something is added to a recording of a visitor who was forgotten. The caller
    drops it.
    """


class StorageError(ReplayError, OSError):
    """Raised when a store cannot be read or written. The data is kept, and the call may be
    repeated.
    """


class RecordingInProgress(ReplayError):
    """Raised when a capture is started while another one is running."""


class NoActiveRecording(ReplayError, LookupError):
    """Raised when no capture is running."""


class RecordingOver(ReplayError):
    """Raised when a program adds an action to a recording that is complete or has failed."""


class SnapshotRefused(ReplayError, ValueError):
    """Raised when a screenshot or DOM snapshot is too large, or is not one."""
