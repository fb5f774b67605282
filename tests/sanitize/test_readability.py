"""Harmless data stays readable: pages of many kinds of sites, recorded for a visitor who has logged
in.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import msgspec
import pytest
from flask import Flask, jsonify, render_template_string, request

from flask_replay.sanitize.common_values import Reach, reach
from flask_replay.sanitize.harmless_values import is_address, is_harmless

from ..conftest import recordings_of, replay_of

_LIST = "<!doctype html><h1>{{ title }}</h1>{% for row in rows %}<p>{{ row }}</p>{% endfor %}"
_TABLE = "<!doctype html><table>{% for r in rows %}<tr>{% for k, v in r.items() %}<td>{{ k }}: {{ v }}</td>{% endfor %}</tr>{% endfor %}</table><script>var r = {{ rows|tojson }};</script>"

PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "blog": (_LIST, {"title": "How I chose a password manager", "rows": [
        "My password is longer than yours, and no, I will not tell you: it has 24 characters.",
        "Set password = correct-horse in the sample file, then run the tests.",
        ("A token is a word. The secret of good bread is time; the pin of a hand grenade is not a "
        "PIN."),
        "Call me on 555 0100 or +49 (0)30 123456, any day from 9:00 to 17:30.",
    ]}),
    "documentation": (_LIST, {"title": "Authentication", "rows": [
        "Send your API key in the header <code>X-Api-Key: YOUR_API_KEY</code>.",
        "curl -u user:password https://api.example.org/v1/items?page=2&sort=-created",
        ("POST /oauth/token with grant_type=client_credentials returns an access token and a "
        "refresh token."),
        "DATABASE_URL=postgresql://user:secret@localhost/shop is read at the start.",
        "export SECRET_KEY=dev  # change me",
        "If password is None: raise ValueError('password is required')",
    ]}),
    "code": ("<!doctype html><pre>{{ code }}</pre>{% for c in commits %}<a href='/c/{{ c.sha }}'>{{ c.sha[:8] }} {{ c.message }}</a>{% endfor %}", {
        "code": "def login(user, password, token=None):\n    session['csrf'] = token or secrets.token_hex(16)\n    return check(password, user.password_hash)\n",
        "commits": [
            SimpleNamespace(sha="9fceb02d0ae598e95dc970b74767f19372d61af8", message="Hash passwords with argon2"),
            SimpleNamespace(sha="da39a3ee5e6b4b0d3255bfef95601890afd80709", message="Fix #4812: token expiry"),
        ],
    }),
    "shop": (_TABLE, {"rows": [
        {"order": "2026-11-000123456789", "tracking": "1Z999AA10123456784", "ean": "4006381333931", "price": "19.99"},
        {"order": "4000123412341233", "isbn": "978-3-16-148410-0", "iban_hint": "DE", "vat": "DE123456788", "total": 129900},
        {"card_brand": "Visa", "card_holder": "Ann Lee", "card_expiry": "12/29", "last": "4242", "voucher": "SUMMER26"},
    ]}),
    "forum": (_TABLE, {"rows": [
        {"author": "ann", "signature": "Life is too short for short passwords.", "posts": 4821, "joined": "2019-03-01"},
        {"author": "bob", "signature": "-- sent from my toaster", "thread": "Secret Santa 2026", "replies": 12345},
    ]}),
    "wiki": ("<!doctype html>{{ body|safe }}<form><textarea name='signature'>Yours, Ann</textarea><input name='search' value='pin board'></form>", {
        "body": "<h2>Boarding pass</h2><p>A boarding pass is a document. See <a href='/wiki/Passport_(album)?action=edit&section=2'>Passport</a>.</p>",
    }),
    "dashboard": (_TABLE, {"rows": [
        {"uuid": str(UUID(int=0x1234567890ABCDEF1234567890ABCDEF)), "tokens_used": 41_234, "token_limit": 100_000, "ms": 1795867834708},
        {"at": "2026-11-28T12:04:07Z", "unix": 1795867834, "load": 0.4812, "ip": "192.0.2.17", "agent": "Mozilla/5.0 (X11; Linux x86_64)"},
        {"session_count": 12, "sessions": "4,812", "passed": 481_516, "failed": 0, "pass_rate": "98.7 %", "lat": "48.1351253", "lon": "11.5819806"},
    ]}),
    "conference": ("<!doctype html>{% for s in sessions %}<a href='{{ url_for('talk', session_id=s.session_id) }}'>{{ s.session_title }}</a>{{ s.room }}{% endfor %}", {
        "sessions": [SimpleNamespace(session_id=4711 + n, session_title=f"Tokens and trust {n}", room=f"B{n}") for n in range(3)],
    }),
    "settings": ("<!doctype html><form>{% for f in fields %}<label>{{ f.label }}</label><input id='{{ f.id }}' name='{{ f.id }}' type='{{ f.kind }}' value='{{ f.value }}'>{% endfor %}</form>{{ errors }}", {
        "fields": [
            SimpleNamespace(id="password_min_length", label="Shortest password", kind="number", value=12),
            SimpleNamespace(id="api_access_token_enabled", label="API tokens", kind="checkbox", value="y"),
            SimpleNamespace(id="session_timeout", label="Session ends after", kind="number", value=3600),
            SimpleNamespace(id="new_password", label="New password", kind="password", value=""),
        ],
        "errors": {"password2": ["Field must be equal to password."], "password": ["Your password must be at least 10 characters long."]},
    }),
    "translations": (_TABLE, {"rows": [{"debit card": {"en": "debit card", "de": "Debitkarte", "cs": "debetní karta"}, "Wort": "Debitkarte"}]}),
    "search": (_TABLE, {"rows": [{"pin": "//dictionary.example.org/search?q=", "pass": "http://compass.example.org/?q=", "q": "//dictionary.example.org/"}]}),
    "chemistry": (_LIST, {"title": "InChI", "rows": ["InChI=1S/C8H10N4O2/c1-10-4-9-6-5(10)7(13)12(3)8(14)11(6)2/h4H,1-3H3", "RYYVLZVUVIJVGH-UHFFFAOYSA-N", "58-08-2"]}),
    "numbers": (_LIST, {"title": "Numbers", "rows": [12, 4816, 481516, Decimal("48.15"), datetime(2026, 11, 28, tzinfo=UTC), 10**15, "4 815 162 342", "0000 0000 0000 0001"]}),
}  # fmt: skip


@pytest.fixture
def site(app: Flask) -> Flask:
    """An app with pages of many kinds, and a visitor's login."""

    @app.post("/login")
    def login() -> str:
        return request.form["password"][:0]

    @app.get("/talk/<int:session_id>")
    def talk(session_id: int) -> str:
        return str(session_id)

    @app.get("/page/<kind>")
    def page(kind: str) -> str:
        source, context = PAGES[kind]
        return render_template_string(source, **context)

    @app.get("/data/<kind>")
    def data(kind: str) -> Any:
        return jsonify(rows=PAGES[kind][1]["rows"])

    return app


