"""The recorded page as the player's iframe gets it: inert, whatever is in it."""

from __future__ import annotations

import re
from html import escape

from flask import Response

from ..replaying import Rendered

POLICY = "; ".join(
    (
        "sandbox",
        "default-src 'none'",
        "style-src 'self' 'unsafe-inline' https: data:",
        "img-src 'self' https: data:",
        "font-src 'self' https: data:",
        "media-src 'self' https: data:",
        "form-action 'none'",
        "frame-ancestors 'self'",
    )
)
"""No script runs, nothing is sent, nothing is framed but by the player; looks are the page's own."""

_HEAD = re.compile(r"<head(?:\s[^>]*)?>", re.IGNORECASE)
_DOCTYPE = re.compile(r"\s*<!doctype[^>]*>", re.IGNORECASE)

_EXPLANATION = """<!doctype html><meta charset="utf-8"><title>No page</title>
<style>html{{font:16px/1.5 system-ui,sans-serif;color-scheme:light dark}}
body{{display:grid;place-content:center;min-height:90vh;margin:0;padding:0 2rem;text-align:center}}
p{{max-width:34rem;margin:.3rem auto;opacity:.75}}strong{{font-size:1.1rem}}</style>
<strong>{title}</strong><p>{reason}</p>"""


def page_response(rendered: Rendered, url: str) -> Response:
    """Serve a rendered page.

    :param url: its URL when it was recorded; what is relative in it resolves against that, and
        links open nowhere.
    """
    if not rendered.html.strip():
        reason = rendered.problem or "The response had no text."
        return document(_EXPLANATION.format(title="This page cannot be shown", reason=escape(reason)))
    base = f'<base href="{escape(url)}" target="_blank">'
    html = rendered.html
    head = _HEAD.search(html) or _DOCTYPE.match(html)
    position = head.end() if head is not None else 0
    return document(f"{html[:position]}{base}{html[position:]}")


def nothing(title: str, reason: str) -> Response:
    """Serve a page that says why there is none."""
    return document(_EXPLANATION.format(title=escape(title), reason=escape(reason)))


def document(html: str) -> Response:
    """Serve HTML that nobody vouches for."""
    response = Response(html.encode("utf-8", "replace"), mimetype="text/html")
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response
