"""Secrets that are recognized by their format, wherever they are."""

from __future__ import annotations

import hashlib
import json
import time
from typing import Any
from uuid import UUID

import msgspec
import pytest
from flask import Flask, render_template_string, request
from itsdangerous import TimestampSigner, URLSafeTimedSerializer

from flask_replay.errors import ConfigError
from flask_replay.list_forms import REDACTED_FORMS
from flask_replay.sanitize.keys_of_services import FREQUENT_FORMS, KEY_FORMS
from flask_replay.sanitize.memory import Memory
from flask_replay.sanitize.named_in_text import named_secrets
from flask_replay.sanitize.patterns import DEFAULT_PATTERNS, NAMED, Pattern, Patterns

from ..conftest import AppMaker
from ..recorder.test_echoes import kept

FORMS = [
    "4111111111111111", "4111 1111 1111 1111", "5555-5555-5555-4444", "378282246310005", "6011111111111117",
    "DE89370400440532013000", "de89 3704 0044 0532 0130 00", "GB82 WEST 1234 5698 7654 32", "NL91ABNA0417164300", "nl91 abna 0417 1643 00",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNz",
    "AKIAIOSFODNN7EXAMPLE", "ghp_" + "a1" * 18, "xoxb-1234567890-abcdef", "sk_live_" + "4eC39HqLyjWDarjt", "AIza" + "Sy" * 17 + "x",
    "glpat-" + "x7" * 10, "sk-proj-" + "a1B2" * 8, "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXX", "/services/T0AB12CD3/B0AB12CD3/" + "a1B2" * 6,
    "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW", "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub",
    "pbkdf2:sha256:600000$aBcDeFgH$0123456789abcdef0123456789abcdef", "scrypt:32768:8:1$aBcDeFgH$0123456789abcdef0123",
]  # fmt: skip


@pytest.mark.parametrize("text", FORMS)
def test_a_secret_is_masked_wherever_it_occurs(app: Flask, text: str) -> None:
    """Under a harmless name, in what was posted, read, answered and raised."""

    @app.post("/page")
    def page() -> str:
        assert request.form["note"]
        return render_template_string(
            "<p>{{ note }}</p>{{ {'n': note}|tojson }}", note=f"It is {text} then"
        )

    app.test_client().post("/page", data={"note": f"mine: {text}"}).close()
    found = kept(app)
    assert text not in found
    assert json.dumps(text)[1:-1] not in found
    assert "It is [redacted]" in found.replace("https://[redacted]", "[redacted]")


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111112", "1732780000000", "1234567890123456", "2026-11-28 08:30:00", "DE89370400440532013001",
        "order 4111-1111", "1.4111111111111111", "0.1234567890123456 and 2.6535897932384626", "eyJust a word", "-----BEGIN CERTIFICATE-----", "AKIA", "sk-learn", "v1.2.3.4.5", "$2 and $6",
        "ann@example.com", "+49 30 1234567", "192.168.0.1", "550e8400-e29b-41d4-a716-446655440000", "3.14159265358979323846",
    ],
)  # fmt: skip
def test_similar_harmless_values_are_kept(text: str) -> None:
    """Numbers with a wrong check digit, ids, dates. Visitors' own data is kept, too, unless the app
    says otherwise.
    """
    assert Memory().hide(text) == text


@pytest.mark.parametrize(
    ("wanted", "text", "masked"),
    [
        ("email", "to ann.b+c@mail.example.com.", "to [redacted]."),
        ("phone", "call +49 30 1234567 now", "call [redacted] now"),
        (
            "ip",
            "from 192.168.0.1, ::1 and 2001:db8::1",
            "from [redacted], [redacted] and [redacted]",
        ),
        ("ip", "at 12:30:45, version 1.2.3", "at 12:30:45, version 1.2.3"),
        (r"CUST-\d+", "of CUST-4711.", "of [redacted]."),
    ],
)
def test_an_app_adds_patterns(wanted: str, text: str, masked: str) -> None:
    """By name, or by an expression of its own."""
    assert Memory(patterns=Patterns([wanted])).hide(text) == masked


def test_a_setting_adds_patterns(make_app: AppMaker) -> None:
    """They apply to everything that is kept."""
    app = make_app(REPLAY_REDACT=["email", r"CUST-\d+"])
    app.test_client().get("/hello/ann@example.com").close()
    app.test_client().get("/hello/CUST-4711").close()
    found = kept(app)
    assert "ann@example.com" not in found
    assert "CUST-4711" not in found


