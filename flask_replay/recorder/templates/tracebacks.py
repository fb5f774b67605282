"""Remove the recorder's frames from tracebacks, so that the app's handlers and loggers see none of
them.
"""

from __future__ import annotations

from types import TracebackType

from ...engine.recording.failures import PACKAGE, module_of


def _is_ours(entry: TracebackType) -> bool:
    return module_of(entry) == PACKAGE


def prune(error: BaseException) -> None:
    """Remove the recorder's frames from a traceback, except the first one, which is still
    running.
    """
    entry = error.__traceback__
    while entry is not None:
        following = entry.tb_next
        while following is not None and _is_ours(following):
            following = following.tb_next
        if following is not entry.tb_next:
            entry.tb_next = following
        entry = following
