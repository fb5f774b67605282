"""Drawings whose parts a page shows by fragment.

Browsers load such drawings only from the page's own origin. A sandboxed page has no origin, so the
drawings are inserted into it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_SCRIPT = re.compile(
    r"<script\b.*?(?:</script\s*>|/>|\Z)|<!DOCTYPE[^>\[]*+(?:\[[^\]]*+\]?)?[^>]*+>?|<\?.*?(?:\?>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
"""Text that does not belong to the drawing. An unclosed one extends to the end, so no character is
scanned twice.
"""

_NAME = re.compile(
    r"""(\sid\s*=\s*["'])([^"']*)|(href\s*=\s*["']#|url\(\s*["']?#)([^"')]*)""", re.IGNORECASE
)


class Sprites:
    """The drawings to which a page refers."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def name(self, key: str, fragment: str, load: Callable[[], str]) -> str | None:
        """Return the address of a part, and insert its drawing into the page.

        :param key: content hash of the drawing.
        :param load: returns the drawing.
        """
        prefix = f"s{key[:8]}-"
        if key not in self._texts:
            try:
                text = load()
            # whatever is wrong with a drawing, the page is shown without it
            except Exception:  # noqa: BLE001
                return None
            self._texts[key] = _NAME.sub(
                lambda m: f"{m[1] or m[3]}{prefix}{m[2] or m[4]}", _SCRIPT.sub("", text)
            )
        return f"#{prefix}{fragment}"

    def put_into(self, page: str) -> str:
        """Return a page with its drawings hidden at its end."""
        if not self._texts:
            return page
        drawings = "".join(self._texts.values())
        hidden = "position:absolute;width:0;height:0;overflow:hidden"
        return f'{page}<div style="{hidden}" aria-hidden="true">{drawings}</div>'
