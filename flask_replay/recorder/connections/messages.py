"""The content of a message, sanitized: JSON, HTML that templates made, or text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import msgspec

from ...engine.recording.ignored_output import texts_in
from ...engine.replaying.digests import encoded
from ...recording.events import Message
from ...sanitize import html as sanitize_html
from ...sanitize.embedded_documents import RECORD_END
from ...sanitize.guarded import GuardedSanitizer
from ...sanitize.text import clean
from ..cleaning.addresses import Addresses
from ..cleaning.plain_data import text
from ..requests.request_data import clean_json
from ..requests.response_parts import Parts, find_parts, is_apart
from ..templates.render import Render

_JSON = ("{", "[")


def content(
    message: Message, data: str, renders: Sequence[Render], sanitizer: GuardedSanitizer, limit: int
) -> Message:
    """Return a message with its content.

    :param data: its complete text, unless the message is flagged ``"cut"``.
    :param renders: the renders since the app's last message.
    :param limit: the most characters of literal HTML to keep.
    """
    replace = msgspec.structs.replace
    start = data[:100].lstrip()[:1]
    cut = "cut" in message.flags
    if start in _JSON and start:
        document = None if cut else _parse(data)
        if document is not None and not is_apart(texts_in(document), renders):
            return replace(message, flags=(*message.flags, "cut"))
        if document is not None:
            return replace(
                message, json=clean_json(document, Addresses(sanitizer), answer=message.sent)
            )
        if cut:
            return message  # a secret may have lost its name where the message was cut
    found = (
        find_parts(encoded(data), renders, limit)
        if message.sent and (start == "<" or renders)
        else Parts()
    )
    if start == "<" or any(isinstance(part, int) for part in found.parts):
        flags = (*message.flags, "cut") if found.cut and not cut else message.flags
        return replace(message, parts=found.parts, flags=flags)
    kept = text(data)
    sanitizer.learn_from_texts(kept)  # a later message may repeat them
    flags = (*message.flags, "cut") if len(kept) < len(data) and not cut else message.flags
    return replace(message, text=clean(sanitize_html.mask(kept)), flags=flags)


def _parse(data: str) -> Any:
    """Return a parsed JSON document, a list of them if there are several, as SignalR sends them, or
    ``None`` if one is malformed.
    """
    try:
        documents = [*map(json.loads, data.rstrip(RECORD_END).split(RECORD_END))]
    except (ValueError, RecursionError):
        return None
    return documents if documents[1:] else documents[0]
