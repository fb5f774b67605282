"""Values whose names are elsewhere: in pairs, in the head of a table, in a query, in a text."""

from __future__ import annotations

import json
import time
from base64 import b64encode
from typing import Any

import pytest

from flask_replay.boundary import Boundary
from flask_replay.sanitize import Names, Sanitizer
from flask_replay.sanitize.credentials import parts_of
from flask_replay.sanitize.guarded import GuardedSanitizer
from flask_replay.sanitize.memory import Memory

SECRET = "kQx7abZZ9q"
QUERY = "mutation L($p: String!, $q: Int) { login(user: $u, password: $p, page: $q) { ok } }"
DOCUMENTS: list[Any] = [
    {"op": "replace", "path": "/users/0/apiToken", "value": SECRET},
    {"parameter": "password", "value": SECRET},
    {"columns": ["name", "password"], "rows": [["ann", SECRET], ["bob", ""]]},
    {"columns": [{"name": "user"}, {"name": "passwd"}], "data": [["ann", SECRET]]},
    {"fields": ["user", "password"], "values": ["ann", SECRET]},
    {"query": QUERY, "variables": {"p": SECRET, "q": 7}},
    {"kind": "Secret", "stringData": {"x": SECRET}},
    {"path": ["users", 0, "password"], "value": SECRET},
    {"op": "add", "path": "/secrets/-", "value": SECRET},
    {"label": "Password", "text": SECRET},
    {"label": "Code", "type": "password", "value": SECRET},
    {"field": "password", "old": SECRET, "newValue": SECRET},
    {"security_question": "First pet?", "answer": SECRET},
    {"access": SECRET * 2, "refresh": SECRET * 2},
    {"Session": SECRET * 2},
    {"token_type": "bearer", "access": SECRET * 2},
    {"method": "login", "params": ["anna", SECRET]},
    {"msg": "method", "method": "login", "params": [{"resume": SECRET * 2}]},
    {"method": "login", "params": {"ticket": SECRET * 2}},
    {"type": 1, "target": "SignIn", "arguments": ["anna", SECRET]},
    {"text": json.dumps({"target": "Login", "arguments": ["anna", SECRET]}) + "\x1e"},
    {"codes": [SECRET, "8F3K-22PQ"], "type": "backup"},
    {"kind": "recovery_codes", "codes": [{"code": SECRET, "used": False}]},
    {"purpose": "password-reset", "code": SECRET},
    {"op": "verify", "code": SECRET},
    {"jsonrpc": "2.0", "method": "common.authenticate", "params": ["shop", "anna", SECRET, {}]},
    {"method": "set_password", "params": {"new": SECRET}},
    {"type": "auth/setToken", "payload": SECRET},
    {"schema": {"fields": [{"name": "user"}, {"name": "token"}]}, "data": [["ann", SECRET]]},
    {"columns": ["user", "password"], "rows": [{"cells": ["ann", SECRET]}]},
    {"ｐａｓｓｗｏｒｄ": SECRET},
    {"columns": [{"field": "name"}, {"field": "password"}], "rows": [{"password": SECRET}]},
    {"fields": ["name", "token"], "records": [{"user": {"api_key": SECRET}}]},
    {"columns": ["name", "password"], "rows": [["ann", {"value": SECRET}]]},
    {"schema": {"fields": [{"name": "id"}, {"name": "pw"}]}, "rows": [{"f": [1, {"v": SECRET}]}]},
    {"columns": ["password"], "rows": [[SECRET]]},
    {"detail": [{"loc": ["body", "password"], "msg": "is too short", "input": SECRET}]},
    {"variables": {"input": {"token": SECRET}}},
    {"api": {"pass": SECRET}},
    {"cmd": ["mysql", "-u", "root", f"-p{SECRET}"]},
    {"args": ["curl", "-u", f"ann:{SECRET}", "https://example.org"]},
    {"args": ["sshpass", "-p", SECRET, "ssh", "ann@example.org"]},
    {"query": "mutation($n: String!) { setPin(value: $n) { ok } }", "variables": {"n": SECRET}},
    {
        "query": "mutation($o: ID!, $n: ID!) { changePassword(old: $o, next: $n) { ok } }",
        "variables": {"o": "x", "n": SECRET},
    },
    {"args": ["--password", SECRET]},
    {"Name": "/app/DB_PASSWORD", "Type": "SecureString", "Value": SECRET},
    {"ParameterKey": "DBPassword", "ParameterValue": SECRET},
    {"attribute": "token", "new-value": SECRET},
    {"path": "user.password", "value": SECRET},
    {"method": "POST", "action": "set_password", "args": [SECRET]},
    {"securityQuestion1": "First pet?", "answer1": SECRET},
    {"field": "password", "from": "x", "to": SECRET},
    {"attribute": "password", "oldval": SECRET, "new": SECRET},
    {"field": {"name": "password"}, "value": SECRET},
    {"key": ["user", "password"], "value": SECRET},
    {"op": "replace", "path": "/password/value", "value": SECRET},
    {"instancePath": "/password", "data": SECRET},
    {"pointer": "/data/attributes/password", "value": SECRET},
    {"name": "set_password", "arguments": {"value": SECRET}},
    {"operationName": "setPassword", "variables": {"new": SECRET}},
    {"security_questions": [{"question": "First pet?", "answer": SECRET}]},
    {"security_questions": {"First pet?": SECRET}},
    {"kty": "RSA", "n": "abc", "e": "AQAB", "d": SECRET},
    {"field": {"label": "Wi-Fi password"}, "answer": SECRET},
    {"field": {"title": "API token", "type": "short_text"}, "type": "text", "text": SECRET},
    {"question": "What is the API key?", "answer": SECRET},
    {"question": {"text": "Your Wi-Fi password?"}, "response": SECRET},
    {"text": "Wi-Fi password", "answer": SECRET},
    {"grant_type": "authorization_code", "code": SECRET},
    {"recovery": {"codes": [SECRET, "q7wd-33xx"]}},
    {"selector": "#new-password", "value": SECRET},
    {"field_name": ["password"], "field_value": [SECRET]},
    {"ahv": SECRET, "fiscalCode": SECRET},
    {"fields": ["email", "password"], "data": [{"name": "password", "value": SECRET}]},
    {"columns": ["id", "token"], "data": [{"columns": ["password"], "rows": [[SECRET]]}]},
    {"type": "setPassword", "payload": {"field": "password", "from": SECRET, "to": "b"}},
    {"columns": ["id", "password", "roles"], "rows": [[1, SECRET, ["admin"]]]},
    {"columns": ["id", "password"], "rows": [["1", {"value": SECRET, "kind": "text"}]]},
    {"columns": ["id", "password"], "rows": [[1, 2, SECRET]]},
    {"columns": ["id", "password"], "data": {"rows": [[1, SECRET]]}},
    {"reset": {"code1": SECRET}, "bank": {"account": {"number1": SECRET}}},
    {"message": {"data": b64encode(json.dumps({"token": SECRET}).encode()).decode()}},
    {"payload": json.dumps({"body": json.dumps({"user": {"pwd": SECRET}})})},
    {"headers": {"Authorization": [f"Bearer {SECRET}"]}},
    {"auths": {"host": {"auth": b64encode(f"ann:{SECRET}".encode()).decode()}}},
]
HARMLESS: list[Any] = [
    {"op": "replace", "path": "/users/0/title", "value": "A new key"},
    {"parameter": "page", "value": "7"},
    {"columns": ["name", "age"], "rows": [["ann", 41], ["bob", 27]]},
    {"fields": ["name", "password_length"], "values": ["ann", 12]},
    {"query": "query($id: ID!) { page(id: $id) { title } }", "variables": {"id": "a1b2c3"}},
    {"kind": "ConfigMap", "data": {"color": "blue7"}},
    {"cmd": ["docker", "run", "-p", "8080:80", "-u", "1000:1000", "nginx:1.27"]},
    {"cmd": ["mkdir", "-p", "/srv/app/v1.2"], "text": ["-", "it's, 'quoted', 'text'", "-a 'b7'"]},
    {"query": "mutation($o: ID!) { renamePage(old: $o) { ok } }", "variables": {"o": "alt-7bQ"}},
    {"query": "query($v: ID!) { listTokens(value: $v) { id } }", "variables": {"v": "alt-7bQ"}},
    {"kty": "RSA", "n": "abc7", "e": "AQAB", "kid": "2026-11-7b"},
    {"codes": ["DE-7b", "FR-8c"], "recovery": {"days": 12}},
    {"code": "AB-12345", "type": "grant"},
    {"path": ["users", 0, "title"], "value": "A new key7"},
    {"label": "Token", "text": "How to make a new one"},
    {"question": "Where is it?", "answer": "Room b12x"},
    {"question": "Which header holds the token?", "answer": "Authorization"},
    {"question": "How many bits has a key of AES?", "answer": "256"},
    {"question": {"text": "Which city has the code B12?"}, "answer": "Berlin-7b"},
    {"text": "Room", "answer": "b12x-7bQ"},
    {"safety_question": "How fast may you drive?", "answer": "50 km/h"},
    {"access": "read-write-9", "refresh": "every 30 min"},
    {"access": "https://x.org/token/9b7", "refresh": "https://x.org/token/9b7/refresh"},
    {"type": "auth", "payload": {"email": "ann@wombat.org", "ip": "10.20.30.40"}},
    {"method": "auth.login", "params": ["anna", "google"]},
    {"method": "login", "params": ["anna-7B-lund"]},
    {"method": "login", "params": [{"theme": "solarized-dark-2026", "lang": "de"}]},
    {"method": "users.sendPasswordReset", "params": {"email": "ann@wombat.org"}},
    {"action": "delete_token", "args": {"id": 77123, "title": "deploy bot 7b"}},
    {"label": "token", "from": "Ann Wombat77", "text": "Klick 7b!"},
    {"name": "token", "current": 51234, "previous": 48112},
    {"method": "setToken", "params": ["alice@example.com"]},
    {"method": "listTokens", "params": [{"project": "acme-corp7"}]},
    {"results": [{"id": "password", "text": "Password"}, {"id": "token", "text": "Token"}]},
    {"type": "password", "text": "Show"},
    {"name": "api_key", "type": "string", "default": "none"},
    {"secret_question": "First pet?", "response_time": "12 ms", "answered_at": "2026-11-29"},
    {"access": "/static/a/b/c/d/e1f", "refresh": True},
    {"input": "Wo ist mein Passwort?", "answer": "Siehe Kapitel 7b"},
    {"op": "replace", "path": "/tokens/3/name", "value": "Wombat 77"},
    {"method": "get_page", "params": {"new": "a1b2c3"}},
    {"type": "page/setTitle", "payload": "a1b2c3d4"},
    {"type": "text", "text": "a1b2c3d4"},
    {"data": b64encode(b'{"page": "two"}').decode(), "path": "/a", "keys": ["x", "y"]},
    {"type": "discount", "codes": ["SUMMER26X", "WINTER26X"]},
    {"type": "backup", "code": "E404", "codes": ["DE", "FR"]},
    {"kind": "postal", "codes": ["10115", "10117"], "method": "by-hand"},
    {"action": "created", "code": "b12x-7bQz"},
    {"text": "eyJust a text that begins so", "more": "W3schools"},
    {"session": "keynote-2026-ai-in-production", "room": "B12"},
]


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_a_value_is_recognized_by_a_name_elsewhere_in_the_document(document: Any) -> None:
    """It is redacted there, and where it is repeated under a harmless name."""
    sanitizer = GuardedSanitizer(Sanitizer(), Boundary())
    kept = json.dumps(sanitizer.params({"": document}))
    assert SECRET not in kept
    assert b64encode(SECRET.encode()).decode().rstrip("=")[:8] not in kept
    assert sanitizer.hide({"said": f"it is {SECRET}."}) == {"said": "it is [redacted]."}


