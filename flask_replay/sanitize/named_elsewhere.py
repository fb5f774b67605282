"""Names that are not next to their values: in pairs, calls, the head of a table, the text of a
query.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from .codes_by_purpose import CODES_BY_PURPOSE
from .commands_and_links import is_chosen, is_token
from .common_values import Reach, reach
from .login_members import LOGIN_MEMBERS, is_random_token
from .naming_rules import AssignedNames
from .numbers_by_kind import NUMBERS_BY_KIND
from .secret_calls import logs_in, secret_passed
from .secrets_by_kind import SECRETS_BY_KIND
from .terms import words_in
from .vocabulary import WORDS

_NAMES = words_in("""
    name key field header id label k attribute attr parameter param property prop setting variable
    var column col title selector locator option
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

_CHANGES = words_in("old new from to before after previous current")
"""Keys of the values in a record of a change, alone or before ``value``. It has at least two."""

_AGAIN = words_in("next confirm confirmation again repeat repeated code")
"""Other names of the arguments of a call that changes a secret."""

_CHANGED = words_in("key field attribute property prop setting variable column parameter param")
"""Keys under which such a record names what was changed."""

_TYPED = words_in("text answer response")
"""Keys of what a person typed, next to the label of its field."""

_LABELS = words_in("label question field")
_PARTS = words_in("selector locator element target")
"""Keys of the label of a field, and of the part of a page in which something was typed."""

_QUESTION = "question"
_ANSWERED = words_in("text answer")
"""Keys of a question and its answer, if no other key says that it is a question."""

_LABELLING = ("name", "label", "title", "question", "text", "key", "ref")
"""Keys of an object that describes a field or a question."""

_HEADS = words_in("columns fields header headers names keys schema")
_BODIES = words_in("rows values data records body")
"""Keys under which documents store the head of a table, and its rows."""

_CALL_KEYS = words_in("""
    method action command function fn procedure type event operationname name target
""")
_ARGUMENT_KEYS = words_in("params args arguments kwargs payload variables")
"""Keys under which documents store a call and its arguments: JSON-RPC 2.0, actions of Redux."""

_KINDS = words_in("type kind format inputtype")
_PASSWORD_FIELD = "password"  # noqa: S105 - the type of a field, whatever its name is

_LONGEST = 120
"""Characters of a key."""

_LONGEST_NAME = 60
_MOST_WORDS = 4
"""Characters and words of the longest name. A longer text is a title."""

_ARGUMENT = re.compile(r"(\w{1,64})\s{0,8}:\s{0,8}\$(\w{1,64})")
"""An argument of a query whose value is a variable: GraphQL, section 2.10."""

_CALL = re.compile(r"(?<!\w)(\w{1,64})\s{0,8}\(([^()]{0,2000})\)")
"""A call in a query, and its arguments."""

_RULES = (NUMBERS_BY_KIND, CODES_BY_PURPOSE, SECRETS_BY_KIND, LOGIN_MEMBERS)
"""Rules with modules of their own. If several name a member, the last one counts."""


def may_name_others(names: frozenset[str]) -> bool:
    """Whether members with these names may contain the names of other members.

    Fields for passwords, and secrets of Kubernetes, are recognized by their types, which the caller
    looks for.
    """
    keys = frozenset(map(_plain, names))
    named = any(map(_names_value, keys)) or any(map(_is_path, keys)) or _names_part(keys)
    if named and any(map(_is_value, keys)):
        return True
    labelled = not keys.isdisjoint(_LABELS) or _names_part(keys) or keys >= _ANSWERED
    if labelled and not keys.isdisjoint(_TYPED):
        return True
    if _is_change(keys):
        return True
    if not keys.isdisjoint(_CALL_KEYS) and not keys.isdisjoint(_ARGUMENT_KEYS):
        return True
    if any(rule.may_apply(keys) for rule in _RULES):
        return True
    tables = not keys.isdisjoint(_HEADS) and not keys.isdisjoint(_BODIES)
    return tables or keys >= {"query", "variables"}


@lru_cache(maxsize=1024)
def _plain_keys(names: tuple[str, ...]) -> dict[str, str] | None:
    """Return keys in their plain form, ``None`` if members with these names do not name others.
    Most objects of a document have the same names.
    """
    keys = {name: _plain(name) for name in names}
    if may_name_others(frozenset(names)) or not _KINDS.isdisjoint(keys.values()):
        return keys
    return None


