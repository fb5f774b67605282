"""Failures of the recorder while a template renders. None of them reaches the visitor.

An operation of a template has two parts: what Jinja would do, which may run code of the app, and
the notes about it. The first may raise, and the exception passes as it is. The methods that take
notes raise nothing: a failure is kept, the render goes on, and its record is dropped.
"""

from __future__ import annotations

import sys
from types import TracebackType

from ..runtime import Runtime

PACKAGE = __name__.partition(".")[0]


def module_of(entry: TracebackType) -> str:
    """Return the first part of the name of the module whose code an entry of a traceback is."""
    return str(entry.tb_frame.f_globals.get("__name__", "")).partition(".")[0]


def failed_here(error: BaseException) -> bool:
    """Whether an exception comes from the recorder's code, or from code of Python below it."""
    module, entry = "", error.__traceback__
    while entry is not None:
        found = module_of(entry)
        if found not in sys.stdlib_module_names:
            module = found
        entry = entry.tb_next
    return module == PACKAGE


class Bookkeeping(Runtime):
    """A runtime that survives failures of its own.

    :ivar failure: the first of them.
    """

    failure: Exception | None = None

    def failed(self, error: Exception) -> None:
        """Keep a failure of the recorder.

        :raises Exception: the app raised it: a signal handler may run in the middle of our code.
        """
        if error.__traceback__ is not None and not failed_here(error):
            raise error
        if self.failure is None:
            self.failure = error
