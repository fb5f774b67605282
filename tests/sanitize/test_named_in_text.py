"""Secrets in texts after a sensitive name, wherever the texts are and however they are encoded."""

from __future__ import annotations

import json
import time
from base64 import b64encode
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask, render_template_string, request
from markupsafe import escape

from flask_replay.sanitize import REDACTED, Sanitizer
from flask_replay.sanitize.memory import Memory
from flask_replay.sanitize.named_in_text import may_name_secrets, named_secrets
from flask_replay.sanitize.text import clean

from ..recorder.test_echoes import kept

SECRET = "kQx7abZZ9q"
SAID = [
    f"password={SECRET}", f"Password: {SECRET}, thanks", f"my password is {SECRET}", f"Your verification code is {SECRET}.",
    f"das Passwort lautet {SECRET}", f"La contraseña es {SECRET}", f"mot de passe : {SECRET}", f"пароль: {SECRET}", f"Ваш пароль — {SECRET}",
    f"密码：{SECRET}", f"パスワード：{SECRET}", f"New password set to {SECRET} for ann", f"Temporary password -> {SECRET}",
    f"Incorrect API key provided: {SECRET}. See there", f'Invalid token "{SECRET}"', f"wrong password ({SECRET}) for ann",
    f"A=1\nSECRET_KEY={SECRET}\nB=2", f"db:\n  user: ann\n  password: {SECRET}\n", f'[db]\npassword = "{SECRET}"', f"level=info token={SECRET} msg=ok",
    f"export GITHUB_TOKEN={SECRET} && run", f"PGPASSWORD={SECRET} psql -h x", f"docker run -e DB_PASS={SECRET} image",
    f"mysql -u root -p{SECRET} shop", f"sshpass -p {SECRET} ssh h", f"redis-cli -a {SECRET} ping", f"openssl rsa -passin pass:{SECRET}",
    f"curl -u ann:{SECRET} https://h/x", f"curl -H 'X-Api-Key: {SECRET}' https://h", f"curl -H 'Authorization: Bearer {SECRET}' https://h",
    f"tool --api-key {SECRET} -v", f"Command '['tool', '--password', '{SECRET}']' failed", f"Command '['mysql', '-p{SECRET}', 'db']' failed",
    f"CREATE USER 'a' IDENTIFIED BY '{SECRET}'", f"ALTER ROLE a WITH PASSWORD '{SECRET}'", f"SELECT * FROM u WHERE token = '{SECRET}'",
    f"INSERT INTO u (name, password) VALUES ('ann', '{SECRET}')", f"Key (reset_token)=({SECRET}) already exists.",
     f"host=db user=ann password={SECRET} dbname=x", f"Server=h;UID=sa;PWD={SECRET};",
    f"AccountName=a;AccountKey={SECRET};x", f"redis://:{SECRET}@h/0", f"https://{SECRET}@git.example/a", f"smtp://a%40b.c:{SECRET}@h:587",
    f"https://h/k?X-Amz-Signature={SECRET}&d=1", f"otpauth://totp/a:b?secret={SECRET}&issuer=a", f"WIFI:T:WPA;S:net;P:{SECRET};;",
    f"POST /x\r\nX-Auth-Token: {SECRET}\r\n\r\n", f"Set-Cookie: sessionid={SECRET}; Path=/", f"Cookie: a=1; sid={SECRET}",
    repr({"user": "a", "password": SECRET}), f"User(name='a', password='{SECRET}')", f"token=b'{SECRET}'", f'{{:user=>"a", :password=>"{SECRET}"}}',
    f"{{User:a Password:{SECRET}}}", f"{{ user: 'a', password: '{SECRET}' }}", json.dumps({"token": SECRET}), json.dumps(json.dumps({"pwd": SECRET})),
    repr([{"name": "X-Api-Key", "value": SECRET}]), f"<db><password>{SECRET}</password></db>", f'<db password="{SECRET}"/>',
    f"<dt>Password</dt><dd>{SECRET}</dd>", f"<td>API key</td><td>{SECRET}</td>", f"<label>Password: <b>{SECRET}</b></label>",
    f'<div data-api-key="{SECRET}">', f'<script>window.API_KEY = "{SECRET}";</script>', f"localStorage.setItem('token', '{SECRET}')",
    str(escape(json.dumps({"password": SECRET}))), f"<!-- token: {SECRET} -->", "next=" + quote(f"/cb?token={SECRET}&a=1", safe=""),
    "next=" + quote(quote(f"/cb?token={SECRET}", safe=""), safe=""), f'mutation {{ login(user: "ann", password: "{SECRET}") {{ ok }} }}',
    f"1 error\npassword\n  too short [type=x, input_value='{SECRET}', input_type=str]",
    repr([{"loc": ("body", "password"), "msg": "short", "input": SECRET}]), f"access_token:{SECRET}", f"IBAN: x, otp: {SECRET}",
    f'<input type="password" name="f" value="{SECRET}">', f'<meta name="api-token" content="{SECRET}">',
    f"[SQL: INSERT INTO u (name, password) VALUES (?, ?)] [parameters: ('ann', '{SECRET}')]",
    f'shop: on\njwt:\n  secret: "{SECRET}" # of the shop\n  ttl: 640\n', f'if token == "{SECRET}":',
    f"PDO->__construct('mysql:host=db', 'root', '{SECRET}', Array)", f"mysqli_connect('db.local', 'root', '{SECRET}', 'shop')",
    f"LdapConnection->bind('uid=ann,ou=x', '{SECRET}')", f"ftplib *cmd* 'PASS {SECRET}'", f"Command # 1 (AUTH default {SECRET}) of pipeline",
    f'Parameters: {{"token"=>"x", "user"=>{{"password"=>"{SECRET}"}}}}', f"[(b'host', b'h'), (b'x-api-key', b'{SECRET}')]",
    f"psexec \\\\h -u ann -p {SECRET} cmd",
]  # fmt: skip

