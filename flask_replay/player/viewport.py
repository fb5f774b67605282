"""The width for which a phone or a tablet laid out a page: that of its screen only if the page says
so.
"""

from __future__ import annotations

import re

from ..markup.tags import tags
from ..recording.device import Device

_USUAL = 980
"""CSS pixels for which browsers lay out pages that were made for desktops."""

_PROPERTY = re.compile(r"(width|initial-scale)\s*=\s*([\w.-]{1,20})", re.IGNORECASE)
_LEAST, _MOST = 1, 10_000
"""CSS pixels (CSS Viewport 1, section 4)."""


def layout_width(html: str, device: Device) -> int:
    """Return the width in CSS pixels, 0 for that of the visitor's screen or window."""
    if not device.has_touch_screen:
        return 0
    found: dict[str, str] = {}
    for tag in tags(html, "meta"):
        if (tag.get("name") or "").strip().lower() == "viewport":
            said = _PROPERTY.findall(tag.get("content") or "")
            found = {name.lower(): value.lower() for name, value in said}
    if "width" in found:
        return _limited(_number(found["width"]))
    scale = _number(found.get("initial-scale", ""))
    return _limited(device.width / scale) if scale > 0 else _USUAL


def _limited(width: float) -> int:
    return round(min(max(width, _LEAST), _MOST)) if width > 0 else 0


def _number(written: str) -> float:
    """Return a number, 0 for a word."""
    try:
        return float(written)
    except ValueError:
        return 0
