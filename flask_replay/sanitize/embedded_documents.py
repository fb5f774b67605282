"""JSON documents as texts, plain or in base64, as in links and queues."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

from .credentials import base64_text

_OPEN = ("{", "[")
_CODED = ("eyJ", "eyA", "ewo", "W3s", "WyJ")
"""The beginnings of ``{"``, ``{ ``, ``{`` before a line break, ``[{`` and ``["`` in base64."""

RECORD_END = "\x1e"
"""What follows each message of SignalR."""

_LONGEST = 65_536
"""Characters of the longest text in base64 that is decoded."""


def document_of(text: str) -> Any:
    """Return the object or list in a text, ``None`` if the text is not such a document."""
    if text.startswith(_CODED) and len(text) <= _LONGEST:
        text = base64_text(text)
    if not text.startswith(_OPEN):
        return None
    try:
        return json.loads(text.rstrip(RECORD_END))
    except (ValueError, RecursionError):
        return None


def rewritten(document: Any, like: str) -> str:
    """Return a document as text, in the encoding of the text from which it was read."""
    text = json.dumps(document, ensure_ascii=False)
    return text if like.startswith(_OPEN) else b64encode(text.encode("utf-8", "replace")).decode()
