"""Formats in which documents name a value: elements, boxes, pairs, lists, declarations.

In each expression the second group is the name, and the third the value.
"""

from __future__ import annotations

import re

from .formats import Format

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

NAMED_FORMS = (
    Format(_ELEMENT, "</"),
    Format(_BOX, "</"),
    Format(_MEMBER, "</"),
    Format(_PAIR, ":"),
    Format(_LISTED, "value: "),
    Format(_DECLARED, '" {'),
)
