"""``python -m benchmarks [speed] [size]``: print the tables; the exit status tells whether the limits hold."""

from __future__ import annotations

import sys

from . import size, speed

PARTS = {"speed": speed.run, "size": size.run}


def main(arguments: list[str]) -> int:
    """Run the parts that are named, or all."""
    unknown = set(arguments) - set(PARTS)
    if unknown:
        print(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    return 0 if all([PARTS[name]() for name in arguments or PARTS]) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
