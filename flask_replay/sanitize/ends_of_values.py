"""Where values in texts end, which follow the names of secrets."""

from __future__ import annotations

import re

from .calls_in_texts import is_secret_word
from .common_values import Reach, reach
from .descriptions import is_rejection
from .harmless_values import is_harmless, is_version
from .sanitizer import REDACTED
from .written_values import KEY_END, MAX_GROUP, QUOTED, QUOTES, group_end

_NEXT = re.compile(r",?\s{0,80}[bBrRuUfF]?[\"']")
"""What follows a quoted value in a pair, or in a text that is written in pieces."""

_BARE = re.compile(r"(?:\[redacted\]|[^\s,;&)}\]'\"<>])+")
_MORE = re.compile(r"[ \t]+(?!--?\w|[\w.-]+\s*[=:]|\w+://)[^\s,;&)}\]'\"<>]+")
"""A further word of a value without quotes, if it is not a name."""

_ROW = re.compile(r"(?:\w+_)?(?:token|key|secret|credential)_id", re.IGNORECASE)
_LONG_ID = 7
"""The words for the id of a row, and digits of a longer one: ``Token ID: 12``."""

_CODED = re.compile(r"(?!\(?\d{1,3}(?:[-–~]\d{1,3})?\Z)(?!\d{1,8}/\d{1,8}\Z)(?!\w+\()(?=.*\d)")
"""A word with a digit that is no number of characters, no share, and no type of a column."""

_ELSEWHERE = frozenset({"ist", "est", "es", "é", "è", "era", "är", "er", "jest", "je", "on"})
"""Verbs after which letters are a word of a sentence: ``ist abgelaufen``."""

_DUTCH = ("wachtwoord", "sleutel", "toegangscode", "verificatiecode")
"""Names whose sentences have the verb of English ones: ``Je wachtwoord is gewijzigd``."""

_LONGEST_MESSAGE = 200
"""Characters."""


def value_end(text: str, start: int, name: re.Match[str], full: str, code: bool) -> int:
    """Return the end of the value after a name, or its start if there is nothing to mask.

    :param full: the name with the words before it.
    """
    if text.startswith(REDACTED, start):
        return start
    quoted = QUOTED.match(text, start)
    if quoted is not None and name["item"]:
        is_key = KEY_END.match(text, quoted.end()) is not None
        return start if is_key or not is_secret_word(QUOTES.sub("", quoted[0])) else quoted.end()
    if quoted is not None:
        if name["sign"] and name["sign"].endswith("(") and _NEXT.match(text, quoted.end()):
            end = group_end(text, start - 1)  # auth=('ann', '…')
            return end - 1 if text[end - 1] == ")" else end
        empty = not quoted[0].strip("\"'\\bBrRuUfF") and quoted[0].endswith(('""', "''"))
        word = QUOTES.sub("", quoted[0])
        return start if empty or is_version(full, word) else quoted.end()
    if code:
        return start
    if name["sign"] is None:
        return start if name["item"] else word_end(text, start, name)
    if name["sign"].endswith("("):  # Key (token)=(…)
        end = text.find(")", start, start + MAX_GROUP)
        return end if end > 0 else start
    group = group_end(text, start)
    if group > start:
        return group
    bare = _BARE.match(text, start)
    if (
        bare is None
        or REDACTED in bare[0]
        or (not name["sign"].endswith("=") and is_harmless(name[1], bare[0]))
        or (_ROW.fullmatch(full) is not None and bare[0].isdecimal() and len(bare[0]) < _LONG_ID)
    ):
        return start
    end = bare.end()
    if name["sign"].endswith(": ") and (
        (reach(bare[0]) is Reach.OWN and _MORE.match(text, end) is not None)
        or _is_rejection(text, start)
    ):
        return start  # a message about the value
    while (bare := _MORE.match(text, end)) is not None and reach(
        bare[0].strip().rstrip(".!?")
    ) is not Reach.OWN:
        end = bare.end()  # a password may contain spaces, but no words of a sentence
    return end


def _is_rejection(text: str, start: int) -> bool:
    return is_rejection(text[start : start + _LONGEST_MESSAGE].partition("\n")[0])


def word_end(text: str, start: int, name: re.Match[str]) -> int:
    """Return the end of the word after ``--password`` or ``the password is``, or its start if it is
    a word of a sentence.
    """
    bare = _BARE.match(text, start)
    if bare is None or REDACTED in bare[0]:
        return start
    word = bare[0].rstrip(".!?")
    if name["space"] is not None and not name[1].startswith("-") and not _CODED.match(word):
        return start
    verb = name["is"]
    elsewhere = verb and (verb.strip() in _ELSEWHERE or name[1].casefold().endswith(_DUTCH))
    if verb and ((word.isalpha() and elsewhere) or _is_rejection(text, start)):
        return start  # the verb is followed by a word of the sentence, not by a value
    return start + len(word) if word and reach(word) is not Reach.OWN else start
