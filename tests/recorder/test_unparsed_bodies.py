"""Bodies that are neither forms nor JSON are searched for secrets, too."""

from __future__ import annotations

import gzip
import json
from base64 import urlsafe_b64encode
from io import BytesIO
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
import pytest
from flask import Flask, render_template_string, request

from .test_echoes import kept


def _json(secret: str) -> str:
    return json.dumps({"user": "ann", "password": secret})


def _file(content: str, field: str = "file") -> dict[str, Any]:
    return {"data": {field: (BytesIO(content.encode()), "f.csv")}}


BODIES: dict[str, Any] = {
    "lines of documents": lambda s: {"data": f'{{"a": 1}}\n{_json(s)}\n'},
    "an envelope": lambda s: {"data": f'{{"id": 1}}\n{{"type": "x"}}\n{{"a": {_json(s)}}}'},
    "a table": lambda s: {"data": f"name,password,city\nann,{s},Ulm\n"},
    "a table with tabs": lambda s: {"data": f"name\tpasswort\r\nann\t{s}\r\n"},
    "XML": lambda s: {"data": f"<a><s:Password t='x'>{s}</s:Password></a>"},
    "an attribute": lambda s: {"data": f'<login user="ann" password="{s}"/>'},
    "CDATA": lambda s: {"data": f"<password><![CDATA[{s}]]></password>"},
    "XML-RPC": lambda s: {"data": f"<name>password</name><value><string>{s}</string></value>"},
    "a property list": lambda s: {"data": f"<key>password</key>\n  <string>{s}</string>"},
    "YAML": lambda s: {"data": f"user: ann\npassword: {s}\n"},
    "settings": lambda s: {"data": f"[db]\nspring.datasource.password={s}\n"},
    "a message of mail": lambda s: {"data": f"Subject: x\n\nYour password=3D{s}\n"},
    ".netrc": lambda s: {"data": f"machine h login ann password {s}"},
    "MessagePack": lambda s: {
        "data": msgspec.msgpack.encode({"password": s}),
        "content_type": "application/msgpack",
    },
    "compressed JSON": lambda s: {
        "data": gzip.compress(_json(s).encode()),
        "headers": {"Content-Encoding": "gzip"},
        "content_type": "application/json",
    },
    "a compressed form": lambda s: {
        "data": gzip.compress(urlencode({"password": s}).encode()),
        "headers": {"Content-Encoding": "gzip"},
        "content_type": "application/x-www-form-urlencoded",
    },
    "JSON in base64": lambda s: {"data": urlsafe_b64encode(_json(s).encode())},
    "JSON in a field": lambda s: {"data": {"payload": _json(s)}},
    "JSON in a query": lambda s: {"query_string": {"variables": _json(s)}},
    "GraphQL's long text": lambda s: {"json": {"query": f'{{ in(password: """{s}""") }}'}},
    "an address": lambda s: {"json": [{"url": f"https://ann:{s}@example.org/"}]},
    "a file": lambda s: _file(f"name;password\nann;{s}\n"),
    "a file of a key": lambda s: _file(s, "private_key"),
    "a part of a form": lambda s: {
        "data": {"meta": (BytesIO(_json(s).encode()), "", "application/json")}
    },
    "Digest": lambda s: {"headers": {"Authorization": f'Digest username="a", response="{s}"'}},
    "a quoted token": lambda s: {"headers": {"Authorization": f'Token token="{s}"'}},
    "several keys": lambda s: {"headers": {"X-Api-Keys": f"a1, {s}"}},
    "a subprotocol": lambda s: {"headers": {"Sec-WebSocket-Protocol": f"bearer, {s}"}},
    "Kubernetes": lambda s: {
        "headers": {"Sec-WebSocket-Protocol": f"base64url.bearer.authorization.k8s.io.{s}"}
    },
    "JSON in a cookie": lambda s: {"headers": {"Cookie": f"prefs={quote(_json(s))}"}},
    "fields in a cookie": lambda s: {"headers": {"Cookie": f"prefs={quote(f'a=1&token={s}')}"}},
}
HARMLESS = {
    "lines": '{"level": "info", "msg": "wombat 4711"}\n{"level": "warn", "key": "a1b2c3"}\n',
    "table": "name,password_hint,city\nann,a7b8c9d0,Ulm\n",
    "XML": "<book id='b7'><title>Secret 4711</title><key-of-map>k7m8n9</key-of-map></book>",
    "text": "The password is needed; see chapter 12b of the manual. Keys: A4, B5.\n",
}


@pytest.fixture
def site(app: Flask) -> Flask:
    """An app that parses the body itself, and shows another part of it under a harmless name."""

    @app.route("/<shown>", methods=["GET", "POST"])
    def show(shown: str) -> str:
        if request.content_encoding or not (request.form or request.files):
            request.get_data()
        return render_template_string("<p>{{ said }}</p>", said=SAID.get(shown, ""))

    return app


SAID: dict[str, str] = {}


def test_a_secret_is_found_in_any_kind_of_body(site: Flask) -> None:
    """The page shows it under a harmless name."""
    client = site.test_client(use_cookies=False)
    secrets = {kind: f"k{number}Qx7ab{number}ZZ9q" for number, kind in enumerate(BODIES)}
    for number, (kind, secret) in enumerate(secrets.items()):
        SAID[str(number)] = secret
        options = {"content_type": "text/plain"} | BODIES[kind](secret)
        if not isinstance(options.get("data"), str | bytes):
            del options["content_type"]
        client.open(f"/{number}", method="POST", **options).close()
    found = kept(site)
    assert [kind for kind, secret in secrets.items() if secret in found] == []


def test_harmless_values_stay_readable(site: Flask) -> None:
    """In the same kinds of bodies, and in the page."""
    client = site.test_client()
    for kind, text in HARMLESS.items():
        SAID[kind] = text
        client.post(f"/{kind}", data=text, content_type="text/plain").close()
    assert "[redacted]" not in kept(site)
