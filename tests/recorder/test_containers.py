"""Secrets whose names are known only to a container, an object or a filter."""

from __future__ import annotations

import json
from collections import OrderedDict, deque
from dataclasses import asdict, dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any, NamedTuple

import msgspec
import pytest
from flask import Flask, render_template_string, session
from markupsafe import Markup

from flask_replay.sanitize.html import fields, mask
from flask_replay.trace import cells

from ..conftest import recordings_of
from .test_echoes import kept

SECRET = "hunter2-k7Qz"


@dataclass
class Account:
    name: str = "ann"
    api_key: str = SECRET


class Slotted:
    __slots__ = ("api_key",)

    def __init__(self) -> None:
        self.api_key = SECRET


def user(**values: Any) -> SimpleNamespace:
    return SimpleNamespace(name="ann", **values)


def given() -> dict[str, Any]:
    return {
        "d": {"password": SECRET, "n": 1},
        "deep": {"user": {"accessToken": SECRET, "tags": [{"apiKey": SECRET}]}},
        "order": OrderedDict(password=SECRET),
        "users": [user(api_key=SECRET), user(api_key=SECRET)],
        "rows": [{"api_key": SECRET, "n": 1}],
        "access_keys": [SimpleNamespace(name="laptop", key=SECRET)],
        "owner": user(
            tokens=[SimpleNamespace(value=SECRET)], credentials=SimpleNamespace(raw=SECRET)
        ),
        "account": Account(),
        "asdict": asdict(Account()),
        "slotted": Slotted(),
        "link": lambda one: Markup("<a href='/k/{}'>").format(one.api_key),
        "upper": lambda text: Markup(f"<i>{text.upper()}</i>"),
        "keys": {"a": {"secret": {"now": SECRET}}},
        "member": user(
            recovery=SimpleNamespace(codes=[SECRET]),
            api={"key": SECRET},
            scratch_codes=[SimpleNamespace(code=SECRET, used=False)],
        ),
    }


TEMPLATES = [
    "<script>S={{ d|tojson }}</script>", "{{ deep|tojson }}", "{{ rows|tojson }}", "{{ asdict|tojson }}",
    "{% for k, v in d.items() %}{{ k }}: {{ v }}{% endfor %}", "{% for k, v in d|items %}{{ k }}: {{ v }}{% endfor %}",
    "{% for k, v in d|dictsort %}{{ k }}: {{ v }}{% endfor %}", "{{ d }}", "{{ d|pprint }}", "{{ d.values()|list }}",
    "{{ d.items() }}", "{{ order }}", "{% for k in d %}{{ d[k] }}{% endfor %}", "{{ d|xmlattr }}", "{{ d|string|upper }}", "{{ d.password|urlencode }}", "{{ d.values()|join|title }}", "{{ d|urlencode }}",
    "{% set x = d %}{{ x }} {{ x|string|upper }}", "{% for k, v in deep.user.items() %}{{ v }}{% endfor %}",
    "{{ users|map(attribute='api_key')|join(', ') }}", "{{ users|join(', ', attribute='api_key') }}",
    "{{ users|map(attribute='api_key')|list }}", "{% for g, us in users|groupby('api_key') %}{{ g }}{{ us|length }}{% endfor %}",
    "{% for u in users|sort(attribute='api_key') %}{{ u.api_key }}{% endfor %}", "{{ (users|first).api_key }}",
    "{{ rows|map(attribute='api_key')|first }}", "{{ rows|selectattr('api_key')|list }}", "{{ users|unique(attribute='api_key')|map(attribute='name')|join }}",
    "{% for t in owner.tokens %}{{ t.value }}{% endfor %}", "{% for k in access_keys %}{{ k.name }}: {{ k.key }}{% endfor %}",
    "{% for c in member.scratch_codes %}{{ c.code }}{{ loop.index }}{% endfor %}", "{{ owner.credentials.raw }}", "{{ owner.credentials }}",
    "{{ account }}", "{{ account.api_key }}", "{{ link(account) }}", "{{ upper(account.api_key) }}", "{{ link(slotted) }}",
    "{{ config.items()|list }}", "{% for k, v in config.items() %}{{ k }}={{ v }};{% endfor %}", "{{ config }}",
    "{{ session }}", "{% for k, v in session.items() %}{{ k }}={{ v }}{% endfor %}", "{{ request.headers }}",
    "{% for code in member.recovery.codes %}{{ code }}{% endfor %}", "{{ member.recovery.codes|join(' ') }}",
    "{% set recovery = member['recovery'] %}{{ recovery.codes }}", "{{ member.api.key }}", "{% with api = member.api %}{{ api['key'] }}{% endwith %}",
    "{{ request.cookies }}", "{{ request.environ }}", "{{ request.url }}", "{{ request.args }}", "{{ keys }}", "{{ keys.a|tojson }}",
]  # fmt: skip


