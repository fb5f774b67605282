"""Record values that are read or set under sensitive names. From then on they are secrets."""

from __future__ import annotations

from typing import Any

from ...sanitize.names import sensitive
from ...trace.type_sets import TypeSet, name_of_type
from ..objects import ResolvedNames
from .entries import Free
from .log import Log
from .secrets import LEAVES

_NAMES = TypeSet({Free, ResolvedNames})
"""Types of subjects that are not objects of the app."""


class RecordedSensitive(Log):
    """The part of a tracer that treats values as secrets, see ``secrets``."""

    def private(self, value: Any, name: str) -> Any:
        """Treat a value that was just read under a sensitive name as a secret, unless the template
        created it.
        """
        try:
            log = self.log
            if log and log[-1] is value:
                subject = log[-3]
                if self.is_text_of(subject, name, value):
                    return value
                log[-1] = value = self.hide(
                    value,
                    name,
                    "" if type(subject) in _NAMES else name_of_type(type(subject)),
                )
        except Exception as error:
            self.failed(error)
        return value

    def named(self, value: Any, name: str) -> Any:
        """Note a value to which the template gave a sensitive name. It is masked in everything
        else, under whatever name it was read.
        """
        if type(value) in LEAVES:
            self.sensitive_values.append((name, value))
        return value

    def getattr_value(self, value: Any, name: str) -> Any:
        """Read the attribute that holds the value of a form field."""
        answer = self.getattr(value, name)
        found = self.secret.get(id(value))
        return answer if found is None or found.revealing else self.private(answer, found.name)

    def getitem_named(self, value: Any, key: Any) -> Any:
        """Read an item whose name is computed."""
        answer = self.getitem(value, key)
        return self.private(answer, key) if type(key) is str and sensitive(key) else answer
