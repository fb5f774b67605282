"""Pages as browsers show them that run scripts."""

from __future__ import annotations

from ..markup.tags import tags


def without_noscript(text: str) -> str:
    """Return a page without what only visitors whose browsers run no scripts saw: texts, styles, pictures."""
    if "<noscript" not in text.lower():
        return text
    pieces: list[str] = []
    position = 0
    for tag in tags(text, "noscript"):
        pieces += (text[position : tag.start], '<noscript style="display: none !important">')
        position = tag.end
    return "".join((*pieces, text[position:]))
