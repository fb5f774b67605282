"""Hostile texts for the sanitizer and everything that reads data from visitors: ``python -m
tests.fuzzing.texts --count 1000000``.

Each is put together from pieces of HTML, JSON, URLs, commands and messages, some with a secret in
some writing. Whatever is done with one must not raise, nor take long; what was cleaned stays as it
is when it is cleaned again; a secret that was learnt is gone.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from flask import Request
from markupsafe import escape
from werkzeug.test import EnvironBuilder

from flask_replay.boundary import Boundary
from flask_replay.recorder.cleaning.addresses import Addresses
from flask_replay.recorder.cleaning.cleaner import Cleaner
from flask_replay.recorder.connections.messages import content
from flask_replay.recorder.requests.request_data import RequestData
from flask_replay.recorder.requests.surroundings import learn_unkept_data
from flask_replay.recording.events import Message
from flask_replay.sanitize import Sanitizer
from flask_replay.sanitize.html import comparable, fields, mask
from flask_replay.sanitize.memory import Memory
from flask_replay.sanitize.names import sensitive
from flask_replay.sanitize.text import clean

_SLOW = 1.0
"""Processor seconds that one text may take."""

SECRET = 'k7Q<&z"Wm3x/é-42'
_PIECES = (
    "password", "token", "csrf_token", "pin", "api_key", "Пароль", "密码", "name", "value", "\\u0070assword", "id", "card",
    "=", ":", ": ", "=>", "&", "?", "#", ";", ",", " ", "\n", "\t", "\0", "'", '"', '\\"', "\\", "\\\\", "&#34;", "&quot;", "%22", "%25",
    "<", ">", "</", "<input ", "<input type=password ", "<textarea name=secret>", "</textarea>", "<meta name=", "content=", "<script>",
    "{", "}", "[", "]", "{}", "[]", "null", "true", "-1", "1e9", "4111 1111 1111 1111", "4111111111111111", "DE89370400440532013000",
    "eyJhbGciOiJIUzI1NiJ9.", "-----BEGIN RSA PRIVATE KEY-----", "AKIA", "ghp_", "$2b$12$", "http://", "//", "redis://:x@h", "user:pw@", "@",
    "[redacted]", "%5Bredacted%5D", "[parameters: (", "Bearer ", "Basic ", "Authorization: ", "Cookie: ", "-p", "--password ", "is", "was",
    "\ud800", "\u00a0", "\u200b", "İ", "ß", "ﬁ", "é", "月", "😀", "a" * 300, "0" * 40, " " * 60, "((((", "}}}}", "Set-Cookie: sid=",
)  # fmt: skip
_WRITINGS: tuple[Callable[[str], str], ...] = (
    str, str.upper, lambda text: str(escape(text)), lambda text: json.dumps(text)[1:-1], lambda text: quote(text, safe=""),
    lambda text: quote(quote(text, safe=""), safe=""), lambda text: json.dumps(json.dumps(text)),
)  # fmt: skip


class Texts:
    """Generates texts, and handles each like data from visitors."""

    def __init__(self) -> None:
        self.boundary = Boundary()
        self.counts = Counter[str]()

    @property
    def cleaner(self) -> Cleaner:
        """Return a new memory: one that learns from each text would compile more than it searches."""
        return Cleaner(Sanitizer(), self.boundary)

    def text(self, chance: random.Random) -> str:
        """Return a text. A third of them contain the secret in some encoding."""
        pieces = chance.choices(_PIECES, k=chance.choice((1, 3, 8, 20, 60)))
        if chance.random() < 0.3:
            pieces.insert(
                chance.randrange(len(pieces) + 1), f" {chance.choice(_WRITINGS)(SECRET)} "
            )
        return "".join(pieces)

    def check(self, text: str) -> Iterator[str]:
        """Return what went wrong with a text."""
        for name, attempt in (
            ("clean", self._clean), ("mask", self._mask), ("hide", self._hide), ("address", self._address),
            ("request", self._request), ("message", self._message), ("document", self._document),
        ):  # fmt: skip
            started = time.process_time()
            try:
                wrong = attempt(text)
            except Exception:
                wrong = traceback.format_exc(limit=-4)
            self.counts[name] += 1
            if wrong:
                yield f"{name}: {wrong}: {text!r:.1500}"
            if time.process_time() - started > _SLOW:
                yield f"{name} took {time.process_time() - started:.1f} s: {text!r:.1500}"

    def _clean(self, text: str) -> str:
        once = clean(text)
        sensitive(text[:200])
        clean(text, code=True)
        return (
            ""
            if clean(once) == once
            else f"cleaned again it is {clean(once)!r:.500}, once {once!r:.500}"
        )

    def _mask(self, text: str) -> str:
        once = mask(text)
        fields(text)
        comparable(text)
        return (
            ""
            if mask(once) == once
            else f"masked again it is {mask(once)!r:.500}, once {once!r:.500}"
        )

    def _hide(self, text: str) -> str:
        memory = Memory()
        memory.learn(SECRET, name="password")
        kept = memory.hide({"a": [text]})["a"][0]
        return "the secret is left" if SECRET in kept or str(escape(SECRET)) in kept else ""

    def _address(self, text: str) -> str:
        guarded = self.cleaner.begin()
        guarded.memory.learn(SECRET, name="password")
        address = guarded.hide(Addresses(guarded).clean("/" + text.replace("\n", "")))
        return "the secret is left" if SECRET in address else ""

    def _request(self, text: str) -> str:
        """Parse it as a query, a form, a cookie, a header and a document."""
        said = text.encode("utf-8", "replace")
        latin = said.decode("latin-1").translate(dict.fromkeys(range(32)))
        kind = "application/json" if text[:1] in "{[" else "application/x-www-form-urlencoded"
        builder = EnvironBuilder("/", method="POST", data=said, content_type=kind)
        environ = builder.get_environ()
        environ.update(
            QUERY_STRING=latin, HTTP_COOKIE=latin, HTTP_AUTHORIZATION=latin, HTTP_X_API_KEY=latin
        )
        request = Request(environ)
        _ = request.form, request.get_json(silent=True)
        guarded = self.cleaner.begin()
        RequestData(request, guarded)
        learn_unkept_data(guarded, environ, builder.headers, {})
        return ""

    def _message(self, text: str) -> str:
        guarded = self.cleaner.begin()
        content(Message(offset_ms=0, socket="s", sent=False), text, (), guarded, 10_000)
        return ""

    def _document(self, text: str) -> str:
        guarded = self.cleaner.begin()
        document: Any = {
            text: text,
            "password": {text: [text]},
            "rows": [[text, text]],
            "name": text,
            "value": text,
        }
        kept = guarded.hide(guarded.params(document))
        return (
            ""
            if not text or [*kept["password"].values()] == [["[redacted]"]]
            else f"left is {kept['password']!r:.500}"
        )


def main(arguments: list[str]) -> int:
    """Print failures, at most ``--show``, and counts.

    :returns: 0 when nothing did, else 1.
    """
    parser = argparse.ArgumentParser(prog="fuzz texts", description=__doc__)
    parser.add_argument(
        "--count", type=int, default=1_000_000, help="how many inputs: each text is seven"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=10)
    options = parser.parse_args(arguments)
    texts, chance, shown = Texts(), random.Random(options.seed), 0
    started = time.monotonic()
    while texts.counts.total() < options.count and shown < options.show:
        for line in texts.check(texts.text(chance)):
            print(line, flush=True)
            shown += 1
    for name, count in sorted(texts.counts.items()):
        print(f"{name:10}{count:>10,}")
    problems = texts.boundary.seen
    print(
        f"{texts.counts.total():,} inputs in {time.monotonic() - started:.0f} s, {shown} wrong, "
        f"{len(problems)} failures inside"
    )
    return int(shown > 0 or bool(problems))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
