"""A quick check of the names and the bytes of a JSON document. Most documents have nothing to mask
and stay as they are.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple

from .named_elsewhere import may_name_others
from .names import is_vague, sensitive

_DOCUMENT = re.compile(rb'"(?:[-{\[/]|e[yw]|W[3y])')
"""Begins a text that is a path, an option, or a document, plain or in base64."""

_PAIRS = re.compile(rb"\[\s*\[")
"""Begins lists that may be pairs."""

_ESCAPED = re.compile(rb"\\(?:/|u00[0-7])")
"""A slash or an ASCII letter, written as an escape."""

_CONTAINERS = frozenset({dict, list})


class Outline(NamedTuple):
    """The structure of a JSON document, without its values.

    :ivar names: the names of all members, at any level.
    :ivar containers: the names of lists and objects.
    :ivar depth: levels of nested containers.
    """

    names: frozenset[str]
    containers: frozenset[str]
    depth: int


def outline_of(document: Any) -> Outline:
    """Return the outline of a JSON document.

    Objects in it are mostly rows, so each kind of object is examined once.
    """
    names, containers = set[str](), set[str]()
    kinds: dict[tuple[object, ...], list[str]] = {}
    level, depth = [document] if type(document) in _CONTAINERS else [], 0
    while level:
        inner: list[Any] = []
        for one in level:
            if type(one) is list:
                if not _CONTAINERS.isdisjoint(map(type, one)):
                    inner += [item for item in one if type(item) in _CONTAINERS]
                continue
            kind = (*one, *map(type, one.values()))
            nested = kinds.get(kind)
            if nested is None:
                nested = [name for name, item in one.items() if type(item) in _CONTAINERS]
                kinds[kind] = nested
                names.update(one)
                containers.update(nested)
            for name in nested:
                inner.append(one[name])
        level, depth = inner, depth + 1
    return Outline(frozenset(names), frozenset(containers), depth)


def is_plain_outline(outline: Outline, body: bytes) -> bool:
    """Whether a JSON document has no sensitive name, no pairs of names and values, and no address.

    :param body: the text from which the document was read.
    """
    return not _may_hold_secrets(body) and _are_harmless(outline.names, outline.containers)


def _may_hold_secrets(body: bytes) -> bool:
    """Whether values may hold secrets under any name: documents, addresses, pairs of names and
    values, options of a command, types of fields.

    Each character is searched for separately. A single expression would try all alternatives at
    each byte.
    """
    lower = body.lower()
    return (
        _DOCUMENT.search(body) is not None
        or b"//" in body
        or _PAIRS.search(body) is not None
        or b'"password"' in lower
        or b'"secret"' in lower
        or (b"\\" in body and _ESCAPED.search(body) is not None)
        or (b"=" in body and (b"?" in body or b"#" in body))
    )


@lru_cache(maxsize=1024)
def _are_harmless(names: frozenset[str], containers: frozenset[str]) -> bool:
    """Whether no name is sensitive, alone or with the name of a list or object above it."""
    if may_name_others(names):
        return False
    below = [*filter(is_vague, names)]
    return not any(map(sensitive, names)) and not any(
        sensitive(f"{name}_{key}") for name in containers for key in below
    )
