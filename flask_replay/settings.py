"""The settings of the extension: parsed once from ``app.config``, checked, frozen."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec
from flask import Flask

from .errors import ConfigError

PREFIX = "REPLAY_"
FORMATS = ("msgpack", "json")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What ``REPLAY_*`` keys say. Durations are in seconds, sizes in bytes.

    :param enabled: record at all; the player and the commands work either way.
    :param storage: folder of the recordings, or an object that is a ``Journal`` and an ``Archive``;
        ``None`` for ``replay`` in the instance folder.
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
    :param raw_html: bytes of HTML that no template made, kept of one response.
    """

    enabled: bool = True
    storage: Any = None
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
            raise ConfigError(f"{key} cannot be {config[key]!r}: {error}") from None
    return Settings(**values)


def _nearest(key: str) -> str:
    keys = [PREFIX + field.upper() for field in _READERS]
    close = difflib.get_close_matches(key, keys, n=1)
    return f"Did you mean {close[0]}?" if close else f"There are: {', '.join(keys)}."


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


def _format(value: Any) -> str:
    if value not in FORMATS:
        raise ValueError(f"it is one of {', '.join(map(repr, FORMATS))}")
    return str(value)


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
    "format": _format,
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
    "raw_html": _whole(0),
}
