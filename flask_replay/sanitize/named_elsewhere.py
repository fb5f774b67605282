"""Names that are not next to their values: in pairs, calls, the head of a table, the text of a
query.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .common_values import Reach, is_prose, reach
from .vocabulary import words_in

PAIR_NAMES = words_in("""
    name key field header id label k attribute parameter param property prop setting variable column
    col input
""")
"""Keys under which documents store names that are data themselves."""

_PAIR_VALUES = words_in("""
    value values val v data content text answer old new before after from to previous current
    oldvalue newvalue initialvalue currentvalue previousvalue default defaultvalue
""")
"""Keys under which documents store their values, without ``_`` and in lower case."""

_SPOKEN = frozenset({"text", "answer", "content", "from", "to", "before", "after"})
"""Those that may also hold prose about the name."""

HEADS = ("columns", "fields", "header", "headers", "names", "keys", "schema")
BODIES = frozenset({"rows", "values", "data", "records", "body"})
"""Keys under which documents store the head of a table, and its rows."""

_CALLED = ("method", "action", "command", "function", "procedure", "type")
_PASSED = frozenset({"params", "args", "arguments", "kwargs", "payload"})
"""Keys under which documents store what is called, and with what: JSON-RPC 2.0, actions of
Redux.
"""

_KINDS = frozenset({"type", "kind", "format"})
_TYPED = "password"
"""The type of a field for passwords, whatever its name is."""

_TOKENS = ("access", "refresh")
_TOKEN_TYPES = frozenset({"token_type", "tokenType"})
_QUESTION = re.compile(
    r"(?:secur|secret|recover|challenge|safety)\w*?[_-]?question\Z", re.IGNORECASE
)
_ANSWERS = frozenset({"answer", "response"})

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
    if not names.isdisjoint(PAIR_NAMES | _KINDS | {"path", "loc"}) and any(map(_is_value, names)):
        return True
    if not names.isdisjoint(_CALLED) and not names.isdisjoint(_PASSED):
        return True
    if names.issuperset(_TOKENS) or ("access" in names and not names.isdisjoint(_TOKEN_TYPES)):
        return True
    if not names.isdisjoint(_ANSWERS) and any(map(_QUESTION.search, names)):
        return True
    tables = not names.isdisjoint(HEADS) and not names.isdisjoint(BODIES)
    return tables or names >= {"query", "variables"} or names >= {"kind", "data"}


def told_of(document: Mapping[str, Any], sensitive: Callable[[str], bool]) -> dict[str, ToldName]:
    """Return the names that other members give to members of a document, if one of them is
    sensitive.

    :param sensitive: returns whether a name is sensitive.
    """
    found: dict[str, ToldName] = {}
    name = next((name for name in _names_beside(document) if sensitive(name)), "")
    if name:
        found |= {
            key: name
            for key, item in document.items()
            if _is_value(key) and not (key in _SPOKEN and isinstance(item, str) and is_prose(item))
        }
    head = next(
        (head for head in map(_head, map(document.get, HEADS)) if any(map(sensitive, head))), ()
    )
    if head:
        found |= {key: head for key in BODIES if isinstance(document.get(key), list)}
    called = next((name for name in map(document.get, _CALLED) if isinstance(name, str)), "")
    if called and sensitive(called):
        found |= dict.fromkeys(_PASSED & document.keys(), called)
    query, variables = document.get("query"), document.get("variables")
    if isinstance(query, str) and isinstance(variables, dict):
        given = {variable: name for name, variable in _ARGUMENT.findall(query) if sensitive(name)}
        found |= {"variables": given} if given else {}
    if document.get("kind") == "Secret":  # of Kubernetes
        found |= {"data": "secret", "stringData": "secret"}
    return found | _of_logins(document)


def _of_logins(document: Mapping[str, Any]) -> dict[str, ToldName]:
    """Return the names of tokens that are called by what they are for, and of answers to security
    questions.
    """
    found: dict[str, ToldName] = {}
    keys = document.keys()
    if keys >= {*_TOKENS} or ("access" in keys and not _TOKEN_TYPES.isdisjoint(keys)):
        values = ((key, document.get(key)) for key in _TOKENS)
        found |= {
            key: f"{key}_token"
            for key, value in values
            if isinstance(value, str) and reach(value) is Reach.ANYWHERE
        }
    answers = _ANSWERS & keys
    if answers and any(map(_QUESTION.search, keys)):
        found |= dict.fromkeys(answers, "security_answer")
    return found


def _is_value(key: str) -> bool:
    """Whether a key stands for the value of a pair: ``value``, ``new_value``."""
    return key.replace("_", "").lower() in _PAIR_VALUES


def _names_beside(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield possible names of a value: in a pair, in JSON Patch (RFC 6902), or in a path of
    keys.
    """
    yield from (
        name
        for key, name in document.items()
        if isinstance(name, str) and (key in PAIR_NAMES or (name == _TYPED and key in _KINDS))
    )
    for path in map(document.get, ("path", "loc")):
        steps = path.split("/") if isinstance(path, str) and "op" in document else path
        if isinstance(steps, list):
            yield from (step for step in steps if isinstance(step, str))


def _head(names: Any) -> tuple[str, ...]:
    """Return the names in the head of a table, none if it is not a head."""
    if isinstance(names, dict):
        return next(filter(None, map(_head, map(names.get, HEADS[:-1]))), ())
    if not isinstance(names, list) or len(names) < _FEWEST:
        return ()
    found = [next(_names_beside(one), "") if isinstance(one, dict) else one for one in names]
    return tuple(found) if all(isinstance(name, str) for name in found) else ()
