"""Copies of an environment, to compile in without changing it."""

from __future__ import annotations

from jinja2 import Environment


def overlay_of(environment: Environment) -> Environment:
    """Return an overlay that compiles as its environment does, and keeps nothing."""
    return environment.overlay(cache_size=0, bytecode_cache=None)
