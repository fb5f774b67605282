"""What stands under the name of a secret and only describes it: messages, and schemas.

It is kept, because a page of errors or an API's description says nothing without it.
"""

from __future__ import annotations

import re
from functools import lru_cache

from .common_values import Reach, is_prose, reach
from .names import words_of
from .vocabulary import STRONG, WEAK, WORDS, words_in

_MESSAGES = words_in("""
    errors error messages message violations hints hint labels label placeholders placeholder
    descriptions description title
""")
"""Last words of names that hold messages by the names of fields."""

_OBJECTIONS = words_in("""
    required must invalid missing short long least most characters character letters digits
    digit empty blank match matches incorrect wrong expired unknown allowed field cannot exceed
    valid mandatory provided
""")
"""Words of messages that object to what was typed."""

_OPENERS = words_in("""
    is are has have should can cannot does do this that these the your please not too
""")
"""First words of short messages: ``is too short``."""

_PHRASES = words_in("mnemonic passphrase phrase seed words")
"""Words of names whose secrets read like prose."""

_MEASURES = words_in("length minimum maximum decimals")
"""Last words of names below a sensitive one that measure the secret: ``minLength``."""

_TYPES = words_in("""
    string number integer boolean object array null date date-time time duration email hostname
    ipv4 ipv6 uri uri-reference uuid regex password byte binary int32 int64 float double
    json-pointer
""")
"""Types and formats of values in JSON Schema and OpenAPI."""

_LARGE = 1_000
_LARGE_DIGITS = 4
"""A number of so many digits may be the secret itself."""

_LONGEST = 40
"""Words of the longest message."""

_WORD = re.compile(r"\w+")
_CONTRACTED = re.compile(r"(?<=[a-z])['’][a-z]{1,2}\b")
"""The end of a contraction: ``can't``."""


@lru_cache(maxsize=4096)
def has_messages(name: str) -> bool:
    """Whether a name holds messages about fields, by the names of the fields."""
    return "".join(words_of(name)[-1:]) in _MESSAGES


def is_message(name: str, text: str) -> bool:
    """Whether a text under the name of a secret is a message about it: ``Must be at least 8
    characters long``.

    A message consists of known words, and tells what is wrong or what the field is called. A
    passphrase consists of known words, too, so a name that says so never holds messages.
    """
    text = _CONTRACTED.sub("", text)
    words = [*map(str.casefold, _WORD.findall(text))]
    if not 1 < len(words) <= _LONGEST or not _PHRASES.isdisjoint(words_of(name)):
        return False
    if any(word.isdecimal() and len(word) >= _LARGE_DIGITS for word in words):
        return False
    names_secret = any(word.removesuffix("s") in STRONG | WEAK for word in words)
    if names_secret and WORDS.issuperset(words):
        return True
    if _OBJECTIONS.isdisjoint(words[1:]):
        return False
    opened = words[0] in _OPENERS or words[0] in _OBJECTIONS
    return (opened or names_secret) and is_prose(text)


def is_of_schema(name: str, value: object) -> bool:
    """Whether a value below a sensitive name only describes the secret, as a schema does.

    Examples are ``"minLength": 12``, ``"format": "password"`` and
    ``"$ref": "#/components/schemas/Token"``.
    """
    last = "".join(words_of(name)[-1:])
    if last in _MEASURES:
        return isinstance(value, int) and abs(value) < _LARGE
    if not isinstance(value, str):
        return False
    if last == "ref":
        return value.startswith("#/") and reach(value) is Reach.OWN
    return last in {"type", "format"} and value in _TYPES
