"""Run the benchmarks: ``python -m benchmarks [pages] [size] [storage] [latency] …``; pages and size
by default.
"""

from __future__ import annotations

import sys

from . import (
    capturing,
    finding,
    finishing,
    fuzz,
    growth,
    instructions,
    latency,
    load,
    pages,
    player,
    profiling,
    sessions,
    size,
    sockets,
    storage,
    upkeep,
)

PARTS = {
    "pages": pages.run,
    "size": size.run,
    "storage": storage.run,
    "lists": finding.run,
    "latency": latency.run,
    "load": load.run,
    "finishing": finishing.run,
    "sessions": sessions.run,
    "growth": growth.run,
    "upkeep": upkeep.run,
    "capturing": capturing.run,
    "instructions": instructions.run,
    "sockets": sockets.run,
    "player": player.run,
    "profile": profiling.run,
    "fuzz": fuzz.run,
}
DEFAULT = ("pages", "size")


def main(arguments: list[str]) -> int:
    """Run the named parts.

    :returns: 0 if all limits hold, 1 if one does not, 2 if a part does not exist.
    """
    unknown = set(arguments) - set(PARTS)
    if unknown:
        print(
            f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}",
            file=sys.stderr,
        )
        return 2
    return 0 if all([PARTS[name]() for name in arguments or DEFAULT]) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
