"""The settings of the extension: parsed once from ``app.config``, checked, frozen."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec
from flask import Flask

from .errors import ConfigError

PREFIX = "REPLAY_"
FORMATS = ("msgpack", "json")
FSYNC = ("archive", "append")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What ``REPLAY_*`` keys say. Durations are in seconds, sizes in bytes.

    :param enabled: record at all; the player and the commands work either way.
    :param storage: folder of the recordings, or an object that is a ``Journal`` and an ``Archive``;
        ``None`` for ``replay`` in the instance folder.
    :param fsync: what waits for the disk, where recordings are files: ``"archive"``, what is finished;
        or ``"append"``, all of it.
    :param spool: a local folder, for what a failing store has not taken and for how each worker fares;
        ``None`` for ``replay-spool`` in the instance folder.
    :param max_spool: bytes that a failing store's data may take there, of all workers together.
    :param format: ``"msgpack"``, or ``"json"``: readable, typed, larger.
    :param sample_rate: the part of all sessions that is recorded, 0 to 1; decided once per session.
    :param exclude: paths (``/health``, ``/admin/*``) and endpoints (``api.*``) that are not recorded.
    :param max_events: events of one recording; past it the recording is flagged and takes no more.
    :param max_memory: of all buffers of a process; past it new sessions are not recorded.
    :param idle_timeout: ends a session.
    :param flush_interval: what a crash can cost.
    :param max_recordings: how many finished ones cleanup leaves.
    :param max_age: how old they may be.
    :param max_size: bytes that they may take together; ``None`` for no limit.
    :param cleanup_interval: between two cleanups.
    :param retry_attempts: how often saving is tried before it waits for the next turn.
    :param retry_delay: between two attempts.
    :param api_tokens: who may record over HTTP: names, and the SHA-256 of each one's token; nobody when empty.
    :param raw_html: bytes of HTML that no template made, kept of one response.
    """

    enabled: bool = True
    storage: Any = None
    fsync: str = "archive"
    spool: str | None = None
    max_spool: int = 1 << 30
    format: str = "msgpack"
    sample_rate: float = 1.0
    exclude: tuple[str, ...] = ()
    max_events: int = 10_000
    max_memory: int = 256 << 20
    idle_timeout: float = 30 * 60
    flush_interval: float = 1.0
    max_recordings: int = 1_000
    max_age: float = 7 * 24 * 3600
    max_size: int | None = None
    cleanup_interval: float = 3600
    retry_attempts: int = 3
    retry_delay: float = 1.0
    api_tokens: Mapping[str, str] = {}
    raw_html: int = 256 << 10

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
    for key in sorted(key for key in config if key.startswith(PREFIX)):
        field = key.removeprefix(PREFIX).lower()
        reader = _READERS.get(field)
        if reader is None:
            raise ConfigError(f"{key} is no setting of Flask-Replay. {_nearest(key)}")
        try:
            values[field] = reader(config[key])
        except (TypeError, ValueError) as error:
            shown = "so" if field == "api_tokens" else repr(config[key])  # somebody may have put a token there
            raise ConfigError(f"{key} cannot be {shown}: {error}") from None
    return Settings(**values)


def _nearest(key: str) -> str:
    fields = [field.upper() for field in _READERS]
    close = difflib.get_close_matches(key.removeprefix(PREFIX), fields, n=1)
    if close:
        return f"Did you mean {PREFIX}{close[0]}?"
    return f"There are: {', '.join(PREFIX + field for field in fields)}."


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("it is True or False")
    return value


def check_storage(value: Any) -> Any:
    """Give what names a store, or is one, if it does.

    :raises TypeError: it doesn't.
    """
    missing = [name for name in ("append", "read", "save", "load") if not hasattr(value, name)]
    if value is not None and not isinstance(value, str) and not hasattr(value, "__fspath__") and missing:
        raise TypeError("it is the path of a folder, or an object that is a Journal and an Archive")
    return value


def _one_of(choices: Sequence[str]) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in choices:
            raise ValueError(f"it is one of {', '.join(map(repr, choices))}")
        return str(value)

    return read


def _folder(value: Any) -> str | None:
    if value is not None and not isinstance(value, str | os.PathLike):
        raise TypeError("it is the path of a folder")
    return None if value is None else os.fspath(value)


def _rate(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError("it is a number from 0 to 1")
    return float(value)


def _patterns(value: Any) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, Sequence | set | frozenset):
        raise TypeError("it is a list of paths and endpoints")
    if not all(isinstance(item, str) and item for item in value):
        raise TypeError("it is a list of texts, such as '/health' or 'api.*'")
    return tuple(value)


def _whole(least: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ValueError(f"it is a whole number, at least {least}")
        return value

    return read


def _duration(value: Any) -> float:
    seconds = value.total_seconds() if isinstance(value, timedelta) else value
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds > 0:
        raise ValueError("it is a timedelta or a number of seconds, more than 0")
    return float(seconds)


def _hashes(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise TypeError("it is a dictionary of names, each with the hash that flask replay token prints")
    for name, hash in value.items():
        if not isinstance(name, str) or not isinstance(hash, str) or not re.fullmatch(r"sha256:[0-9a-f]{64}", hash):
            raise ValueError(f"{name!r} needs a hash, as flask replay token prints it, and not the token itself")
    return dict(value)


_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
_SIZES = {"": 1, "B": 1} | {
    f"{letter}{suffix}": base**power
    for power, letter in enumerate("KMGT", 1)
    for suffix, base in (("B", 1000), ("IB", 1024))
}


def read_duration(text: str) -> float:
    """Give the seconds that a text says: ``90``, ``45s``, ``30m``, ``12h``, ``7d``, ``2w``.

    :raises ValueError: it says none.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhdw]?)", text.strip())
    if found is None or not float(found[1]):
        raise ValueError("it is a number with s, m, h, d or w for its unit, such as 7d")
    return float(found[1]) * _UNITS[found[2] or "s"]


def read_size(value: Any) -> int | None:
    """Give the bytes that a number or a text says: ``500MB``, ``10GB``, ``1.5 TiB``; ``None`` is no limit.

    :raises ValueError: it says none.
    """
    if value is None:
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([A-Z]*)", str(value).strip().upper())
    if isinstance(value, bool) or found is None or found[2] not in _SIZES or float(found[1]) <= 0:
        raise ValueError("it is a number of bytes, or a text such as '10GB' or '500MiB'")
    return int(float(found[1]) * _SIZES[found[2]])


_READERS: dict[str, Callable[[Any], Any]] = {
    "enabled": _flag,
    "storage": check_storage,
    "fsync": _one_of(FSYNC),
    "spool": _folder,
    "max_spool": _whole(1 << 20),
    "format": _one_of(FORMATS),
    "sample_rate": _rate,
    "exclude": _patterns,
    "max_events": _whole(1),
    "max_memory": _whole(1 << 20),
    "idle_timeout": _duration,
    "flush_interval": _duration,
    "max_recordings": _whole(1),
    "max_age": _duration,
    "max_size": read_size,
    "cleanup_interval": _duration,
    "retry_attempts": _whole(1),
    "retry_delay": _duration,
    "api_tokens": _hashes,
    "raw_html": _whole(0),
}
