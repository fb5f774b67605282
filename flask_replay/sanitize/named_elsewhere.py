"""Names that are not next to their values: in pairs, calls, the head of a table, the text of a
query.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .common_values import Reach, reach
from .vocabulary import words_in

_NAMES = words_in("""
    name key field header id label k attribute parameter param property prop setting variable column
    col
""")
"""Keys under which documents store names that are data themselves."""

_NAMING = tuple(f"{kind}{end}" for kind in ("parameter", "param", "field", "header", "property",
    "attribute", "setting", "variable", "option", "config") for end in ("name", "key"))  # fmt: skip

_VALUES = words_in("""
    value values val v data content oldvalue newvalue oldval newval default initial
""")
"""Keys under which documents store the values of pairs. All keys are compared in lower case, and
without ``_`` and ``-``.
"""

_CHANGES = (
    frozenset({"old", "new"}),
    frozenset({"from", "to"}),
    frozenset({"before", "after"}),
    frozenset({"previous", "current"}),
)
"""Keys of the two values in a record of a change."""

_CHANGED = words_in("key field attribute property prop setting variable column parameter param")
"""Keys under which such a record names what was changed."""

_TYPED = words_in("text answer input")
"""Keys of what a person typed, next to the label of its field."""

_HEADS = words_in("columns fields header headers names keys schema")
_BODIES = words_in("rows values data records body")
"""Keys under which documents store the head of a table, and its rows."""

_CALLED = words_in("method action command function procedure type")
_PASSED = words_in("params args arguments kwargs payload")
"""Keys under which documents store what is called, and with what: JSON-RPC 2.0, actions of
Redux.
"""

_KINDS = words_in("type kind format inputtype")
_PASSWORD_FIELD = "password"  # noqa: S105 - the type of a field, whatever its name is

_TOKENS = ("access", "refresh")
_SHORTEST = 16
"""Characters of a token that is called ``access``."""

_ASKING = ("security", "secret", "recovery")
_LONGEST = 120
"""Characters of a key."""

_ARGUMENT = re.compile(r"(\w{1,64})\s{0,8}:\s{0,8}\$(\w{1,64})")
"""An argument of a query whose value is a variable: GraphQL, section 2.10."""

ToldName = str | tuple[str, ...] | dict[str, str]
"""The name of a value, the names of the values in a row, or the names of the values of a dictionary
by its keys.
"""


def may_tell(names: frozenset[str]) -> bool:
    """Whether members with these names may contain the names of other members."""
    keys = frozenset(map(_plain, names))
    pairs = any(map(_names_value, keys)) or not keys.isdisjoint(_KINDS | {"path", "loc"})
    if pairs and any(map(_holds_value, keys)):
        return True
    if any(keys >= pair for pair in _CHANGES) and not keys.isdisjoint(_CHANGED):
        return True
    if not keys.isdisjoint(_CALLED) and not keys.isdisjoint(_PASSED):
        return True
    if "access" in keys and ("refresh" in keys or "tokentype" in keys):
        return True
    if any(map(_asks, keys)):
        return True
    tables = not keys.isdisjoint(_HEADS) and not keys.isdisjoint(_BODIES)
    return tables or keys >= {"query", "variables"} or (keys >= {"kind", "stringdata"})


def told_of(document: Mapping[str, Any], sensitive: Callable[[str], bool]) -> dict[str, ToldName]:
    """Return the names that other members give to members of a document, if one of them is
    sensitive.

    :param sensitive: returns whether a name is sensitive.
    """
    found: dict[str, ToldName] = {}
    keys = {key: _plain(key) for key in document}
    name = next((name for name in _names_beside(document, keys) if sensitive(name)), "")
    if name:
        found |= {key: name for key, item in document.items() if _is_value_of_pair(keys, key, item)}
    named = {keys[key]: item for key, item in document.items()}
    heads = map(_head, (named[key] for key in _HEADS if key in named))
    head = next((head for head in heads if any(map(sensitive, head))), ())
    if head:
        found |= {
            key: head
            for key, item in document.items()
            if keys[key] in _BODIES and isinstance(item, list)
        }
    called = [text for key in _CALLED if isinstance(text := named.get(key), str)]
    name = next(filter(sensitive, called), "")
    if name:
        found |= {key: _passed(name, document[key]) for key in keys if keys[key] in _PASSED}
    query, variables = document.get("query"), document.get("variables")
    if isinstance(query, str) and isinstance(variables, dict):
        given = {variable: name for name, variable in _ARGUMENT.findall(query) if sensitive(name)}
        found |= {"variables": given} if given else {}
    if document.get("kind") == "Secret":  # of Kubernetes
        found |= {"data": "secret", "stringData": "secret"}
    return found | _of_logins(document, keys)


def _of_logins(document: Mapping[str, Any], keys: Mapping[str, str]) -> dict[str, ToldName]:
    """Return the names of tokens whose keys only say their purpose, and of answers to security
    questions.
    """
    found: dict[str, ToldName] = {}
    if "access" in document and ("refresh" in document or "tokentype" in keys.values()):
        values = ((key, document.get(key)) for key in _TOKENS)
        found |= {key: f"{key}_token" for key, value in values if _is_token(value)}
    if any(map(_asks, keys.values())):
        answers = (key for key in keys if keys[key].startswith(("answer", "response")))
        found |= dict.fromkeys(answers, "security_answer")
    return found


def _is_token(value: object) -> bool:
    return (
        isinstance(value, str)
        and len(value) >= _SHORTEST
        and not any(sign in value for sign in (" ", "://"))
        and reach(value) is Reach.ANYWHERE
    )


def _passed(name: str, given: Any) -> ToldName:
    """Return the names of what is passed to a call. Arguments by name have names of their own."""
    return {key: name for key in given if _holds_value(key)} if isinstance(given, dict) else name


def is_cell(value: Any) -> bool:
    """Whether a value is one cell of a table: a plain value, or an object that only holds one."""
    if isinstance(value, dict):
        return len(value) == 1 and all(map(_holds_value, value))
    return not isinstance(value, list)


def _plain(key: str) -> str:
    """Return a key in lower case, without signs between its words."""
    return key[:_LONGEST].replace("_", "").replace("-", "").lower()


def _names_value(key: str) -> bool:
    return key in _NAMES or key in _NAMING


def _holds_value(key: str) -> bool:
    key = _plain(key)
    return key in _VALUES or key in _TYPED or key in {"old", "new"} or key.endswith("value")


def _asks(key: str) -> bool:
    """Whether a key holds a question that protects a login: ``security_question_1``."""
    return "question" in key and key.startswith(_ASKING)


def _is_value_of_pair(keys: Mapping[str, str], key: str, item: Any) -> bool:
    """Whether a member is the value that another member of its document names."""
    plain = keys[key]
    if plain in _VALUES or plain.endswith("value"):
        return True
    if plain in _TYPED:
        return isinstance(item, str) and " " not in item
    members = keys.values()
    pair = next((pair for pair in _CHANGES if plain in pair), frozenset[str]())
    if not pair or _CHANGED.isdisjoint(members):
        return False
    return pair.issubset(members) or f"{next(iter(pair - {plain}))}value" in members


def _names_beside(document: Mapping[str, Any], keys: Mapping[str, str]) -> Iterator[str]:
    """Yield possible names of a value: in a pair, in JSON Patch (RFC 6902), or in a path of
    keys.
    """
    for key, name in document.items():
        plain = keys[key]
        if isinstance(name, str):
            if _names_value(plain) or (plain in _KINDS and name.lower() == _PASSWORD_FIELD):
                yield name
            elif plain in {"path", "loc"}:
                yield from _last(name.split("/" if "op" in document else "."), "op" in document)
        elif isinstance(name, list) and plain in {"path", "loc"}:
            yield from _last([step for step in name if isinstance(step, str)], patch=True)


def _last(steps: list[str], patch: bool) -> Iterator[str]:
    """Yield the last step of a path that is no place in a list."""
    steps = [step for step in steps if step != "-" and not step.isdecimal()]
    if steps and (patch or "/" not in steps[-1]):
        yield steps[-1]


def _head(names: Any) -> tuple[str, ...]:
    """Return the names in the head of a table, none if it is not a head."""
    if isinstance(names, dict):
        return next(filter(None, (_head(names.get(key)) for key in ("fields", "columns"))), ())
    if not isinstance(names, list) or not names:
        return ()
    found = [
        next(_names_beside(one, {key: _plain(key) for key in one}), "")
        if isinstance(one, dict)
        else one
        for one in names
    ]
    return tuple(found) if all(isinstance(name, str) for name in found) else ()