def assigned_names(
    document: Mapping[str, Any], sensitive: Callable[[str], bool]
) -> dict[str, AssignedNames]:
    """Return the names that other members give to members of a document, if one of them is
    sensitive.

    :param sensitive: returns whether a name is sensitive.
    """
    keys = _plain_keys(tuple(document))
    if keys is None:
        return {}
    found: dict[str, AssignedNames] = {}
    named = {keys[key]: item for key, item in document.items()}
    name = next((name for name in _names_beside(document, keys) if sensitive(name)), "")
    if name:
        found |= dict.fromkeys(_values_of_pair(document, keys), name)
    heads = map(_head, (named[key] for key in _HEADS if key in named))
    head = next((head for head in heads if any(map(sensitive, head))), ())
    if head:
        found |= {
            key: head
            for key, item in document.items()
            if keys[key] in _BODIES and isinstance(item, list | dict)
        }
    called = [text for key in _CALL_KEYS if isinstance(text := named.get(key), str)]
    name = next(filter(None, (secret_passed(text, sensitive) for text in called)), "")
    if name:
        found |= {
            key: _argument_names(name, item)
            for key, item in document.items()
            if keys[key] in _ARGUMENT_KEYS
        }
    if any(map(logs_in, called)):
        found |= {
            key: _login_arguments(item)
            for key, item in document.items()
            if keys[key] in _ARGUMENT_KEYS and isinstance(item, list | dict)
        }
    query, variables = document.get("query"), document.get("variables")
    if isinstance(query, str) and isinstance(variables, dict):
        secret = {variable: name for name, variable in _ARGUMENT.findall(query) if sensitive(name)}
        secret |= {
            variable: passed
            for call, arguments in _CALL.findall(query)
            if (passed := secret_passed(call, sensitive))
            for name, variable in _ARGUMENT.findall(arguments)
            if is_argument(name)
        }
        found |= {"variables": secret} if secret else {}
    if document.get("kind") == "Secret":  # of Kubernetes
        found |= {"data": "secret", "stringData": "secret"}
    for rule in _RULES:
        found |= rule.names(document, keys, sensitive)
    return found


def _login_arguments(arguments: list[Any] | dict[str, Any]) -> AssignedNames:
    """Return the names of the arguments of a login: a password after the name of a user, and
    tokens.
    """
    passed = arguments if isinstance(arguments, list) else [arguments]
    members = [pair for item in passed if isinstance(item, dict) for pair in item.items()]
    if members:
        return {key: "login_token" for key, item in members if is_random_token(item)}
    return tuple(
        "password" if number and _is_secret(item) else "" for number, item in enumerate(passed)
    )


def _argument_names(name: str, arguments: Any) -> AssignedNames:
    """Return the names of the arguments of a call. Arguments passed by name have names of their
    own, and a mail address identifies a person.
    """
    if isinstance(arguments, dict):
        return {key: name for key in arguments if is_argument(key)}
    if isinstance(arguments, list):
        return tuple(name if _may_be_secret(item) else "" for item in arguments)
    return name if _may_be_secret(arguments) else ""


def _is_secret(argument: Any) -> bool:
    return (
        isinstance(argument, str)
        and _may_be_secret(argument)
        and reach(argument) is Reach.ANYWHERE
        and (is_chosen(argument) or is_token(argument))
    )


def _may_be_secret(argument: Any) -> bool:
    return not isinstance(argument, list | dict) and not (
        isinstance(argument, str) and "@" in argument[1:]
    )


def is_row(values: list[Any]) -> bool:
    """Whether a list below the head of a table is a row: it has plain values, or objects that hold
    one each. Otherwise it is a list of rows.
    """
    return not all(isinstance(value, list | dict) for value in values) or all(map(_is_cell, values))


def _is_cell(value: Any) -> bool:
    return isinstance(value, dict) and sum(map(_holds_value, value)) == 1


def _plain(key: str) -> str:
    """Return a key in lower case, without separators between its words."""
    return key[:_LONGEST].replace("_", "").replace("-", "").lower()


def _names_part(keys: frozenset[str]) -> bool:
    """Whether one of the keys is that of a part of a page."""
    return not keys.isdisjoint(_PARTS)


def _names_value(key: str) -> bool:
    return key in _NAMES or key in _NAMING


def _holds_value(key: str) -> bool:
    key = _plain(key)
    return _is_value(key) or key in _TYPED or bool(_change_word(key))


