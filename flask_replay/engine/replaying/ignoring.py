"""Skip the ignored parts of a page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jinja2.utils import missing

from .values import ReplayedValues


class ReplayedIgnoring(ReplayedValues):
    """The part of a replay that skips ignored parts."""

    def ignore_begins(self) -> bool:
        """Return whether to run an ignored part, which begins here."""
        return False

    def ignore_ends(self) -> None:
        """End an ignored part."""

    def ignore_opens(self) -> str:
        """Return the mark before the output of an ignored part."""
        return ""

    def ignore_closes(self) -> str:
        """Return the mark after the output of an ignored part."""
        return ""

    def ignored_name(self, resolve: Callable[[str], Any], name: str) -> Any:
        """Look up a name that only ignored parts use."""
        return missing
