"""A look at the names and the bytes of a JSON document: mostly no rule is about it, and it stays as
it is.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple

from . import vocabulary as known
from .named_elsewhere import may_tell
from .names import sensitive

_TELLING = re.compile(rb'"(?:[{\[/]|e[yw]|W[3y])|//|\\/|\\u00[0-7]|\[\s*\[')
"""Texts that are documents, as they are or in base64, or paths, a slash or an ASCII letter written
as an escape, and lists that may be pairs.
"""

_CONTAINERS = frozenset({dict, list})


class Outline(NamedTuple):
    """What a JSON document is but its values.

    :ivar names: of all its members, whichever stands below which.
    :ivar containers: those of lists and objects.
    :ivar depth: containers within each other.
    """

    names: frozenset[str]
    containers: frozenset[str]
    depth: int


def outline_of(document: Any) -> Outline:
    """Return the outline of a JSON document."""
    names, containers = set[str](), set[str]()
    level, depth = [document] if type(document) in _CONTAINERS else [], 0
    while level:
        inner: list[Any] = []
        for one in level:
            if type(one) is list:
                inner += [item for item in one if type(item) in _CONTAINERS]
                continue
            names.update(one)
            if not _CONTAINERS.isdisjoint(map(type, one.values())):
                held = {name: item for name, item in one.items() if type(item) in _CONTAINERS}
                containers.update(held)
                inner += held.values()
        level, depth = inner, depth + 1
    return Outline(frozenset(names), frozenset(containers), depth)


def is_plain_outline(outline: Outline, body: bytes) -> bool:
    """Whether a JSON document has no name of a secret in it, nothing that names and values are, and
    no address.

    :param body: that it was read from.
    """
    if _TELLING.search(body) or (b"=" in body and (b"?" in body or b"#" in body)):
        return False
    return _are_harmless(outline.names, outline.containers)


@lru_cache(maxsize=1024)
def _are_harmless(names: frozenset[str], containers: frozenset[str]) -> bool:
    """Whether names tell of nothing secret, those of lists and objects with what may stand below
    them.
    """
    if may_tell(names):
        return False
    below = [name for name in names if name.lower() in known.KEYS]
    return not any(map(sensitive, names)) and not any(
        sensitive(f"{name}_{key}") for name in containers for key in below
    )