@pytest.mark.parametrize("document", HARMLESS, ids=str)
def test_values_without_such_a_name_are_kept(document: Any) -> None:
    """In documents of the same forms."""
    assert Sanitizer().params({"": document}) == {"": document}


def test_the_rest_of_a_table_and_of_a_query_is_kept() -> None:
    """Each name applies to one value."""
    params = Sanitizer().params
    assert params(DOCUMENTS[2])["rows"] == [["ann", "[redacted]"], ["bob", ""]]
    assert params(DOCUMENTS[5])["variables"] == {"p": "[redacted]", "q": 7}


@pytest.mark.parametrize(
    "value",
    [
        f"Bearer {SECRET}",
        f'Digest username="ann", realm="A page", response="{SECRET}"',
        f"SharedAccessSignature sr=x&sig={SECRET}&se=1",
        f"ann:{SECRET}",
        f"Basic {b64encode(f'ann:{SECRET}'.encode()).decode()}",
    ],
)
def test_a_secret_within_a_secret_is_learnt_separately(value: str) -> None:
    """It is found where it occurs alone."""
    assert SECRET in parts_of(value)
    assert {"ann", "A page", "x", "1"}.isdisjoint(parts_of(value))


def test_a_password_of_several_words_after_a_scheme_is_one_secret() -> None:
    """As people choose it, and as browsers send it."""
    words = "pepper violet meadow tractor545"
    assert words in parts_of(f"Bearer {words}")
    assert words in parts_of(f"Basic {b64encode(f'ann:{words}'.encode()).decode()}")


