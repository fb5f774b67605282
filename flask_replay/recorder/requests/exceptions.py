"""Turn exceptions into events: type, message and traceback, without the secrets in them.

The traceback begins with those of the exceptions that led to this one, as Python prints them.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from functools import partial

from ...engine.recording.failures import failed_here
from ...engine.recording.ignoring import HUSHED
from ...recording.events import Error
from ...recording.failures import CAUSE, CONTEXT
from ...sanitize import REDACTED
from ...sanitize.guarded import GuardedSanitizer
from ...sanitize.reported_rows import Learn
from ...sanitize.text import clean
from ..cleaning.plain_data import text

_CALLS = 40
"""The most calls of one exception: those nearest to where it was raised."""

_CAUSES = 5
"""The most exceptions before the last one."""


def error_event(
    error: BaseException, offset_ms: int, frame: int, sanitizer: GuardedSanitizer | None = None
) -> Error:
    """Return the event of an exception.

    The traceback has source lines but no values of variables.

    :param frame: the number of the frame that was being rendered, -1 for none.
    :param sanitizer: learns the secrets in messages, because a page of the app may show them, too.
    """
    learn = None if sanitizer is None else partial(_learn, sanitizer)
    parts = [_calls(error)]
    for cause, relation in _causes(error):
        message = f"{_type(cause)}: {_message(cause, learn)}".removesuffix(": ")
        parts.append(f"{_calls(cause)}{message}\n\n{relation}\n\n")
    return Error(
        offset_ms=offset_ms,
        type=_type(error),
        message=_message(error, learn),
        traceback="".join(reversed(parts)),
        frame=frame,
    )


def _causes(error: BaseException) -> Iterator[tuple[BaseException, str]]:
    """Yield the exceptions that led to an exception, the last one first, each with its relation to
    the one after it.
    """
    seen = {id(error)}
    while len(seen) <= _CAUSES:
        cause, relation = error.__cause__, CAUSE
        if cause is None and not error.__suppress_context__:
            cause, relation = error.__context__, CONTEXT
        if cause is None or id(cause) in seen:
            return
        seen.add(id(cause))
        if not failed_here(cause):
            yield cause, relation
        error = cause


def _type(error: BaseException) -> str:
    kind = type(error)
    return (
        kind.__qualname__
        if kind.__module__ == "builtins"
        else f"{kind.__module__}.{kind.__qualname__}"
    )


def _message(error: BaseException, learn: Learn | None) -> str:
    if getattr(error, HUSHED, False):
        return REDACTED
    try:
        message = str(error)
    except Exception:  # an exception's own __str__ may fail; its type is still known
        return ""
    return clean(text(message), learn=learn)


def _calls(error: BaseException) -> str:
    lines = traceback.format_tb(error.__traceback__)
    return clean(text("".join(lines[-_CALLS:])), code=True)


def _learn(sanitizer: GuardedSanitizer, name: str, value: str) -> None:
    sanitizer.memory.learn_named([(name, value)])
