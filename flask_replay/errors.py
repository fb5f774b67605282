"""The errors of Flask-Replay: one base class, and messages that name what was wrong and what to
do.
"""


class ReplayError(Exception):
    """Be the base of every error that this package raises on purpose."""


class ConfigError(ReplayError, RuntimeError):
    """Say that a ``REPLAY_*`` key or an argument of ``Replay`` is unknown or malformed."""


class DecodeError(ReplayError, ValueError):
    """Say that bytes are not what this version of the codec writes: torn, foreign or hostile."""


class KeyMissing(DecodeError):
    """Say that something is encrypted with a key that ``REPLAY_ENCRYPTION_KEYS`` does not have."""


class RecordingNotFound(ReplayError, LookupError):
    """Say that no recording has this id."""


class RecordingFinished(ReplayError):
    """Refuse to add to a recording that is already in the archive."""


class RecordingForgotten(ReplayError):
    """Refuse to keep more of a recording whose visitor is to be forgotten: what came late is to be
    dropped.
    """


class StorageError(ReplayError, OSError):
    """Say that a store could not be read or written; the data is kept and the call may be
    repeated.
    """


class RecordingInProgress(ReplayError):
    """Refuse to start a capture while another one goes on."""


class NoActiveRecording(ReplayError, LookupError):
    """Say that nothing is being captured."""


class RecordingOver(ReplayError):
    """Refuse an action of a program whose recording is complete, or has failed."""


class SnapshotRefused(ReplayError, ValueError):
    """Refuse a screenshot or DOM snapshot that is too large, or something else."""
