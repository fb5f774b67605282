"""Generated passwords contain any punctuation, and are secret in texts as a whole."""

from __future__ import annotations

import random
import string
import time

import pytest

from flask_replay.sanitize.generated_passwords import generated_passwords
from flask_replay.sanitize.names import is_certain

from .test_named_in_text import heard

CONTEXTS = [
    'password = "{}"', "connect(host='db', password='{}', port=1)", "password={}", "Password: {}",
    "db_password: {}\nport: 5432", "DB_PASSWORD={}\nPORT=1", "Your new password is {}",
    "define('DB_PASSWORD', '{}');", "SECRET_KEY = '{}'", "{{user: 'ann', pass: '{}'}}",
    '{{"user": "ann", "password": "{}"}}', 'password = @"{}";',
    "- Wifi password: {}", "const client_secret = '{}';",
]  # fmt: skip

PASSWORDS = [
    "Cf*rL1s(p,e8", "vQyx@&7eNy}k", "zK7[9)mPq>tU2", "x)tvd&r5bc^id2v-@1u!pu!", "e1iOTOOx[rHy}P",
    "p(4v16i)^(p5uvi-xl#wj-pw0", "g!a4li*]1sO6v>B", "R0}FzDu0T<3MNu>B5k", "OyX)Dhk[3VtjeD",
]  # fmt: skip

CODE = [
    "password = request.form[name1]", "password: Joi.string().min(8)", "password: {\n  type: String,\n}",
    "token = tokens[0].Value", "password: bcrypt.hashSync(\n  Plain1, 10)", "secret: $(cat /run/Key1)",
    "password: [Validators.required,Validators.minLength(8)]", "password=hash(user1Name,", "password: ${DB_Pass1}",
    'password: "{{ vault.Db1_password }}"', "password: <your-Password1>", "password: ^(?=.*[A-Z])[a-z]{8,}$",
    '"password": "Passwort(8+Zeichen)"',
    "Password: (Optional)8-Chars", "secret: https://host/Path(1)", "password: New,Old,Other1",
    'if (token != "undefined") go()', "login: ok, pass: 12, fail: 3",
    "password=&lt;Your&nbsp;Password1&gt;", "user: 4816, pass: 3/4",
]  # fmt: skip


@pytest.mark.parametrize("context", CONTEXTS)
def test_a_generated_password_is_secret_as_a_whole(context: str) -> None:
    """In settings, code, documents, logs and mails."""
    kept = {password: heard(context.format(password)) for password in PASSWORDS}
    assert {
        password: text
        for password, text in kept.items()
        if any(part in text for part in (password[:6], password[-6:]))
    } == {}


def test_code_is_no_generated_password() -> None:
    """Calls, items, templates, expressions and lists of words stay readable."""
    assert {text: heard(text) for text in CODE if heard(text) != text} == {}


def test_a_value_that_is_compared_with_a_password_is_secret() -> None:
    """On either side, by any operator."""
    for text in ('"Kw2tz#9Qm" == password', "'Kw2tz#9Qm' !== passwd", 'db_pass != "Kw2tz#9Qm"'):
        assert "Kw2tz" not in heard(f"if ({text}) go()")


def test_letters_of_both_cases_in_no_order_are_secret() -> None:
    """A generated password may contain no digit."""
    for text in (
        "password: xPLMlWlXDYf",
        'token = "POabTOynPHRPqk"',
        "Your password is YtGBqkWRvTn.",
    ):
        assert "[redacted]" in heard(text)


def test_the_time_is_linear() -> None:
    """Texts that begin many values take no longer than others of their length."""
    chance = random.Random(1)
    for part in ("password=('\"", "a b c d password ", "token: \\\\\\\\'", "x[(" * 3):
        short, long = part * 10_000, part * 80_000
        times = []
        for text in (short, long):
            started = time.process_time()
            list(generated_passwords(text, is_certain))
            times.append(time.process_time() - started)
        assert times[1] < max(1.0, 24 * times[0]), part
    noise = "".join(chance.choices(string.punctuation + string.ascii_letters, k=300_000))
    started = time.process_time()
    list(generated_passwords(noise, is_certain))
    assert time.process_time() - started < 3
