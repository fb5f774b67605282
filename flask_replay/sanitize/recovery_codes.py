"""Lists of recovery codes in texts."""

from __future__ import annotations

import re
from collections.abc import Iterator

_AFTER_NAME = re.compile(
    r"(?i:recovery|backup|scratch|emergency|one-time) codes\b[^\n:]{0,30}:\s{0,80}"
    r"((?:[\w-]{6,32}[,;]?\s{1,8}){0,24}[\w-]{6,32})"
)
"""Codes of any form, directly after their English name."""

_WORDS = (
    "recovery", "backup", "scratch", "emergency", "rescue", "one-time", "2fa", "mfa",
    "wiederherst", "notfall", "herstel", "codes de", "digos de", "codici", "kody", "резервн",
    "восстановл", "恢复码", "备用码", "コード", "코드",
)  # fmt: skip
"""Each name of a list contains one of these, in lower case. Searching for them takes a tenth of the
time of searching for the names.
"""

_NAMES = re.compile(
    r"(?:recovery|backup|scratch|emergency|rescue|one-time|2fa|mfa)[\s_-]?codes?"
    r"|(?:wiederherstellungs|notfall|backup-|herstel)codes|codes de (?:secours|récup|sauveg)"
    r"|c[óo]digos de (?:recupera|respaldo|emergencia|backup)|codici di (?:recupero|backup)"
    r"|kody (?:zapasowe|odzyskiwania)|резервн\w{1,3} код|код\w{0,2} восстановления"
    r"|恢复码|备用码|バックアップコード|リカバリーコード|(?:복구|백업) ?코드"
)
"""Names of a list, in lower case."""

_CODE = r"(?>[A-Za-z0-9]{4,6}(?:-[A-Za-z0-9]{4,6}){1,3}|[A-Za-z0-9]{8,16})(?![\w-])"
_BETWEEN = (
    r"(?:[\s,;|*•\"'\[\]()]|(?<!\w)-|(?<!\w)(?:\d{1,2}[.)]|and|und|et|y|e) "
    r"|</?\w{1,8}[^<>]{0,64}>){1,12}+"
)
_ROW_OF_CODES = re.compile(rf"(?<![\w-]){_CODE}(?:{_BETWEEN}{_CODE}){{2,31}}+")
_WHOLE_CODE = re.compile(rf"(?<![\w-]){_CODE}")
"""Codes in a list anywhere in a text that names them. They are matched without backtracking, so
that a search takes linear time.
"""


_LEAST = 2
_WITH_DIGIT = re.compile(r"(?<![\w-])(?=[A-Za-z-]{0,24}\d)[A-Za-z0-9][A-Za-z0-9-]{7}")
"""The beginning of a code with a digit. A list has several, and most pages about such codes none.
"""


def listed_codes(text: str) -> Iterator[str]:
    """Yield the codes in lists of recovery codes: words after their name, and words that look
    alike, each in groups of the same lengths.
    """
    lower = text.lower()
    if not any(word in lower for word in _WORDS) or _NAMES.search(lower) is None:
        return
    for codes in _AFTER_NAME.findall(text):
        yield from re.split(r"[\s,;]+", codes)
    if len(_WITH_DIGIT.findall(text)) < _LEAST:
        return
    for row in _ROW_OF_CODES.findall(text):
        codes = _WHOLE_CODE.findall(row)
        alike = {re.sub(r"\w", "x", code) for code in codes}
        if len(alike) == 1 and sum(any(map(str.isdigit, code)) for code in codes) * 2 > len(codes):
            yield from codes