@pytest.mark.parametrize("value", ["correct horse battery", "https://example.org/a", "12:30"])
def test_a_value_that_is_a_single_secret_has_no_parts(value: str) -> None:
    """Sentences, addresses and times."""
    assert [*parts_of(value)] == []


@pytest.mark.parametrize(
    "document",
    [
        {
            "errors": {
                "password": ["This field is required.", "Must be at least 8 characters long."]
            }
        },
        {"errors": {"json": {"api_key": ["Missing data for required field."]}}},
        {"errors": {"password": ["is too short", "can't be blank", "has already expired"]}},
        {"errors": {"password": ["Passwords do not match", "Password is required"]}},
        {"errors": {"password": ["This password is too common.", "Das Passwort ist zu kurz."]}},
        {"errors": {"password": ["The password is too similar to the username."]}},
        {"errors": {"token": ["Field may not be null.", "Length must be between 4 and 8."]}},
        {"errors": {"pin": ["Shorter than minimum length 12.", "Invalid token"]}},
        {"labels": {"password": "Password", "pin": "PIN"}},
        {"placeholders": {"password": "Enter your password", "token": "Paste token here"}},
        {"hints": {"password": "At least 12 characters", "pin": "4 digits"}},
        {"errors": {"password": ["Required", "Dieses Feld ist erforderlich."]}},
        {"errors": {"password": ["Ce champ est obligatoire.", "このフィールドは必須です。"]}},
        {
            "errors": {
                "password": ["Field is too short. Use letters and digits.", "Mindestens 8 Zeichen."]
            }
        },
        {"errors": {"passphrase": "The passphrase is required."}},
        {"errors": {"password": ["Das Passwort muss mindestens 8 Zeichen lang sein"]}},
        {"errors": {"password": ["Le mot de passe est trop court", "Wachtwoord is te kort"]}},
        {"errors": {"password": ["Hasło jest za krótkie", "Lösenordet är för kort"]}},
        {"errors": {"password": ["Пароль слишком короткий", "Şifre en az 8 karakter olmalıdır"]}},
        {"errors": {"password": ["密码太短", "パスワードは8文字以上で入力してください"]}},
        {"errors": {"password": ["비밀번호는 8자 이상이어야 합니다"]}},
        {"errors": {"pin": ["Die PIN muss 4 Ziffern haben"]}},
        {"type": "missing", "loc": ["body", "password"], "input": {"name": "ann"}},
        {"errors": {"password": {"message": "This is required", "code": "required"}}},
        {"password": {"maxLength": 1024, "title": "Password", "type": ["string", "null"]}},
        {
            "token": {
                "expires_in": 3600,
                "type": "Bearer",
                "description": "The key of your account.",
            }
        },
        {"securitySchemes": {"api_key": {"type": "apiKey"}, "bearerAuth": {"type": "http"}}},
        {"violations": [{"password": "must not be empty"}], "labels": {"pin": "Your PIN code"}},
        {"password": {"title": "Your password", "description": "The new password is required."}},
        {"properties": {"password": {"type": "string", "format": "password", "minLength": 12}}},
        {"token": {"$ref": "#/components/schemas/Token"}, "tokens": [{"decimals": 18}]},
        {"auth": "oauth2", "salt": "5 g", "login": {"auth": "basic"}},
        {"pin": {"pattern": "^[0-9]{4}$", "max": 4}, "tokens": {"lifetime": "24h", "max": 5}},
        {"apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"}},
        {"two_factor": {"enabled": True, "methods": ["totp", "sms"]}},
        {"api_keys": 3, "token_ids": [101, 1996], "cards": [{"name": "Tokens", "value": "1,532"}]},
        {"de": {"password": "Passwort", "token": "Token", "login": "Anmelden", "to": "An"}},
        {"files": [{"name": "password_policy_v2.pdf", "value": "9f86d081884c7d65"}]},
        {
            "bank_account": {
                "bank_name": "Bank of Ulm",
                "account_holder_name": "Ann Lee",
                "account_type": "checking",
                "country": "US",
                "last4": "6789",
                "balance": 2500,
                "days_since_first_payment": 365,
            }
        },
        {"_links": {"resetPassword": {"href": "https://example.org/api/v1/users/17/reset"}}},
        {
            "token": {
                "url": "https://login.example.org/oauth2/v3/token",
                "status": "VERIFICATION_DUE",
            }
        },
    ],
    ids=str,
)
def test_texts_about_a_secret_are_kept(document: Any) -> None:
    """Messages of forms, schemas, ways to log in."""
    assert Sanitizer().params(document) == document


