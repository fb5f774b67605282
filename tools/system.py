"""What the system must have: a browser, database servers, npm. It is installed only where somebody
asked for that.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from .running import ROOT, must, run, say

BROWSER = "chromium-headless-shell"
"""Chromium without its windows: the tests of the player take a third less time in it."""

BROWSERS = (BROWSER, "chromium", "chromium-browser", "google-chrome")

_CACHES = (
    Path.home() / ".cache" / "ms-playwright",
    Path.home() / "Library" / "Caches" / "ms-playwright",
)
"""Where ``playwright install chromium`` puts a browser, on Linux and on macOS."""


class Packages:
    """Packages of Debian that are missing.

    :param install: install them; else :meth:`require` prints the line that would, and exits.
    """

    def __init__(self, *, install: bool) -> None:
        self.install = install or bool(os.environ.get("CI"))
        self.missing: list[str] = []

    def need(self, package: str) -> None:
        """Note that a package is missing."""
        self.missing.append(package)

    def require(self) -> None:
        """Install what is missing, or say how, and exit."""
        if not self.missing:
            return
        names = " ".join(self.missing)
        sudo = "" if os.geteuid() == 0 else "sudo "
        line = f"{sudo}apt-get update && {sudo}apt-get install -y --no-install-recommends {names}"
        if not self.install:
            sys.exit(
                f"Something is missing: {names}. "
                f"On Debian, install it with --install, or so:\n{line}"
            )
        if not shutil.which("apt-get") or os.geteuid() != 0:
            sys.exit(
                f"Something is missing: {names}. "
                f"This is not Debian, or not root, so install it by hand:\n{line}"
            )
        say(f"installing {names}")
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        run("apt-get", "update", "-qq", env=environment, stdout=subprocess.DEVNULL)
        command = ("apt-get", "install", "-y", "-qq", "--no-install-recommends", *self.missing)
        if run(*command, env=environment, stdout=subprocess.DEVNULL):
            sys.exit(f"failed: {line}")
        self.missing.clear()


def need_compiler(packages: Packages) -> None:
    """Note what compiles the core, whose tests compare it with Python's; nobody else needs it."""
    named = os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc"
    program = str(named).split()[0]
    if not shutil.which(program):
        packages.need("clang" if "clang" in program else "gcc")
        packages.need("libc6-dev")
    if not Path(sysconfig.get_path("include"), "Python.h").exists():
        packages.need(f"python{sysconfig.get_python_version()}-dev")


def need_browser(packages: Packages, binaries: Path) -> None:
    """Note what the player's tests lack: a browser, or what drives it."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    if run(binaries / "playwright", "--version", **quiet):
        packages.need("libatomic1")
    if not any(map(shutil.which, BROWSERS)) and not any(
        any(folder.glob("chromium*")) for folder in _CACHES
    ):
        packages.need(BROWSER)


def need_servers(packages: Packages) -> None:
    """Note which database servers the tests of storage lack; they start servers of their own."""
    places = f"{os.environ.get('PATH', '')}:/usr/sbin"
    if not shutil.which("initdb") and not any(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        packages.need("postgresql")
    if not shutil.which("mariadbd", path=places):
        packages.need("mariadb-server")


def need_npm(packages: Packages) -> None:
    """Note whether npm is missing, while there is something that it has to install."""
    if (
        not shutil.which("npm")
        and not _modules_are_there(())
        and not _modules_are_there(("--omit=dev",))
    ):
        packages.need("npm")


def install_modules(*options: str) -> None:
    """Install what runs in a browser, as the npm registry has it.

    :param options: of ``npm install``.
    """
    if _modules_are_there(options):
        return
    say("installing htmx" if options else "installing htmx, Turbo, Unpoly, Alpine and axe")
    must("npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent", *options)
    (ROOT / "node_modules" / ".installed").write_text(_wanted(options))


def _modules_are_there(options: tuple[str, ...]) -> bool:
    stamp = ROOT / "node_modules" / ".installed"
    return stamp.exists() and stamp.read_text() == _wanted(options)


def _wanted(options: tuple[str, ...]) -> str:
    return hashlib.sha256((ROOT / "package.json").read_bytes()).hexdigest() + " ".join(options)
