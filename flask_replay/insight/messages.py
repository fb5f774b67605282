"""Short descriptions of messages on connections."""

from __future__ import annotations

import re

import msgspec

from ..recording.events import Message

_MAX_GLANCE = 120
_TAG = re.compile(r"<[^<>]*>")


def glance(message: Message) -> str:
    """Return a short description of a message."""
    if message.json is not None:
        shown = msgspec.json.encode(message.json).decode()
    elif message.binary:
        shown = f"{message.size:,} bytes"
    else:
        literal = _TAG.sub(" ", "".join(part for part in message.parts if isinstance(part, str)))
        shown = (
            message.text
            or " ".join(literal.split())
            or ("HTML" if message.parts else f"{message.size:,} bytes")
        )
    name = f"{message.event}: " if message.event else ""
    return f"{name}{shown[:_MAX_GLANCE]}{'…' if len(shown) > _MAX_GLANCE else ''}"
