"""Pass ignored parts of a page over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jinja2.utils import missing

from .values import ReplayedValues


class ReplayedIgnoring(ReplayedValues):
    """The part of a replay that runs no ignored part."""

    def ignore_begins(self) -> bool:
        """Whether to run an ignored part, which begins here."""
        return False

    def ignore_ends(self) -> None:
        """Learn that an ignored part is over, whatever ended it."""

    def ignore_opens(self) -> str:
        """Return the mark that stands before what an ignored part gives."""
        return ""

    def ignore_closes(self) -> str:
        """Return the mark that stands behind it."""
        return ""

    def unheard(self, resolve: Callable[[str], Any], name: str) -> Any:
        """Look up a name that only ignored parts use."""
        return missing
