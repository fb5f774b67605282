"""Requirements on the system: a browser, database servers, npm. They are installed only on
request.
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
"""Chromium without its windows. The player's tests take a third less time with it."""

BROWSERS = (BROWSER, "chromium", "chromium-browser", "google-chrome")

_CACHES = (
    Path.home() / ".cache" / "ms-playwright",
    Path.home() / "Library" / "Caches" / "ms-playwright",
)
"""Where ``playwright install chromium`` installs a browser, on Linux and on macOS."""


class Packages:
    """Debian packages that are missing.

    :param install: install them; otherwise :meth:`require` prints the command that would, and
        exits.
    """

    def __init__(self, *, install: bool) -> None:
        self.install = install or bool(os.environ.get("CI"))
        self.missing: list[str] = []

    def need(self, package: str) -> None:
        """Note that a package is missing."""
        self.missing.append(package)

    def require(self) -> None:
        """Install the missing packages, or print the command and exit."""
        if not self.missing:
            return
        names = " ".join(self.missing)
        sudo = "" if os.geteuid() == 0 else "sudo "
        line = f"{sudo}apt-get update && {sudo}apt-get install -y --no-install-recommends {names}"
        if not self.install:
            sys.exit(
                f"Something is missing: {names}. "
                f"On Debian, install it with --install, or with:\n{line}"
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
    """Require a compiler for the core, which tests compare with the Python version. Nothing else
    needs it.
    """
    named = os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc"
    program = str(named).split()[0]
    if not shutil.which(program):
        packages.need("clang" if "clang" in program else "gcc")
        packages.need("libc6-dev")
    if not Path(sysconfig.get_path("include"), "Python.h").exists():
        packages.need(f"python{sysconfig.get_python_version()}-dev")


def need_browser(packages: Packages, binaries: Path) -> None:
    """Require a browser for the player's tests, and the libraries of its driver."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    if run(binaries / "playwright", "--version", **quiet):
        packages.need("libatomic1")
    if not any(map(shutil.which, BROWSERS)) and not any(
        any(folder.glob("chromium*")) for folder in _CACHES
    ):
        packages.need(BROWSER)


def need_servers(packages: Packages) -> None:
    """Require the database servers for the tests of storage, which start them."""
    places = f"{os.environ.get('PATH', '')}:/usr/sbin"
    if not shutil.which("initdb") and not any(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        packages.need("postgresql")
    if not shutil.which("mariadbd", path=places):
        packages.need("mariadb-server")


def need_valgrind(packages: Packages) -> None:
    """Require valgrind, which counts instructions."""
    if not shutil.which("valgrind"):
        packages.need("valgrind")


def need_npm(packages: Packages) -> None:
    """Require npm if packages of npm must be installed."""
    if not shutil.which("npm") and not _modules_are_there(("--omit=dev",)):
        packages.need("npm")


def install_modules(*options: str) -> None:
    """Install the npm packages that run in a browser.

    :param options: options of ``npm install``.
    """
    if _modules_are_there(options):
        return
    say(
        "installing htmx"
        if options
        else "installing htmx, Turbo, Unpoly, Alpine, axe and TypeScript"
    )
    must("npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent", *options)
    (ROOT / "node_modules" / ".installed").write_text(_wanted(options))


def _modules_are_there(options: tuple[str, ...]) -> bool:
    """Whether all packages of npm are installed, or those that the options ask for."""
    stamp = ROOT / "node_modules" / ".installed"
    return stamp.exists() and stamp.read_text() in {_wanted(options), _wanted(())}


def _wanted(options: tuple[str, ...]) -> str:
    return hashlib.sha256((ROOT / "package.json").read_bytes()).hexdigest() + " ".join(options)
