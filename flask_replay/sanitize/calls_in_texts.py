"""Calls in texts that pass a secret as an argument: ``setPin("…")``, ``login("ann", "…")``."""

from __future__ import annotations

import re

from .code_in_texts import refers
from .commands_and_links import is_chosen, is_token
from .common_values import Reach, reach
from .named_elsewhere import is_argument
from .names import sensitive
from .reported_rows import Learn
from .sanitizer import REDACTED
from .secret_calls import connects, holds_login, logs_in, secret_passed, sets_secret

_CALL = re.compile(r"(?<!\w)(\w{1,64})\((?:[^()\"']|\"[^\"\n]{0,256}\"|'[^'\n]{0,256}'){1,1024}\)")
_PASSED = re.compile(r"((?<!\w)(\w{1,32})\s?[:=]\s?)([\"'])([^\"']{1,256})\3")
_LOGIN = re.compile(
    r"(\w+\(\s{0,80}(?:\w{1,32}=)?([\"'])[^\"']{1,256}\2,\s{0,80}(?:\w{1,32}=)?)"
    r"([\"'])([^\"']{1,256})\3"
)
_ONLY_ARGUMENT = re.compile(r"\w+\(([\"'])([^\"']{1,256})\1\)")
"""A call, an argument that is passed by its name, and calls with a name and a password, and with
one argument.
"""

_REPORTED = re.compile(
    r"((?<!\w)(?:\w{1,64}\.)*(\w{1,64})(?:\(\)|\[[\w-]{1,64}\])[^()\n]{0,60}?\bargs[=:] ?[(\[]"
    r"([\"'])[^\"'\n]{1,256}\3, ?([\"']))([^\"'\n]{1,256})(?=\4)"
)
"""The arguments of a call or a task, as a message reports them: ``login() got args=('ann', '…')``.
"""


_OWNER = re.compile(r"(\w{1,64})(?:->|::|\.)\Z")
_ARGUMENT = re.compile(r"([\"'])([^\"'\n]{1,256})\1")
_SERVER = re.compile(
    r"[\w.-]+:\d+|[\w-]+(?:\.[\w-]+)+|[^\s]*[=/\\][^\s]*"
    r"|[vV]\d+[a-z]*\d*|(?=[\w-]{1,80}\Z)[A-Za-z]?[a-z]*(?:[_-]?[A-Z]?[a-z]+)*\d{0,2}"
)
_MARK = re.compile(r"[!#$%&*?^~@+]")
"""The object of a call, its literals, those that are no passwords (hosts, paths, versions, names),
and punctuation of passwords.
"""


def is_secret_word(word: str) -> bool:
    """Whether a word beside the name of a secret may be one by itself."""
    return reach(word) is Reach.ANYWHERE and not refers(word)


def without_arguments(text: str, learn: Learn) -> str:
    """Return a text with the secrets masked that calls in it pass.

    :param learn: called with the name and value of each secret.
    """

    def without(call: re.Match[str]) -> str:
        login = _login(call)
        if login is not None:
            learn("password", login[4])
            return f"{login[1]}{login[3]}{REDACTED}{login[3]}{call[0][login.end() :]}"
        if connects(call[1], _owner(call)):
            return connection(call[0])
        if not secret_passed(call[1], sensitive):
            return call[0]
        only = _ONLY_ARGUMENT.fullmatch(call[0])
        if only is not None and sets_secret(call[1]) and is_secret_word(only[2]):
            learn("password", only[2])
            return f"{call[1]}({only[1]}{REDACTED}{only[1]})"
        return _PASSED.sub(without_value, call[0])

    def without_value(argument: re.Match[str]) -> str:
        if not (is_argument(argument[2]) or sensitive(argument[2])) or REDACTED in argument[0]:
            return argument[0]
        learn("password", argument[4])
        return f"{argument[1]}{argument[3]}{REDACTED}{argument[3]}"

    def connection(call: str) -> str:
        found = [*_ARGUMENT.finditer(call)][1:]
        for argument in reversed([one for one in found if _is_password(one[2])]):
            learn("password", argument[2])
            call = f"{call[: argument.start(2)]}{REDACTED}{call[argument.end(2) :]}"
        return call

    def without_reported(report: re.Match[str]) -> str:
        if not logs_in(report[2]) or not _is_chosen(report[5]):
            return report[0]
        learn("password", report[5])
        return f"{report[1]}{REDACTED}"

    if "args" in text:
        text = _REPORTED.sub(without_reported, text)
    return _CALL.sub(without, text)


def _login(call: re.Match[str]) -> re.Match[str] | None:
    """Return a name and a password at the beginning of a call, if it passes them."""
    holds = holds_login(call[1])
    if not (holds or logs_in(call[1])):
        return None
    login = _LOGIN.match(call[0])
    if login is None or REDACTED in login[4] or refers(login[4]):
        return None
    return login if holds or _is_chosen(login[4]) else None


def _is_chosen(word: str) -> bool:
    """Whether an argument of a login looks like a password or a token."""
    return is_secret_word(word) and (is_chosen(word) or is_token(word))


def _owner(call: re.Match[str]) -> str:
    """Return the object or class of which a call is a method, ``""`` if it is a function."""
    owner = _OWNER.search(call.string, max(0, call.start() - 68), call.start())
    return "" if owner is None else owner[1]


def _is_password(argument: str) -> bool:
    """Whether an argument of a call that connects to a server looks like a password."""
    looks = is_token(argument) or (is_chosen(argument) and _MARK.search(argument) is not None)
    return looks and is_secret_word(argument) and _SERVER.fullmatch(argument) is None
