"""Show database URLs in messages without credentials, wherever these are in the URL.

A password may be the user's (``user:password@``), with characters that end it too early for a
parser; an option (``?password=``); or part of an ODBC connection string (``?odbc_connect=…PWD=…``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

import sqlalchemy as sa

from ...sanitize.names import sensitive
from ...sanitize.text import clean

_ODBC = re.compile(r"(?i)(?:pwd|password)\s*=\s*(\{(?:[^}]|\}\})*\}|[^;]*)")
_HIDDEN = "***"
_SHORT = 5
"""Secrets of up to this many characters may be part of a harmless word."""


def shown_address(url: sa.URL) -> str:
    """Return a URL without its password and options."""
    host, database = (
        part if part is None else part.rpartition("@")[2] for part in (url.host, url.database)
    )
    if url.get_backend_name() == "sqlite":
        database = url.database  # a file name may contain an @
    return url.set(host=host, database=database, query={}).render_as_string()


def discreet(text: str, url: sa.URL) -> str:
    """Return a driver's message without the secrets of the URL that it was given."""
    for secret in sorted({*_secrets(url)}, key=len, reverse=True):
        for writing in (secret, quote(secret, safe=""), quote_plus(secret)):
            alone = (
                # A short secret such as "pass" is replaced only as a whole word.
                rf"(?<!\w){re.escape(writing)}(?!\w)"
            )
            text = re.sub(re.escape(writing) if len(writing) > _SHORT else alone, _HIDDEN, text)
    return clean(text)


def _secrets(url: sa.URL) -> Iterator[str]:
    if url.password:
        yield str(url.password)
    for part in (url.host, url.database):
        if part and "@" in part and url.get_backend_name() != "sqlite":
            # the rest of a password that contains an @
            yield from filter(None, part.split("@")[:-1])
    for name, values in url.query.items():
        for value in (values,) if isinstance(values, str) else values:
            if sensitive(name):
                yield value
            yield from (found.strip("{}") for found in _ODBC.findall(value) if found)
