"""Texts for people under the names of secrets: translations, messages, labels, schemas."""

from __future__ import annotations

import json
import re
import time
from datetime import datetime
from typing import Any

import msgspec
import pytest
from flask import Flask, jsonify, render_template_string, request

from flask_replay.sanitize import REDACTED, Sanitizer
from flask_replay.sanitize.catalogues import Container
from flask_replay.sanitize.descriptions import is_remark
from flask_replay.sanitize.html import fields, mask
from flask_replay.sanitize.texts_for_people import Kind, kind_of

from ..conftest import recordings_of, replay_of

GERMAN = {
    "login.title": "Bitte melden Sie sich an",
    "login.user": "Benutzername",
    "login.password": "Passwort eingeben",
    "login.forgot": "Passwort vergessen?",
    "token.revoke": "Token wirklich löschen?",
}

CATALOGUES: dict[str, dict[str, Any]] = {
    "by key": GERMAN,
    "by language": {"de": {"login": GERMAN}, "x": {}},
    "by text": {
        "Create new token": "Utwórz nowy token",
        "Reset Password": "Resetowanie hasła",
        "Session": "Sesja",
        "The secret has been reset.": "Sekret został zresetowany.",
    },
    "of an extension": {
        "credentialsSaved": {"message": "Учетные данные сохранены", "description": "A toast."},
        "defineTOTP": {"message": "Выберите поле TOTP"},
        "optionsKey": {"message": "Ключ базы данных"},
    },
    "with some data": {
        **{f"page.{number}": f"Seite mit der Nummer {number}" for number in range(16)},
        "login.mail": "ann@example.org",
        "login.secret": "Geheimnis eingeben",
        "login.page": "https://example.org/login",
    },
    "without spaces": {
        "password": "パスワードを入力してください",
        "token": "アクセストークン",
        "user": "ユーザー名",
        "submit": "送信",
    },
}

PAGES = {
    "island": "<!doctype html><script>var texts = {{ d|tojson }};</script>",
    "attribute": "<!doctype html><main data-texts='{{ d|tojson|forceescape }}'>x</main>",
    "items": (
        "<!doctype html>{% for k, v in d.items() %}<dt>{{ k }}</dt><dd>{{ v.message if v is mapping else v }}</dd>{% endfor %}"
    ),
    "reads": "<!doctype html>{% for k in d %}<label>{{ d[k].message if d[k] is mapping else d[k] }}</label>{% endfor %}",
    "message": "<!doctype html>{{ e.password }}{{ e['token'][0] }}{{ e.secret|join(', ') }}",
    "label": "<!doctype html>{{ f.password.label }}{{ f.password.type }}",
}


@pytest.fixture
def site(app: Flask) -> Flask:
    """An app that shows its texts in every way."""

    @app.post("/echo")
    def echo() -> str:
        request.get_json()
        return "kept"

    @app.get("/texts/<kind>")
    def texts(kind: str) -> Any:
        return jsonify(CATALOGUES[kind])

    @app.get("/page/<page>/<kind>")
    def page(page: str, kind: str) -> str:
        errors = {
            "password": "Must be at least 8 characters long.",
            "token": ["Dieses Feld wird benötigt."],
            "secret": ["This field is required", "Too short."],
        }
        form = {"password": {"label": "Passwort", "type": "password"}}
        return render_template_string(PAGES[page], d=CATALOGUES[kind], e=errors, f=form)

    return app


def seen(app: Flask) -> str:
    """Return everything that is kept of a visit, and the verdicts on its pages."""
    (recording,) = recordings_of(app)
    kept = str([msgspec.to_builtins(batch, builtin_types=(bytes, datetime))
                for batch in recording.batches])  # fmt: skip
    with app.app_context():
        verdicts = replay_of(app).verify(recording.summary.id).verdicts
        return kept + "".join(str(verdict.verdict) for verdict in verdicts)


@pytest.mark.parametrize("kind", CATALOGUES)
def test_translations_stay_readable(site: Flask, kind: str) -> None:
    """In JSON in both layouts, in data for scripts, in attributes, and where a page reads them."""
    client = site.test_client()
    client.post("/echo", json=CATALOGUES[kind]).close()
    client.get(f"/texts/{kind}").close()
    for page in PAGES:
        client.get(f"/page/{page}/{kind}").close()
    assert "redacted" not in seen(site)


