"""Logins in texts: lines of protocols in which a name and a password are sent, and both before a
host: ``AUTH ann …``, ``ann:…@db.example.org``.

In each expression the second group is the secret.
"""

from __future__ import annotations

import re

from .commands_and_links import is_chosen, is_token
from .common_values import Reach, reach
from .formats import Format

COMMANDS = (
    "auth", "authenticate", "pass", "login", "signin", "identify", "nickserv", "oper", "register",
)  # fmt: skip
_CAPITALS = frozenset({"AUTH", "PASS", "IDENTIFY"})
_COMMAND = re.compile(
    r"(?m)^((?:\w{1,8} |/|/msg \w{1,32} |PRIVMSG \w{1,32} :)?"
    rf"(?i:nickserv )?(?i:{'|'.join(COMMANDS)})(?: [\w.@+-]{{1,64}})? )"
    r"(\S{6,128})(?: \S{1,64}@\S{1,190})?\r?$"
)
_HOST = re.compile(
    r"((?<![\w/@.:+-])(?!(?i:cid|mid|mailto|sips?|xmpp|acct|news):)[\w.+-]{1,64}:)"
    r"([^\s:@/'\"<>]{6,256})(?=@(?!sha\d)[\w.-]{1,253}(?:[:/\s'\"]|\Z))"
)
_SENT = re.compile(
    r"((?:\*cmd\* |\bsend: b?)['\"](?:PASS|AUTH(?: [\w.@-]{1,64})?) "
    r"|\bCommand # \d{1,4} \(AUTH (?:[\w.@-]{1,64} )?)([^\s'\"()\\]{6,128})(?=['\"\\)\s])"
)
"""Such a line as clients report what they sent."""

LOGINS = (
    Format(_SENT, "pass ", "auth "),
    Format(_COMMAND, *(f"{word} " for word in COMMANDS)),
    Format(_HOST, "@"),
)

_MARK = re.compile(r"[!#$%&*?^~]")
_MIXED = re.compile(r"(?=[^\d]{0,63}\d)(?=\d{0,63}[^\W\d_])[^\W_]{6,64}")


def is_typed(match: re.Match[str]) -> bool:
    """Whether a match contains a password. After the name of a user or a command in capitals, it
    may be letters and digits; elsewhere, these may be a user or an address.
    """
    word = match[2]
    if reach(word) is not Reach.ANYWHERE:
        return False
    if is_token(word) or (is_chosen(word) and _MARK.search(word) is not None):
        return True
    before = match[1].split()[-1]
    named = match[1].endswith(" ") and (before in _CAPITALS or before.lower() not in COMMANDS)
    return named and _MIXED.fullmatch(word) is not None
