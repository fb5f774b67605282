"""Formats in which documents name a value: elements, boxes, pairs, lists, declarations.

In each expression the second group is the name, and the third the value.
"""

from __future__ import annotations

import re
from functools import partial

from .formats import Format
from .names import sensitive
from .reported_rows import Learn
from .sanitizer import REDACTED

_PAIR = re.compile(
    r"(['\"](?:name|key|field|header|id|label|k)['\"]\s?:\s?['\"]([\w .-]{1,64})['\"]"
    r",\s?['\"](?:values?|val|v|data|content)['\"]\s?:\s?['\"])([^'\"\n]{1,4096})"
)
_LISTED = re.compile(
    r"((?m:^)[\s-]{0,40}(?:name|key): ['\"]?([\w .-]{1,64})['\"]?\r?\n[ \t]{0,40}"
    r"value: ['\"]?)([^\s'\"]{1,1024})()"
)
_DECLARED = re.compile(
    r"(\b(?:variable|output|resource) \"([\w.-]{1,64})\" \{[^{}]{0,400}?"
    r"\b(?:default|value)\s{0,8}= \")([^\"\n]{1,1024})()"
)
"""Names and values in lists of YAML, and in variables of Terraform."""

_ELEMENT = re.compile(
    r"(<([\w.:-]{1,120})(?:\s[^<>]{0,400})?>(?:<!\[CDATA\[)?)([^<>]{1,4096}?)((?:\]\]>)?</)"
)
_MEMBER = re.compile(
    r"(<(?:name|key)>([\w .-]{1,64})</(?:name|key)>\s{0,80}(?:<\w{1,16}>\s{0,8}){1,2})"
    r"([^<>]{1,4096})(</)"
)
"""A name and its value in XML-RPC and in Apple's property lists."""

_BOX = re.compile(
    r"(<\w{1,16}\s[^<>]{0,200}?\b(?:id|name|key)=[\"']?([\w.-]{3,64})[\"']?[^<>]{0,200}>)"
    r"([^<>]{6,4096})(</)"
)
"""A box in a page, and its text."""

_COMPARED = re.compile(
    r"([\"'])(?=[^\"'\s]{6,256}[\"'] ?[=!]={1,2} ?\$?([\w.-]{1,64}))([^\"'\s]{6,256})()"
)
"""A value that is compared with what a name stands for: ``if ("…" == password)``."""

NAMED_FORMATS = (
    Format(_ELEMENT, "</"),
    Format(_BOX, "</"),
    Format(_MEMBER, "</"),
    Format(_PAIR, ":"),
    Format(_LISTED, "value: "),
    Format(_DECLARED, '" {'),
    Format(_COMPARED, "==", "!="),
)

_TAG = re.compile(r"<\w[^<>]{0,2048}>")
_ATTRIBUTE = re.compile(r"(?<![\w-])([\w-]{1,32})\s?=\s?\\?(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_NAMING = frozenset({"name", "id", "key", "type", "property", "itemprop"})
_HOLDING = frozenset({"value", "content"})
"""Attributes of a field of a form, or of a ``<meta>``, that name its value, and that hold it."""


def without_values_of_fields(text: str, learn: Learn) -> str:
    """Return a text with the values of tags masked that another of their attributes names.

    :param learn: called with the name and value of each value.
    """
    return _TAG.sub(partial(_without_value, learn), text)


def _without_value(learn: Learn, tag: re.Match[str]) -> str:
    found = [
        (match[1].lower(), match.span(match.lastindex or 0))
        for match in _ATTRIBUTE.finditer(tag[0])
    ]
    names = [tag[0][slice(*span)] for name, span in found if name in _NAMING]
    if not any(map(sensitive, names)):
        return tag[0]
    text = tag[0]
    for name, (start, end) in reversed(found):
        if name in _HOLDING and start < end and REDACTED not in text[start:end]:
            learn("password", text[start:end])
            text = text[:start] + REDACTED + text[end:]
    return text
