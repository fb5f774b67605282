"""``./dev`` explains itself, runs what is named, and installs nothing on the system unless it is
asked to.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools import commands, system
from tools.system import Packages

from .conftest import HERE, MARKED

ROOT = Path(__file__).parents[1]


def dev(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``./dev`` with an interpreter that has no packages."""
    command = [sys.executable, "-S", str(ROOT / "dev"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_every_command_is_listed_and_an_unknown_one_is_refused() -> None:
    """In ``--help`` and in CONTRIBUTING."""
    listed = dev("--help").stdout
    contributing = (ROOT / "CONTRIBUTING.md").read_text()
    for name, function in commands.COMMANDS.items():
        assert f"\n  {name:10} {function.__doc__}" in listed
        assert f"`./dev {name}" in contributing
    refused = dev("frobnicate", "--install")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "no command frobnicate; there are setup, demo" in refused.stderr


def test_missing_system_packages_are_named_and_not_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The command that installs them is printed. It is run in CI or with --install."""
    ran: list[tuple[object, ...]] = []

    def run(*command: object, **options: object) -> int:
        ran.append(command)
        return 0

    monkeypatch.setattr(system, "run", run)
    monkeypatch.setattr(
        shutil, "which", lambda name, path=None: "/usr/bin/apt-get" if name == "apt-get" else None
    )
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.delenv("CI", raising=False)
    for packages in (Packages(install=False), Packages(install=True)):
        system.need_browser(packages, Path("/nowhere"))
        packages.need("postgresql")
        assert "postgresql" in packages.missing
        if not packages.install:
            with pytest.raises(SystemExit, match="--no-install-recommends .*postgresql") as told:
                packages.require()
            assert "--install" in str(told.value)
            assert ("apt-get", "update", "-qq") not in ran
    packages.require()
    assert [command[:2] for command in ran[-2:]] == [("apt-get", "update"), ("apt-get", "install")]
    assert packages.missing == []
    monkeypatch.setenv("CI", "true")
    assert Packages(install=False).install


def test_a_named_test_runs_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without linters, other tests, and checks of the system."""
    ran: list[tuple[object, ...]] = []

    def run(*command: object, env: dict[str, str]) -> int:
        ran.append(command)
        # otherwise each process would compile everything again
        assert "PYTHONDONTWRITEBYTECODE" not in env
        return 0

    monkeypatch.setattr(commands, "run", run)
    monkeypatch.setattr(commands, "set_up", lambda extras, packages: Path("bin"))
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    for words in (
        ["tests/test_dev.py", "-k", "alone"],
        ["tests/test_dev.py::test_a_named_test_runs_alone"],
    ):
        assert commands.test(words, Packages(install=False)) == 0
        assert ran.pop() == (Path("bin/python"), "-m", "pytest", "-q", *words)
        assert not ran
    assert commands.test(["--fast", "-x"], Packages(install=False)) == 0
    assert ran.pop()[-3:] == ("-m", commands.FAST, "-x")


def test_tests_left_out_of_the_fast_ones_exist() -> None:
    """A renamed module keeps its mark."""
    assert [
        place for places in MARKED.values() for place in places if not (HERE / place).exists()
    ] == []
