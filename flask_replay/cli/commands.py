"""All commands of ``flask replay``: each module adds its own to the group."""

from __future__ import annotations

from . import (
    debug,
    finding,
    keys,
    links,
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

MODULES = (
    debug,
    finding,
    keys,
    links,
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

__all__ = ["MODULES", "replay_cli"]
