"""The settings of the extension: parsed once from ``app.config``, checked, frozen."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

import msgspec
from flask import Flask

from .errors import ConfigError
from .forms import (
    Form,
    Mistake,
    address,
    color,
    cookie_name,
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
from .keys import Key, keys
from .list_forms import expressions, hashes, hosts, patterns, sources

PREFIX = "REPLAY_"
EXTENSION_KEY = "flask_replay"
"""Where the state of an app stands in ``app.extensions``."""

FORMATS = ("msgpack", "json")
FSYNC = ("archive", "append")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What ``REPLAY_*`` keys say. Durations are in seconds, sizes in bytes.

    :param enabled: record at all; the player and the commands work either way.
    :param storage: folder of the recordings, or an object that is a ``Journal`` and an ``Archive``;
        ``None`` for ``replay`` in the instance folder.
    :param fsync: what waits for the disk, where recordings are files: ``"archive"``, what is
        finished; or ``"append"``, all of it.
    :param spool: a local folder, for what a failing store has not taken and for how each worker
        fares; ``None`` for ``replay-spool`` in the instance folder.
    :param max_spool: bytes that a failing store's data may take there, of all workers together.
    :param format: ``"msgpack"``, or ``"json"``: readable, typed, larger.
    :param sample_rate: the part of all sessions that is recorded, 0 to 1; decided once per session.
    :param exclude: paths (``/health``, ``/admin/*``) and endpoints (``api.*``) that are not
        recorded.
    :param include: those that are, in place of the whole app; all when empty, unless views are
        marked.
    :param respect_gpc: record nobody whose browser sends ``Sec-GPC: 1`` or ``DNT: 1``.
    :param keep_ip: what is kept of visitors' addresses: ``""``, nothing; or ``"truncated"``, the
        network.
    :param require_consent: record nobody who has not agreed; see ``Replay.consent``.
    :param cookie_name: of our cookie; ``None`` for one like the session cookie's.
    :param cookie_domain: as it stands in the cookie; ``None`` for what the session cookie has. So
        with the others.
    :param max_events: events of one recording; past it the recording is flagged and takes no more.
    :param max_request_size: bytes of one request that are kept, over all its texts; past it the
        recording is flagged.
    :param max_recording_size: bytes of one recording before it is compressed; past it the recording
        is flagged and takes no more. None that takes more is opened.
    :param max_memory: of all buffers of a process; past it new sessions are not recorded.
    :param idle_timeout: ends a session.
    :param flush_interval: what a crash can cost.
    :param max_recordings: how many finished ones cleanup leaves.
    :param max_unconfirmed: how many there may be of visitors who never sent our cookie back,
        running ones among them.
    :param max_age: how old they may be.
    :param max_size: bytes that they may take together; ``None`` for no limit.
    :param cleanup_interval: between two cleanups.
    :param retry_attempts: how often saving is tried before it waits for the next turn.
    :param retry_delay: between two attempts.
    :param api_tokens: who may record over HTTP: names, and the SHA-256 of each one's token; nobody
        when empty.
    :param links: whether there are links to single recordings that need no login.
    :param name: what the list of recordings is headed by.
    :param color: of the player, as six hexadecimal digits; ``None`` for its own.
    :param templates: folder of templates in the place of the player's, below the app's folder;
        ``None`` for none.
    :param redact: what is masked by its form beside cards, accounts, keys and hashes: ``"email"``,
        ``"phone"``, ``"ip"``, regular expressions.
    :param raw_html: bytes of HTML that no template made, kept of one response.
    :param trusted_hosts: hosts at which the player is open in debug mode without ``authorize``,
        beside this machine's own: to whoever reaches the app by one.
    :param login_url: where people are sent to log in whom ``identify`` does not know; ``None`` for
        nowhere.
    :param external_assets: hosts from which recorded pages load images, styles and fonts in the
        player.
    :param assets: which files that pages refer to are kept with recordings: ``"all"``;
        ``"static"``, those that anybody may load; ``""``, none.
    :param max_asset: bytes of one; a larger one is not kept.
    :param max_assets: bytes of static files that a process keeps, and of others that a recording
        keeps.
    :param encryption_keys: what is written is encrypted with the first, what is read decrypted with
        any; not encrypted when empty.
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
        """Read the settings of an app, as they are now.

        :raises ConfigError: a ``REPLAY_*`` key is unknown or malformed.
        """
        return parse(app.config, enabled=not app.testing)


def parse(config: Mapping[str, Any], *, enabled: bool) -> Settings:
    """Parse settings.

    :param config: keys to values; those without ``REPLAY_`` are of no interest.
    :param enabled: the default of ``REPLAY_ENABLED``.
    :raises ConfigError: a key is unknown or malformed; the message names it and what it may be.
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
    """Check that a key that is none of ours was not meant to be one."""
    field = key.upper().removeprefix("FLASK_").removeprefix(PREFIX).lower()
    if key.startswith(PREFIX) and key.isupper():
        raise ConfigError(f"{key} is no setting of Flask-Replay. {_nearest(key)}")
    if field in SETTING_FORMS and PREFIX in key.upper():
        raise ConfigError(f"{key} must be written {PREFIX}{field.upper()}, or it is not read")
    if (
        key == "REPLAY"
        and isinstance(value, Mapping)
        and {str(name).lower() for name in value} & SETTING_FORMS.keys()
    ):
        raise ConfigError(
            "REPLAY must not be a dictionary of settings: each is a key of its own, "
            f"{PREFIX}ENABLED"
        )


def _nearest(key: str) -> str:
    fields = [field.upper() for field in SETTING_FORMS]
    close = difflib.get_close_matches(key.removeprefix(PREFIX).upper(), fields, n=1)
    if close:
        return f"Did you mean {PREFIX}{close[0]}?"
    return f"There are: {', '.join(PREFIX + field for field in fields)}."


def _store(value: Any) -> Any:
    """Return what names a store, or is one. Whether it has all that a store has, ``Replay``
    checks.
    """
    if isinstance(value, str | bytes) or hasattr(value, "__fspath__"):
        return folder().convert(value)
    if isinstance(value, type):
        raise Mistake("give an object of this class")
    known = hasattr(
        type(value), "append"
    )  # the class is asked first: the object's store may hang already
    if not (known or hasattr(value, "append")) or isinstance(value, list):
        raise TypeError
    return value


STORE: Form[Any] = Form(
    "the path of a folder, or an object that is a Journal and an Archive", _store
)


def _kept_ip(value: Any) -> str:
    """Return what is kept of an address; a whole one never is."""
    if isinstance(value, str) and value.strip().lower() == "truncated":
        return "truncated"
    if flag().convert(value):
        raise Mistake("whole addresses are never kept")
    return ""


def _kept_assets(value: Any) -> str:
    """Return which files are kept."""
    if isinstance(value, str) and value.strip().lower() in {"all", "static"}:
        return value.strip().lower()
    return "all" if flag().convert(value) else ""


_AS_SESSION = "what the session cookie has"

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
    "cookie_domain": optional(text(), _AS_SESSION),
    "cookie_path": optional(text(), _AS_SESSION),
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
    "templates": optional(folder(), "none of the app's own"),
    "redact": expressions(),
    "raw_html": size(0),
    "trusted_hosts": hosts(),
    "login_url": optional(address(), "nowhere: whoever may not look is answered 404"),
    "external_assets": sources(),
    "assets": Form("True, 'static' for static files alone, or False", _kept_assets),
    "max_asset": size(0),
    "max_assets": size(0),
    "encryption_keys": keys(),
}
"""How each setting is read, by its field."""
