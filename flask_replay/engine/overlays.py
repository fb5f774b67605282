"""Overlays of an environment: those for compiling without changing it, and those that an app
created.
"""

from __future__ import annotations

import gc

from jinja2 import Environment


def overlay_of(environment: Environment) -> Environment:
    """Return an overlay that compiles like its environment, and caches nothing."""
    return environment.overlay(cache_size=0, bytecode_cache=None)


def overlays_made_of(environment: Environment) -> list[Environment]:
    """Return all existing overlays of an environment, and their overlays.

    An environment does not know its overlays, so objects that refer to it are searched for. That
    takes some 40 ms among a million objects.
    """
    found: list[Environment] = []
    for referrer in gc.get_referrers(environment):
        attributes = type(referrer) is dict and referrer.get("linked_to") is environment
        for owner in gc.get_referrers(referrer) if attributes else [referrer]:
            if issubclass(type(owner), Environment) and vars(owner).get("linked_to") is environment:
                found += [owner, *overlays_made_of(owner)]
    return found