READ = [
    f'a:1:{{s:8:"password";s:10:"{SECRET}";}}', f"user,password\nann,{SECRET}\n", f"name;pin;token\nann;1;{SECRET}",
    f"user\tpassword\nann\t{SECRET}\n", f"The list:\n\n| user | password |\n|---|---|\n| ann | {SECRET} |\n",
    f"Hi\r\n\r\n| user | password |\r\n|---|---|\r\n| ann | {SECRET} |\r\n", f"| user | password |\n| :--- | :---: |\n| ann | `{SECRET}` |",
    f"> | user | password |\n> |---|---|\n> | ann | **{SECRET}** |", f"password,password\n{SECRET},b7c8d9e0f1",
    f"\nuser,password\nbob,{SECRET}", f"Users\nuser,password\nbob,{SECRET}", f"user;password;\nbob;{SECRET};", f"\tpassword\nbob\t{SECRET}",
    f"user,password (plain)\nbob,{SECRET}", f"| Field | Value |\n|---|---|\n| password | {SECRET} |", f"user,password\nann,x\rbob,{SECRET}",
    f'<input value="{SECRET}" name="password">', f"id,pwd,city\n1,{SECRET},Ulm\n", f"id\tmdp\tville\n1\t{SECRET}\tUlm\n",
    f'<input data-type="text" name="password" value="{SECRET}">', f'<INPUT NAME="login" TYPE="password" VALUE="{SECRET}">',
]  # fmt: skip
"""Tables and the like, whose names are not next to the values."""

