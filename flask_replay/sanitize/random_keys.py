"""Random keys in texts, in a variable or a setting whose name only says that it is a key:
``GEOCODER_KEY=…``.
"""

from __future__ import annotations

import re

from .commands_and_links import is_token
from .formats import Format
from .names import words_of
from .terms import words_in

_RANDOM_KEY = (
    r"((?:K(?<=[_.a-z-].)(?:ey|EY)|k(?<=[_.-].)ey)['\"]? {0,2}(?:=>|[=:]) {0,2}['\"]?)"
    r"([\w+-]{16,128})(?![\w/.+-])"
)
RANDOM_KEY = Format(_RANDOM_KEY, "key=", "key =", "key:", "key :", "key'", 'key"')
"""The end of the name of a variable or a setting, and a random key, whatever it opens. The whole
name is looked for only there: otherwise each word of a text might begin one.
"""

_LONGEST = 64
_NAME = re.compile(
    r"(?<![\w-])(?<!\w\.)[A-Za-z][\w.-]{0,60}?(?:[_.-](?:KEY|Key|key)|(?<=[a-z])K(?:ey|EY))\Z"
)
"""Such a name, and its most characters."""

_OTHER_KEYS = words_in("""
    sort partition foreign primary cache idempotency idempotent dedup dedupe deduplication object
    file image img photo video audio media blob doc docs document attachment asset thumb thumbnail
    avatar cover logo folder path bucket row index idx hash range shard group event message msg
    issue ticket translation i18n locale label lookup map unique natural entity record item node
    parent child data json dict tag field column meta metadata config setting settings flag feature
    param query search resource ref reference request correlation trace job task queue topic host
    known kms alert rollup timer system domain cluster zone listener route routing id react list
    state form draft backup user upload download content page slot room table store option s
""")
_OTHER_CONSTANTS = words_in("sort partition foreign primary cache")
_PUBLIC_KEYS = words_in("public pub site")
"""Words before those for keys of rows, files and pages, also in constants, and of keys that
everybody may know.
"""


def is_random_key(match: re.Match[str]) -> bool:
    """Whether a match contains a random key that opens something."""
    if not is_token(match[2]):
        return False
    end = match.start() + len("key")
    named = _NAME.search(match.string, max(0, end - _LONGEST), end)
    if named is None:
        return False
    words = words_of(named[0])
    other = _OTHER_CONSTANTS if named[0].isupper() else _OTHER_KEYS
    return _PUBLIC_KEYS.isdisjoint(words) and other.isdisjoint(words[-2:-1])
