"""Settings are checked by name at startup."""

from __future__ import annotations

import base64
import re
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from flask_replay import ConfigError, Replay
from flask_replay.keys import Key, make_key
from flask_replay.settings import Settings, parse

KEY = "5Jp0cSx3tq1Uu8Zk4Yw2RbNfGhVdLmEoXaTiQy7Ws9M="

WRONG = [
    (
        "REPLAY_SAMPLE_RAT",
        1,
        "REPLAY_SAMPLE_RAT is not a setting of Flask-Replay. Did you mean REPLAY_SAMPLE_RATE?",
    ),
    ("REPLAY_0000", 1, "The settings are: REPLAY_ENABLED"),
    ("REPLAY_SAMPLE_RATE", 2, "REPLAY_SAMPLE_RATE must be a number from 0 to 1, got 2"),
    ("REPLAY_FORMAT", "pickle", "REPLAY_FORMAT must be one of 'msgpack', 'json', got 'pickle'"),
    ("REPLAY_FSYNC", True, "REPLAY_FSYNC must be one of 'archive', 'append', got True"),
    (
        "REPLAY_SPOOL",
        7,
        (
            "REPLAY_SPOOL must be the path of a folder; or None for 'replay-spool' in the instance "
            "folder, got 7"
        ),
    ),
    ("REPLAY_ENABLED", "maybe", "REPLAY_ENABLED must be True or False, got 'maybe'"),
    ("REPLAY_EXCLUDE", "api/*", "the path 'api/*' must begin with '/'"),
    ("REPLAY_MAX_AGE", timedelta(0), "REPLAY_MAX_AGE must be a duration > 0"),
    ("REPLAY_MAX_EVENTS", 0, "REPLAY_MAX_EVENTS must be a whole number >= 1, got 0"),
    (
        "REPLAY_STORAGE",
        7,
        (
            "REPLAY_STORAGE must be the path of a folder, or an object that is a Journal and an "
            "Archive"
        ),
    ),
    (
        "REPLAY_MAX_SIZE",
        "10 apples",
        "REPLAY_MAX_SIZE must be a size >= 1 byte: bytes, or a string such as '500MB', '1.5GiB'",
    ),
    ("REPLAY_MAX_SIZE", True, "got True"),
    ("REPLAY_API_TOKENS", ["replay_x"], "REPLAY_API_TOKENS must be a dictionary of names"),
    ("REPLAY_API_TOKENS", {"bot": "replay_x"}, "got something else: 'bot' needs a hash"),
    ("REPLAY_MAX_SIZE", 0, "bytes"),
    (
        "REPLAY_ENCRYPTION_KEYS",
        None,
        "REPLAY_ENCRYPTION_KEYS must be one key or a list of them, each as flask replay key",
    ),
    ("REPLAY_ENCRYPTION_KEYS", "", "got something else: it is empty"),
    (
        "REPLAY_ENCRYPTION_KEYS",
        "correct horse battery staple",
        "got something else: key 1 is not URL-safe base64",
    ),
    ("REPLAY_ENCRYPTION_KEYS", ["c2hvcnQ="], "got something else: key 1 has 5 bytes"),
    ("REPLAY_ENCRYPTION_KEYS", [KEY, 7], "got something else: key 2 is not URL-safe base64"),
    ("REPLAY_ENCRYPTION_KEYS", "A" * 43 + "=", "key 1 is not random"),
    ("REPLAY_ENCRYPTION_KEYS", {KEY: 1}, "REPLAY_ENCRYPTION_KEYS must be one key or a list"),
    (
        "REPLAY_TRUSTED_HOSTS",
        ["http://dev.example"],
        "'http://dev.example' is not a host without scheme, port or path",
    ),
    ("REPLAY_TRUSTED_HOSTS", "dev.example:5000", "'dev.example:5000' is not a host"),
    ("REPLAY_TRUSTED_HOSTS", "*", "'*' is not a host"),
    ("REPLAY_TRUSTED_HOSTS", True, "REPLAY_TRUSTED_HOSTS must be hosts, such as"),
    (
        "REPLAY_EXTERNAL_ASSETS",
        ["cdn.example; script-src *"],
        "'cdn.example; script-src *' is not a host",
    ),
    (
        "REPLAY_EXTERNAL_ASSETS",
        ["https://cdn.example/path"],
        "is not a host, with or without scheme and port",
    ),
    ("REPLAY_EXTERNAL_ASSETS", ["'unsafe-inline'"], "is not a host"),
    ("REPLAY_EXTERNAL_ASSETS", [""], "'' is not a host"),
]


