"""Screenshots and DOM snapshots: their type is detected from the content, not from the name."""

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
"""Bytes of one screenshot."""

MAX_PIXELS = 50_000_000
"""Pixels of one: more than the longest page, less than a bomb."""

MAX_DOM = 5 << 20
"""Bytes of one DOM snapshot."""

IMAGE_FORMATS = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
"""Formats of screenshots, as Pillow calls them, and their types."""

_DATA_URL = re.compile(r"data:image/[a-z]+;base64,", re.IGNORECASE)

Screenshot = bytes | str | os.PathLike[str]
"""An image, the path of one, or one in base64, as models of browser agents give and take it."""

Kept = tuple[Snapshot, bytes]
"""What is noted of a snapshot, and its content."""


def screenshot(image: Screenshot) -> Kept:
    """Look at a screenshot: PNG, JPEG or WebP, as its content says.

    :raises SnapshotRefused: it is something else, damaged, or too large.
    """
    data = _bytes(image)
    if len(data) > MAX_SCREENSHOT:
        raise SnapshotRefused(
            f"a screenshot of {len(data):,} bytes; {MAX_SCREENSHOT:,} are the most"
        )
    mimetype, width, height = _measure(data)
    if width * height > MAX_PIXELS:
        raise SnapshotRefused(
            f"a screenshot of {width} × {height} pixels; {MAX_PIXELS:,} are the most"
        )
    return Snapshot(digest_key(data), mimetype, len(data), width, height), data


def dom(html: str) -> Kept:
    """Look at a DOM snapshot.

    :param html: what may be kept of it.
    :raises SnapshotRefused: it is too large.
    """
    data = html.encode("utf-8", "replace")
    if len(data) > MAX_DOM:
        raise SnapshotRefused(f"a DOM snapshot of {len(data):,} bytes; {MAX_DOM:,} are the most")
    return Snapshot(digest_key(data), "text/html", len(data)), data


def _bytes(image: Screenshot) -> bytes:
    if isinstance(image, bytes | bytearray | memoryview):
        return bytes(image)
    if isinstance(image, str):
        try:
            return base64.b64decode(_DATA_URL.sub("", image, count=1), validate=True)
        except (binascii.Error, ValueError):
            raise SnapshotRefused(
                "a screenshot is bytes, a path (pathlib.Path), or a text in base64"
            ) from None
    path = Path(image)
    if path.stat().st_size > MAX_SCREENSHOT:
        raise SnapshotRefused(f"{path.name} has more than {MAX_SCREENSHOT:,} bytes")
    return path.read_bytes()


def _measure(data: bytes) -> tuple[str, int, int]:
    """Return type, width and height of an image; only its header is read."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            # pixels are counted by the caller
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(BytesIO(data), formats=tuple(IMAGE_FORMATS)) as image:
                return IMAGE_FORMATS[str(image.format)], *image.size
    except (OSError, SyntaxError, ValueError, KeyError, Image.DecompressionBombError) as error:
        raise SnapshotRefused(f"no screenshot in PNG, JPEG or WebP: {error}") from None
