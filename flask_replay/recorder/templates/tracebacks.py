"""Show tracebacks to the app's handlers and loggers as without the recorder: without its frames."""

from __future__ import annotations

from types import TracebackType

_PACKAGE = __name__.partition(".")[0] + "."


def _is_ours(entry: TracebackType) -> bool:
    return str(entry.tb_frame.f_globals.get("__name__", "")).startswith(_PACKAGE)


def failed_here(error: BaseException) -> bool:
    """Whether an exception comes from the recorder's code, or from Python's own code below it."""
    entry = error.__traceback__
    while entry is not None and entry.tb_next is not None:
        entry = entry.tb_next
    return entry is not None and _is_ours(entry)


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