@pytest.mark.parametrize(
    "record",
    [
        {
            "name": "Ann Lee",
            "mail": "ann@example.org",
            "since": 2019,
            "password": "Violet Horse Cello",
        },
        {"title": "Head of Sales", "city": "New York", "token": "k7Qz-Wm3xRt", "note": "Hi there"},
        {
            "q": ["Ann Lee"],
            "w": ["New York"],
            "e": ["High Street"],
            "password": ["Violet Horse Cello"],
        },
        {
            "a": "Ann Lee",
            "b": "New York",
            "c": "High Street",
            "security_answer": "Violet Horse Cello",
        },
        {"a": "Ann Lee", "b": "New York", "c": "High Street", "password": "Sommerurlaub"},
        {"a": "Ann Lee", "b": "New York", "c": "High Street", "password": "Monkey"},
        {"a": "Ann Lee", "b": "New York", "c": "High Street", "password": "Violet Horse Cello"},
        {"a": "Wine Cellar", "b": "Under the Stairs", "c": "Ask Bob", "token": "Open Sesame Now"},
    ],
)
def test_a_record_is_not_a_catalogue(record: dict[str, Any]) -> None:
    """It contains other data besides texts, so a secret in it is redacted, and so are all values of
    a form.
    """
    name = next(name for name in ("password", "token", "security_answer") if name in record)
    kept = Sanitizer().params(record)[name]
    assert kept in (REDACTED, [REDACTED])
    if isinstance(record[name], str):
        assert mask(json.dumps({"x": 1, **record, "y": 2})).count(REDACTED) == 1


PERSON = {"name": "Ann Lee", "street": "High Street", "city": "New York"}

PHRASES = [
    "Saltwater Pass Island", "Passion Fruit", "Bear Island Lodge", "Pink Elephant", "Secret Garden",
    "Top Secret", "password", "Token Ring", "Salt and Pepper", "El Niño Again", "Sid Vicious",
    "I love my dog.", "Das ist geheim!", "My Secret Password!", "Secret Number 7",
]  # fmt: skip


@pytest.mark.parametrize("password", PHRASES)
def test_words_that_only_resemble_sensitive_words_are_not_labels(password: str) -> None:
    """Nor are sentences that name no secret, nor the data of a person beside a name."""
    assert Sanitizer().params({**PERSON, "password": password})["password"] == REDACTED
    assert Sanitizer().params({**PERSON, "password": {"text": password}})["password"] == {
        "text": REDACTED
    }


@pytest.mark.parametrize(
    "form",
    [
        {"name": "Votre nom", "email": "Courriel", "city": "Ville", "password": "Mot de passe ici"},
        {
            "username": "Nombre de usuario",
            "email": "Correo electrónico",
            "password": "Introduce tu contraseña",
            "city": "Ciudad de residencia",
        },
        {
            "username": "Имя пользователя",
            "email": "Адрес почты",
            "password": "Введите пароль",
            "forgot": "Забыли пароль?",
        },
    ],
)
def test_the_labels_of_a_form_are_not_a_record(form: dict[str, str]) -> None:
    """In other languages, its texts do not contain the keys."""
    assert Sanitizer().params(form) == form


def test_in_a_record_of_a_person_only_labels_are_readable() -> None:
    """They consist of sensitive words. The texts of a form contain their keys."""
    for label in ("Password", "Neues Passwort", "Passwort vergessen?"):
        assert Sanitizer().params({**PERSON, "password": label})["password"] == label
    form = {
        "name": "Ihr Name",
        "email": "Ihre E-Mail",
        "city": "Wohnort",
        "password": "Wählen Sie ein Passwort",
    }
    assert Sanitizer().params(form) == form


def test_a_table_of_many_records_is_not_a_catalogue() -> None:
    """However large it is, and even beside a catalogue."""
    table: dict[str, Any] = {
        f"user {number}": {**PERSON, "password": "Correct Horse Battery"} for number in range(20)
    }
    rooms = {f"room {number}": {"wifi": "Home Net", "floor": "First Floor", "password": "Blue Sky"}
             for number in range(20)}  # fmt: skip
    texts = {f"page.{number}": "Seite mit der Nummer" for number in range(60)}
    logins = {f"login {number}": {"site": "Blue Sea Films", "note": "Shared With Bob",
                                  "password_films": "Correct Horse Battery"}
              for number in range(30)}  # fmt: skip
    for data in (table, rooms, logins, {"texts": texts, "user": table["user 1"]}):
        kept = str(Sanitizer().params(data))
        assert "Correct Horse" not in kept
        assert "Blue Sky" not in kept