@pytest.mark.parametrize("value", ["(", ["x*"], [1], 7])
def test_a_useless_expression_is_refused(make_app: AppMaker, value: object) -> None:
    """At startup, with the key."""
    with pytest.raises(ConfigError, match="REPLAY_REDACT"):
        make_app(REPLAY_REDACT=value)


def test_the_names_are_those_that_the_setting_accepts() -> None:
    """Each is defined in one place."""
    assert set(REDACTED_FORMS) == set(NAMED)
    assert not set(NAMED) & set(DEFAULT_PATTERNS)


def test_a_failing_check_counts_the_value_as_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """If a library cannot decide, the value must not be kept."""

    def broken(text: str) -> bool:
        raise RuntimeError

    patterns = Patterns()
    patterns.patterns["card"] = Pattern(DEFAULT_PATTERNS["card"].expression, (), broken)
    assert Memory(patterns=patterns).hide("no 1234567890123 is") == "no [redacted] is"


@pytest.mark.parametrize(
    "piece",
    [
        "4",
        "4 ",
        "AB12 ",
        "eyJa",
        "eyJa-",
        "-----BEGIN PRIVATE KEY",
        "sk-",
        "$2",
        "a@",
        "xoxb-a",
        "+1",
        ":1",
    ],
)
def test_searching_for_patterns_takes_linear_time(piece: str) -> None:
    """Whatever a visitor sends."""
    patterns = Patterns(["email", "phone", "ip"])
    started = time.process_time()
    list(patterns.find(piece * (64_000 // len(piece))))
    assert time.process_time() - started < 2


def test_searching_for_signed_texts_takes_linear_time() -> None:
    """Of each, only what precedes it is read again."""
    started = time.process_time()
    found = [*Patterns().find("a.aSabcd.kQx7abZZ9qWm3xRt7h4Gs81cdeF." * 60_000)]
    assert len(found) == 60_000
    assert time.process_time() - started < 2


@pytest.mark.parametrize("piece", ["a.", "s-", "x1 ", "0a1b" * 10 + "-", "sk_ pat cio "])
def test_a_text_that_begins_keys_of_all_services_takes_little_time(piece: str) -> None:
    """Each form is tried only where a key may begin."""
    marks = " ".join((*KEY_FORMS, *FREQUENT_FORMS, "a1" * 12))
    started = time.process_time()
    list(Patterns().find(f"{marks} {piece * (200_000 // len(piece))} {marks}"))
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    "text", ["00lmEKJNMYwOnltWKGZ1wlyunWsYGRLwa3EnDU273G", "s/fYh2kQx7abZZ9qW"]
)
def test_a_part_of_a_photo_is_no_key(text: str) -> None:
    """Apps put photos into pages in base64. In any other place, the same text is a secret."""
    letters = "9qRt3vK7/Lm2+Zx8wB4nC6yH1jD5sF0gP" * 4
    photo = f"data:image/jpeg;base64,/9j/4AAQ{letters}/{text}/{letters}="
    for written in (photo, photo.partition(",")[2]):
        assert _found_in(written) == set()
    assert _found_in(f"https://example.org/{text}/") == {text.removeprefix("s/")}
    assert _found_in(f"https://example.org/{letters}/{text}") == {text.removeprefix("s/")}
    folders = "/organizations/Members/settings/integrations/V2/services"
    assert _found_in(f"{folders}/{text}{folders}") == {text.removeprefix("s/")}


def _found_in(text: str) -> set[str]:
    """Return the secrets that are recognized in a text."""
    by_surroundings = {value for _, value in named_secrets(msgspec.json.encode([text]))}
    return by_surroundings | {text[start:end] for start, end in Patterns().find(text)}


def test_a_number_is_found_after_any_text() -> None:
    """The end of a sentence, an abbreviation, a price, also with hyphens."""
    for before in (
        "",
        "Number. ",
        "no.",
        "no. ",
        "v 1. ",
        "Total 12.50 ",
        "3 ",
        "(",
        "x=",
        "0.1234567890123456, ",
    ):
        for number in (
            "4111111111111111",
            "5555-5555-5555-4444",
            "DE89 3704 0044 0532 0130 00",
            "GB82-WEST-1234-5698-7654-32",
        ):
            assert Memory().hide([before + number]) == [before + "[redacted]"]
    assert Memory().hide(["2 4111 1111 1111 1111 3", "pay DE89370400440532013000 NOW"]) == [
        "2 [redacted] 3",
        "pay [redacted] NOW",
    ]
    years = "1990 1991 1992 1993 2004 2005 2006, 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16"
    assert Memory().hide([years]) == [years]


@pytest.mark.parametrize(
    "key",
    [
        f"glrt-{'aB3' * 7}", f"xapp-1-A1B2C3D4E-{'1' * 12}-{'0a' * 32}", f"GOCSPX-{'aB3x' * 7}",
        f"hvs.{'aB3x' * 20}", f"lin_api_{'aB3x' * 10}", f"glsa_{'aB3x' * 8}_{'0a' * 4}", f"dapi{'0a' * 16}",
        f"123456789:AA{'aB3' * 11}", f"figd_{'aB3x' * 10}", f"dckr_pat_{'aB3' * 9}", f"SK{'0a' * 16}",
        f"amzn.mws.{UUID(int=2**127)}", f"$P$B{'aB3' * 10}", f"$y$j9T${'aB' * 11}${'a' * 43}",
        f"{{SSHA}}{'aB3x' * 9}==", f"ATATT3xFfGF0{'aB3x' * 40}", "6759" + "786750208476",
        f"https://discord.com/api/webhooks/{'1' * 18}/{'aB3x' * 17}", f"PMAK-{'0a' * 12}-{'0a' * 17}",
        f"nvapi-{'aB3x' * 16}", f"pat-na1-{UUID(int=2**127)}", f"cfut_{'aB3x' * 12}", f"AVNS_{'aB3' * 6}x", f"napi_{'a3bx' * 16}",
        f"glffct-{'aB3x' * 5}", f"ATCTT3xFfG{'aB3x' * 45}", f"lsv2_pt_{'0a' * 16}_{'0a' * 5}", f"mdb_sa_sk_{'aB3x' * 10}",
        f"{'aB3x' * 10}AzFu{'aB3x'}Aw==", f"{'aB3x' * 19}+ASt{'aB3x'}Aw==", f"xsmtpsib-{'0a' * 32}-{'aB3x' * 4}",
        f"pdl_live_apikey_{'a3' * 13}_{'aB' * 11}_abc", f"sha256~{'aB3x' * 10}abc", f"nsec1{'a3' * 29}", f"tr_prod_{'aB3x' * 5}",
        f"vck_{'aB3' * 10}", f"EZTK{'aB3' * 18}", f"zprv9{'aB3x' * 25}", f"api_live_eu.{'aB3' * 3}xy.{'aB3x' * 8}", f"+{'aB3x' * 10}AzSe{'aB3x'}Aw==",
        f"xoxc-{'1' * 12}-{'aB3x' * 6}", f"xoxd-{'aB3x' * 6}%2F%3D", f"mfa.{'aB3x' * 21}", f"u+{'aB3' * 6}",
        f"glpat-{'aB3' * 9}.01.{'a3b' * 3}", f"rk_prod_{'aB3' * 8}", f"$aact_prod_{'aB3x' * 14}", f"polar_oat_{'aB3x' * 10}", f"rootly_{'0a' * 32}",
        f"persona_production_{UUID(int=2**127)}", f"sgph_{'0a' * 8}_{'0a' * 20}", f"IQoJb3JpZ2luX2{'aB3x' * 40}", f"$9${'aB' * 7}${'a' * 43}",
    ],
)  # fmt: skip
def test_keys_of_services_are_recognized_by_their_prefixes(key: str) -> None:
    """Whatever surrounds them."""
    assert key.rpartition("/")[2][-9:] not in Memory().hide([f"see {key}, please"])[0]


@pytest.mark.parametrize(
    "key",
    [
        f"key-{'0a' * 16}", f"{'0a' * 16}-{'0a' * 4}-{'1b' * 4}", f"{'0a' * 16}-us14", f"md-{'aB3' * 7}x", f"secret_{'aB3' * 14}x",
        f"pat{'aB3x' * 3}aB.{'0a' * 32}", f"1/{'12' * 8}:{'0a' * 16}", f"2/{'12' * 8}/{'34' * 8}:{'0a' * 16}", f"re_{'aB3x' * 2}_{'aB3x' * 6}",
        f"sk_{'0a' * 24}", f"pk_12345678_{'A3BX' * 8}", f"live_{'aB3' * 10}", f"test_{'aB3' * 10}", f"cio{'aB3x' * 8}", f"dose{'0a' * 16}",
        f"{'0a' * 12}:{'1b' * 32}", f"00D{'aB3x' * 3}!{'aB3x' * 20}", f"sl.u.{'aB3x' * 30}", f"pat.{'aB' * 11}.{'0a' * 12}.{'aB3x' * 5}",
        f"mb_{'aB3/x+7' * 6}a=", f"secret-live-{'aB3-xy_' * 6}", f"private_{'aB3/x+7' * 3}aB3x77=", f"K002{'aB3/x+7' * 3}aB3x77",
        f"MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.{'aB3' * 9}", f"OTE5NjIyNDgzNDcxOTI1MjQ4MQ.GuX8Fz.{'aB3-_x' * 6}aB", f"00{'aB3x-' * 8}",
    ],
)  # fmt: skip
def test_keys_whose_beginnings_are_common_are_recognized_as_a_whole(key: str) -> None:
    """Also those that have no prefix, only groups of hexadecimal digits."""
    assert Memory().hide([f"see {key}, please"]) == ["see [redacted], please"]


@pytest.mark.parametrize(
    "text",
    [
        "the pattern of a path", "key-value-pairs", "col-md-offset-12-and-more", "secret_santa_of_the_year_2026", "test_a_value_of_40_letters_in_an_encoded_text",
        "live_stream_2026", "private_room_7", "task_sk_1", f"https://example.org/avatar/{'0a' * 16}?s=80", f"sha256:{'0a' * 32}",
        f"{UUID(int=2**127)}", "/en-us/1", f"data:image/png;base64,{'iVBORw0K' * 9}AAAAEAAAABCAYAAA/EAAB{'iVBORw0K' * 20}",
        "task-2026-11-28-write-the-report-of-the-year", "disk-usage-of-the-server-in-percent", "SKU123456789012",
        "path.to.some.module.with.a.long.name", "A3-poster-2026", "pul-over", "styles_button__3xFq9",
        "8fdc7ef7eb0d2d0f0a2b1c9f8f6d7c5b4a392817", "sha512-AbCdEfGhIjKlMnOpQrStUvWxYz0123456789+/==",
        "aio_pika.connect_robust", "hf_hub_download", "npm_config_registry", "fm2_transmitter",
        f"00-{'4bf92f35' * 4}-00f067aa0ba902b7-01", f"00a{'0b1c' * 9}f", "?q=menu+Items-of-the-2week-xx", "mfa.required", f"https://example.org/MTk4NjIyNDgzNDcxOTI1MjQ4.html?page={'1' * 20}",
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk",
    ],
)  # fmt: skip
def test_words_that_begin_like_keys_are_kept(text: str) -> None:
    """Identifiers, digests, names of files and parts."""
    assert Memory().hide([text]) == [text]


@pytest.mark.parametrize("digest", [hashlib.sha1, hashlib.sha256, hashlib.sha512])
@pytest.mark.parametrize("signed", [7, "ann@example.org", ["ann", 3], {"id": "ann " * 40}])
def test_what_an_app_signs_with_the_time_is_masked(digest: Any, signed: object) -> None:
    """The links that apps send to confirm an address or to set a password, and sessions."""
    signer = URLSafeTimedSerializer("key", salt="confirm", signer_kwargs={"digest_method": digest})
    token = str(signer.dumps(signed))
    memory = Memory()
    assert memory.text(f"https://x.example/go/{token}?a=1") == "https://x.example/go/[redacted]?a=1"
    assert memory.text(json.dumps({"state": token, "n": 1})) == '{"state": "[redacted]", "n": 1}'
    assert memory.text(f"({token}).") == "([redacted])."
    assert (
        memory.text(TimestampSigner("key", digest_method=digest).sign("7").decode()) == "[redacted]"
    )


@pytest.mark.parametrize(
    "text",
    [
        "org.Zebras.AbstractSingletonProxyFactoryBean", "app.a1b2c3.js, app.a1b2c3.css", "1.2.345678.9",
        "static/main.a1b2c3d4.chunk.js", "node-7.abcdef.internal.example.org/metrics_of_all_services",
        ".a1b2c3." + "x" * 27, "org.apache.InternationalizationSupport",
    ],
)  # fmt: skip
def test_names_with_dots_are_no_signed_texts(text: str) -> None:
    """Of files, hosts and classes."""
    assert Memory().text(text) == text