HARMLESS = [
    "Password: at least 8 characters, 1 digit", "Hash passwords with argon2", "Fix #4812: token expiry", "Reset password since 2026-11-28",
    "password = request.form['password2']", "app.secret_key = os.environ.get('KEY_2')", "token: ERC20", "Tokens used: 4096", "pass: 3/4, pin: A4",
    "auth: OAuth2", "secret santa: room 12b", "<td>Password</td><td>2026-11-28</td>", "<b>Token</b> <i>expired</i> at 12:30", "cookies: 250g",
    "https://example.org/token/a1b2?page=2", "One-time password: 6-digit number", "signature: Ed25519", "key: C#7", "the api key (see chapter 4)",
    "user,password_hint\nann,blue7\n", '<meta name="viewport" content="width=device-width7">', "Password, PIN\nare needed, 4ever\n",
    "| Token | Value |\n|---|---|\n| spacing-4x | 16px |\n", "Tokens,Price\n1M-input,3$\n", "Hello Bob, password\nSee you, 3pm-ish",
    "| Model | Tokens |\n|---|---|\n| wombat | 128,000 |\n", "Passwords, tokens\n-----\nUlm Donau 12, Germany", "connect(host, token)\nx_1, y_2+z\n",
    "Hi Ann, your new password, as promised:\nat, 12:30pm, A7-B8-C9\n", "| Name | Password |\n|---|---|\n\n| City | Zip |\n|---|---|\n| Ulm | D-89073x |",
]  # fmt: skip


STRONG = "Kw2tz#9Qm"
SENTENCES = [
    f"Password for the router is {STRONG}", f"Temporary password of ann@example.org: {STRONG}", f"Passwort für ann auf {STRONG} gesetzt",
    f"The password was changed from {STRONG} to another one", f"Zugangscode {STRONG} eingeben", f"secret key {STRONG} leaked",
    f"Ваш пароль {STRONG}", f"Password\t{STRONG}", f"**Password:** {STRONG}", f"Zugangsdaten: ann / {STRONG}", f"(password {STRONG})",
]  # fmt: skip
"""Other words between a name and a password, which has large and small letters, a digit and a sign."""

ABOUT = [
    "Passwords like Kw2tz#9Qm are strong", "Password: see Docs.md#L10-L20", "Password tickets are GitHub#231 and Tracker#77",
    '{"name": "password_v2", "sha256": "x"}', "<input name='password_changed_at' value='2025-02-03 11:22'>",
    "password of Ann2@Example.org", "Password rules: ^(?=.*[A-Z])(?=.*\\d)[A-Za-z\\d@$!%*?&]{8,}$", "token price: US$1,200.50 or Can$99",
]  # fmt: skip


def heard(text: str) -> str:
    """Return what is kept of a text in a request without other data."""
    memory = Memory()
    memory.learn_from_texts({"said": [text]})
    kept: str = memory.hide(text)
    return kept


def test_a_value_after_a_sensitive_name_in_a_text_is_secret() -> None:
    """In messages, logs, settings, commands, statements, addresses, headers, code, markup, and
    nested documents.
    """
    assert [text for text in SAID + READ if SECRET in heard(text)] == []


def test_a_password_in_a_sentence_about_it_is_secret() -> None:
    """Unlike an example, a link, an address or a pattern."""
    assert [text for text in SENTENCES if STRONG in heard(text)] == []
    assert [text for text in ABOUT if heard(text) != text] == []


@pytest.mark.parametrize("begins", ["no", "Yes", "none", "n/a", "NULL", "True", "undefined"])
def test_a_secret_may_begin_like_a_word_that_is_none(begins: str) -> None:
    """Only such a word alone says that there is no secret, or that there is one."""
    for sign in "-!./+":
        text = f"password={begins}{sign}one7, token: {begins}{sign}one7"
        assert clean(text) == "password=[redacted], token: [redacted]"
    text = f"password={begins}, token: {begins}. pin={begins}"
    assert clean(text) == text