@pytest.mark.parametrize("kind", PAGES)
def test_nothing_on_a_page_without_secrets_is_masked(site: Flask, kind: str) -> None:
    """Nor in the address, the document or the frame, which is identical."""
    client = site.test_client()
    client.post("/login", data={"name": "ann", "password": "7Kq-wombat!", "pin": "4815"}).close()
    client.get(f"/page/{kind}?ref=password-help&page=2").close()
    (recording,) = recordings_of(site)
    _, seen = recording.batches
    assert "[redacted]" not in str(
        msgspec.to_builtins(seen, builtin_types=(bytes, datetime, Decimal))
    )
    with site.app_context():
        assert [
            verdict.verdict for verdict in replay_of(site).verify(recording.summary.id).verdicts
        ] == ["identical"]


def test_the_share_of_identical_frames(site: Flask) -> None:
    """Every page of a visit."""
    client = site.test_client()
    client.post("/login", data={"password": "password"}).close()
    for kind in PAGES:
        client.get(f"/page/{kind}").close()
    (recording,) = recordings_of(site)
    with site.app_context():
        verdicts = Counter[str](
            verdict.verdict for verdict in replay_of(site).verify(recording.summary.id).verdicts
        )
    print(f"identical: {verdicts['identical']} of {verdicts.total()}")
    assert verdicts == {"identical": len(PAGES)}


@pytest.mark.parametrize(
    "text",
    [
        "Is it true? See <a name=x> and https://a.org/?q=https://b.org/?r=//c.org/?s=d, too.",
        "SELECT name FROM t WHERE id = ?\nhttps://example.org/a?b=1&c=2#d\nx=%20y",
        "/srv/shop is a folder? Then a=b",
    ],
)
def test_a_text_that_contains_addresses_is_kept(site: Flask, text: str) -> None:
    """It is not an address itself, but those in it are examined."""
    token = "q=1&token=k7Qz-Wm3xRt"
    site.test_client().post("/login", data={"password": "", "note": f"{text} //e.org/?{token}"})
    (recording,) = recordings_of(site)
    kept = str(msgspec.to_builtins(recording.batches, builtin_types=(bytes, datetime)))
    assert repr(f"{text} //e.org/?q=1&token=[redacted]") in kept


