"""Remove the recorder's frames from tracebacks, so that the app's handlers and loggers see none of
them.
"""

from __future__ import annotations

from types import TracebackType

from ..engine.recording.failures import PACKAGE

_AROUND = (f"{PACKAGE}.engine.", f"{PACKAGE}.recorder.")
"""Beginnings of the names of the modules whose functions call code of the app."""

_VIEWS = f"{PACKAGE}.recorder.programs."
"""Views of our own, whose failures show where they come from."""


def _is_ours(entry: TracebackType) -> bool:
    name = str(entry.tb_frame.f_globals.get("__name__", ""))
    return name.startswith(_AROUND) and not name.startswith(_VIEWS)


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
