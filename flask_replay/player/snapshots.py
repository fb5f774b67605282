"""What a program saw when it acted, as the player's iframe gets it: the screenshot, or the page's
HTML, inert.
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
from .document import Document, nothing

_IMAGES = frozenset({"image/png", "image/jpeg", "image/webp"})
_SELECTOR = re.compile(r"(?!.*/\*)[\w\s.#:()\[\]='\"~^$*|>+,/-]{1,300}")
"""Selectors that may stand in a style sheet; no brace, semicolon, tag or backslash ends or escapes
them.
"""

_MARK = "outline: 3px solid #e5326b !important; outline-offset: 2px !important"

_SCREENSHOT = """<!doctype html><meta charset="utf-8"><title>Screenshot</title>
<style>html{{color-scheme:light dark;background:light-dark(#eceef2,#14171d)}}
body{{margin:0}}div{{position:relative}}img{{display:block;width:100%;height:auto}}
i{{position:absolute;box-sizing:border-box;border:3px solid #e5326b;border-radius:4px}}</style>
<div><img alt="" src="data:{mimetype};base64,{data}">{box}</div>"""


def chosen(batch: Batch, *, dom: bool) -> tuple[Action, Snapshot] | None:
    """Return what to show of an action: its screenshot, or its DOM snapshot if it has none or that
    was asked for.
    """
    action = batch.action
    if action is None or not action.snapshots:
        return None
    return action, action.dom if dom and action.dom is not None else action.snapshots[0]


Shown = Callable[[Rendered, str], Document]
"""Returns a page as the player shows it, by its text and address."""


def snapshot_page(
    action: Action, snapshot: Snapshot, recordings: Recordings, shown: Shown
) -> Document:
    """Serve a snapshot, with what the action was done to marked in it."""
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
    """Return the address of the page that an action was done on, if it was said."""
    url = action.value if action.type == "navigate" else action.metadata.get("url")
    return url if isinstance(url, str) and re.match(r"https?://|/", url) else ""


def snapshot_verdict(snapshot: Snapshot) -> dict[str, Any]:
    """Say what is shown: there is nothing to compare it with."""
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
    """Mark the part of a screenshot that the action's metadata names."""
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
