"""An app's sanitizer as the recorder calls it: a hook that raises takes out what it should have cleaned."""

from __future__ import annotations

from typing import Any

from ..sanitize import REDACTED, Sanitizer
from .boundary import Boundary


class GuardedSanitizer(Sanitizer):
    """Wraps a sanitizer for one request.

    :ivar failures: flags for the events that lost a part.
    """

    def __init__(self, inner: Sanitizer, boundary: Boundary) -> None:
        self.inner = inner
        self.boundary = boundary
        self.failures: dict[str, None] = {}
        self.reads_all = type(inner).read is not Sanitizer.read

    def read(self, owner: str, name: str, value: Any) -> Any:
        """Clean a value that a template read; redact it if that fails."""
        with self.boundary.guard("sanitize what a template read"):
            return self.inner.read(owner, name, value)
        self.failures["failed:read"] = None
        return REDACTED

    def params(self, params: dict[str, Any]) -> dict[str, Any]:
        """Clean parameters; drop them if that fails."""
        with self.boundary.guard("sanitize the parameters of a request"):
            return dict(self.inner.params(params))
        self.failures["failed:params"] = None
        return {}