def test_a_key_longer_than_the_name_of_a_secret_belongs_to_a_catalogue() -> None:
    """In a large catalogue, such as ``token.revoke``. For sentences, in any catalogue."""
    texts = {f"page.{number}": "Seite mit der Nummer" for number in range(60)}
    texts |= {"token.revoke": "Wirklich löschen", "The secret has been reset.": "Hotovo je to"}
    assert Sanitizer().params(texts) == texts
    few = {**GERMAN, "password.sent": "Wir haben Ihnen geschrieben."}
    assert Sanitizer().params(few) == few


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Must be at least 8 characters long.", True), ("This field is required.", True),
        ("Dieses Feld wird benötigt.", True), ("Este campo es obligatorio.", True),
        ("Incorrect password.", True), ("このフィールドは必須です。", True),
        ("I love my dog.", False), ("Let me in please!", False), ("What is love?", False),
        ("Das ist geheim!", False), ("Mon petit chat noir.", False), ("Special Letter", False),
        ("Wrong Number", False), ("开门大吉吧。", False),
        ("He was wrong to lie to Mary about it.", False), ("Must be exactly four digits.", True),
        ("I lost my short key", False), ("my dog is short.", False),
        ("Ce champ ne peut pas être vide.", True),
        ("Diese beiden Felder stimmen nicht überein.", True),
    ],
)  # fmt: skip
def test_a_sentence_under_a_sensitive_name_is_kept_if_it_is_an_objection(
    text: str, kept: bool
) -> None:
    """Other sentences may be passwords, where a page reads them and where values are learnt."""
    assert is_remark("password", text) is kept


@pytest.mark.parametrize(
    "value", ["string", "none", "required", "Password", "optional", "text", "hidden", "disabled"]
)
def test_words_of_settings_are_not_passwords(value: str) -> None:
    """Nor are labels. Any other single word may be one."""
    assert REDACTED not in mask(json.dumps({"x": 1, "password": value, "y": 2}))
    assert REDACTED in mask(json.dumps({"x": 1, "password": "monkey", "y": 2}))


def test_a_secret_among_texts_is_redacted() -> None:
    """It does not look like them."""
    assert Sanitizer().params({**GERMAN, "api_token": "k7Qz-Wm3xRt"})["api_token"] == REDACTED
    assert not Container(GERMAN).keeps("api_token", "k7Qz-Wm3xRt")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Passwort eingeben", Kind.TEXT), ("Passwort", Kind.WORD), ("密码错误", Kind.TEXT),
        ("Delete '%(name)s'?", Kind.TEXT), ("Sign in with OAuth2", Kind.TEXT), ("", Kind.NEITHER),
        ("violet tractor drumming", Kind.NEITHER), ("hunter2", Kind.DATA), ("4815", Kind.DATA),
        ("ann@example.org", Kind.DATA), ("k7Qz-Wm3xRt", Kind.DATA), ("hvxqz", Kind.DATA),
        ("<b>{count}</b> Tokens übrig", Kind.TEXT), ("Mein K7Qz-Wm3xRt", Kind.DATA),
    ],
)  # fmt: skip
def test_the_form_of_a_text_is_recognized(text: str, kind: Kind) -> None:
    """Several words, the first with a capital letter, and none that mixes letters and digits."""
    assert kind_of(text) is kind


def test_a_schema_stays_readable() -> None:
    """Its definitions contain sensitive names, too."""
    schema = {
        "definitions": {
            "apiKey": {
                "type": "object",
                "required": ["type", "name", "in"],
                "properties": {
                    "type": {"enum": ["apiKey", "oauth2"]},
                    "in": {"$ref": "http://json-schema.org/draft-04/schema#/definitions/mimeType"},
                    "flow": {"$ref": "#/definitions/oauth2Scopes"},
                },
            }
        }
    }
    assert Sanitizer().params(schema) == schema


def test_searching_for_texts_takes_linear_time() -> None:
    """Whatever punctuation is between them."""
    for piece in (
        '"password": "A b\\\\',
        '\\"password\\": \\"A b\\", ',
        '"token": "A \\u00e4", ',
        '{"password": {"a": "b"}} ',
    ):
        started = time.process_time()
        mask(piece * 5_000)
        fields(piece * 5_000)
        assert time.process_time() - started < 3


def test_a_list_of_messages_is_kept_in_a_page_only_if_it_contains_nothing_else() -> None:
    """A number beside a message may be the PIN."""
    messages = ["This field is required.", "Must be at least 8 characters long."]
    assert REDACTED not in mask(json.dumps({"x": 1, "pin": messages, "y": 2}))
    for pin in (4711, 482913, [482913], {"value": 4711}):
        masked = mask(json.dumps({"x": 1, "pin": [*messages, pin], "y": 2}))
        assert REDACTED in masked
        assert not {"4711", "482913"} & {*re.findall(r"\d+", masked)}
