"""Keep files that a page loads from a view of the app: an avatar, a chart, a generated
stylesheet.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Request, Response

from ...codec import digest_key
from ...sanitize import html as sanitize_html

_KINDS = re.compile(
    r"(?:image|font|audio|video)/.+|text/css|(?:text|application)/(?:x-)?(?:java|ecma)script",
    re.IGNORECASE,
)
_TEXTS = re.compile(r"image/svg\+xml|text/.+|application/.*script", re.IGNORECASE)
_SCRIPT = re.compile(r".*script", re.IGNORECASE)
_FORBIDDEN = re.compile(r"\bno-store\b", re.IGNORECASE)


def is_asset(request: Request, response: Response) -> bool:
    """Whether a response is a file that a page loads and that may be kept.

    A response that the app forbids to store (RFC 9111, section 5.2.2.5) is not kept. It may be the
    QR code of a second factor's secret.
    """
    return (
        response.status_code == 200
        and request.method == "GET"
        and bool(_KINDS.fullmatch(response.mimetype or ""))
        and not _FORBIDDEN.search(",".join(response.headers.getlist("Cache-Control")))
    )


def kept_asset(content: bytes, mimetype: str, hide: Callable[[str], str]) -> tuple[str, bytes]:
    """Return the content to keep of a file for a page, with its content hash. Texts are sanitized.

    :param hide: removes the learnt secrets from a text.
    """
    if _TEXTS.fullmatch(mimetype):
        text = content.decode("utf-8", "surrogateescape")
        kept = hide(_masked(text, script=bool(_SCRIPT.fullmatch(mimetype))))
        if kept != text:
            content = kept.encode("utf-8", "surrogateescape")
    return digest_key(content), content


def _masked(text: str, *, script: bool) -> str:
    """Return a text without the values under sensitive names in it, as in a page."""
    if not script:
        return sanitize_html.mask(text)
    before, after = "<script>", "</script>"
    return sanitize_html.mask(f"{before}{text}{after}").removeprefix(before).removesuffix(after)