@pytest.mark.parametrize(
    "text",
    [
        "Field must be equal to password.", "This field is required.", "Das Passwort muss länger sein!", "パスワードが違います。",
        "sqlite:////srv/shop.db", "redis://localhost:6379/0", "postgresql+psycopg://db.internal/shop", "password", "Log in",
        "New password", "2026-11-28", "true", "/sso-verify", "/tf/confirm-code", "/wp/reset_password",
    ],
)  # fmt: skip
def test_harmless_values_under_a_sensitive_name_are_not_searched_for(text: str) -> None:
    """Labels, messages, addresses of servers: they are masked only in place."""
    assert reach(text) is Reach.OWN


@pytest.mark.parametrize(
    "text",
    [
        "violet tractor drumming seven",
        "redis://:hunter2@cache/0",
        "myapp://reset/AbC123dEf456",
        "https://example.org/reset/4f2a9c",
        "/in/kqxvabzz",
        "Is it this?no9",
    ],
)
def test_possible_secrets_are_searched_for(text: str) -> None:
    """Words that form no sentence, credentials in an address, links that grant access."""
    assert reach(text) is Reach.ANYWHERE


def test_values_with_an_ambiguous_name_are_kept() -> None:
    """In another app, such a name would be that of a secret."""
    assert is_harmless("signature", "Yours truly, Ann")
    assert not is_harmless("signature", "sha256=0f82b3f44ca3daafbb51a1c54960c6e03f850940")
    assert is_harmless("project_key", "WEB")
    assert not is_harmless("project_key", "phc_9sKf02mdLq8Zt")
    assert is_harmless("primary_key", "order_id")
    assert is_harmless("user_key", "0ccc7b54-4df3-4bca-a65a-3da1ecc777f0")
    assert is_harmless("old_key", "reports/2026/a9c3f1e07b5d4286.pdf")
    assert not is_harmless("primary_key", "Zk9sQ2Lw8xVb3Nc7Rt5Yp1Ma6Ud4Jh0GfKeWqXzTiOo=")
    assert not is_harmless("user_key", "baa5fe97f2c5ab3ca8f0bb59")
    assert is_harmless("sid", "ORCL")
    assert is_harmless("otc", "aspirin")
    assert not is_harmless("otc", "481516")
    assert is_harmless("phone_code", "+49")
    assert not is_harmless("phone_code", "481503")
    assert is_harmless("password_reset_sender", "no-reply@example.org")
    assert not is_harmless("email_password", "no-reply@example.org")
    assert is_address("pin", "//translate.example.org/#en/fa/")
    assert not is_address("magic_link", "https://example.org/in/4f2a9c")
    assert not is_address("pass", "https://ann:hunter2@example.org/")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("change_password", "on"), ("save_password", "1"), ("reset_password", 0), ("password_reset", "ALLOW"),
        ("admin_ssh_password", "disable"), ("two_factor", "sms"), ("client_authentication", "required"),
        ("organization_secrets", "read"), ("keys", "write"),
    ],
)  # fmt: skip
def test_the_state_of_an_option_about_a_secret_is_kept(name: str, value: object) -> None:
    """Its name is that of a secret, but its value is one of a few words."""
    assert is_harmless(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("password", "enable"), ("admin_password", "default"), ("pin_code", "1"), ("otp_digit", "0"),
        ("password_confirm", "always"), ("new_password_again", "never"), ("temp_password", "default"),
        ("security_answer", "never"), ("secret_word", "always"), ("password", "[wombat]"), ("password", "***wombat***"),
    ],
)  # fmt: skip
def test_what_a_visitor_may_have_typed_is_no_state(name: str, value: str) -> None:
    """A PIN may be typed digit by digit, and a password a second time."""
    assert not is_harmless(name, value)


@pytest.mark.parametrize(
    "value",
    [
        "/etc/ssl/private/site.key", "~/.ssh/id_ed25519", r"C:\certs\site.pfx", "/run/secrets/db_password",
        "https://shop.vault.azure.net/secrets/db", "alias/orders", "${DB_PASSWORD}", "$DEPLOY_TOKEN", "{{ api_key }}",
        "<your api key>", "***REMOVED***", "[FILTERED]",
    ],
)  # fmt: skip
def test_where_a_secret_is_and_what_stands_for_it_is_kept(value: str) -> None:
    """Neither is the secret."""
    assert is_harmless("client_key", value)
    assert is_harmless("db_password", value)
    assert not is_harmless("client_key", f"{value} 9")
