"""How texts write values: in quotes, in brackets, as a call."""

from __future__ import annotations

import re

QUOTED = re.compile(
    r"[bBrRuUfF]{0,2}(?:\"{3}(?:[^\"\\]|\\.|\"(?!\"\")){1,4096}\"{3}|\"(?:[^\"\\\n]|\\.)*(?:\"|$|\n)|'(?:[^'\\\n]|\\.)*(?:'|$|\n)|\\\"(?:[^\"\\\n]|\\[^\"])*\\?\")"
)
_CALL = re.compile(r"[\w.]{0,80}[(\[{]")

QUOTES = re.compile(r"\A[bBrRuUfF]{0,2}(?:\\?[\"'])+|(?:\\?[\"'])+\Z")
"""Quotes around a text in Python or JSON."""

OPEN, _CLOSE = "([{", ")]}"
MAX_GROUP = 4_096


KEY_END = re.compile(r"\s{0,4}:")
"""What follows the key of a dictionary."""


def quoted_in(group: str) -> list[str]:
    """Return the texts in a list, a dictionary or a call, without keys."""
    return [
        found[0] for found in QUOTED.finditer(group) if KEY_END.match(group, found.end()) is None
    ]


def group_end(text: str, start: int) -> int:
    """Return the end of a list, a dictionary or a call, or ``start`` if none begins there."""
    call = _CALL.match(text, start)
    if call is None:
        return start
    end, depth = call.end(), 1
    last = min(len(text), start + MAX_GROUP)
    while end < last and depth:
        if text[end] in "\"'" and (quoted := QUOTED.match(text, end)) is not None:
            end = quoted.end()
            continue
        depth += (text[end] in OPEN) - (text[end] in _CLOSE)
        end += 1
    return end