def is_argument(name: str) -> bool:
    """Whether an argument of a call such as ``changePassword`` is the secret, by its name."""
    return _holds_value(name) or _plain(name) in _AGAIN


def _is_value(key: str) -> bool:
    return key in _VALUES or key == "input" or key.endswith("value")


def _change_word(key: str) -> str:
    """Return the word of a change in a key: ``old`` of ``oldvalue``."""
    word = key.removesuffix("value").removesuffix("val")
    return word if word in _CHANGES else ""


def _is_change(keys: frozenset[str]) -> bool:
    """Whether keys are those of a change: of what was changed, and two of its values."""
    return not _CHANGED.isdisjoint(keys) and len({*map(_change_word, keys)} - {""}) > 1


def _is_path(key: str) -> bool:
    return key == "loc" or key.endswith(("path", "pointer"))


def _values_of_pair(document: Mapping[str, Any], keys: Mapping[str, str]) -> Iterator[str]:
    """Yield the members that are named by another member."""
    members = frozenset(keys.values())
    changed = _is_change(members)
    answered = members >= _ANSWERED
    labelled = answered or not _LABELS.isdisjoint(members)
    typed = labelled or _names_part(members) or any(_is_typed(document[key]) for key in document)
    located = any(map(_is_path, members))
    for key, plain in keys.items():
        item = document[key]
        if answered and plain == "text":
            continue
        if plain in _TYPED:
            if typed and isinstance(item, str) and " " not in item and item.lower() not in WORDS:
                # unlike the answers of a quiz, and the texts of buttons
                if (labelled and _QUESTION not in members) or _is_secret(item):
                    yield key
        elif plain in {"default", "initial"}:
            if not isinstance(item, str) or reach(item) is not Reach.OWN:
                yield key
        elif plain == "input":
            if located and not isinstance(item, dict):  # names of its own
                yield key
        elif _is_value(plain) or (changed and _change_word(plain)):
            yield key


def _is_typed(kind: Any) -> bool:
    return isinstance(kind, str) and kind.lower() == _PASSWORD_FIELD


def _names_beside(document: Mapping[str, Any], keys: Mapping[str, str]) -> Iterator[str]:
    """Yield possible names of a value: in a pair, in JSON Patch (RFC 6902), or in a path of
    keys.
    """
    for key, name in document.items():
        plain = keys[key]
        if isinstance(name, dict) and (plain in _CHANGED or plain in _PARTS or plain == _QUESTION):
            said = (one for key in _LABELLING if isinstance(one := name.get(key), str))
            name = next(said, "")  # noqa: PLW2901 - the field, described by an object
        if isinstance(name, str):
            if plain == _QUESTION or (plain == "text" and "answer" in keys.values()):
                yield from [name.rstrip(" ?:")] if len(name) <= _LONGEST else []
            elif plain in _KINDS:
                yield from [name] if _is_typed(name) else []
            elif _names_value(plain) or plain in _PARTS:
                yield from [name] if _may_be_name(name) else []
            elif _is_path(plain):
                slashes = "op" in document or plain != "path"
                yield from _last(re.split(r"[/.]" if slashes else r"\.", name))
        elif isinstance(name, list) and _names_value(plain) and len(name) == 1:  # of a form
            yield from [name[0]] if isinstance(name[0], str) and _may_be_name(name[0]) else []
        elif isinstance(name, list) and (_is_path(plain) or plain == "key"):
            yield from _last([step for step in name if isinstance(step, str)])


def _may_be_name(text: str) -> bool:
    """Whether a text is short enough for a name."""
    return len(text) <= _LONGEST_NAME and text.count(" ") < _MOST_WORDS


def _last(steps: list[str]) -> Iterator[str]:
    """Yield the last step of a path that is a name, not an index of a list or ``value``."""
    named = (
        step
        for step in reversed(steps)
        if step != "-" and not step.isdecimal() and not _holds_value(step)
    )
    step = next(named, "")
    if step and "/" not in step:
        yield step


def _head(names: Any) -> tuple[str, ...]:
    """Return the names in the head of a table, none if it is not a head."""
    if isinstance(names, dict):
        names = next((names[key] for key in ("fields", "columns") if key in names), None)
    if not isinstance(names, list) or not names:
        return ()
    found = [
        next(_names_beside(one, {key: _plain(key) for key in one}), "")
        if isinstance(one, dict)
        else one
        for one in names
    ]
    return tuple(found) if all(isinstance(name, str) for name in found) else ()
