"""Compare the output of a frame with what the visitor received, by digests."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from ...recording.events import Frame
from ...sanitize import html as sanitize_html


def encoded(output: str) -> bytes:
    """Return a text as it was sent."""
    return output.encode("utf-8", "surrogatepass")


def digest(sent: bytes) -> bytes:
    """Return the digest of sent bytes: eight bytes of SHA-256, which most processors compute in
    hardware.
    """
    return hashlib.sha256(sent).digest()[:8]


def is_identical(frame: Frame, html: str) -> bool:
    """Whether a text is byte for byte what was sent."""
    return digest(encoded(html)) == frame.digest


def is_masked(frame: Frame, html: str) -> bool:
    """Whether a text is what was sent, except for redacted values."""
    return bool(frame.masked) and any(
        digest(encoded(form)) == frame.masked for form in _masked(html)
    )


def _masked(html: str) -> Iterator[str]:
    """Yield a page as different versions have masked it: this one, and older ones that masked fewer
    fields or no JSON.
    """
    yield sanitize_html.comparable(html)
    yield sanitize_html.mask(html)
    yield sanitize_html.mask(html, data=False)
    yield html
