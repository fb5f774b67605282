"""Drawings of which a page shows parts by name.

Browsers load them from the page's own origin alone, and a sandboxed page has none: they are put
into it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_SCRIPT = re.compile(
    r"<script\b.*?(?:</script\s*>|/>|\Z)|<!DOCTYPE[^>\[]*+(?:\[[^\]]*+\]?)?[^>]*+>?|<\?.*?(?:\?>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
"""What is no drawing; what nothing ends goes on to the end, so that nothing is looked at twice."""

_NAME = re.compile(
    r"""(\sid\s*=\s*["'])([^"']*)|(href\s*=\s*["']#|url\(\s*["']?#)([^"')]*)""", re.IGNORECASE
)


class Sprites:
    """The drawings that a page refers to."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def name(self, key: str, fragment: str, load: Callable[[], str]) -> str | None:
        """Return the address of a part, once its drawing is in the page.

        :param key: of the drawing.
        :param load: returns it.
        """
        prefix = f"s{key[:8]}-"
        if key not in self._texts:
            try:
                text = load()
            # whatever is wrong with it, the page is shown without it
            except Exception:  # noqa: BLE001
                return None
            self._texts[key] = _NAME.sub(
                lambda m: f"{m[1] or m[3]}{prefix}{m[2] or m[4]}", _SCRIPT.sub("", text)
            )
        return f"#{prefix}{fragment}"

    def put_into(self, page: str) -> str:
        """Return a page with its drawings at its end, where they take no room."""
        if not self._texts:
            return page
        drawings = "".join(self._texts.values())
        hidden = "position:absolute;width:0;height:0;overflow:hidden"
        return f'{page}<div style="{hidden}" aria-hidden="true">{drawings}</div>'
