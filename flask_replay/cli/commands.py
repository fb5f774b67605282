"""All commands of ``flask replay``: each module adds its own to the group."""

from __future__ import annotations

from . import finding as cli_finding
from . import keys as cli_keys
from . import links as cli_links
from . import mcp as cli_mcp
from . import moving as cli_moving
from . import pictures as cli_pictures
from . import record as cli_record
from . import repeat as cli_repeat
from . import retention as cli_retention
from . import story as cli_story
from . import token as cli_token
from . import verify as cli_verify
from .group import replay_cli

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
