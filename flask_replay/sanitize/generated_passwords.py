"""Generated passwords, which contain any punctuation, also brackets and quotes. Where one ends, the
text tells: it fills quotes, the rest of a line, or all up to a space in a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from .code_in_texts import refers
from .commands_and_links import is_chosen
from .common_values import Reach, is_common, reach, words_within
from .sanitizer import REDACTED
from .written_values import OPEN

_SHORTEST, _LONGEST = 8, 128
_ODD = re.compile(r"[()\[\]{}<>,;&\"'`|\\]")
"""Characters of a password, and those at which other rules end a value."""

_SIGN = r"['\"\]]{0,3}\s{0,4}(?:=>|:=|={1,3}|[:：])\s{0,4}"
_QUOTED = re.compile(
    rf"(?<![\w.-])([\w.-]{{1,64}})(?:{_SIGN}|['\"]\s?,\s?)"
    r"(?:\"((?:[^\s\"\\]|\\.){8,160})\"|'((?:[^\s'\\]|\\.){8,160})')"
)
_LINE = re.compile(
    r"(?m)^[ \t>*•-]{0,12}((?:[^\W_][\w.-]{0,63}[ \t]){0,4}[\w.-]{1,64})"
    rf"(?:{_SIGN}|[ \t]{{1,2}}(?:is|is now|ist|lautet|est|es|é|è|är|er|jest|to|je)[ \t:]{{1,2}})"
    r"([^\s\"']\S{7,127})(?=[ \t]{0,8}$)"
)
_PAIRS = re.compile(r"\A[\w.-]{1,64}[=:].*[,;&]\w{1,64}[=:]")
_PLACED = re.compile(
    r"\$[{(].*[})]|\{\{.*\}\}|<[A-Za-z/!%][^<>]*>|%[>{].*[}%]|#\{.*\}|://|\.\w+\(\)|&#?\w{1,32};"
    r"|\(\?|[A-Za-z0-9]-[A-Za-z0-9]\]|\{\d+(?:,\d*)?\}|\\[dwsbnrtuxU\d]"
)
_CODE = re.compile(
    r"[,;&{(\[]\w{1,64}[=:]|\A[{\[(]['\"\w$@\]]|\A/.*/|\A[a-z]{1,32}[:`]|\A[bBrRuUfF]{1,2}[\"']|\$[{(]|\{\{|<[A-Za-z/!%]|%[>{]|#\{|&&|\|\||=>|->|\?\."
)
"""Names and values, what templates, markup, addresses and expressions contain, and the syntax of
code, of which a line may be a part.
"""

_QUOTES = "\"'`"
_CALL = re.compile(r"[A-Za-z_][\w.]*[(\[]")
_PART = re.compile(r"[^\W_]+")
_MARK = re.compile(r"[!#$%^&*+=?@~]")
_MARKS = 3
"""Punctuation marks of a password that contains pairs of brackets."""

_ESCAPED = re.compile(r"\\([\"'\\/])")
_CLOSING = dict(zip(")]}", OPEN, strict=True))


def generated_passwords(text: str, is_name: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
    """Yield names and passwords.

    :param is_name: returns whether words are the name of a secret.
    """
    if _ODD.search(text) is None:
        return
    for match in _QUOTED.finditer(text):
        value = match[2] or match[3]
        if is_name(match[1]) and is_generated(value):
            yield match[1], value
            yield match[1], _ESCAPED.sub(r"\1", value)
    for match in _LINE.finditer(text):
        name = next(filter(is_name, _names(match[1])), "")
        value = match[2].rstrip(".,;")
        if not _is_balanced(value):  # the end of a call around it
            value = value.rstrip(")]};,.")
        code = value.rstrip(_QUOTES)[-1:] in OPEN or _CODE.search(value) is not None
        if name and not code and is_generated(value):
            yield name, value


def _names(said: str) -> Iterator[str]:
    """Yield the last word before a value, and the words with it that may be its name."""
    words = said.split()
    for length in range(1, min(3, len(words)) + 1):
        yield "_".join(words[-length:])


def is_generated(value: str) -> bool:
    """Whether a value is neither code, nor a list of words, nor only a reference to a secret."""
    if (
        not _SHORTEST <= len(value) <= _LONGEST
        or _ODD.search(value) is None
        or REDACTED in value
        or not is_chosen(value)
        or _PLACED.search(value) is not None
        or _PAIRS.match(value) is not None
        or refers(value)
        or reach(value) is not Reach.ANYWHERE
    ):
        return False
    if (
        _is_balanced(value)
        and (_CALL.match(value) is not None or len(_MARK.findall(value)) < _MARKS)
        and any(sign in value for sign in OPEN)
    ):
        return False
    return not all(map(_is_plain, _PART.findall(value)))


def _is_plain(part: str) -> bool:
    """Whether a part of a value is a number or consists of ordinary words."""
    return part.isdecimal() or all(map(is_common, words_within(part)))


def _is_balanced(value: str) -> bool:
    """Whether each bracket in a value has its counterpart, as in code."""
    opened: list[str] = []
    for sign in value:
        if sign in OPEN:
            opened.append(sign)
        elif sign in _CLOSING and (not opened or opened.pop() != _CLOSING[sign]):
            return False
    return not opened
