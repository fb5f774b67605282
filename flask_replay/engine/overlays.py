"""Copies of an environment: those to compile in without changing it, and those that an app has
made.
"""

from __future__ import annotations

import gc

from jinja2 import Environment


def overlay_of(environment: Environment) -> Environment:
    """Return an overlay that compiles as its environment does, and keeps nothing."""
    return environment.overlay(cache_size=0, bytecode_cache=None)


def overlays_made_of(environment: Environment) -> list[Environment]:
    """Return the overlays that there are of an environment, and theirs.

    They know it, but it does not know them, so whoever refers to it is looked for: some 40 ms among
    a million objects.
    """
    found: list[Environment] = []
    for referrer in gc.get_referrers(environment):
        attributes = type(referrer) is dict and referrer.get("linked_to") is environment
        for owner in gc.get_referrers(referrer) if attributes else [referrer]:
            if issubclass(type(owner), Environment) and vars(owner).get("linked_to") is environment:
                found += [owner, *overlays_made_of(owner)]
    return found
