"""Search for harmful bytes guided by coverage: ``python -m benchmarks.guided -runs=1000000``.

Needs ``pip install atheris``, which exists for some systems and versions of Python only, and
accepts the options of libFuzzer. It stops at the first input that is neither read nor refused, and
writes that input to a file.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["flask_replay"]):  # nothing may have imported it before
    from flask_replay.errors import ReplayError

    from . import fuzz


def main(arguments: list[str]) -> None:
    """Start with the valid files. The first byte of an input selects the reader for the rest."""
    with tempfile.TemporaryDirectory() as folder:
        readers = fuzz.Readers(Path(folder), fuzz.Mutator(seed=0))
        targets = [read for _, _, _, read in readers.targets]
        seeds = Path(folder) / "seeds"
        seeds.mkdir()
        for number, (name, _, make, _) in enumerate(readers.targets):
            for sample in range(20):
                (seeds / f"{name} {sample}").write_bytes(bytes([number]) + make())

        def one(data: bytes) -> None:
            if data:
                try:
                    targets[data[0] % len(targets)](data[1:])
                except ReplayError:
                    pass

        atheris.Setup([sys.argv[0], "-max_len=20000", *arguments, str(seeds)], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
