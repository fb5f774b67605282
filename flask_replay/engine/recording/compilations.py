"""The last compilation of this thread, see ``constants``."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ..constants import Constants


class Compilations(threading.local):
    """The constants of this thread's last compilation, which belong to the template that is made
    next.

    :ivar known: the noted constants of a template while it is compiled again.
    """

    name: str | None = None
    constants: Constants | None = None
    known: Constants | None = None

    def take(self, name: str | None) -> Constants | None:
        """Return the constants of a template that was just made, ``None`` if it was not compiled in
        the process.
        """
        constants = self.constants if self.name == name else None
        self.constants = None
        return constants

    @contextmanager
    def again(self, known: Constants | None) -> Iterator[None]:
        """Let compilations in a ``with`` block take their constants from here."""
        before, self.known = self.known, known
        try:
            yield
        finally:
            self.known = before


LAST = Compilations()
