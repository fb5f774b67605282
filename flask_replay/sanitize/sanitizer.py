"""The default sanitizer, and the three hooks that an app's own class may override."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from .catalogues import NO_CONTAINER, Container
from .commands_and_links import without_passwords
from .descriptions import is_description
from .embedded_documents import document_of, rewritten
from .harmless_values import is_harmless
from .named_elsewhere import assigned_names, is_row
from .names import DEFAULT_NAMES, Names, is_certain, measures, qualified_name
from .naming_rules import AssignedNames
from .numbers_by_kind import is_of_bank

REDACTED = "[redacted]"
"""The placeholder of a masked value."""

_MAX_DEPTH = 32


class Sanitizer:
    """Decides which values are kept. Pass a subclass to ``Replay(app, sanitizer=...)``.

    If a hook raises, that is logged once, and the data that it should have cleaned is dropped.

    :cvar names: the rule that tells which names are sensitive: ``Names(secret=["house number"],
        harmless=["pin"])``.
    """

    names: Names = DEFAULT_NAMES

    def read(self, owner: str, name: str, value: Any) -> Any:
        """Clean one plain value that a template read.

        By default, values under a sensitive name are redacted, except for dates and durations
        (``password_changed_at``) and numbers that count (``tokens``).

        :param owner: name of the type of the object that has the value, ``""`` for a variable of
            the page.
        :param name: the attribute, key or variable.
        :param value: a text, number, date or other plain value.
        :returns: the value to keep, or ``REDACTED``.
        """
        if (
            not self.names.sensitive(name)
            or value is None
            or isinstance(value, bool | date | time | timedelta)
        ):
            return value
        if is_harmless(name, value):
            return value
        if isinstance(value, int | float | complex | Decimal):
            return value if measures(name) else REDACTED
        return REDACTED if value else value

    def params(self, params: dict[str, Any]) -> dict[str, Any]:
        """Clean the parameters of a request: its form, query, view arguments or JSON document.

        :param params: values by name; lists and dictionaries may be nested.
        """
        return self._below(params, "", 0, "", Container(params))

    def delta(self, changed: dict[str, Any], previous: dict[str, Any]) -> dict[str, Any]:
        """Clean the values that changed between two renders of one template.

        :param changed: the new plain values, by the dotted path under which the page read them.
        :param previous: the values of the same paths in the previous render, if it read them.
        :returns: the values to keep; a path that is left out is redacted.
        """
        return changed

    def _param(
        self,
        name: str,
        value: Any,
        depth: int,
        under: str = "",
        container: Container = NO_CONTAINER,
    ) -> Any:
        """Clean a value. Every value below a sensitive name is secret.

        :param under: the sensitive name above it.
        :param container: the dictionary that contains it.
        """
        if depth > _MAX_DEPTH:
            return REDACTED
        if under and (is_certain(under) or not self.names.sensitive(name)):
            name = under
        elif self.names.sensitive(name):
            under = name
        if isinstance(value, dict):
            return self._below(value, name, depth + 1, under, container.inner(value, name))
        if isinstance(value, list):
            if value and not under and all(map(_is_pair, value)):
                return [
                    [key, self._param(key, item, depth + 1, container=container)]
                    for key, item in value
                ]
            if value[1:] and _has_options(value):
                value = without_passwords(value, REDACTED)
            # options of a command: --password, and then its value
            names = map(_option, [None, *value])
            return [
                self._param(option or name, item, depth + 1, under, container)
                for option, item in zip(names, value, strict=False)
            ]
        if isinstance(value, str) and not under:
            return self._text(name, value, depth)
        if isinstance(value, str) and container.keeps(name, value):
            return value
        return self.read("params", name, value)

    def _below(
        self,
        value: dict[str, Any],
        name: str,
        depth: int,
        under: str,
        container: Container,
        *,
        outer: Mapping[str, AssignedNames] = MappingProxyType({}),
    ) -> dict[str, Any]:
        """Clean the items of a dictionary.

        :param name: the name of the dictionary.
        :param container: the dictionary itself.
        :param outer: names that the document around it gives to its items.
        """
        if under and not is_of_bank(under, value):
            return {
                key: item
                if is_description(key, under, item) and not self.names.sensitive(key)
                else self._param(key, item, depth, under, container)
                for key, item in value.items()
            }
        assigned = {**outer, **assigned_names(value, self.names.sensitive)}
        return {
            key: self._named_elsewhere(assigned[key], item, depth)
            if key in assigned
            else self._param(
                key if self.names.sensitive(key) else qualified_name(key, name),
                item,
                depth,
                container=container,
            )
            for key, item in value.items()
        }

    def _named_elsewhere(self, assigned: AssignedNames, value: Any, depth: int) -> Any:
        """Clean values whose names are named by other members of the dictionary.

        :param assigned: see :data:`AssignedNames`.
        """
        if depth > _MAX_DEPTH:
            return REDACTED
        if isinstance(assigned, str):
            return self._param(assigned, value, depth)
        if isinstance(value, dict):
            outer: dict[str, AssignedNames] = {**assigned} if isinstance(assigned, dict) else {}
            if isinstance(assigned, tuple):  # lists in it are cells or rows; other items have names
                outer = {key: assigned for key, item in value.items() if isinstance(item, list)}
            named = {key: name for key, name in outer.items() if key in value}
            return self._below(value, "", depth + 1, "", NO_CONTAINER, outer=named)
        if not isinstance(value, list):
            return self._param("", value, depth)
        if isinstance(assigned, dict) or not is_row(value):
            return [self._named_elsewhere(assigned, item, depth + 1) for item in value]
        secret = next(filter(self.names.sensitive, assigned), "")  # for cells beyond the head
        names = (*assigned, *(secret for _ in value[len(assigned) :]))
        return [
            self._param(name, item, depth + 1) for name, item in zip(names, value, strict=False)
        ]

    def _text(self, name: str, text: str, depth: int) -> Any:
        """Clean a text, or the document in it."""
        document = document_of(text)
        if document is None:
            return self.read("params", name, text)
        cleaned = self._param("", document, depth + 1)
        return text if cleaned == document else rewritten(cleaned, text)


def _has_options(items: list[Any]) -> bool:
    """Whether a list consists of the arguments of a command, with options such as ``-p``."""
    return all(type(item) is str for item in items) and any(item[:1] == "-" for item in items)


def _option(item: Any) -> str:
    """Return the text if it is an option of a command, such as ``--password``, otherwise ``""``."""
    return item if isinstance(item, str) and item.startswith("--") else ""


def _is_pair(item: Any) -> bool:
    """Whether an item is a pair of name and value, as headers are written in JSON."""
    return isinstance(item, list) and len(item) == 2 and isinstance(item[0], str)
