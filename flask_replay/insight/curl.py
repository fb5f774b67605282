"""A request as a command line of curl's."""

from __future__ import annotations

import re
import shlex

import msgspec

from ..recording.model import Request
from ..sanitize import REDACTED

_ODD = re.compile(r"[^A-Z0-9]+")
_LEFT_OUT = frozenset({"Sec-Fetch-Dest", "Sec-Fetch-Mode", "Sec-Fetch-Site"})


def as_curl(request: Request) -> str:
    """Return a command for a POSIX shell that sends a request again.

    What the recording masked, the cookies among it, stands in it as variables, which its first line names.
    """
    variables: dict[str, None] = {"COOKIE": None}

    def quoted(text: str, name: str) -> str:
        """Quote a text, with a variable wherever something was masked."""
        variable = _ODD.sub("_", name.upper()).strip("_") or "SECRET"
        variable = f"_{variable}" if variable[0].isdigit() else variable
        if REDACTED in text:
            variables[variable] = None
        return f'"${variable}"'.join(shlex.quote(part) if part else "" for part in text.split(REDACTED)) or "''"

    words = [f"--request {shlex.quote(request.method)}"]
    words += [
        f"--header {quoted(f'{name}: {value}', name)}" for name, value in request.asked.items() if name not in _LEFT_OUT
    ]
    if request.json is not None:
        words.append("--header 'Content-Type: application/json'")
        words.append(f"--data-raw {quoted(msgspec.json.encode(request.json).decode(), 'json')}")
    fields = [(name, str(value)) for name, values in request.form.items() for value in values]
    if request.files:
        words += [f"--form-string {quoted(f'{name}={value}', name)}" for name, value in fields]
        words += [
            f"--form {quoted(f'{name}=@{_file(file)}', name)}"
            for name, files in request.files.items()
            for file in files
        ]
    else:
        words += [f"--data-urlencode {quoted(f'{_encoded(name)}={value}', name)}" for name, value in fields]
    address = f"{request.host or 'http://localhost:5000'}{request.url}"
    words += ['--cookie "$COOKIE"', f"--url {quoted(address, 'url')}"]
    named = f"# masked in the recording: {', '.join(variables)}"
    return "\n".join([named, " \\\n  ".join(["curl --globoff --include", *words])])


def _encoded(name: str) -> str:
    """Return a field's name so that curl takes nothing in it for its own sign: it encodes values, not names."""
    return re.sub(r"[^\w.-]", lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), name)


def _file(name: str) -> str:
    """Return the name of a file in the current folder, in quotes of curl's own (``;`` and ``,`` part its options)."""
    base = name.replace("\\", "/").rpartition("/")[2]
    return '"' + base.replace('"', "_") + '"'
