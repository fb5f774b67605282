"""Turn the actions that programs report into events, sanitized."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ...recording.events import Action
from ...sanitize import REDACTED
from ...sanitize.guarded import GuardedSanitizer
from ...sanitize.html import mask
from ...sanitize.names import sensitive
from ...sanitize.text import clean
from ..cleaning.addresses import Addresses
from ..cleaning.plain_data import plain, text
from . import snapshots

_WORD = re.compile(r"[\w-]+")
_QUOTED = re.compile(r"[\"']([^\"']{1,80})[\"']")
"""Names in selectors: ``#new-password``, ``[aria-label="API key"]``."""


def make_action(
    guarded: GuardedSanitizer,
    sequence: int,
    offset_ms: int,
    type: str,
    selector: str | None = None,
    value: Any = None,
    picture: snapshots.StoredSnapshot | None = None,
    dom_snapshot: str | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> tuple[Action, dict[str, bytes]]:
    """Return an action, and its snapshots by content hash.

    :param guarded: sanitizes it, and learns its secrets.
    :param picture: the screenshot.
    :raises SnapshotRefused: the DOM snapshot is too large.
    """
    selector = text(selector or "")
    value = _clean(guarded, selector, value)
    kept_metadata = cleaned(guarded.params(plain(dict(metadata or {}))), guarded)
    page = None if dom_snapshot is None else snapshots.dom(guarded.hide(mask(dom_snapshot)))
    action = Action(
        offset_ms=offset_ms,
        type=text(type),
        sequence=sequence,
        selector=selector,
        value=value,
        screenshot=picture[0] if picture else None,
        dom=page[0] if page else None,
        metadata=guarded.hide(kept_metadata),
    )
    return action, {
        snapshot.key: data for snapshot, data in (kept for kept in (picture, page) if kept)
    }


def _clean(guarded: GuardedSanitizer, selector: str, value: Any) -> Any:
    """Return a value, sanitized."""
    if value is None or value == "":
        return value
    if any(map(sensitive, (*_WORD.findall(selector), *_QUOTED.findall(selector)))):
        if isinstance(value, str | int):
            guarded.memory.learn(str(value))  # a page may show it again
        return REDACTED
    return guarded.hide(
        cleaned(guarded.params({"value": plain(value)}).get("value", REDACTED), guarded)
    )


def cleaned(data: Any, guarded: GuardedSanitizer) -> Any:
    """Redact, in the texts of plain data, values after sensitive names and secrets in URLs."""
    if isinstance(data, str):
        return clean(Addresses(guarded).within(data))
    if isinstance(data, list):
        return [cleaned(item, guarded) for item in data]
    if isinstance(data, dict):
        return {name: cleaned(item, guarded) for name, item in data.items()}
    return data
