"""Documents that a text is: JSON, as it is or in base64, as links and queues carry it."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

from .credentials import base64_text

_OPEN = ("{", "[")
_CODED = ("eyJ", "eyA", "ewo", "W3s", "WyJ")
"""How base64 begins of ``{"``, ``{ ``, ``{`` before a new line, ``[{`` and ``["``."""

_LONGEST = 65_536
"""Characters of a text in base64 that is read."""


def document_of(text: str) -> Any:
    """Return the object or list that a text is, ``None`` if it is none."""
    if text.startswith(_CODED) and len(text) <= _LONGEST:
        text = base64_text(text)
    if not text.startswith(_OPEN):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def rewritten(document: Any, like: str) -> str:
    """Return a document as a text, written like the one that it was read from."""
    text = json.dumps(document, ensure_ascii=False)
    return text if like.startswith(_OPEN) else b64encode(text.encode("utf-8", "replace")).decode()