@pytest.mark.parametrize(("key", "value", "message"), WRONG)
def test_an_unknown_key_is_an_error_at_startup(key: str, value: object, message: str) -> None:
    """The message names the key and the valid ones."""
    app = Flask("wrong")
    app.config[key] = value
    with pytest.raises(ConfigError, match=re.escape(message)):
        Replay(app)


def test_durations_are_timedeltas_or_seconds() -> None:
    """Both mean the same."""
    settings = parse(
        {"REPLAY_MAX_AGE": timedelta(days=1), "REPLAY_IDLE_TIMEOUT": 60, "OTHER": 1}, enabled=True
    )
    assert (settings.max_age, settings.idle_timeout) == (86_400, 60)


@pytest.mark.parametrize(
    ("value", "size"),
    [
        (None, None),
        (500, 500),
        ("500", 500),
        ("10GB", 10**10),
        ("1.5 KiB", 1536),
        ("2mb", 2_000_000),
        ("1TiB", 1 << 40),
    ],
)
def test_sizes_are_bytes_or_have_units(value: object, size: int | None) -> None:
    """Units of a thousand, or with an i of 1,024."""
    assert parse({"REPLAY_MAX_SIZE": value}, enabled=True).max_size == size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("45s", 45), ("30m", 1800), ("1.5h", 5400), ("7d", 604_800), ("1h 30min", 5400)],
)
def test_durations_have_units(text: str, seconds: float) -> None:
    """As in cron jobs."""
    assert parse({"REPLAY_MAX_AGE": text}, enabled=True).max_age == seconds


def test_every_setting_is_read_by_some_code() -> None:
    """A setting without effect is a defect."""
    package = Path(__file__).parents[1] / "flask_replay"
    code = "".join(path.read_text() for path in package.rglob("*.py") if path.name != "settings.py")
    unread = [field for field in Settings.__struct_fields__ if f"settings.{field}" not in code]
    assert unread == []


def test_an_app_has_one_replay() -> None:
    """A second one is refused with a message."""
    app = Flask("twice")
    Replay(app)
    with pytest.raises(ConfigError, match="already"):
        Replay(app)


@pytest.mark.parametrize(
    ("value", "hosts"),
    [
        (False, ()),
        ("no", ()),
        ([], ()),
        ("", ()),
        (True, ("https:", "http:")),
        ("true", ("https:", "http:")),
        (
            "CDN.example, https://*.fonts.example:8443",
            ("cdn.example", "https://*.fonts.example:8443"),
        ),
        (["img.example:*"], ("img.example:*",)),
        ({"b.example", "a.example"}, ("a.example", "b.example")),
    ],
)
def test_hosts_of_external_files_are_all_none_or_a_list(
    value: object, hosts: tuple[str, ...]
) -> None:
    """As in a content security policy."""
    assert parse({"REPLAY_EXTERNAL_ASSETS": value}, enabled=True).external_assets == hosts


def test_keys_are_one_or_several_in_a_list_or_with_commas() -> None:
    """As for Fernet, as text or bytes. A repeated key counts once."""
    first, second = make_key(), make_key()
    keys = tuple(Key(base64.urlsafe_b64decode(text)) for text in (first, second))
    for value in (
        [first, second],
        (first.encode(), second),
        f"{first}, {second}",
        [first, second, first],
    ):
        assert parse({"REPLAY_ENCRYPTION_KEYS": value}, enabled=True).encryption_keys == keys
    for one in (first, first.encode(), [first], f" {first}\n"):
        assert parse({"REPLAY_ENCRYPTION_KEYS": one}, enabled=True).encryption_keys == keys[:1]
    assert parse({"REPLAY_ENCRYPTION_KEYS": []}, enabled=True).encryption_keys == ()


def test_an_app_with_keys_does_not_start_without_the_encryption_library(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Otherwise it would record unencrypted data."""
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.ciphers.aead", None)
    app = Flask("wrong")
    app.config["REPLAY_ENCRYPTION_KEYS"] = make_key()
    with pytest.raises(ConfigError, match=re.escape("pip install 'Flask-Replay[encryption]'")):
        Replay(app)
