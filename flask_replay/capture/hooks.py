"""An app's sanitizer as the recorder calls it: a hook that raises takes out what it should have cleaned."""

from __future__ import annotations

from typing import Any

from ..sanitize import REDACTED, Sanitizer
from .boundary import Boundary

MIN_SECRET = 6
"""Shorter texts are taken out where they stand, but not looked for elsewhere: they are everywhere."""


class GuardedSanitizer(Sanitizer):
    """Wraps a sanitizer for one request.

    :ivar failures: flags for the events that lost a part.
    :ivar secrets: texts that were taken out of the request's parameters. They are looked for in all
        else of the request: a form repeats a password under a name that does not tell.
    """

    def __init__(self, inner: Sanitizer, boundary: Boundary) -> None:
        self.inner = inner
        self.boundary = boundary
        self.failures: dict[str, None] = {}
        self.secrets: set[str] = set()
        self.reads_all = type(inner).read is not Sanitizer.read
        self.watches = self.reads_all or type(inner).delta is not Sanitizer.delta

    def read(self, owner: str, name: str, value: Any) -> Any:
        """Clean a value that a template read; redact it if that fails."""
        with self.boundary.guard("sanitize what a template read"):
            return self.inner.read(owner, name, value)
        self.failures["failed:read"] = None
        return REDACTED

    def params(self, params: dict[str, Any]) -> dict[str, Any]:
        """Clean parameters; drop them if that fails."""
        with self.boundary.guard("sanitize the parameters of a request"):
            kept = dict(self.inner.params(params))
            if kept != params:
                self._learn(params, kept)
            return kept
        self.failures["failed:params"] = None
        return {}

    def _learn(self, before: Any, after: Any) -> None:
        if isinstance(before, dict):
            for name, value in before.items():
                self._learn(value, after.get(name) if isinstance(after, dict) else None)
        elif isinstance(before, list):
            same = isinstance(after, list) and len(after) == len(before)
            for value, kept in zip(before, after if same else [None] * len(before), strict=True):
                self._learn(value, kept)
        elif isinstance(before, str) and before != after and len(before) >= MIN_SECRET:
            self.secrets.add(before)

    def hide(self, data: Any) -> Any:
        """Take the learnt secrets out of plain data."""
        if not self.secrets:
            return data
        if isinstance(data, str):
            for secret in self.secrets:
                data = data.replace(secret, REDACTED)
            return data
        if isinstance(data, list):
            return [self.hide(item) for item in data]
        if isinstance(data, dict):
            return {name: self.hide(item) for name, item in data.items()}
        return data
