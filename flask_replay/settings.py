"""The settings of the extension, parsed once from ``app.config``, checked and frozen."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

import msgspec
from flask import Flask

from .errors import ConfigError
from .keys import Key, keys
from .list_forms import expressions, hashes, hosts, patterns, sources
from .value_forms import (
    Form,
    Mistake,
    address,
    color,
    cookie_domain,
    cookie_name,
    cookie_path,
    duration,
    flag,
    folder,
    one_of,
    optional,
    rate,
    size,
    text,
    whole,
)

PREFIX = "REPLAY_"
EXTENSION_KEY = "flask_replay"
"""The key of an app's state in ``app.extensions``."""

FORMATS = ("msgpack", "json")
FSYNC = ("archive", "append")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The values of the ``REPLAY_*`` keys. Durations are in seconds, sizes in bytes.

    :param enabled: whether to record. The player and the commands work either way.
    :param storage: the folder of the recordings, or an object that is a ``Journal`` and an
        ``Archive``; ``None`` for ``replay`` in the instance folder.
    :param fsync: which files are flushed to disk with ``fsync``: ``"archive"``, the finished
        recordings; ``"append"``, every write.
    :param spool: a local folder for data that a failing store has not taken, and for the state of
        each worker; ``None`` for ``replay-spool`` in the instance folder.
    :param max_spool: the most bytes that data for a failing store may take in the spool, over all
        workers.
    :param format: ``"msgpack"``, or ``"json"``, which is readable, typed and larger.
    :param sample_rate: the fraction of sessions to record, from 0 to 1. It is decided once per
        session.
    :param exclude: the paths (``/health``, ``/admin/*``) and endpoints (``api.*``) not to record.
    :param include: the paths and endpoints to record instead of the whole app. When it is empty,
        all are recorded, unless views are marked.
    :param respect_gpc: whether to leave out browsers that send ``Sec-GPC: 1`` or ``DNT: 1``.
    :param keep_ip: what to keep of visitors' addresses: ``""``, nothing; ``"truncated"``, the
        network.
    :param require_consent: whether to record only visitors who agreed; see ``Replay.consent``.
    :param cookie_name: the name of our cookie; ``None`` for a name like the session cookie's.
    :param cookie_domain: the cookie's ``Domain``; ``None`` for the session cookie's. The other
        cookie attributes work the same way.
    :param max_events: the most events of one recording. Beyond it, the recording is flagged and
        takes no more.
    :param max_request_size: the most bytes to keep of one request, over all its texts. Beyond it,
        the recording is flagged.
    :param max_recording_size: the most bytes of one recording before compression. Beyond it, the
        recording is flagged and takes no more. A larger recording is not opened.
    :param max_memory: the most bytes for all buffers of a process. Beyond it, new sessions are not
        recorded.
    :param idle_timeout: how long a visitor must be idle for the session to end.
    :param flush_interval: how often the journal is flushed, and so how much a crash can lose.
    :param max_recordings: the number of finished recordings that cleanup keeps.
    :param max_unconfirmed: the most recordings, running ones included, of visitors who never sent
        our cookie back.
    :param max_age: the age at which cleanup deletes a recording.
    :param max_size: the most bytes for all recordings together; ``None`` for no limit.
    :param cleanup_interval: the time between two cleanups.
    :param retry_attempts: how often saving is tried before it waits for the next flush.
    :param retry_delay: the time after the first attempt to save; it doubles with each further one.
    :param api_tokens: the programs that may record, read or write remarks over HTTP: names, each
        with the SHA-256 hash of its token. When it is empty, none may.
    :param links: whether links to single recordings can be made that need no login.
    :param name: the heading of the list of recordings.
    :param color: the player's color as six hexadecimal digits; ``None`` for its default.
    :param templates: a folder of templates that replace the player's, below the app's folder;
        ``None`` for none.
    :param redact: what to redact by its format besides cards, accounts, keys and hashes:
        ``"email"``, ``"phone"``, ``"ip"``, regular expressions.
    :param raw_html: the most bytes to keep of a response's HTML that no template made.
    :param trusted_hosts: hosts besides this machine's own at which the player is open in debug mode
        without ``authorize``, to everybody who reaches the app by such a host.
    :param login_url: where to redirect people whom ``identify`` does not know, so that they log in;
        ``None`` for no redirect.
    :param external_assets: hosts from which recorded pages may load images, styles and fonts in the
        player.
    :param assets: which files that pages refer to are kept with recordings: ``"all"``;
        ``"static"``, only files that anybody may load; ``""``, none.
    :param max_asset: the most bytes of one file. A larger file is not kept.
    :param max_assets: the most bytes of static files that a process keeps, and of other files that
        a recording keeps.
    :param encryption_keys: the first key encrypts what is written, and any of them decrypts what is
        read. When it is empty, nothing is encrypted.
    """

    enabled: bool = True
    storage: Any = None
    fsync: str = "archive"
    spool: str | None = None
    max_spool: int = 1 << 30
    format: str = "msgpack"
    sample_rate: float = 1.0
    exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    respect_gpc: bool = False
    keep_ip: str = ""
    require_consent: bool = False
    cookie_name: str | None = None
    cookie_domain: str | None = None
    cookie_path: str | None = None
    cookie_secure: bool | None = None
    cookie_samesite: str | None = None
    cookie_partitioned: bool | None = None
    max_events: int = 10_000
    max_request_size: int = 4 << 20
    max_recording_size: int = 64 << 20
    max_memory: int = 256 << 20
    idle_timeout: float = 30 * 60
    flush_interval: float = 1.0
    max_recordings: int = 1_000
    max_unconfirmed: int = 200
    max_age: float = 7 * 24 * 3600
    max_size: int | None = None
    cleanup_interval: float = 3600
    retry_attempts: int = 3
    retry_delay: float = 1.0
    api_tokens: Mapping[str, str] = {}
    links: bool = False
    name: str = "Recordings"
    color: str | None = None
    templates: str | None = None
    redact: tuple[str, ...] = ()
    raw_html: int = 256 << 10
    trusted_hosts: tuple[str, ...] = ()
    login_url: str | None = None
    external_assets: tuple[str, ...] = ()
    assets: str = "all"
    max_asset: int = 5 << 20
    max_assets: int = 128 << 20
    encryption_keys: tuple[Key, ...] = ()

    @classmethod
    def from_config(cls, app: Flask) -> Settings:
        """Return the current settings of an app.

        :raises ConfigError: a ``REPLAY_*`` key is unknown or malformed.
        """
        return parse(app.config, enabled=not app.testing)


def parse(config: Mapping[str, Any], *, enabled: bool) -> Settings:
    """Parse settings.

    :param config: the app's configuration. Keys without the prefix ``REPLAY_`` are ignored.
    :param enabled: the default of ``REPLAY_ENABLED``.
    :raises ConfigError: a key is unknown or malformed; the message names it and the valid values.
    """
    values: dict[str, Any] = {"enabled": enabled}
    for key in sorted(key for key in config if isinstance(key, str)):
        form = (
            SETTING_FORMS.get(key.removeprefix(PREFIX).lower()) if key.startswith(PREFIX) else None
        )
        if form is None or not key.isupper():
            _check_foreign(key, config[key])
        else:
            values[key.removeprefix(PREFIX).lower()] = form.read(key, config[key])
    return Settings(**values)


def _check_foreign(key: str, value: Any) -> None:
    """Raise if a key that is not one of our settings looks like a misspelled one."""
    field = key.upper().removeprefix("FLASK_").removeprefix(PREFIX).lower()
    if key.startswith(PREFIX) and key.isupper():
        raise ConfigError(f"{key} is not a setting of Flask-Replay. {_nearest(key)}")
    if field in SETTING_FORMS and PREFIX in key.upper():
        raise ConfigError(f"{key} must be written {PREFIX}{field.upper()}, or it is not read")
    if (
        key == "REPLAY"
        and isinstance(value, Mapping)
        and {str(name).lower() for name in value} & SETTING_FORMS.keys()
    ):
        raise ConfigError(
            "REPLAY must not be a dictionary of settings: each setting is a key of its own, like "
            f"{PREFIX}ENABLED"
        )


def _nearest(key: str) -> str:
    fields = [field.upper() for field in SETTING_FORMS]
    close = difflib.get_close_matches(key.removeprefix(PREFIX).upper(), fields, n=1)
    if close:
        return f"Did you mean {PREFIX}{close[0]}?"
    return f"The settings are: {', '.join(PREFIX + field for field in fields)}."


def _store(value: Any) -> Any:
    """Return a store, or the path of one. ``Replay`` checks that a store has all its methods."""
    if isinstance(value, str | bytes) or hasattr(value, "__fspath__"):
        return folder().convert(value)
    if isinstance(value, type):
        raise Mistake("pass an object of this class")
    # Ask the class first: the object's store may already hang.
    known = hasattr(type(value), "append")
    if not (known or hasattr(value, "append")) or isinstance(value, list):
        raise TypeError
    return value


STORE: Form[Any] = Form(
    "the path of a folder, or an object that is a Journal and an Archive", _store
)


def _kept_ip(value: Any) -> str:
    """Return what to keep of an address, which is never the whole address."""
    if isinstance(value, str) and value.strip().lower() == "truncated":
        return "truncated"
    if flag().convert(value):
        raise Mistake("whole addresses are never kept")
    return ""


def _kept_assets(value: Any) -> str:
    """Return which files to keep."""
    if isinstance(value, str) and value.strip().lower() in {"all", "static"}:
        return value.strip().lower()
    return "all" if flag().convert(value) else ""


_AS_SESSION = "the session cookie's value"

SETTING_FORMS: dict[str, Form[Any]] = {
    "enabled": flag(),
    "storage": optional(STORE, "'replay' in the instance folder"),
    "fsync": one_of(FSYNC),
    "spool": optional(folder(), "'replay-spool' in the instance folder"),
    "max_spool": size(1 << 20),
    "format": one_of(FORMATS),
    "sample_rate": rate(),
    "exclude": patterns(),
    "include": patterns(),
    "respect_gpc": flag(),
    "keep_ip": Form("False, or 'truncated': of IPv4 24 bits, of IPv6 48", _kept_ip),
    "require_consent": flag(),
    "cookie_name": optional(cookie_name(), "one like the session cookie's"),
    "cookie_domain": optional(cookie_domain(), _AS_SESSION),
    "cookie_path": optional(cookie_path(), _AS_SESSION),
    "cookie_secure": optional(flag(), _AS_SESSION),
    "cookie_samesite": optional(one_of(("lax", "strict", "none")), _AS_SESSION),
    "cookie_partitioned": optional(flag(), _AS_SESSION),
    "max_events": whole(1),
    "max_request_size": size(1 << 14),
    "max_recording_size": size(1 << 20),
    "max_memory": size(1 << 20),
    "idle_timeout": duration(),
    "flush_interval": duration(),
    "max_recordings": whole(1),
    "max_unconfirmed": whole(0),
    "max_age": duration(),
    "max_size": optional(size(), "no limit"),
    "cleanup_interval": duration(),
    "retry_attempts": whole(1),
    "retry_delay": duration(),
    "api_tokens": hashes(),
    "links": flag(),
    "name": text(),
    "color": optional(color(), "the player's own"),
    "templates": optional(folder(), "the player's own templates"),
    "redact": expressions(),
    "raw_html": size(0),
    "trusted_hosts": hosts(),
    "login_url": optional(address(), "no redirect: people who may not look get a 404"),
    "external_assets": sources(),
    "assets": Form("True, 'static' for static files only, or False", _kept_assets),
    "max_asset": size(0),
    "max_assets": size(0),
    "encryption_keys": keys(),
}
"""How to read each setting, by the name of its field."""
