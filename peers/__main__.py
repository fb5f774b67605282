"""Run the test suites of peers and print what recording changes: ``./dev peers [NAME …]``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from flask_replay.engine.replaying.verify import Outcome

from .known import PEERS, Peer, expected
from .reports import changed
from .running import FailedError, NoSuiteError, Suite

VERDICTS = {
    "identical": Outcome.IDENTICAL,
    "masked": Outcome.IDENTICAL_BUT_REDACTED,
    "unfinished": Outcome.UNFINISHED,
    "left": Outcome.NOT_RECORDED,
    "different": Outcome.DIFFERENT,
}
_SHARE = 0.5
"""The share of a suite's tests that must pass without recording. The others may be skipped, or need
files that the source distribution does not contain.
"""

COLUMNS = ("peer", "tests", "passed bare", "passed recorded", "frames", *VERDICTS)


def compare(peer: Peer, checkout: Path | None) -> tuple[list[str], bool]:
    """Run a suite twice, and print the differences.

    :param checkout: the folder of its source; by default its source distribution is used.
    :returns: its row of the table, and whether there are only expected differences.
    """
    suite = Suite(peer, checkout=checkout)
    try:
        suite.prepare()
        bare, recorded = suite.run(recorded=False), suite.run(recorded=True)
    except NoSuiteError:
        where = "source distribution" if checkout is None else "checkout"
        return [peer.name, f"its {where} has no tests"], checkout is None
    except FailedError as error:
        return [peer.name, str(error)], False
    reasons, found = expected(peer.name), changed(bare, recorded)
    for test, lines in found.items():
        if test not in reasons:
            print(f"{peer.name} {test}", *lines, sep="\n    ")
    for test in reasons.keys() - found.keys():
        print(f"{peer.name} {test}\n    is expected to differ, and does not")
    for why, count in recorded.unrecorded.items():
        print(f"{peer.name}: {count} left to the app's own code: {why}")
    counts = (len(bare.outcomes), bare.passed, recorded.passed, recorded.frames)
    row = [
        peer.name,
        *map(str, counts),
        *(str(recorded.verdicts.get(word, 0)) for word in VERDICTS.values()),
    ]
    shows = bare.passed >= _SHARE * len(bare.outcomes)
    if not shows:
        print(
            f"{peer.name}: {bare.passed} of {len(bare.outcomes)} tests pass bare, so that this "
            "shows little"
        )
    return row, shows and found.keys() == reasons.keys()


def print_table(rows: list[list[str]]) -> None:
    """Print a table. A row with fewer columns is printed as a remark."""
    whole = [COLUMNS, *(row for row in rows if len(row) == len(COLUMNS))]
    widths = [max(len(row[number]) for row in whole) for number in range(len(COLUMNS))]
    widths[0] = max(len(row[0]) for row in (COLUMNS, *rows))
    for row in (list(COLUMNS), *rows):
        if len(row) == len(COLUMNS):
            print(
                row[0].ljust(widths[0]),
                *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
                sep="  ",
            )
        else:
            print(row[0].ljust(widths[0]), *row[1:], sep="  ")


def main() -> int:
    """Run the named suites, or all."""
    known = {peer.name: peer for peer in PEERS}
    parser = argparse.ArgumentParser(prog="./dev peers", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(known)}")
    parser.add_argument(
        "--checkout",
        type=Path,
        metavar="FOLDER",
        help=(
            "where the source of the one peer that is named is: "
            "not all source distributions have the tests"
        ),
    )
    options = parser.parse_args()
    names = options.names or list(known)
    if unknown := [name for name in names if name not in known]:
        parser.error(f"no peer is called {', '.join(unknown)}")
    if options.checkout is not None and len(names) != 1:
        parser.error("a checkout is of one peer: name it")
    results = [compare(known[name], options.checkout) for name in names]
    print_table([row for row, _ in results])
    return int(not all(good for _, good in results))


if __name__ == "__main__":
    sys.exit(main())
