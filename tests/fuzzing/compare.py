"""Render templates bare and recorded, replay them without the app, and report the differences."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Container, Iterable
from typing import Any

from flask import current_app, render_template

from flask_replay.engine.natives import is_native
from flask_replay.recording.events import Frame
from tests.conformance.harness import Replaying, Seen, Site, frames_of, without_addresses

from .environments import KINDS
from .structures import Structures
from .values import context

_KEPT = 200
"""Templates for one app, before a new one is made."""

TOGETHER = 8
"""Consecutive pages that extend, include and import the same templates, which are compiled once for
them.
"""


def make(seed: int, depth: int = 2) -> tuple[str, dict[str, str]]:
    """Return the kind of environment and the templates of a seed.

    :param depth: how deep the page's statements nest; a shallow one takes less time.
    """
    shared = random.Random(f"templates {seed // TOGETHER}")
    name = shared.choice(list(KINDS))
    used = Structures(shared, KINDS[name]).used(depth)
    return name, {**used, "page.html": Structures(random.Random(seed), KINDS[name]).page(depth)}


class Comparison:
    """Compares the templates of seeds.

    :param replaying: the process that replays.
    :param depth: see :func:`make`.
    :ivar counts: of templates by kind of environment and what became of them.
    """

    def __init__(self, replaying: Replaying, depth: int = 2) -> None:
        self.depth = depth
        self.replaying = replaying
        self.counts: Counter[str] = Counter()
        self.sites: dict[str, tuple[int, Site, Site]] = {}

    def differences(self, seeds: Iterable[int], kinds: Container[str] = KINDS) -> Iterable[str]:
        """Yield a line for each seed with differences, with its templates.

        :param kinds: of environment that are tried; seeds of others are passed over.
        """
        for seed in seeds:
            kind, templates = make(seed, self.depth)
            if kind not in kinds:
                continue
            difference = self.compare(kind, templates)
            if difference:
                self.counts["different"] += 1
                yield f"seed {seed} ({kind}): {difference}\n{templates}"

    def compare(self, kind: str, templates: dict[str, str]) -> str:
        """Return the differences, ``""`` if there are none."""
        used, bare, recorded = self.sites.get(kind) or (_KEPT, None, None)
        if used >= _KEPT or bare is None or recorded is None:
            setup = KINDS[kind].prepare
            used, bare, recorded = (
                0,
                Site({}, setup, recorded=False),
                Site({}, setup, recorded=True),
            )
        self.sites[kind] = used + 1, bare, recorded
        one, other = visit(bare, templates), visit(recorded, templates)
        frames, documents = frames_of(other, flagged=True)
        flagged = any(frame.flags for frame in frames)  # the player says that they are incomplete
        result = "failed alike" if one.error else "flagged" if flagged else "rendered"
        self.counts[f"{kind}: {result}"] += 1
        return _changed(one, other) or ("" if flagged else self._replayed(other, frames, documents))

    def _replayed(self, seen: Seen, frames: list[Frame], documents: dict[str, bytes]) -> str:
        """Return how the replay differs from the recorded page."""
        for render, replayed in zip(
            seen.renders, self.replaying.replay(frames, documents), strict=True
        ):
            if render.output is None:
                continue  # it failed with and without recording, so there is no page
            if without_addresses(replayed.text) != without_addresses(render.output):
                return f"recorded {render.output!r}, replayed {replayed.text!r} {replayed.missing} {replayed.problem}"
            if replayed.missing or replayed.problem or replayed.left:
                return f"missing {replayed.missing}, problem {replayed.problem!r}, left {replayed.left}"
        return ""


def visit(site: Site, templates: dict[str, str]) -> Seen:
    """Return the response of an app with these templates."""
    loader: Any = site.app.jinja_loader
    loader.mapping = templates  # those that have not changed stay compiled, see ``Kind.prepare``
    given: list[str] = []
    return site.visit(lambda: context(given), _page)


def _page(values: dict[str, Any]) -> str:
    environment = current_app.jinja_env
    if not environment.is_async or not is_native(environment):
        value = render_template("page.html", **values)
    else:  # Jinja's own ``render`` runs no asynchronous native template
        value = asyncio.run(environment.get_template("page.html").render_async(values))
    return value if isinstance(value, str) else type(value).__name__


def _changed(bare: Seen, recorded: Seen) -> str:
    """Return what recording changed for the visitor or for the app's objects."""
    if without_addresses(bare.error) != without_addresses(recorded.error):
        return f"bare raised {bare.error!r}, recorded {recorded.error!r}"
    if without_addresses(bare.body.decode()) != without_addresses(recorded.body.decode()):
        return f"bare gave {bare.body!r}, recorded {recorded.body!r}"
    if bare.log != recorded.log:
        return f"bare asked {bare.log}, recorded {recorded.log}"
    return "" if bare.error or recorded.renders else "nothing was recorded"
