"""Rules by which the members of a document give each other names: the kind beside a number, the
purpose beside a code. Few documents have the keys that a rule needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

AssignedNames = str | tuple[str, ...] | dict[str, str]
"""The name of a value, the names of the values in a row, or the names of the values of a dictionary
by its keys.
"""

Keys = Mapping[str, str]
"""The keys of a document, each with its form in lower case and without separators."""


class NamingRule(NamedTuple):
    """A rule by which members of a document name others.

    :param may_apply: whether it may apply to a document with keys of these forms.
    :param names: returns the names that it gives to members of a document, by their keys. The last
        argument tells whether a name is sensitive.
    """

    may_apply: Callable[[frozenset[str]], bool]
    names: Callable[[Mapping[str, Any], Keys, Callable[[str], bool]], Mapping[str, AssignedNames]]
