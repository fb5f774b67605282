"""All commands of ``flask replay``: each module adds its own to the group."""

from __future__ import annotations

from . import (
    cli_finding,
    cli_keys,
    cli_links,
    cli_mcp,
    cli_moving,
    cli_pictures,
    cli_record,
    cli_repeat,
    cli_retention,
    cli_story,
    cli_token,
    cli_verify,
)
from .cli import replay_cli

MODULES = (
    cli_finding,
    cli_keys,
    cli_links,
    cli_mcp,
    cli_moving,
    cli_pictures,
    cli_record,
    cli_repeat,
    cli_retention,
    cli_story,
    cli_token,
    cli_verify,
)

__all__ = ["MODULES", "replay_cli"]
