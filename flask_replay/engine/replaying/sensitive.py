"""Read values under sensitive names, which in a replay are stand-ins like others."""

from __future__ import annotations

from typing import Any

from .values import ReplayedValues


class ReplayedSensitive(ReplayedValues):
    """The part of a replay that reads values that a recording treats as secrets."""

    def private(self, value: Any, name: str) -> Any:
        """Return a value that was just read under a sensitive name."""
        return value

    def named(self, value: Any, name: str) -> Any:
        """Return a value to which the template gave a sensitive name."""
        return value

    def getattr_value(self, value: Any, name: str) -> Any:
        return self.getattr(value, name)

    def getitem_named(self, value: Any, key: Any) -> Any:
        return self.getitem(value, key)
