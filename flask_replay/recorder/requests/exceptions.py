"""Turn exceptions into events: type, message and traceback, without the secrets in them."""

from __future__ import annotations

import traceback
from functools import partial

from ...engine.recording.ignoring import HUSHED
from ...recording.events import Error
from ...sanitize import REDACTED
from ...sanitize.guarded import GuardedSanitizer
from ...sanitize.text import clean
from ..cleaning.plain_data import text


def error_event(
    error: BaseException, offset_ms: int, frame: int, sanitizer: GuardedSanitizer | None = None
) -> Error:
    """Return the event of an exception.

    The traceback has source lines but no values of variables.

    :param frame: the number of the frame that was being rendered, -1 for none.
    :param sanitizer: learns the secrets in the message, because a page of the app may show them,
        too.
    """
    kind = type(error)
    try:
        message = str(error)
    except Exception:  # an exception's own __str__ may fail; its type is still known
        message = ""
    if getattr(error, HUSHED, False):
        message = REDACTED
    lines = traceback.format_tb(error.__traceback__)
    return Error(
        offset_ms=offset_ms,
        type=kind.__qualname__
        if kind.__module__ == "builtins"
        else f"{kind.__module__}.{kind.__qualname__}",
        message=clean(
            text(message), learn=None if sanitizer is None else partial(_learn, sanitizer)
        ),
        traceback=clean(text("".join(lines[-40:])), code=True),
        frame=frame,
    )


def _learn(sanitizer: GuardedSanitizer, name: str, value: str) -> None:
    sanitizer.memory.learn_named([(name, value)])
