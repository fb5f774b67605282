"""Virtual environments with the project and some of its extras."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from .running import ROOT, must, run, say
from .system import Packages


def set_up(
    extras: str,
    packages: Packages,
    python: str = sys.executable,
    folder: Path = ROOT / ".venv",
    lowest: str = "",
) -> Path:
    """Make an environment with the project, unless it exists, and return the folder of its
    programs.

    :param extras: extras of the project, separated by commas.
    :param lowest: constraints for pip, one per line.
    """
    binaries = folder / "bin"
    stamp = folder / f".installed-{extras}"
    sources = [ROOT / "pyproject.toml", ROOT / "hatch_build.py", *sorted((ROOT / "core").iterdir())]
    wanted = hashlib.sha256(b"".join(file.read_bytes() for file in sources)).hexdigest()
    whole = (binaries / "python").exists() and (binaries / "pip").exists()  # pip is installed last
    if whole and stamp.exists() and stamp.read_text() == wanted:
        return binaries
    if not whole:
        say(f"making {folder.name}")
        _make(python, folder, packages)
    say(f"installing the project ({extras})")
    pip = (binaries / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check")
    # compiling all modules takes pip half a minute; most are never imported
    options: list[str | Path] = ["--no-compile"]
    if lowest:
        constraints = folder / "lowest.txt"
        constraints.write_text(lowest)
        options += ["--prefer-binary", "-c", constraints]
    must(*pip, "-e", f".[{extras}]", *options)
    stamp.write_text(wanted)
    return binaries


def _make(python: str, folder: Path, packages: Packages) -> None:
    """Make a virtual environment, with the newest pip: that of Python 3.11 takes twice as long to
    install the project. Debian has a separate package for environments.
    """
    if run(python, "-c", "import ensurepip, venv", stderr=subprocess.DEVNULL):
        asked = [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        version = subprocess.check_output(asked, text=True).strip()
        packages.need(f"python{version}-venv")
        packages.require()
    must(python, "-m", "venv", "--clear", "--upgrade-deps", folder)
