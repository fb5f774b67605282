"""Copies of an environment, to compile in without changing it."""

from __future__ import annotations

from jinja2 import Environment

_FORGOTTEN = ("is_async", "keep_trailing_newline", "newline_sequence")


def overlay_of(environment: Environment) -> Environment:
    """Return an overlay that compiles as its environment does, and keeps nothing.

    Overlays of Jinja before 3.1.5 have defaults in place of some settings: an asynchronous environment's is not.
    """
    overlay = environment.overlay(cache_size=0, bytecode_cache=None)
    for name in _FORGOTTEN:
        setattr(overlay, name, getattr(environment, name))
    return overlay
