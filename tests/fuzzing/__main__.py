"""Compare random templates: ``python -m tests.fuzzing --count 100000 --seed 1``."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections import Counter
from contextlib import closing, suppress

from .compare import TOGETHER
from .environments import KINDS
from .jobs import compare_at_once


def main(arguments: list[str]) -> int:
    """Print differences, at most ``--show``, and counts by kind of environment.

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
    parser.add_argument(
        "--kind", choices=KINDS, action="append", help="of environment; of all if none is named"
    )
    parser.add_argument("--depth", type=int, default=2, help="how deep statements nest")
    parser.add_argument("--show", type=int, default=10, help="differences after which to stop")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="processes that compare at once"
    )
    options = parser.parse_args(arguments)
    for ending in (signal.SIGINT, signal.SIGTERM):  # a shell's background job would ignore one
        signal.signal(ending, signal.default_int_handler)
    started, counts = time.monotonic(), Counter[str]()
    seeds = range(options.seed, options.seed + options.count)
    found = compare_at_once(
        seeds, options.kind or list(KINDS), options.depth, options.show, options.jobs
    )
    with closing(found), suppress(KeyboardInterrupt):  # the comparisons so far count
        for counted, lines in found:
            counts += counted
            print(*lines, sep="\n", end="\n" * bool(lines), flush=True)
            if counts["different"] >= options.show:
                break
    different, seconds = counts.pop("different", 0), time.monotonic() - started
    for name in sorted(counts):
        print(f"{name:32}{counts[name]:>9,}")
    print(
        f"{counts.total():,} templates in {seconds:.0f} s, {counts.total() / seconds:.1f} a "
        f"second, {different} different"
    )
    return int(different > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
