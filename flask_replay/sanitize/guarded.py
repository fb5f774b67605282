"""An app's sanitizer as it is called for one request: a hook that raises takes out what it should
have cleaned.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..boundary import Boundary
from ..errors import ConfigError
from ..forms import kind
from .credentials import parts_of
from .embedded_documents import document_of
from .memory import Memory
from .names import DEFAULT_NAMES, sensitive
from .sanitizer import REDACTED, Sanitizer


def returned(hook: str, found: object) -> dict[str, Any]:
    """Return what a hook of an app's sanitizer returned, which a forgotten ``return`` makes
    ``None``.

    :raises ConfigError: it is no dictionary.
    """
    if not isinstance(found, Mapping):
        raise ConfigError(
            f"the sanitizer's {hook} must return a dict of what to keep, got {kind(found)}"
        )
    return dict(found)


class GuardedSanitizer(Sanitizer):
    """Wraps a sanitizer for one request.

    :ivar failures: flags for the events that lost a part.
    :ivar by_names_alone: what is kept of parameters is decided by our rules for names alone.
    :ivar memory: what was taken out of parameters and pages. It is looked for in all else of the
        request: a form repeats a password under a name that does not tell.
    """

    def __init__(
        self, inner: Sanitizer, boundary: Boundary, memory: Memory | None = None, keep_ip: str = ""
    ) -> None:
        self.inner = inner
        self.keep_ip = keep_ip
        self.boundary = boundary
        self.memory = Memory() if memory is None else memory
        self.failures: dict[str, None] = {}
        self.reads_all = (
            type(inner).read is not Sanitizer.read
            or getattr(inner, "names", DEFAULT_NAMES) is not DEFAULT_NAMES
        )
        self.by_names_alone = not self.reads_all and type(inner).params is Sanitizer.params
        self.watches = self.reads_all or type(inner).delta is not Sanitizer.delta

    def read(self, owner: str, name: str, value: Any) -> Any:
        """Clean a value that a template read; redact it if that fails."""
        with self.boundary.guard("sanitize what a template read"):
            kept = self.inner.read(owner, name, value)
            if kept is None and value is not None:
                self.boundary.say(
                    "read",
                    "the sanitizer's read returned None: a hook returns what to keep, or REDACTED",
                )
            return kept
        self.failures["failed:read"] = None
        return REDACTED

    def learn_read(self, owner: str, name: str, value: Any) -> None:
        """Learn a text or a number that a template read, if it is not to be kept."""
        kept = self.read(owner, name, value)
        if kept != value:
            self.memory.learn(str(value), str(kept), name=name)

    def params(self, params: dict[str, Any]) -> dict[str, Any]:
        """Clean parameters, and learn what is secret of them; drop them if that fails."""
        with self.boundary.guard("sanitize the parameters of a request"):
            kept = returned("params", self.inner.params(params))
            if kept != params:
                self._learn(params, kept, "")
            return kept
        self.failures["failed:params"] = None
        return {}

    def passing(self, params: dict[str, Any], *, lasting: bool = False) -> None:
        """Learn what is secret of parameters that are not kept: cookies, headers, fields of pages.

        :param lasting: later requests are to be free of it, too.
        """
        with self.boundary.guard("sanitize the parameters of a request"):
            self._learn(params, returned("params", self.inner.params(params)), "", lasting=lasting)

    def _learn(self, before: Any, after: Any, name: str, *, lasting: bool = True) -> None:
        if isinstance(before, dict):
            for key, value in before.items():
                kept = after.get(key) if isinstance(after, dict) else REDACTED
                self._learn(
                    value, kept, key if sensitive(key) or not name else name, lasting=lasting
                )
        elif isinstance(before, list):
            same = isinstance(after, list) and len(after) == len(before)
            for value, kept in zip(
                before, after if same else [REDACTED] * len(before), strict=True
            ):
                self._learn(value, kept, name, lasting=lasting)
        elif before != after and isinstance(before, str | int) and not isinstance(before, bool):
            stands = after if isinstance(after, str) and after else REDACTED
            part = stands != REDACTED and not sensitive(name)  # of it was taken out
            self.memory.learn(str(before), stands, name=name, lasting=lasting, piece=part)
            if part:
                self._learn_within(str(before), stands, lasting=lasting)
            else:
                for secret in parts_of(str(before)):
                    self.memory.learn(secret, name=name, lasting=lasting)

    def _learn_within(self, before: str, after: str, *, lasting: bool) -> None:
        """Learn what was taken out of a text: of the document that it is, or of what it says."""
        document = document_of(before)
        if document is not None:
            self._learn(document, document_of(after), "", lasting=lasting)

    def may_hold(self, data: object) -> bool:
        """Whether plain data, or events, may have something secret in them."""
        return self.memory.may_hold(data)

    def hear(self, data: object) -> None:
        """Learn what texts say of secrets by names beside them; none are learnt if that fails."""
        with self.boundary.guard("look for secrets in texts"):
            self.memory.hear(data)

    def hide(self, data: Any) -> Any:
        """Take the learnt secrets out of plain data."""
        return self.memory.hide(data)
