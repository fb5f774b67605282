"""Files that a page loads from a view of the app: an avatar, a chart, a generated stylesheet."""

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
    """Whether a response is something that a page loads and may be kept.

    What the app forbids to store (RFC 9111, section 5.2.2.5) is not: the picture of a second
    factor's secret, say.
    """
    return (
        response.status_code == 200
        and request.method == "GET"
        and bool(_KINDS.fullmatch(response.mimetype or ""))
        and not _FORBIDDEN.search(",".join(response.headers.getlist("Cache-Control")))
    )


def kept_asset(content: bytes, mimetype: str, hide: Callable[[str], str]) -> tuple[str, bytes]:
    """Return what is kept of a response that a page loads, under its content hash; of text, without
    secrets.

    :param hide: takes what was learnt to be secret out of a text.
    """
    if _TEXTS.fullmatch(mimetype):
        text = content.decode("utf-8", "surrogateescape")
        kept = hide(_masked(text, script=bool(_SCRIPT.fullmatch(mimetype))))
        if kept != text:
            content = kept.encode("utf-8", "surrogateescape")
    return digest_key(content), content


def _masked(text: str, *, script: bool) -> str:
    """Return a text without what stands under sensitive names in it, as in a page's."""
    if not script:
        return sanitize_html.mask(text)
    before, after = "<script>", "</script>"
    return sanitize_html.mask(f"{before}{text}{after}").removeprefix(before).removesuffix(after)
