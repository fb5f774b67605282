"""Compare templates made at random: ``python -m tests.fuzzing --count 100000 --seed 1``."""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from contextlib import suppress

from tests.conformance.harness import Replaying

from .compare import TOGETHER, Comparison
from .environments import KINDS


def main(arguments: list[str]) -> int:
    """Print what differs, at most ``--show`` of it, and counts by kind of environment.

    :returns: 0 when nothing differs, else 1.
    """
    parser = argparse.ArgumentParser(prog="fuzz templates", description=__doc__)
    parser.add_argument("--count", type=int, default=100_000, help="how many templates")
    parser.add_argument(
        "--seed",
        type=int,
        default=1,
        help=f"of the first; {TOGETHER} of them, from a multiple of that, share templates",
    )
    parser.add_argument("--kind", choices=KINDS, action="append", help="of environment; of all if none is named")
    parser.add_argument("--depth", type=int, default=2, help="how deep statements nest")
    parser.add_argument("--show", type=int, default=10, help="differences after which to stop")
    options = parser.parse_args(arguments)
    started = time.monotonic()
    replaying = Replaying()
    comparison = Comparison(replaying, options.depth)
    seeds = range(options.seed, options.seed + options.count)
    shown = 0
    with suppress(KeyboardInterrupt):  # what was compared until then counts
        for line in itertools.islice(comparison.differences(seeds, options.kind or KINDS), options.show):
            print(line, flush=True)
            shown += 1
    replaying.close()
    counts = comparison.counts
    for name in sorted(counts):
        print(f"{name:32}{counts[name]:>9,}")
    compared = counts.total() - counts["different"]
    print(f"{compared:,} templates in {time.monotonic() - started:.0f} s, {shown} different")
    return int(shown > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