@pytest.mark.parametrize("template", TEMPLATES)
def test_values_named_only_by_their_container_are_redacted(app: Flask, template: str) -> None:
    """And the page verifies."""
    app.config["PAYMENTS_API_KEY"] = SECRET

    @app.get("/page")
    def page() -> str:
        session["api_key"] = SECRET
        return render_template_string(f"<!doctype html>{template}", **given())

    client = app.test_client()
    client.set_cookie("sid", SECRET)
    client.get(
        "/page", query_string={"token": SECRET}, headers={"Authorization": f"Bearer {SECRET}"}
    ).close()
    assert SECRET.lower() not in kept(app).lower()


class Row(NamedTuple):
    id: int
    password: str


@dataclass(slots=True)
class Login:
    name: str
    password: str


@pytest.mark.parametrize(
    "template",
    [
        "{% for user, password in pairs %}{{ password }}{% endfor %}",
        "{% for token in texts %}{{ loop.index }} {{ token }}{% endfor %}",
        "{% macro box(token) %}<b>{{ token }}</b>{% endmacro %}{{ box(texts[0]) }}",
        "{% for cell in row %}{{ cell }}{% endfor %}",
        "{{ row[1] }} {{ row|tojson }}",
        "{% for id, word in rows %}{{ word }}{% endfor %}",
        "{{ login }}",
        "{% for word in owner.tokens %}{{ word }}{% endfor %}",
        "{% for word, group in rows|groupby('password') %}{{ word }}{% endfor %}",
    ],
)
def test_values_named_by_a_loop_a_macro_or_a_field_are_redacted(app: Flask, template: str) -> None:
    """Nothing else names them. A named tuple and an object with slots have fields with names."""

    @app.get("/page")
    def page() -> str:
        row = Row(1, SECRET)
        return render_template_string(
            f"<!doctype html>{template}",
            pairs=[("ann", SECRET)],
            texts=[SECRET],
            row=row,
            rows=[row],
            login=Login("ann", SECRET),
            owner=user(tokens=deque([SECRET])),
        )

    app.test_client().get("/page").close()
    assert SECRET not in kept(app)


TAKEN_FROM_CONTAINERS = [
    "<script>S={{ user|tojson }}</script>",
    "<div data-user='{{ user|tojson|forceescape }}'></div>",
    "{{ user }} {{ user|string|upper }} {{ [user]|pprint }}",
    "{{ dumps(user) }} {{ user|urlencode }} <a{{ user|xmlattr }}></a>",
    "{% for k, v in user.items() %}{{ v }} {{ v|upper }} {{ v|length }}{% endfor %}",
    "{% for k, v in user|dictsort %}{% if v == secret %}1{% endif %}{{ k ~ '=' ~ v }}{% endfor %}",
    "{% for k, v in user|items %}{{ v }}{% endfor %}{% for v in user.values() %}{{ v }}{% endfor %}",
    "{% macro cell(v) %}<td>{{ v }}{% endmacro %}{% for k, v in user.items() %}{{ cell(v) }}{% endfor %}",
    "{% macro data(v) %}<b>{{ v|tojson }}{% endmacro %}{{ data(user) }}",
    "{{ user.values()|join('-') }} {{ user.values()|list }}",
    "{{ '{password}'.format(**user) }}",
]  # fmt: skip


