"""Check screenshots and DOM snapshots. Their type is detected from the content, not from a name."""

from __future__ import annotations

import base64
import binascii
import os
import re
import warnings
from io import BytesIO
from pathlib import Path

from ...codec import digest_key
from ...errors import SnapshotRefused
from ...recording.events import Snapshot

MAX_SCREENSHOT = 10 << 20
"""The most bytes of one screenshot."""

MAX_PIXELS = 50_000_000
"""The most pixels of one screenshot. It admits the longest page, and refuses a decompression
bomb.
"""

MAX_DOM = 5 << 20
"""The most bytes of one DOM snapshot."""

IMAGE_FORMATS = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
"""Formats of screenshots by Pillow's names, with their MIME types."""

_DATA_URL = re.compile(r"data:image/[a-z]+;base64,", re.IGNORECASE)

Screenshot = bytes | str | os.PathLike[str]
"""An image as bytes, its path, or its text in base64, which models of browser agents use."""

StoredSnapshot = tuple[Snapshot, bytes]
"""The description of a snapshot, and its content."""


def screenshot(image: Screenshot) -> StoredSnapshot:
    """Return a screenshot in PNG, JPEG or WebP, with its description.

    :raises SnapshotRefused: it is something else, damaged, or too large.
    """
    data = _bytes(image)
    if len(data) > MAX_SCREENSHOT:
        raise SnapshotRefused(
            f"a screenshot of {len(data):,} bytes; the limit is {MAX_SCREENSHOT:,}"
        )
    mimetype, width, height = _measure(data)
    if width * height > MAX_PIXELS:
        raise SnapshotRefused(
            f"a screenshot of {width} × {height} pixels; the limit is {MAX_PIXELS:,}"
        )
    return Snapshot(digest_key(data), mimetype, len(data), width, height), data


def dom(html: str) -> StoredSnapshot:
    """Return a DOM snapshot with its description.

    :param html: the HTML, sanitized.
    :raises SnapshotRefused: it is too large.
    """
    data = html.encode("utf-8", "replace")
    if len(data) > MAX_DOM:
        raise SnapshotRefused(f"a DOM snapshot of {len(data):,} bytes; the limit is {MAX_DOM:,}")
    return Snapshot(digest_key(data), "text/html", len(data)), data


def _bytes(image: Screenshot) -> bytes:
    if isinstance(image, bytes | bytearray | memoryview):
        return bytes(image)
    if isinstance(image, str):
        try:
            return base64.b64decode(_DATA_URL.sub("", image, count=1), validate=True)
        except (binascii.Error, ValueError):
            raise SnapshotRefused(
                "a screenshot must be bytes, a path (pathlib.Path), or a string in base64"
            ) from None
    path = Path(image)
    if path.stat().st_size > MAX_SCREENSHOT:
        raise SnapshotRefused(f"{path.name} has more than {MAX_SCREENSHOT:,} bytes")
    return path.read_bytes()


def _measure(data: bytes) -> tuple[str, int, int]:
    """Return type, width and height of an image. Only its header is read."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            # the caller limits the number of pixels
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(BytesIO(data), formats=tuple(IMAGE_FORMATS)) as image:
                return IMAGE_FORMATS[str(image.format)], *image.size
    except (OSError, SyntaxError, ValueError, KeyError, Image.DecompressionBombError) as error:
        raise SnapshotRefused(f"not a screenshot in PNG, JPEG or WebP: {error}") from None
