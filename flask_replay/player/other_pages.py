"""Pages that are not HTML, as browsers show them: texts and images that a visitor navigated to."""

from __future__ import annotations

from html import escape

from ..fragments.shown_responses import is_text
from ..recording.events import Request
from .recorded_files import DRAWING

_TEXT = (
    '<!doctype html><html><head><meta name="color-scheme" content="light dark"></head><body>'
    '<pre style="word-wrap: break-word; white-space: pre-wrap">{text}</pre></body></html>'
)
_IMAGE = (
    '<!doctype html><body style="margin: 0; background: rgb(14 14 14)"><img src="{url}" style="'
    "position: absolute; inset: 0; margin: auto; max-width: 100%; max-height: 100%;"
    'background: hsl(0 0% 90%)"></body>'
)
_DRAWING = '<!doctype html><body style="margin: 0"><img src="{url}" style="display: block"></body>'


def is_text_page(request: Request | None) -> bool:
    """Whether a response is a text that was shown as a page."""
    return request is not None and is_text(request.mimetype)


def is_image_page(request: Request | None) -> bool:
    """Whether a response is an image that was shown as a page."""
    return (
        request is not None
        and bool(request.asset)
        and request.mimetype.startswith("image/")
        and request.request_headers.get("Sec-Fetch-Dest") == "document"
    )


def text_page(text: str) -> str:
    """Return the page with which browsers show a text."""
    return _TEXT.format(text=escape(text, quote=False))


def image_page(request: Request) -> str:
    """Return the page with which browsers show an image. A drawing is a page itself, at its
    beginning.
    """
    page = _DRAWING if request.mimetype == DRAWING else _IMAGE
    return page.format(url=escape(request.url))
