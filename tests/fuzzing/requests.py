"""Hostile requests for each route of the player and of the API: ``python -m tests.fuzzing.requests
--count 1000000``.

Arguments of paths, parameters, headers, cookies, forms and documents are junk, or nearly right.
Whoever may look gets an answer that is no error of the server's, soon; whoever may not gets nothing
of a recording.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Flask
from werkzeug.test import EnvironBuilder, run_wsgi_app

from flask_replay import Replay
from flask_replay.codec import digest_key
from flask_replay.recording.events import Error
from flask_replay.storage import FileStorage
from flask_replay.web.api import token_hash

from ..player.handmade import keep, page, step

MARK = "m4rk-of-what-was-recorded"
"""A text in every field of a recording."""

_SLOW = 2.0
"""Processor seconds that a response may take."""

_TOKEN = "replay_of-a-program"
_FILE = f"p {{ content: '{MARK}' }}".encode()
_JUNK = (
    "", "0", "1", "-1", "00", "1e9", "99999999999999999999", "0x1", "true", "null", "None", "NaN", "yes", "live", "finished", "active", "failed",
    " ", "%", "%s", "%00", "\0", "\n", "\r\nX-A: b", "'", '"', "\\", "<script>", "{{ 7*7 }}", "{}", "[]", "[[[[", '{"a":1}', "../../etc/passwd",
    "..%2f", "//evil.example", "javascript:alert(1)", "a" * 5_000, "é", "月", "😀", "\ud800", "\x80\xff", "1,2", "1-2", "bytes=0-1", "bytes=5-2",
    "*/*", "text/html;q=x", "gzip;q=9", 'W/"x"', "Thu, 99 Foo 2026", "Bearer ", "Basic !!", "2026-13-45", "01m7ymk7n83b0vx4ny8t9xdvf3", "_'%\"*",
)  # fmt: skip
_NAMES = (
    "before", "status", "unconfirmed", "at", "since", "theme", "width", "height", "scripts", "token", "name", "pinned", "user", "q", "size", "n",
    "piece", "ticket", "as", "now", "then", "tab", "page", "cursor", "seen", "from", "to", "limit", "format", "x[]", "", "after", "scale", "view",
)  # fmt: skip
_HEADERS = (
    "HTTP_ACCEPT", "HTTP_ACCEPT_ENCODING", "HTTP_ACCEPT_LANGUAGE", "HTTP_RANGE", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_COOKIE",
    "HTTP_AUTHORIZATION", "HTTP_ORIGIN", "HTTP_REFERER", "HTTP_HOST", "HTTP_X_FORWARDED_FOR", "HTTP_SEC_FETCH_SITE", "HTTP_SEC_FETCH_DEST",
    "HTTP_USER_AGENT", "HTTP_X_REPLAY", "HTTP_SEC_CH_UA", "HTTP_UPGRADE", "CONTENT_TYPE", "CONTENT_LENGTH", "HTTP_HX_REQUEST", "REMOTE_ADDR",
)  # fmt: skip
_TYPES = (
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/plain",
    "",
    "a/b; charset=x",
)
_FIELDS = (
    "type",
    "selector",
    "value",
    "sequence",
    "timestamp_ms",
    "screenshot",
    "dom_snapshot",
    "metadata",
    "name",
    "agent",
    "message",
)


class Site:
    """An app with a recording, its permissions, and its routes.

    :param open: whether everybody or nobody has permission.
    :ivar counts: how often which status was the answer.
    """

    def __init__(self, folder: Path, *, open: bool) -> None:
        self.open = open
        self.counts = Counter[str]()
        self.app = Flask("asked", instance_path=str(folder / "instance"))
        tokens = {"bot": token_hash(_TOKEN)}
        self.app.config.update(
            SECRET_KEY="test", REPLAY_API_TOKENS=tokens, REPLAY_FLUSH_INTERVAL=0.01
        )
        storage = FileStorage(folder / "store")
        storage.put_template(digest_key(_FILE), _FILE)
        Replay(self.app, storage=storage, authorize=lambda action, recording: open)
        shown = {"form": {MARK: [MARK]}, "assets": {"/a.css": digest_key(_FILE)}}
        visit = [
            step(
                0,
                f"/{MARK}",
                page(MARK, MARK),
                errors=[Error(offset_ms=1, type=MARK, message=MARK)],
                **shown,
            )
        ]
        self.id = keep(
            storage, [*visit, step(1000, f"/{MARK}/2", page(MARK))], name="ann", landing=MARK
        )
        own = self.app.url_map.iter_rules()
        self.rules = sorted(
            (rule for rule in own if rule.rule.startswith("/replay")), key=lambda rule: rule.rule
        )

    def request(self, chance: random.Random) -> dict[str, Any]:
        """Return the environment of a request."""
        rule = chance.choice(self.rules)
        path = "".join(
            self._part(chance, part)
            for part in rule.rule.replace("<", "\1<").replace(">", ">\1").split("\1")
        )
        method = chance.choice([*sorted(rule.methods or ()) * 2, "GET", "POST", "PUT"])
        body = self._body(chance) if method == "POST" else b""
        environ = EnvironBuilder(
            "/", method=method, data=body, content_type=chance.choice(_TYPES)
        ).get_environ()
        environ["PATH_INFO"] = _latin(path)
        if chance.random() < 0.7:
            asked = [
                (chance.choice(_NAMES), self._value(chance))
                for _ in range(chance.choice((1, 1, 2, 5)))
            ]
            environ["QUERY_STRING"] = "&".join(
                f"{name}={quote(value.encode('utf-8', 'replace')) if chance.random() < 0.8 else _latin(value)}"
                for name, value in asked
            )
        for _ in range(chance.choice((0, 0, 1, 3))):
            environ[chance.choice(_HEADERS)] = _latin(self._value(chance)).translate(
                dict.fromkeys(range(32))
            )
        if "/api/" in path and chance.random() < 0.5:
            environ["HTTP_AUTHORIZATION"] = f"Bearer {_TOKEN}"
        return environ

    def _part(self, chance: random.Random, part: str) -> str:
        if not part.startswith("<"):
            return part
        if chance.random() < 0.6:
            good = {"id": self.id, "key": digest_key(_FILE), "filename": "replay.css"}
            return good.get(
                part.strip("<>").rpartition(":")[2], chance.choice(("0", "1", "2", "7"))
            )
        return self._value(chance)

    def _value(self, chance: random.Random) -> str:
        value = chance.choice((*_JUNK, self.id, self.id[:-1], self.id.upper()))
        return value + chance.choice(_JUNK) if chance.random() < 0.2 else value

    def _body(self, chance: random.Random) -> bytes:
        if chance.random() < 0.2:
            return self._value(chance).encode("utf-8", "replace")
        odd: tuple[Any, ...] = (
            None,
            -1,
            2**70,
            1.5,
            True,
            [],
            {},
            {"a": [1]},
            [[]],
            {"password": 1},
        )
        fields = {
            name: chance.choice((*odd, self._value(chance), self._value(chance)))
            for name in chance.sample(_FIELDS, chance.choice((1, 3, 6)))
        }
        if chance.random() < 0.5:
            fields |= {"type": "click", "sequence": chance.choice((1, 2, 3))}
        said = json.dumps(fields).encode()
        return said if chance.random() < 0.8 else said[: chance.randrange(len(said))]

    def ask(self, environ: dict[str, Any]) -> str:
        """Return what is wrong with a response."""
        started = time.process_time()
        body, status, headers = run_wsgi_app(self.app.wsgi_app, environ, buffered=True)
        self.counts[f"{'open' if self.open else 'closed'} {status[:3]}"] += 1
        said = b"".join(body).decode("utf-8", "replace")
        if status.startswith("5"):
            return f"{status}: {said:.300}"
        if not self.open and MARK in said + str(headers):
            return f"{status}: shows what was recorded"
        took = time.process_time() - started
        return f"took {took:.1f} s" if took > _SLOW else ""


class Requests:
    """Sends requests to two apps, one of which is closed.

    :param folder: for recordings.
    """

    def __init__(self, folder: Path) -> None:
        self.sites = [Site(folder / name, open=name == "open") for name in ("open", "closed")]

    @property
    def counts(self) -> Counter[str]:
        """Return how often each status was returned."""
        return self.sites[0].counts + self.sites[1].counts

    def check(self, chance: random.Random) -> Iterator[str]:
        """Send one request, and return what went wrong."""
        site = chance.choice(self.sites)
        environ = site.request(chance)
        asked = {key: value for key, value in environ.items() if isinstance(value, str) and value}
        body = environ["wsgi.input"].read()
        try:
            wrong = site.ask({**environ, "wsgi.input": io.BytesIO(body)})
        except Exception as error:
            wrong = f"raised {error!r}"
        if wrong:
            yield f"{wrong}\n    {asked!r:.1500}\n    {body!r:.500}"


def _latin(text: str) -> str:
    """Return a text as servers pass it on (PEP 3333)."""
    return text.encode("utf-8", "replace").decode("latin-1")


def main(arguments: list[str]) -> int:
    """Print failures, at most ``--show``, and counts.

    :returns: 0 when nothing did, else 1.
    """
    parser = argparse.ArgumentParser(prog="fuzz requests", description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=10)
    options = parser.parse_args(arguments)
    chance, shown, started = random.Random(options.seed), 0, time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        requests = Requests(Path(folder))
        for _ in range(options.count):
            if shown >= options.show:
                break
            for line in requests.check(chance):
                print(line, flush=True)
                shown += 1
    print(", ".join(f"{name}: {count:,}" for name, count in sorted(requests.counts.items())))
    print(
        f"{requests.counts.total():,} requests in {time.monotonic() - started:.0f} s, {shown} wrong"
    )
    return int(shown > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
