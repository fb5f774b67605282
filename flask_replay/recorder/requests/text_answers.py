"""Texts that the scripts of a page request besides HTML and JSON documents: CSV, XML, lines of
JSON.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

import msgspec

from ...sanitize import html as sanitize_html
from ...sanitize.tables import csv_rows
from ...sanitize.text import clean
from ..cleaning.addresses import Addresses
from .request_data import clean_json, parsed

_TEXTS = re.compile(
    r"text/(?!html|css|javascript|ecmascript|event-stream|vnd\.|x-component)[\w.+-]+"
    r"|application/(?:xml|csv|(?:x-)?yaml|toml|(?:x-)?(?:nd|json-?)(?:json|lines|l|seq)|(?!xhtml)[\w.-]+\+xml)",
    re.IGNORECASE,
)


def is_text_answer(environ: Mapping[str, Any], mimetype: str) -> bool:
    """Whether a response is a text for a script that requests it."""
    return environ.get("HTTP_SEC_FETCH_DEST") == "empty" and _TEXTS.fullmatch(mimetype) is not None


def clean_text(text: str, addresses: Addresses) -> str | None:
    """Return a text, sanitized, or ``None`` if it is a table with a column of secrets."""
    if next(csv_rows(text), None) is not None:
        return None
    if text.lstrip()[:1] in {"{", "["}:
        lines = text.splitlines(keepends=True)
        documents = [parsed(line.encode()) if line.strip() else "" for line in lines]
        if None not in documents:
            return "".join(map(partial(_cleaned_line, addresses), lines, documents))
    sanitizer = addresses.sanitizer
    kept = sanitizer.params({"": clean(sanitize_html.mask(text))}, answer=True).get("")
    sanitizer.learn_from_texts(text)
    return kept if isinstance(kept, str) else None


def _cleaned_line(addresses: Addresses, line: str, document: Any) -> str:
    """Return a line that is a JSON document, unchanged if it has no secrets."""
    kept = clean_json(document, addresses, answer=True)
    return line if kept == document else f"{msgspec.json.encode(kept).decode()}\n"
