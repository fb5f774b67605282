"""A look at the bytes of a JSON document: mostly no rule for names or addresses is about it, and it stays as it is."""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec

from . import vocabulary as known
from .names import sensitive

PAIR_NAMES = ("name", "key", "field", "header", "id", "label", "k")
PAIR_VALUES = frozenset({"value", "values", "val", "v", "data", "content"})
"""How documents write names and values that are data themselves."""

_KEY = re.compile(rb'"((?:[^"\\]|\\.)*)"\s*:\s*([{\[]?)')
_TELLING = re.compile(rb'"[{\[/]|//|\\/|\\u00[0-7]|\[\s*\[')
"""Texts that are documents or paths, a slash or an ASCII letter written as an escape, and lists that may be pairs."""


def is_plain_outline(body: bytes) -> bool:
    """Whether a JSON document has no name of a secret in it, nothing that names and values are, and no address."""
    if _TELLING.search(body) or (b"=" in body and (b"?" in body or b"#" in body)):
        return False
    return _harmless(frozenset(_KEY.findall(body)))


@lru_cache(maxsize=1024)
def _harmless(written: frozenset[tuple[bytes, bytes]]) -> bool:
    """Whether names of a document tell of nothing secret, whichever stands below which.

    :param written: each as JSON writes it, and whether it is of a list or a document.
    """
    try:
        names = {name: msgspec.json.decode(b'"' + name + b'"', type=str) for name, _ in written}
    except msgspec.DecodeError:
        return False
    return _are_harmless(set(names.values()), {names[name] for name, opens in written if opens})


def _are_harmless(names: set[str], containers: set[str]) -> bool:
    """Whether names tell of nothing secret, those of lists and documents with what may stand below them."""
    if not names.isdisjoint(PAIR_NAMES) and not names.isdisjoint(PAIR_VALUES):
        return False
    below = [name for name in names if name.lower() in known.KEYS]
    return not any(map(sensitive, names)) and not any(
        sensitive(f"{name}_{key}") for name in containers for key in below
    )
