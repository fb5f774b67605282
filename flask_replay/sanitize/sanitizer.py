"""The default sanitizer, and the three hooks that an app's own class may override."""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

from .names import measures, sensitive

REDACTED = "[redacted]"
"""Stands where something was taken out."""

_MAX_DEPTH = 32


class Sanitizer:
    """Decides what of a value is kept. Give a subclass to ``Replay(app, sanitizer=...)``.

    A hook that raises is logged once; what it should have cleaned is left out.
    """

    def read(self, owner: str, name: str, value: Any) -> Any:
        """Clean one plain value that a template read.

        By default, nothing is kept of what stands under a sensitive name but dates and durations
        (``password_changed_at``), and numbers that count or limit (``token_count``).

        :param owner: name of the type of the object it was read from, ``""`` for a variable of the page.
        :param name: the attribute, key or variable.
        :param value: a text, number, date or other plain value.
        :returns: the value to keep; ``REDACTED`` to keep none.
        """
        if not sensitive(name) or value is None or isinstance(value, bool | date | time | timedelta):
            return value
        if isinstance(value, int | float | complex | Decimal):
            return value if measures(name) else REDACTED
        return REDACTED if value else value

    def params(self, params: dict[str, Any]) -> dict[str, Any]:
        """Clean the parameters of a request: its form, query, view arguments or JSON document.

        :param params: names to values, lists and dictionaries of them.
        """
        return {name: self._param(name, value, 0) for name, value in params.items()}

    def delta(self, changed: dict[str, Any], previous: dict[str, Any]) -> dict[str, Any]:
        """Clean what changed between two renders of one template.

        :param changed: dotted paths of what the page read, to the new plain values.
        :param previous: the same paths as they were in the render before, where they were read.
        :returns: what to keep; a path that is left out is redacted.
        """
        return changed

    def _param(self, name: str, value: Any, depth: int) -> Any:
        if isinstance(value, dict):
            if depth > _MAX_DEPTH:
                return REDACTED
            return {key: self._param(key, item, depth + 1) for key, item in value.items()}
        if isinstance(value, list):
            if depth > _MAX_DEPTH:
                return REDACTED
            return [self._param(name, item, depth + 1) for item in value]
        return self.read("params", name, value)
