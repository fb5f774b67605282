"""Fetch a peer's source distribution, create its environment, and run its suite."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path

from .known import Peer
from .reports import Report

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / ".peers"
PATIENCE = 1800
"""Seconds that a suite may take."""


class NoSuiteError(Exception):
    """Raised when a source distribution has no tests."""


class FailedError(Exception):
    """Raised when a step before the report failed; the message says which."""


class Suite:
    """One peer's suite, in a folder that is kept between runs.

    :param here: run it in the current environment, which has its requirements, and in the installed
        version; otherwise in an environment of its own, and in its newest version.
    :param checkout: the folder of its source, in place of a source distribution. It is copied, so
        nothing in it changes.
    """

    def __init__(self, peer: Peer, *, here: bool = False, checkout: Path | None = None) -> None:
        self.peer = peer
        self.here = here
        self.checkout = checkout
        self.wanted = f"{peer.name}=={version(peer.name)}" if here else peer.name
        self.folder = FOLDER / (self.wanted if checkout is None else f"{self.wanted} checkout")
        self.source = self.folder / "source"
        self.python = Path(sys.executable) if here else self.folder / "env" / "bin" / "python"

    def prepare(self) -> None:
        """Fetch and install what is missing.

        :raises NoSuiteError: the source contains no tests.
        :raises FailedError: pip failed.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        # otherwise a suite without a configuration would find this project's
        (FOLDER / "pytest.ini").touch()
        if self.checkout is not None:
            self._copy(self.checkout)
        elif not self.source.exists():
            self._unpack(self._fetched())
        if not (self.source / self.peer.tests).is_dir():
            raise NoSuiteError
        if not self.here:
            self._install()

    def _fetched(self) -> Path:
        folder, name = self.folder / "sdist", self.peer.name
        if not list(folder.glob("*.tar.gz")):
            options = ("-q", "--no-deps", "--no-binary", name, "-d", folder)
            self._must(sys.executable, "-m", "pip", "download", *options, self.wanted)
        return next(folder.glob("*.tar.gz"))

    def _unpack(self, sdist: Path) -> None:
        beside = self.folder / "unpacking"
        shutil.rmtree(beside, ignore_errors=True)
        with tarfile.open(sdist) as tar:
            tar.extractall(beside, filter="data")
        next(beside.iterdir()).rename(self.source)

    def _copy(self, checkout: Path) -> None:
        shutil.rmtree(self.source, ignore_errors=True)
        shutil.copytree(checkout, self.source, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        # the installed version may be of another commit
        (self.folder / "installed").unlink(missing_ok=True)

    def _install(self) -> None:
        own = f"{self.source}{self.peer.extras}"
        wanted = ["pytest", *self.peer.needs, own, "-e", str(ROOT)]
        text = " ".join(wanted) + (ROOT / "pyproject.toml").read_text()
        stamp, hashed = self.folder / "installed", hashlib.sha256(text.encode()).hexdigest()
        if stamp.exists() and stamp.read_text() == hashed:
            return
        self._must(sys.executable, "-m", "venv", "--clear", self.python.parents[1])
        self._must(
            self.python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *wanted
        )
        stamp.write_text(hashed)

    def _must(self, *command: str | Path) -> None:
        done = subprocess.run(
            list(map(str, command)), check=False, capture_output=True, text=True, cwd=self.folder
        )
        if done.returncode:
            raise FailedError(
                done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"{command} failed"
            )

    def run(self, *, recorded: bool) -> Report:
        """Run the suite.

        :raises FailedError: it left no report; its output is in a file.
        """
        name = "recorded" if recorded else "bare"
        file, log = self.folder / f"{name}.json", self.folder / f"{name}.log"
        file.unlink(missing_ok=True)
        plugins = ["-p", "peers.plugin", "-p", "no:cacheprovider"]
        pytest = [
            "-m",
            "pytest",
            *plugins,
            f"--rootdir={self.source}",
            "-q",
            "--tb=short",
            "--continue-on-collection-errors",
        ]
        ours = [f"--peers-report={file}", *(["--peers-record"] if recorded else [])]
        command = [self.python, *pytest, *self.peer.options, *ours, self.peer.tests]
        own = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("FLASK_", "PYTEST_", "VIRTUAL_"))
        }
        with log.open("w") as output:
            try:
                subprocess.run(
                    list(map(str, command)),
                    cwd=self.source,
                    env=own,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    timeout=PATIENCE,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                raise FailedError(f"its suite took more than {PATIENCE} s: see {log}") from None
        if not file.exists():
            raise FailedError(f"its suite ended without a report: see {log}")
        return Report(**json.loads(file.read_text()))
