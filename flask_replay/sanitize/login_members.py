"""Members of documents whose keys only state their purpose: tokens, the codes of OAuth, the private
parts of keys, and the answers to security questions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from .commands_and_links import is_token
from .common_values import Reach, reach
from .forms_of_values import UUID
from .naming_rules import AssignedNames, Keys, NamingRule
from .terms import words_in

_TOKENS = ("access", "refresh")
_SHORTEST = 16
"""Characters of a token that is called ``access``."""

PRIVATE = words_in("d p q dp dq qi k")
"""Members of a key that keep it private: RFC 7518, section 6."""

_GRANT = "granttype"
_CODE_OF_GRANT = "authorization_code"
"""What a client sends to get a token: RFC 6749, section 4.1.3."""

_SESSION = "session"
"""The end of keys of sessions, whose values are random if they are tokens: ``user_session``."""

_ROW = re.compile(rf"{UUID.pattern}|[a-z]{{2,8}}_\w+")
"""Ids of rows: of any kind, and with an abbreviation of their kind."""

_QUESTION_PREFIXES = ("security", "secret", "recovery")
_ANSWERS = re.compile(r"(?:answer|response)s?\d{0,3}")
_ANSWER = "security_answer"
_ANSWERING = ("answer", "response", "reply", "a", "ans")


def _may_apply(keys: frozenset[str]) -> bool:
    """Whether a document with these keys may contain such members."""
    if "access" in keys and ("refresh" in keys or "tokentype" in keys):
        return True
    if not keys.isdisjoint(("kty", _GRANT)) or any(map(_is_security_question, keys)):
        return True
    return any(key.endswith(_SESSION) for key in keys)


def _names(
    document: Mapping[str, Any], keys: Keys, _sensitive: Callable[[str], bool]
) -> dict[str, AssignedNames]:
    """Return the names of members whose keys only state their purpose."""
    found: dict[str, AssignedNames] = {}
    tokens = [key for key in _TOKENS if _is_token(document.get(key))]
    if len(tokens) == len(_TOKENS) or (tokens and "tokentype" in keys.values()):
        found |= {key: f"{key}_token" for key in tokens}
    if any(map(_is_security_question, keys.values())):
        for key, item in document.items():
            if isinstance(item, str) and _ANSWERS.fullmatch(keys[key]):
                found[key] = _ANSWER
            elif isinstance(item, list | dict) and _is_security_question(keys[key]):
                questions = (text for text in item if isinstance(text, str) and "?" in text)
                found[key] = dict.fromkeys((*_ANSWERING, *questions), _ANSWER)
    for key, plain in keys.items():
        value = _only(document[key]) if plain.endswith(_SESSION) else None
        # a row of a table, such as a training session, may have an id of that form
        row = plain != _SESSION and _ROW.fullmatch(str(value)) is not None
        if is_random_token(value) and not row:
            found[key] = "session_token"
    if "kty" in document:
        found |= dict.fromkeys(PRIVATE.intersection(document), "private_key")
    if _GRANT in keys.values() and "code" in document:
        found["code"] = _CODE_OF_GRANT
    return found


def _only(value: Any) -> Any:
    """Return the only value in a list, as forms have them, or the value itself."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _is_token(value: object) -> bool:
    return (
        isinstance(value, str)
        and len(value) >= _SHORTEST
        and not value.startswith("/")
        and not any(sign in value for sign in (" ", "://"))
        and reach(value) is Reach.ANYWHERE
    )


def is_random_token(value: object) -> bool:
    """Whether a value is a token that looks random, whatever its key is."""
    return _is_token(value) and is_token(str(value))


def _is_security_question(key: str) -> bool:
    """Whether a key holds a question that protects a login: ``security_question_1``."""
    return "question" in key and key.startswith(_QUESTION_PREFIXES)


LOGIN_MEMBERS = NamingRule(_may_apply, _names)
