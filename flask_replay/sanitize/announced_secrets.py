"""Secrets that a sentence announces, and that stand alone after it: ``Your recovery key is shown
once: …``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from .commands_and_links import is_chosen, is_token
from .common_values import Reach, reach
from .terms import words_in
from .vocabulary import SMALL

_ALONE = re.compile(r"[:：][:\s]{1,8}[\"'`*_]{0,3}(\S{8,256}?)[\"'`*_]{0,3}(?=\s{0,8}(?:[\n:]|\Z))")
"""A colon, and one word until the end of the line or of the element."""

_SENTENCE = re.compile(r"[^\n.!?:]{4,120}\Z")
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_LAST = SMALL | words_in("""
    below once again now here follows following shown safe safely securely place time only later up
    app account client terminal prompt
""")
"""Words that end such a sentence. Another word before a colon is the name of what follows."""

_LONGEST_NAME = 3
_SHORTEST = 12
_MARK = re.compile(r"[!#$%&*?^~]")
"""Words of a name, characters of a token, and punctuation of passwords."""


def announced_secrets(text: str, is_name: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
    """Yield names and values.

    :param is_name: returns whether words are the name of a secret.
    """
    for match in _ALONE.finditer(text):
        value = match[1]
        if not _is_secret(value):
            continue
        sentence = _SENTENCE.search(text, max(0, match.start() - 120), match.start())
        words = _WORD.findall(sentence[0]) if sentence is not None else []
        if not words or words[-1].lower() not in _LAST:
            continue
        names = (
            "_".join(words[start : start + length])
            for length in range(1, _LONGEST_NAME + 1)
            for start in range(len(words) - length + 1)
        )
        name = next(filter(is_name, names), "")
        if name:
            yield name, value


def _is_secret(value: str) -> bool:
    if reach(value) is not Reach.ANYWHERE or "://" in value:
        return False
    if len(value) >= _SHORTEST and is_token(value):
        return True
    return is_chosen(value) and _MARK.search(value) is not None
