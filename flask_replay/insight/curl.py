"""A request as a command line for curl.

All recorded text is quoted, so that neither curl nor the shell interprets it. For example, curl
would read a file for a field that begins with ``@``.
"""

from __future__ import annotations

import hashlib
import re
import shlex
from urllib.parse import quote_plus

import msgspec

from ..recording.events import Request
from ..safe_text import inert
from ..sanitize import REDACTED

_ODD = re.compile(r"[^A-Z0-9]+")
_NAME = re.compile(r"[A-Za-z0-9-]+")
"""Names of headers that the command repeats."""
_LEFT_OUT = frozenset({"Sec-Fetch-Dest", "Sec-Fetch-Mode", "Sec-Fetch-Site"})
_QUOTED = {'"': "%22", "\r": "%0D", "\n": "%0A"}
"""Characters that are escaped in names of a multipart body (HTML, "multipart/form-data encoding
algorithm").
"""


def as_curl(request: Request) -> str:
    """Return a command for a POSIX shell that sends a request again, to the host in ``SEND_TO``.

    Redacted values, such as cookies, become shell variables, which the first line of the command
    lists. The variables have a prefix, because a field may have the name of a variable that is
    already set: ``AWS_SECRET_ACCESS_KEY``.
    """
    variables: dict[str, None] = {"MASKED_COOKIE": None}

    def quoted(text: str, name: str) -> str:
        """Quote a text, with a variable in place of each redacted value."""
        variable = f"MASKED_{_ODD.sub('_', name.upper()).strip('_') or 'VALUE'}"
        if REDACTED in text:
            variables[variable] = None
        return f'"${{{variable}:?fill in}}"'.join(map(_word, text.split(REDACTED))) or "''"

    words = [f"--request {_word(request.method)}"]
    words += [
        f"--header {quoted(f'{name}: {_printable(value)}', name)}"
        for name, value in request.request_headers.items()
        if name not in _LEFT_OUT and _NAME.fullmatch(name)
    ]
    if request.json is not None:
        words.append("--header 'Content-Type: application/json'")
        words.append(f"--data-raw {quoted(msgspec.json.encode(request.json).decode(), 'json')}")
    fields = [(name, str(value)) for name, values in request.form.items() for value in values]
    if request.files:
        files = [(name, file) for name, files in request.files.items() for file in files]
        boundary = (
            f"replay-{hashlib.blake2b(repr((fields, files)).encode(), digest_size=12).hexdigest()}"
        )
        parts = [quoted(_part(boundary, name, value), name) for name, value in fields]
        parts += [quoted(_part(boundary, name, "...", file), name) for name, file in files]
        words.append(f"--header 'Content-Type: multipart/form-data; boundary={boundary}'")
        words.append(f"--data-raw {''.join(parts)}{_word(f'--{boundary}--')}")
    else:
        words += [
            f"--data-urlencode {quoted(f'{quote_plus(name)}={value}', name)}"
            for name, value in fields
        ]
    # otherwise it could name another host
    address = request.url if request.url.startswith("/") else f"/{request.url}"
    words += [
        '--cookie "${MASKED_COOKIE-}"',
        f'--url "${{SEND_TO:?fill in}}"{quoted(address, "url")}',
    ]
    notes = [
        f"# masked in the recording: {', '.join(variables)}",
        f"# SEND_TO is where to send it; recorded: {inert(request.host)}",
    ]
    return "\n".join([*notes, " \\\n  ".join(["curl --globoff --include", *words])])


def _word(text: str) -> str:
    """Return a text as part of a shell word. Control characters are written as escapes, line breaks
    are not.
    """
    parts = re.split(r"([^\n -~]+)", text)  # every second part is outside printable ASCII
    return "".join(
        part and (shlex.quote(part) if part.isprintable() or not number % 2 else _named(part))
        for number, part in enumerate(parts)
    )


def _named(text: str) -> str:
    octal = "".join(f"\\{byte:03o}" for byte in text.encode("utf-8", "replace"))
    return f"\"$(printf '{octal}')\""


def _printable(text: str) -> str:
    """Return the value of a header without control characters and line breaks."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _part(boundary: str, name: str, value: str, file: str | None = None) -> str:
    """Return one part of a multipart body. The content of files is not recorded."""
    named = "".join(_QUOTED.get(letter, letter) for letter in name)
    more = (
        ""
        if file is None
        else '; filename="{}"'.format("".join(_QUOTED.get(letter, letter) for letter in file))
    )
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{named}"{more}\r\n'
    kind = "" if file is None else "Content-Type: application/octet-stream\r\n"
    return f"{head}{kind}\r\n{value}\r\n"
