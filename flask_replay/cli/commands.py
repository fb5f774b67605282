"""All commands of ``flask replay``. Each module adds its own to the group when it is imported."""

from __future__ import annotations

from . import (  # noqa: F401 - see above
    debug,
    keys,
    links,
    listing,
    mcp,
    moving,
    pictures,
    record,
    remarks,
    repeat,
    retention,
    story,
    token,
    upkeep,
    verify,
)
from .common import replay_cli

__all__ = ["replay_cli"]