def test_a_value_in_an_encoded_text_is_secret() -> None:
    """In a form or a document in base64 or hexadecimal, which is decoded where it is read."""
    texts = [json.dumps({"user": "ann", "token": SECRET}), f"Password={SECRET}&page=2"]
    texts += [f"user=ann&{name}={SECRET}" for name in ("password", "api_key", "accessToken")]
    for text in texts:
        code = b64encode(text.encode()).decode()
        for coded in (code, f"data: {code}", text.encode().hex(), f"0x{text.encode().hex()}"):
            memory = Memory()
            memory.learn_from_texts({"packed": coded})
            assert memory.hide(f"it is {SECRET}") == "it is [redacted]"


@pytest.mark.parametrize(
    "line", ["token|b\n---|---\n", "a|b\n---\n", "----\n", "x,token\n", "||||", "|x"]
)
def test_tables_take_linear_time(line: str) -> None:
    """However many heads and rules they have."""
    text = "password7 x\n" + line * (200_000 // len(line))
    started = time.process_time()
    Memory().learn_from_texts([text])
    assert time.process_time() - started < 1.5


def test_texts_are_read_separately() -> None:
    """A name at the end of one text does not affect the beginning of the next."""
    memory = Memory()
    memory.learn_from_texts(["the password", "page=2", f"token={SECRET}", "the password"])
    assert memory.hide(SECRET) == "[redacted]"


def test_the_rest_of_the_text_is_kept() -> None:
    """Only the value is redacted."""
    assert heard(f"level=info token={SECRET} msg=ok") == "level=info token=[redacted] msg=ok"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ('VAULT_TOKEN="s.Z4bTMtngfLeQ18AqVoBBkUAOD1"', "s.Z4bTMtngfLeQ18AqVoBBkUAOD1"),
        ("api_key: hawk.nHA7dJjXoN2yzAcT.R2gq5h2aCes", "hawk.nHA7dJjXoN2yzAcT.R2gq5h2aCes"),
        ("SECRET_KEY = 'flask-8$x1#a_9s(kd!k2'", "flask-8$x1#a_9s(kd!k2"),
        ("DB_PASSWORD=wombatwinterfell", "wombatwinterfell"),
        ("geocoderKey = '1a2b3c4d5e6f7890abcd'", "1a2b3c4d5e6f7890abcd"),
        ("weather_key=a1b2c3d4e5f6g7h8", "a1b2c3d4e5f6g7h8"),
    ],
)
def test_a_secret_may_look_like_code(text: str, secret: str) -> None:
    """It has dots or brackets, or its name is the app's own."""
    assert secret in [value for _, value in named_secrets(json.dumps([text]).encode())]


