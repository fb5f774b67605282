"""The commands of ``flask replay``, with a module for each group of them."""

from .commands import replay_cli

__all__ = ["replay_cli"]
