"""An expression is tried only on texts with a sign of its format."""

from __future__ import annotations

import re

import pytest

from flask_replay.sanitize.commands_and_links import (
    CHECKED,
    CODES,
    NAME_AND_PASSWORD,
)
from flask_replay.sanitize.formats import Format, lowered
from flask_replay.sanitize.ids_in_texts import IDS
from flask_replay.sanitize.logins_in_texts import LOGINS
from flask_replay.sanitize.named_formats import NAMED_FORMATS
from flask_replay.sanitize.named_in_text import may_name_secrets
from flask_replay.sanitize.secret_links import (
    PHRASES_OF_LINKS,
    SECRET_LINK,
    SECRET_LINKS,
    SHARED_LINK,
)
from flask_replay.sanitize.text import clean

from .test_commands_and_links import TELLING

OTHERS = [
    'mysql -p"w0mbat!Xk7q"', "sshpass -Pw0mbat!Xk7q", "redis-cli -h db -a w0mbat!Xk7q ping",
    "openssl rsa -passin pass:w0mbat!Xk7q", "podman login r.example.org -p w0mbat!Xk7q",
    "vault login w0mbat!Xk7q", "wfreerdp /v:h /p:w0mbat!Xk7q", "curl -U ann%w0mbat!Xk7q",
    "aws configure set aws_secret_access_key w0mbat!Xk7q", "xh host -a ann:w0mbat!Xk7q",
    "IDENTIFIED BY 'w0mbat!Xk7q'", "machine db login ann password w0mbat!Xk7q",
    "<password>w0mbat!Xk7q</password>", "{'name': 'token', 'value': 'w0mbat!Xk7q'}",
    "<name>password</name> <value><string>w0mbat!Xk7q</string></value>",
    "use 4815 to reset the paſſword", "4815 is your PİN", "TYPE 481516 FOR THE KOD WERYFIKACYJNY",
    "shop://signed-in?state=a&code=w0mbat!Xk7q", "*cmd* 'PASS w0mbat!Xk7q'",
    "if ('w0mbat!Xk7q' === password) go()",
]  # fmt: skip
"""Other texts in these formats, in any case: a long s is an s, and a dotless i is an i."""

TEXTS = [*(text.format(secret) for text, secret in TELLING.items()), *OTHERS]


@pytest.mark.parametrize(
    "form",
    [
        *CHECKED,
        *CODES,
        *LOGINS,
        *NAMED_FORMATS,
        NAME_AND_PASSWORD,
        SECRET_LINK,
        SHARED_LINK,
        IDS,
    ],
)
def test_each_match_contains_a_sign(form: Format) -> None:
    """Otherwise a secret would be missed."""
    matching = [text for text in TEXTS if form.expression.search(text)]
    assert matching
    assert all(form.may_be_in(lowered(text)) for text in matching)


def test_letters_that_match_others_if_case_is_ignored() -> None:
    """Expressions ignore case in their own way."""
    for letter in map(chr, range(0x80, 0x2FFF)):
        for plain in "abcdefghijklmnopqrstuvwxyz":
            if re.match(plain, letter, re.IGNORECASE):
                assert lowered(letter) == plain


def test_signs_are_found_in_any_case() -> None:
    """A header, a scheme and a row in capitals."""
    assert clean("AUTHORIZATION: x w0mbat!Xk7q") == "AUTHORIZATION: [redacted]"
    assert clean("BEARER w0mbat.Xk7q") == "BEARER [redacted]"
    assert clean("[PARAMETERS: ('w0mbat!Xk7q', 3)]") == "[PARAMETERS: [redacted]]"


def test_an_expression_is_compiled_for_the_first_text_with_a_sign() -> None:
    """Compiling all of them would take a tenth of the time of importing the package."""
    form = Format("(not an expression", "sign")
    assert not form.may_be_in("a text without any")
    with pytest.raises(re.error, match="missing"):
        _ = form.expression


@pytest.mark.parametrize("sign", [sign for each in SECRET_LINKS for sign in each.signs])
def test_a_link_with_a_sign_has_a_phrase(sign: str) -> None:
    """Otherwise a text with only that link would not be searched."""
    phrases = [phrase.strip("/") for phrase in PHRASES_OF_LINKS]
    assert any(sign.strip("/") in phrase or phrase in sign for phrase in phrases)


@pytest.mark.parametrize("word", ["onetime", "one-time", "one_time", "magic", "pwreset"])
def test_a_text_with_a_link_for_one_use_is_searched(word: str) -> None:
    """For its path alone, and the link is masked."""
    text = f"Go to https://shop.example/{word}/k3Jd82jsKw92kslQpz7 now"
    assert may_name_secrets(text.encode())
    assert clean(text) == f"Go to https://shop.example/{word}/[redacted] now"
