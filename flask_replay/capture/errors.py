"""Exceptions as events: type, message and traceback, without what they carry of secrets."""

from __future__ import annotations

import re
import traceback

from ..recording.model import Error
from ..sanitize import REDACTED
from ..sanitize.names import sensitive
from .plain import text

# A name is only looked for where one begins, or a long word would be tried from each of its letters.
_ASSIGNMENT = re.compile(
    r"(?<![\w.-])([\w.-]+)(['\"]?\s*[=:]\s*)('[^'\n]*'|\"[^\"\n]*\"|" + re.escape(REDACTED) + r"|[^\s,;&)}\]'\"]+)"
)
_CREDENTIALS = re.compile(r"(?<!\w)(\w+://)[^/\s:@]+:[^/\s@]+@")
_HEADER = re.compile(r"\b((?:proxy-)?authorization|(?:set-)?cookie)(\s*:\s*)[^\s'\"][^\n'\"]*", re.IGNORECASE)
"""Headers whose whole line is secret: ``Authorization: Bearer …`` has it in the second word."""


def clean(message: str) -> str:
    """Take out what stands behind a sensitive name (``password='…'``), and passwords in URLs.

    Takes time in proportion to the text.
    """

    def replace(match: re.Match[str]) -> str:
        return f"{match.group(1)}{match.group(2)}{REDACTED}" if sensitive(match.group(1)) else match.group(0)

    message = _HEADER.sub(rf"\1\2{REDACTED}", message)
    return _CREDENTIALS.sub(rf"\1{REDACTED}@", _ASSIGNMENT.sub(replace, message))


def error_event(error: BaseException, offset_ms: int, frame: int) -> Error:
    """Make the event of an exception.

    The traceback has lines of source but no values of variables.

    :param frame: number of the frame that was being rendered, -1 for none.
    """
    kind = type(error)
    try:
        message = str(error)
    except Exception:  # an exception's own __str__ may fail; its type still tells
        message = ""
    lines = traceback.format_tb(error.__traceback__)
    return Error(
        offset_ms=offset_ms,
        type=kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}",
        message=clean(text(message)),
        traceback=clean(text("".join(lines[-40:]))),
        frame=frame,
    )
