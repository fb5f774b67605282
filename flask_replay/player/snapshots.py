"""Snapshots of a program's actions in the player's iframe: the screenshot, or the page's HTML in an
inert form.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any

from ..engine.replaying import Rendered
from ..errors import DecodeError, RecordingNotFound
from ..recording.batch import Batch
from ..recording.events import Action, Snapshot
from ..storage import Recordings
from .framed_page import Document, nothing

_IMAGES = frozenset({"image/png", "image/jpeg", "image/webp"})
_SELECTOR = re.compile(r"(?!.*/\*)[\w\s.#:()\[\]='\"~^$*|>+,/-]{1,300}")
"""Selectors that are safe in a style sheet. Braces, semicolons, tags and backslashes are excluded,
because they could end or escape the rule.
"""

_MARK = "outline: 3px solid #e5326b !important; outline-offset: 2px !important"

_SCREENSHOT = """<!doctype html><meta charset="utf-8"><title>Screenshot</title>
<style>html{{color-scheme:light dark;background:light-dark(#eceef2,#14171d)}}
body{{margin:0}}div{{position:relative}}img{{display:block;width:100%;height:auto}}
i{{position:absolute;box-sizing:border-box;border:3px solid #e5326b;border-radius:4px}}</style>
<div><img alt="" src="data:{mimetype};base64,{data}">{box}</div>"""


def chosen(batch: Batch, *, dom: bool) -> tuple[Action, Snapshot] | None:
    """Return the snapshot of an action to show: its screenshot, or its DOM snapshot if requested or
    if there is no screenshot.
    """
    action = batch.action
    if action is None or not action.snapshots:
        return None
    return action, action.dom if dom and action.dom is not None else action.snapshots[0]


Shown = Callable[[Rendered, str], Document]
"""Returns a page as the player shows it, given the rendered page and its address."""


def snapshot_page(
    action: Action, snapshot: Snapshot, recordings: Recordings, shown: Shown
) -> Document:
    """Return a snapshot with the element of the action marked."""
    try:
        content = recordings.document(snapshot.key)
    except (RecordingNotFound, DecodeError) as error:
        return nothing("This snapshot is gone", str(error))
    if snapshot.mimetype in _IMAGES:
        data = base64.b64encode(content).decode()
        return Document(
            _SCREENSHOT.format(mimetype=snapshot.mimetype, data=data, box=_box(action, snapshot)),
            mimetype="text/html",
        )
    text = content.decode("utf-8", "replace")
    marked = (
        f"{text}<style>{action.selector} {{ {_MARK} }}</style>"
        if _SELECTOR.fullmatch(action.selector)
        else text
    )
    return shown(Rendered(marked), address(action) or "/")


def address(action: Action) -> str:
    """Return the address of the page of an action, ``""`` if unknown."""
    url = action.value if action.type == "navigate" else action.metadata.get("url")
    return url if isinstance(url, str) and re.match(r"https?://|/", url) else ""


def snapshot_verdict(snapshot: Snapshot) -> dict[str, Any]:
    """Return the description of a snapshot, which cannot be compared with anything."""
    text = "a screenshot" if snapshot.mimetype in _IMAGES else "a DOM snapshot"
    return {
        "state": "snapshot",
        "text": text,
        "missing": [],
        "problem": "",
        "diff": "",
        "whole": True,
    }


def _box(action: Action, snapshot: Snapshot) -> str:
    """Return the style that marks the part of a screenshot that the action's metadata name."""
    box = action.metadata.get("box")
    size = (snapshot.width, snapshot.height) * 2
    if (
        not isinstance(box, list)
        or len(box) != 4
        or not all(isinstance(item, int | float) for item in box)
    ):
        return ""
    if not all(size):
        return ""
    left, top, width, height = (
        f"{100 * item / whole:.3f}%" for item, whole in zip(box, size, strict=True)
    )
    return f'<i style="left:{left};top:{top};width:{width};height:{height}"></i>'