@pytest.mark.parametrize(
    "document",
    [
        {"errors": {"password": [f"{SECRET} is too short."]}},
        {"errors": {"password": {"value": SECRET}}},
        {"errors": [{"name": "password", "value": SECRET}]},
        {"password": {"type": SECRET, "description": SECRET}},
        {"secrets": {"TYPE": SECRET, "url": f"https://{SECRET}.example.org/"}},
        {"auth": SECRET, "salt": SECRET},
        {"pin": {"pattern": SECRET}, "tokens": {"lifetime": SECRET}, "apiKey": {"name": SECRET}},
        {"de": {"password": SECRET, "login": "Ann", "city": "Ulm", "team": "Red"}},
        {"bank_account": {"number": SECRET, "bank_name": SECRET, "country": SECRET}},
        {"_links": {"resetPassword": {"href": f"https://example.org/reset/{SECRET}"}}},
    ],
    ids=str,
)
def test_no_secret_is_kept_as_such_a_text(document: Any) -> None:
    """Unusual words are masked there, too."""
    assert SECRET not in json.dumps(Sanitizer().params(document))


@pytest.mark.parametrize(
    ("document", "secrets"),
    [
        ({"messages": [{"user": "bob", "password": "sunshine"}]}, ["sunshine"]),
        ({"error": {"user": {"password": "letmein"}}}, ["letmein"]),
        ({"errors": [{"token": "dragon", "pin": "monkey"}]}, ["dragon", "monkey"]),
        ({"hints": {"seed_phrase": "the winner is not long and must match"}}, ["winner"]),
        ({"messages": {"password": "correct horse battery staple"}}, ["horse"]),
        ({"errors": {"session": {"id": "ab12cd34ef56"}}}, ["ab12cd34ef56"]),
        ({"error": {"login": {"otp_code": 482913}}}, ["482913"]),
        ({"tokens": "123 456", "backup_tokens": ["654 321"]}, ["123", "654"]),
        ({"errors": [["password", "sunshine"]]}, ["sunshine"]),
        ({"errors": ["--password", "sunshine"]}, ["sunshine"]),
        ({"messages": ['{"password":"sunshine"}']}, ["sunshine"]),
        (
            {"token": {"ref": 123456789, "size": 482913, "pattern": "sunshine"}},
            ["sun", "123", "48"],
        ),
        ({"otp": {"count": 482913, "minLength": 482913}}, ["482913"]),
        ({"errors": {"pin": ["4711 is not a valid field"]}}, ["4711"]),
        ({"errors": {"password": ["Das Auto ist kurz", "мой кот короткий"]}}, ["Auto", "кот"]),
        ({"errors": {"password": ["密码小猫咪", "小猫咪太短"]}}, ["猫"]),
        ({"errors": {"password": ["horse 太短 密码 tiger"]}}, ["horse"]),
        ({"message": {"otp": "Your code 123 456 is not valid"}}, ["123"]),
        ({"error": {"input": {"password": "admin@password"}}}, ["admin"]),
        ({"message": {"password": "short dragon field"}}, ["dragon"]),
        ({"errors": {"password": "this valid dragon monkey"}}, ["dragon"]),
        ({"title": {"password": "key@secret"}, "api_key": {"description": "secret@token"}}, ["@"]),
        ({"name": "seed_phrase", "content": "legal winner thank year wave sausage"}, ["winner"]),
        ({"name": "password", "content": "sunshine monkey"}, ["monkey"]),
        ({"errors": {"text": {"token": "481516"}}}, ["481516"]),
        ({"errors": {"password": "'Wombat9xyz' is not a valid password."}}, ["Wombat9"]),
        ({"errors": {"password": "Password Wombat9xyz is too short."}}, ["Wombat9"]),
        ({"errors": {"password": "'wombat' is not valid"}}, ["wombat"]),
        ({"password": {"hint": "tiger7 password!"}}, ["tiger7"]),
        ({"loc": ["body", "password"], "input": "correct horse battery"}, ["horse"]),
        ({"otp": {"timeout_pin": 482913, "items": 482913}}, ["482913"]),
    ],
    ids=str,
)
def test_a_secret_of_common_words_is_masked_beside_messages(
    document: Any, secrets: list[str]
) -> None:
    """People choose words as passwords, and messages may contain what was typed."""
    kept = json.dumps(Sanitizer().params(document))
    assert not [secret for secret in secrets if secret in kept]