@pytest.mark.parametrize(
    "text",
    [
        "token: request.headers.authorization2", "t.password=e[1]!==n&&r?2:0", "PASSWORD_RULES=wombatwinterfell",
        "cache_key=a1b2c3d4e5f6g7h8", "imageKey: 'a1b2c3d4e5f6g7h8'", "PUBLIC_MAP_KEY=a1b2c3d4e5f6g7h8",
        "add_password = '#add-password2'", "password: /accounts/password-reset/v2", "LOGIN_PASSWORD=$BASE_URL/site/#/login2",
        "smtp://ann:$smtp_password@example.org:25", "connect('clicked', 'onClick_2')", "socket.connect('tcp', 'db1.Example.com')",
        "bind('topic', 'v2beta1')", "signal.connect()", "connect(name1)", "send: 'PASS tests'", "token:\n  lifetime: 30s\n",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_secret_is_kept(text: str) -> None:
    """Code, keys of rows and files, selectors, paths and references."""
    assert [*named_secrets(json.dumps([text]).encode())] == []


def test_texts_about_secrets_are_kept() -> None:
    """And so are code, dates and counts."""
    assert [text for text in HARMLESS if heard(text) != text] == []


def test_error_messages_follow_the_same_rules() -> None:
    """On a page that shows one."""
    left = [text for text in SAID if SECRET in clean(text)]
    assert [text for text in left if "<" not in text and "%" not in text and "&" not in text] == []


def test_a_document_may_name_its_values_elsewhere() -> None:
    """In a field beside the value, or in the option of a command before it."""
    params = Sanitizer().params
    assert params({"field": "password", "val": SECRET})["val"] == "[redacted]"
    assert params({"argv": ["tool", "--password", SECRET, "x"]}) == {
        "argv": ["tool", "--password", "[redacted]", "x"]
    }


def test_nothing_of_a_secret_is_kept_anywhere(app: Flask) -> None:
    """Whether it is sent, returned in a document, shown by a template, in literal text, or raised."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.logger.disabled = True
    places = ("sent", "data", "page", "literal", "raised")
    secrets = {place: f"{b64encode(place.encode()).decode().strip('=')}7q" for place in places}

    @app.post("/<place>")
    def show(place: str) -> Any:
        said = f"my password is {secrets[place]}"
        if place == "raised":
            raise ValueError(said)
        if place == "data":
            return {"said": said}
        if place == "page":
            return render_template_string("<p>{{ said }}</p>", said=said)
        return "" if request.get_json() else f"<!doctype html><p>{said}</p>"

    client = app.test_client()
    for place, secret in secrets.items():
        client.post(
            f"/{place}", json={"note": f"password={secret}"} if place == "sent" else {}
        ).close()
    found = kept(app)
    assert [secret for secret in secrets.values() if secret in found] == []


def test_unnamed_values_of_a_statement_are_removed_only_from_the_message() -> None:
    """Most of them are shown on pages, where they stay readable."""
    learnt: list[str] = []
    message = (
        f"[SQL: INSERT …]\n[parameters: ('Classical Chinese 2', 'ann7@example.org', '{SECRET}')]"
    )
    assert clean(message, learn=lambda name, value: learnt.append(value)).endswith(
        "[parameters: [redacted]]"
    )
    assert learnt == []
    clean(
        f"INSERT INTO u (name, pw) VALUES ('Ann 7', '{SECRET}')",
        learn=lambda name, value: learnt.append(value),
    )
    assert set(learnt) == {SECRET}


def test_links_of_shops_and_blogs_take_no_time() -> None:
    """A page has hundreds, which no text around them can make secret."""
    page = b'["<a href=/p/summer-dress-2026>Dress</a> <a href=/r/Bread>Bread</a>"]'
    assert not may_name_secrets(page)
    assert may_name_secrets(page.replace(b"/r/Bread", b"/r/kQx7abZZ9qWm3xRt7"))


@pytest.mark.parametrize(
    "label",
    [
        "Kod uwierzytelniania", "Code d'authentification", "Código de autenticación", "Код аутентификации",
        "Codice di autenticazione", "Kod dostępu", "Code d'accès", "Anmelde-Code", "Code de récupération",
        "Kurtarma Kodları", "Tunnistinkoodi", "認証アプリコード", "Kód autentifikátoru", "Klucz sesji",
        "clave de sesión", "ключ сеанса", "Clé de session", "chave da sessão", "chiave di sessione", "セッションキー",
        "oturum anahtarı", "øktnøkkel", "sessionsnyckel", "sessie sleutel", "Autentiseringshemlighet",
        "Secret d'authentification", "Potwierdzenie hasła", "Şifreyi Onayla", "Slaptažodis", "Lykilorð", "Парола",
    ],
)  # fmt: skip
def test_labels_of_login_pages_name_secrets(label: str) -> None:
    """As forms, mails and tables write them in other languages, with accents."""
    assert STRONG not in heard(f"{label}: {STRONG}")
    assert STRONG not in heard(f"<dt>{label}</dt><dd>{STRONG}</dd>")
    assert Sanitizer().params({label: STRONG}) == {label: REDACTED}


def test_a_method_of_login_is_no_secret() -> None:
    """Labels state it behind the name of a token."""
    text = '"oauth_token" (OAuth1) ou jeton d’accès (OAuth2), access token (OAuth 2.0)'
    assert heard(text) == text
