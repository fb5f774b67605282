"""The kind of an error: errors are of one kind if they have one type, and the same lines of the app
raised them.
"""

from __future__ import annotations

import hashlib
import re

from .events import Error
from .facets import LONGEST_FACET, Failure

CAUSE = "The above exception was the direct cause of the following exception:"
CONTEXT = "During handling of the above exception, another exception occurred:"
"""What Python prints between two exceptions of which one led to the other."""

_LED_TO = re.compile(f"^(?:{CAUSE}|{CONTEXT})$", re.MULTILINE)
_LINE = re.compile(r'^  File "([^"\n]+)", line (\d+), in ([^\n]*)(?:\n    ([^\n]*))?', re.MULTILINE)
_LIBRARY = re.compile(
    r"(?:^|[/\\])(?:site-packages|dist-packages|lib[/\\]python\d[\d.]*|flask_replay)[/\\]|^<frozen"
)
_CHANGING = re.compile(r"0x[0-9a-fA-F]+|\d+")
_SIZE = 6
"""Bytes of a fingerprint."""


def failure_of(error: Error) -> Failure:
    """Return the kind of an error.

    Exceptions that led to it do not count. A line is identified by file, function and source. Its
    number changes with every edit above it. If the traceback has no line of the app, the last line
    of a library is compared. Without a traceback, the messages are compared, and numbers in them
    count as equal.
    """
    lines = _LINE.findall(_LED_TO.split(error.traceback)[-1])
    own = [line for line in lines if not _LIBRARY.search(line[0])]
    parts = [
        f"{_tail(file)} {function} {source.strip()}"
        for file, _, function, source in own or lines[-1:]
    ]
    if not parts:
        parts = [_CHANGING.sub("0", error.message)]
    digest = hashlib.blake2b(
        "\n".join((error.type, *parts)).encode("utf-8", "replace"), digest_size=_SIZE
    )
    place = ""
    if lines:
        file, number, function, _ = (own or lines)[-1]
        place = f"{_tail(file)}:{number} in {function}"
    message = error.message.partition("\n")[0]
    return Failure(
        fingerprint=digest.hexdigest(),
        type=error.type[:LONGEST_FACET],
        place=place[:LONGEST_FACET],
        message=message[:LONGEST_FACET],
        offset_ms=error.offset_ms,
    )


def _tail(path: str) -> str:
    """Return a file's name and its folder's. The path above them differs between deployments."""
    return "/".join(re.split(r"[/\\]", path)[-2:])
