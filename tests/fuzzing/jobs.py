"""Compare many templates in several processes."""

from __future__ import annotations

import gc
import itertools
import multiprocessing
import signal
from collections import Counter
from collections.abc import Generator, Iterator
from functools import cache, partial

from tests.conformance.harness import Replaying

from .compare import TOGETHER, Comparison

_PART = 32 * TOGETHER
"""Templates that a process gets at a time."""

Found = tuple[Counter[str], list[str]]
"""Counts of templates, and a line for each that differs."""


@cache
def _comparison(depth: int) -> Comparison:
    """Return the comparison of this process. Its apps serve many pages, as apps do."""
    comparison = Comparison(Replaying(), depth)
    gc.freeze()  # imported objects stay, so later collections can skip them
    return comparison


def _compare(seeds: range, kinds: list[str], depth: int, show: int) -> Found:
    comparison = _comparison(depth)
    comparison.counts = Counter()
    return comparison.counts, list(itertools.islice(comparison.differences(seeds, kinds), show))


def _parts(seeds: range) -> Iterator[range]:
    """Yield seeds in parts. Templates that share others are in one part."""
    first = seeds.start
    while first < seeds.stop:
        after = min(first - first % _PART + _PART, seeds.stop)
        yield range(first, after)
        first = after


def compare_at_once(
    seeds: range, kinds: list[str], depth: int, show: int, jobs: int
) -> Generator[Found]:
    """Yield the result of each part of the seeds when it is done.

    :param show: differences after which a part is left.
    :param jobs: how many processes compare; each has one more that replays.
    """
    work = partial(_compare, kinds=kinds, depth=depth, show=show)
    # the reader of the results stops them
    unstopped = partial(signal.signal, signal.SIGINT, signal.SIG_IGN)
    with multiprocessing.get_context("spawn").Pool(jobs, unstopped) as pool:
        yield from pool.imap_unordered(work, _parts(seeds))
