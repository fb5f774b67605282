"""The arguments of ``Replay``, checked so that a mistake shows at the start and not with a visitor."""

from __future__ import annotations

from typing import Any

from .errors import ConfigError
from .forms import shown
from .settings import STORE
from .storage import Storage


def check_arguments(*, authorize: object, sanitizer: object, identify: object) -> None:
    """Check the functions and hooks that an app gives.

    :raises ConfigError: one is not what it must be; the message names it.
    """
    for name, value in (("authorize", authorize), ("identify", identify)):
        if value is not None and not callable(value):
            raise ConfigError(f"{name} must be a function, or None, got {shown(value)}")
    if isinstance(sanitizer, type):
        raise ConfigError(f"sanitizer must be an object, got {shown(sanitizer)}: give an object of this class")
    lacking = [hook for hook in ("read", "params", "delta") if not callable(getattr(sanitizer, hook, None))]
    if sanitizer is not None and lacking:
        raise ConfigError(
            f"sanitizer must have the hooks of Sanitizer, got {shown(sanitizer)}, which lacks {', '.join(lacking)}"
        )


def check_store(name: str, value: object) -> Any:
    """Return what names a store, or is one.

    :param name: of the argument or setting.
    :raises ConfigError: it is neither; the message names what an object lacks.
    """
    found = STORE.read(name, value)
    lacking = [part for part in dir(Storage) if part[0] != "_" and not hasattr(found, part)]
    if not isinstance(found, str) and lacking:
        raise ConfigError(
            f"{name} must be a Journal and an Archive, got {shown(found)}, which lacks {', '.join(lacking)}"
        )
    return found
