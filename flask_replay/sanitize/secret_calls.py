"""Calls that pass a secret, by their names."""

from __future__ import annotations

from collections.abc import Callable

from .names import words_of
from .terms import words_in

_LOGINS = words_in("login logon signin authenticate unlock")
"""Last words of calls whose arguments are a name and a password."""

_CREDENTIALS = words_in("auth credential credentials")
"""Last words of objects that are made of a name and a password: ``HTTPBasicAuth``."""

_CONNECTING = words_in("connect pconnect bind mysqli pdo getconnection")
_MAKING = frozenset({"__construct", "__init__"})
_CONNECTIONS = words_in("pdo mysqli wpdb db database dbal ldap connection smtp ftp imap")
"""Names of calls that connect to a server, of those that make an object, and last words of classes
whose objects are connections.
"""

_READING = words_in("get list count request forgot send revoke fetch find show delete remove")
"""First words of calls that pass no secret: ``listTokens``."""

_SETTING = words_in("set reset change update save verify check confirm enter submit validate")
"""First words of calls that pass a value: ``setPin``."""


def secret_passed(called: str, sensitive: Callable[[str], bool]) -> str:
    """Return the name of the secret that a call passes, ``""`` if it passes none or only asks for
    one: ``pin`` for ``resetPin``.
    """
    words = words_of(called)
    if not _READING.isdisjoint(words[:1]) and "/" not in called:
        return ""
    names = (called, "_".join(words[1:]) if sets_secret(called) else "")
    return next(filter(sensitive, names), "")


def sets_secret(called: str) -> bool:
    """Whether the first word of a call says that its argument is the new value."""
    return not _SETTING.isdisjoint(words_of(called)[:1])


def logs_in(called: str) -> bool:
    """Whether the arguments of a call are a name and a password."""
    words = words_of(called)[-2:]
    return not _LOGINS.isdisjoint((*words[-1:], "".join(words)))


def holds_login(called: str) -> bool:
    """Whether a call makes an object of a name and a password."""
    words = words_of(called)
    return len(words) > 1 and words[-1] in _CREDENTIALS and words[0] not in _READING


def connects(called: str, owner: str) -> bool:
    """Whether a call connects to a server, so that a password is among its arguments.

    :param owner: the object or class of which it is a method, ``""`` if it is a function.
    """
    if called in _MAKING:
        return not _CONNECTIONS.isdisjoint(words_of(owner)[-1:])
    words = words_of(called)
    last = words[-2:-1] if words[-1:] == ("s",) else words[-1:]  # simple_bind_s
    return called.lower() in _CONNECTING or not _CONNECTING.isdisjoint(last)