def test_an_app_may_declare_names_of_messages_sensitive() -> None:
    """Its own names always apply."""

    class Strict(Sanitizer):
        names = Names(secret=["labels", "house number"])

    document = {"labels": {"a": "is required now"}, "errors": {"house_number": "is required now"}}
    assert "required" not in json.dumps(Strict().params(document))


@pytest.mark.parametrize(
    "password", ["admin@password", "secret#key!", "my-secret@token", "key@secret"]
)
def test_a_password_of_common_words_is_learnt(password: str) -> None:
    """It is masked where a page shows it under another name."""
    memory = Memory()
    memory.learn_all("user", {"name": "ann", "password": password})
    assert memory.hide([f"it is {password}"]) == ["it is [redacted]"]


@pytest.mark.parametrize(
    "document",
    [
        {"answer": 1, "secur" * 40_000: 1},
        {"question" * 20_000: 1, "value": 2},
        {"a" * 200_000: 1},
        {"field": "title", **{"o" + "_" * n + "ld": 1 for n in range(1_000)}},
    ],
    ids=["question", "pair", "name", "change"],
)
def test_many_long_keys_take_little_time(document: Any) -> None:
    """No expression is tried again at each of their letters, and no set is made for each."""
    started = time.process_time()
    assert Sanitizer().params(document) == document
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize("text", ["a'' '" * 40 + "a €", "dogs' " * 200 + "€", "must be a'b" * 50])
def test_a_hostile_message_takes_little_time(text: str) -> None:
    """Whatever punctuation surrounds its words."""
    started = time.process_time()
    Sanitizer().params({"password": {"title": text}, "errors": {"password": text}})
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize("key", ["fields", "columns", "schema"])
def test_a_deep_document_in_a_text_is_sanitized(key: str) -> None:
    """Below the limit of what is kept."""
    text = f'{{"{key}":' * 500 + "1" + "}" * 500
    assert Sanitizer().params({"": text}).keys() == {""}
