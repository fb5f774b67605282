"""Names that are not next to their values: in pairs, the head of a table, the text of a query."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

PAIR_NAMES = (
    "name", "key", "field", "header", "id", "label", "k", "attribute", "parameter", "param",
    "property", "setting", "variable",
)  # fmt: skip
PAIR_VALUES = frozenset({"value", "values", "val", "v", "data", "content"})
"""Keys under which documents store values whose names are data themselves."""

HEADS = ("columns", "fields", "header", "headers", "names", "keys")
BODIES = frozenset({"rows", "values", "data", "records", "body"})
"""Keys under which documents store the head of a table, and its rows."""

_ARGUMENT = re.compile(r"(\w{1,64})\s{0,8}:\s{0,8}\$(\w{1,64})")
"""An argument of a query whose value is a variable: GraphQL, section 2.10."""

_FEWEST = 2
"""Smallest number of columns of a table."""

ToldName = str | tuple[str, ...] | dict[str, str]
"""The name of a value, the names of the values in a row, or the names of the values of a dictionary
by its keys.
"""


def may_tell(names: frozenset[str]) -> bool:
    """Whether members with these names may contain the names of other members."""
    if not names.isdisjoint(PAIR_NAMES) and not names.isdisjoint(PAIR_VALUES):
        return True
    tables = not names.isdisjoint(HEADS) and not names.isdisjoint(BODIES)
    return tables or names >= {"op", "path"} or names >= {"query", "variables"}


def told_of(document: Mapping[str, Any], sensitive: Callable[[str], bool]) -> dict[str, ToldName]:
    """Return the names that other members give to members of a document, if one of them is
    sensitive.

    :param sensitive: returns whether a name is sensitive.
    """
    found: dict[str, ToldName] = {}
    name = next((name for name in _names_beside(document) if sensitive(name)), "")
    if name:
        found |= dict.fromkeys(PAIR_VALUES & document.keys(), name)
    head = next(
        (head for head in map(_head, map(document.get, HEADS)) if any(map(sensitive, head))), ()
    )
    if head:
        found |= {key: head for key in BODIES if isinstance(document.get(key), list)}
    query, variables = document.get("query"), document.get("variables")
    if isinstance(query, str) and isinstance(variables, dict):
        given = {variable: name for name, variable in _ARGUMENT.findall(query) if sensitive(name)}
        found |= {"variables": given} if given else {}
    if document.get("kind") == "Secret":  # of Kubernetes
        found |= {"data": "secret", "stringData": "secret"}
    return found


def _names_beside(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield possible names of a value: in a pair, or in JSON Patch (RFC 6902)."""
    yield from (name for name in map(document.get, PAIR_NAMES) if isinstance(name, str))
    path = document.get("path")
    if isinstance(path, str) and "op" in document:
        yield path.rpartition("/")[2]


def _head(names: Any) -> tuple[str, ...]:
    """Return the names in the head of a table, none if it is not a head."""
    if not isinstance(names, list) or len(names) < _FEWEST:
        return ()
    found = [next(_names_beside(one), "") if isinstance(one, dict) else one for one in names]
    return tuple(found) if all(isinstance(name, str) for name in found) else ()