@pytest.mark.parametrize("secret", ["monkey", "Correct Horse", "4711"])
@pytest.mark.parametrize("template", TAKEN_FROM_CONTAINERS)
def test_a_common_secret_is_masked_where_its_container_is_shown(
    app: Flask, template: str, secret: str
) -> None:
    """A password may be a word of a dictionary. The rest of the page keeps the word."""
    user = {"name": "ann", "email": "ann@example.org", "password": secret, "city": "Berlin"}

    @app.get("/page")
    def page() -> str:
        return render_template_string(
            f"<!doctype html>{template}{{{{ pet }}}}",
            user=user,
            secret="another",
            pet="a monkey",
            dumps=json.dumps,
        )

    app.test_client().get("/page").close()
    text = kept(app)
    assert secret.lower() not in text.replace("a monkey", "").replace("%20", " ").lower()
    assert "a monkey" in text


@pytest.mark.parametrize("rows", [list, tuple])
@pytest.mark.parametrize(
    "template", ["{{ users|tojson }}", "{{ users|map('string')|join }}", "{{ users }}"]
)
def test_a_common_secret_is_masked_in_a_list_of_records(
    app: Flask, template: str, rows: Any
) -> None:
    """Of which the page reads none."""
    users = rows([{"id": 1, "password": "monkey"}, {"id": 2, "password": "dragon"}])
    page = f"<!doctype html><script>{template}</script>"
    app.add_url_rule("/page", "page", lambda: render_template_string(page, users=users))
    app.test_client().get("/page").close()
    text = kept(app)
    assert "monkey" not in text
    assert "dragon" not in text


@pytest.mark.parametrize("cell", [b"a monkey", "monkey business"])
def test_another_item_of_a_row_is_kept_as_it_is(app: Flask, cell: Any) -> None:
    """It is no text into which the row was written, even if it contains the same word."""
    row = (5, "monkey", cell)
    user = {"id": row[0], "password": row[1]}

    @app.get("/page")
    def page() -> str:
        return render_template_string(
            "{{ user.id }} {{ row[2] }} {{ row|join }}", user=user, row=row
        )

    app.test_client().get("/page").close()
    (recording,) = recordings_of(app)
    (frame,) = recording.frames
    assert frame.trace.answers["[]"] == [cells.write(cell)]
    assert "monkey" not in frame.trace.answers["| join"][0].replace(str(cell), "")


@pytest.mark.parametrize("fields", [{}, {"name": "Ann Lee", "city": "Berlin", "street": "A 1"}])
def test_methods_that_an_app_defines_for_its_dictionaries_are_not_called(
    app: Flask, fields: dict[str, Any]
) -> None:
    """They may query a database, which is closed when the response was sent."""

    class Row(dict[str, Any]):
        def items(self) -> Any:
            raise RuntimeError("closed")

        __len__ = __contains__ = __iter__ = keys = values = items  # type: ignore[assignment]

    user = Row({"id": 5, "password": "monkey", **fields, "key": Row(password="monkey")})

    @app.get("/page")
    def page() -> str:
        return render_template_string("{{ user.id }}", user=user)

    app.test_client().get("/page").close()
    (recording,) = recordings_of(app)
    assert [frame.trace.answers["id"] for frame in recording.frames] == [[5]]


