"""The forms of lists: paths and endpoints, hosts, expressions, hashes of tokens."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from .value_forms import Form, Mistake, flag, is_flag, shown

_HOST = r"(?:\*\.)?[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?"
"""A name or an IPv4 address. ``*.`` before a name means all its subdomains."""

REDACTED_FORMS = ("email", "phone", "ip")
"""Forms of visitors' own data that are redacted if a setting names them."""


def patterns() -> Form[tuple[str, ...]]:
    """Return the form of paths and endpoints: a list, or a string with commas between them."""

    def convert(value: Any) -> tuple[str, ...]:
        items = (
            [item for item in value.split(",") if item.strip()] if isinstance(value, str) else value
        )
        if not isinstance(items, Sequence | AbstractSet) or isinstance(items, bytes | bytearray):
            raise TypeError
        for item in items:
            if not isinstance(item, str) or not item.strip():
                raise Mistake(f"{shown(item)} is not a path or endpoint")
            if "/" in item.strip()[1:] and not item.strip().startswith("/"):
                raise Mistake(f"the path {item.strip()!r} must begin with '/'")
        ordered = sorted(items) if isinstance(items, AbstractSet) else items
        return tuple(item.strip() for item in ordered)

    return Form("paths and endpoints, such as ['/health', 'api.*'] or '/health,api.*'", convert)


def _listed(value: Any, fits: Callable[[str], object], what: str) -> tuple[str, ...]:
    """Return the items of a list, or of a string with commas between them, in lower case.

    :raises Mistake: an item does not match.
    """
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, Sequence | AbstractSet) or isinstance(items, bytes | bytearray):
        raise TypeError
    for item in items:
        if not isinstance(item, str) or not (
            fits(item.strip().lower()) or (not item.strip() and items is not value)
        ):
            raise Mistake(f"{shown(item)} is not a {what}")
    ordered = sorted(items) if isinstance(items, AbstractSet) else items
    return tuple(item.strip().lower() for item in ordered if item.strip())


def hosts() -> Form[tuple[str, ...]]:
    """Return the form of hosts: a list, or a string with commas between them."""
    fits = re.compile(rf"{_HOST}|\[[0-9a-f:.]+\]").fullmatch

    def convert(value: Any) -> tuple[str, ...]:
        return _listed(value, fits, "host without scheme, port or path")

    return Form(
        "hosts, such as ['dev.example', '*.dev.example', '192.168.1.7'] or 'dev.example,[::1]'",
        convert,
    )


def sources() -> Form[tuple[str, ...]]:
    """Return the form of hosts that pages may load from, as in a content security policy (Content
    Security Policy, section 2.3.1).

    ``True`` means all HTTP and HTTPS hosts, ``False`` means none.
    """
    fits = re.compile(rf"(?:https?://)?{_HOST}(?::(?:\d{{1,5}}|\*))?").fullmatch

    def convert(value: Any) -> tuple[str, ...]:
        if isinstance(value, bool) or (isinstance(value, str) and is_flag(value)):
            return ("https:", "http:") if flag().convert(value) else ()
        return _listed(value, fits, "host, with or without scheme and port")

    return Form(
        "True, False, or hosts such as ['cdn.example', 'https://*.fonts.example', "
        "'img.example:8443']",
        convert,
    )


def expressions() -> Form[tuple[str, ...]]:
    """Return the form of what to redact by its format: names, and regular expressions."""

    def convert(value: Any) -> tuple[str, ...]:
        items = value
        if isinstance(value, str):
            names = [item.strip() for item in value.split(",")]
            items = names if set(names) <= {*REDACTED_FORMS, ""} else [value]
        if not isinstance(items, Sequence | AbstractSet) or isinstance(items, bytes | bytearray):
            raise TypeError
        wanted = [
            item
            for item in (sorted(items) if isinstance(items, AbstractSet) else items)
            if item != ""
        ]
        for item in wanted:
            if not isinstance(item, str):
                raise Mistake(f"{shown(item)} is not a string")
            try:
                empty = re.compile(item).search("")
            except re.error as error:
                raise Mistake(f"{item!r} is not a regular expression: {error}") from None
            if empty is not None:
                raise Mistake(f"{item!r} also matches the empty string")
            near = difflib.get_close_matches(item.lower(), REDACTED_FORMS, n=1, cutoff=0.75)
            if near and item not in REDACTED_FORMS:
                raise Mistake(f"{item!r} is not a name: did you mean {near[0]!r}?")
        return tuple(wanted)

    return Form("names ('email', 'phone', 'ip') and regular expressions", convert)


def hashes() -> Form[dict[str, str]]:
    """Return the form of tokens' hashes by name. Messages never show them, because somebody may
    have set a token instead.
    """

    def convert(value: Any) -> dict[str, str]:
        if not isinstance(value, Mapping):
            raise TypeError
        for name, hash in value.items():
            if (
                not isinstance(name, str)
                or not isinstance(hash, str)
                or not re.fullmatch(r"(read:|note:)?sha256:[0-9a-f]{64}", hash)
            ):
                raise Mistake(
                    f"{shown(name)} needs a hash, as flask replay token prints it, and not the "
                    "token itself"
                )
        return dict(value)

    return Form(
        "a dictionary of names, each with the hash that flask replay token prints",
        convert,
        secret=True,
    )
