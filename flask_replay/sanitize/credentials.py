"""Secrets within a secret value: a token after ``Bearer``, a password after a user name."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import unquote

from .common_values import is_time
from .names import sensitive

_LONGEST = 4_096
"""Characters of the longest value that is split."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9-]{2,39})[ \t]+(\S.*)", re.DOTALL)
"""The beginning of credentials: RFC 9110, section 11.4."""

_SCHEMES = frozenset({"basic", "bearer", "token", "apikey"})
"""Schemes after which the rest is one secret, whatever it contains."""

_PARAMETER = re.compile(r"""([\w.-]{1,64}) ?= ?(?:"([^"]*)"|([^\s,;&"]+))""")
_PROOFS = frozenset({"response", "cnonce", "mac"})
"""Parameters whose names are sensitive only here: RFC 7616, section 3.4."""

_LOGIN = re.compile(r"[\w.@+-]{1,64}:([^\s/]\S{3,255})")
_ADDRESS = re.compile(r"[A-Za-z][\w+.-]{0,30}://[^\s/@:]{0,256}:([^\s@]{3,1024})@")
"""The address of a server, with a password."""

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")


@lru_cache(maxsize=256)
def parts_of(value: str) -> tuple[str, ...]:
    """Return the parts of a secret value that are secrets by themselves. They are cached, since a
    visitor sends the same cookies with each request.

    :param value: a header, a cookie or a field: ``Bearer …``, ``Digest response="…"``, or
        ``name:password``, which may be in base64 (RFC 7617).
    """
    return tuple(_parts_of(value)) if len(value) <= _LONGEST else ()


def _parts_of(value: str) -> Iterator[str]:
    scheme = _SCHEME.fullmatch(value)
    rest = value if scheme is None else scheme[2].strip()
    if scheme is not None and (" " not in rest or scheme[1].lower() in _SCHEMES):
        yield rest
    for name, quoted, bare in _PARAMETER.findall(rest) if "=" in rest else ():
        if sensitive(name) or name.lower() in _PROOFS:
            yield quoted or bare
    address = _ADDRESS.match(rest)
    if address is not None:
        yield address[1]
        yield unquote(address[1])
    user, _, password = base64_text(rest).partition(":")
    login = _LOGIN.fullmatch(rest)
    if user and password and user.isprintable():
        yield password  # it may contain spaces
    elif login is not None and not is_time(value):
        yield login[1]


def base64_text(text: str) -> str:
    """Return the decoded text of base64 or base64url, ``""`` if the text is neither."""
    if _BASE64.fullmatch(text) is None:
        return ""
    letters = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return b64decode(letters + "=" * (-len(letters) % 4)).decode()
    except ValueError:
        return ""