def test_a_page_without_secrets_is_kept_unchanged(app: Flask) -> None:
    """Form fields, translations, settings for scripts, and texts about secrets stay readable."""
    texts = {
        "password": "Your password",
        "forgot_password": "Forgot it?",
        "token_type": "bearer",
        "pin": "Pin it",
    }
    names = {
        "country": {"code": "DE"},
        "project": {"key": "WEB", "lead": "ann"},
        "order": {"code": "A-4711"},
    }
    page = (
        '<input name="config_password_min_length" value="8"><input type="checkbox" name="api_token" value="1">'
        '<input type="submit" name="password_reset" value="Send"><input name="password" placeholder="Password">'
        "{{ texts|tojson }}<a href='{{ url }}'>{{ count }} tokens</a>"
        "{{ names.country.code }} {{ names.project.key }} {{ names.order.code }}"
        "{% for key in names.project.keys() %}{{ key }}{% endfor %}"
    )
    app.add_url_rule(
        "/page",
        "page",
        lambda: render_template_string(
            page, texts=texts, names=names, url="/auth/reset-password", count=4096
        ),
    )
    app.test_client().get("/page").close()
    (recording,) = recordings_of(app)
    assert "[redacted]" not in kept(app)
    assert [frame.masked for frame in recording.frames] == [b""]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ('{"api_key": "a1b2c3"}', '{"api_key": "[redacted]"}'),
        ("{&#39;password&#39;: &#39;a1b2c3&#39;}", "{&#39;password&#39;: &#39;[redacted]&#39;}"),
        ('{\\"password\\": \\"a1b2c3\\"}', '{\\"password\\": \\"[redacted]\\"}'),
        ('{"api_keys": ["a", {"b": "c"}], "n": 1}', '{"api_keys": "[redacted]", "n": 1}'),
        ('{"cvv2": 481, "tokens_used": 481}', '{"cvv2": "[redacted]", "tokens_used": 481}'),
        ('{"password": "Your password"}', '{"password": "Your password"}'),
        (
            '{"password": null, "secret": true, "token": ""}',
            '{"password": null, "secret": true, "token": ""}',
        ),
    ],
)
def test_data_within_a_page_is_masked_once(text: str, masked: str) -> None:
    """However its quotes are written. Masking again changes nothing."""
    assert mask(text) == masked == mask(masked)
    assert fields(masked) == []


def test_what_stands_between_texts_in_a_container_is_not_learnt(app: Flask) -> None:
    """Only whole texts are, not the numbers and punctuation between their quotes."""
    coin = {"token": {"decimals": 18, "name": "k7Qz-Wm3xRt", "issued_at": "2026-01-03T10:00:00Z"}}

    @app.get("/coin")
    def page() -> str:
        return render_template_string(
            "<!doctype html><script>var coin = {{ coin|tojson }}</script>", coin=coin
        )

    app.test_client().get("/coin").close()
    (recording,) = recordings_of(app)
    kept = str([msgspec.to_builtins(batch.events, builtin_types=(bytes, datetime))
                for batch in recording.batches])  # fmt: skip
    assert (
        '{"token": {"decimals": 18, "issued_at": "2026-01-03T10:00:00Z", "name": "[redacted]"}}'
        in kept
    )


@pytest.mark.parametrize(
    "source",
    [
        "{{ key|tojson }}",
        "{{ key.k }}",
        "{% for n, v in key.items() %}{{ n }}={{ v }} {% endfor %}",
    ],
)
def test_a_private_key_that_only_a_template_reads_is_masked(app: Flask, source: str) -> None:
    """Members of a key that keep it private have short names: RFC 7518, section 6."""

    @app.get("/key")
    def key() -> str:
        return render_template_string(source, key={"kty": "oct", "k": SECRET, "kid": "a1"})

    assert SECRET in app.test_client().get("/key").text
    assert SECRET not in kept(app)


@pytest.mark.parametrize(
    "template",
    [
        "<script>S={{ user|tojson }}</script>",
        (
            "{{ user.bank_account.bank_name }} {{ user.bank_account.country }}<br>"
            "{{ user.bank_account.last4 }} {{ user.bank_account.number }}"
        ),
    ],
)
def test_properties_of_an_account_are_kept(app: Flask, template: str) -> None:
    """In the page and in later answers, as in documents. Its number is masked."""
    properties = {"bank_name": "Bank of Ulmenau", "country": "Lettland", "last4": "6789"}
    account = {**properties, "number": SECRET}

    @app.get("/page")
    def page() -> str:
        user = {"id": 7, "bank_account": account}
        return render_template_string(f"<!doctype html>{template}", user=user)

    app.add_url_rule("/account", "account", lambda: {"bank_account": account})
    client = app.test_client()
    for address in ("/page", "/account"):
        client.get(address).close()
    text = kept(app)
    assert SECRET not in text
    assert all(text.count(value) > 1 for value in properties.values())
