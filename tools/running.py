"""Run programs in the root folder of the checkout."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def say(text: str) -> None:
    """Print a line in bold."""
    print(f"\033[1m{text}\033[0m" if sys.stdout.isatty() else text, flush=True)


def run(*command: str | Path, **options: Any) -> int:
    """Run a program, and return its exit status."""
    return int(
        subprocess.run([str(part) for part in command], cwd=ROOT, check=False, **options).returncode
    )


def must(*command: str | Path) -> None:
    """Run a program, and exit if it fails."""
    if run(*command):
        sys.exit(f"failed: {' '.join(map(str, command))}")
