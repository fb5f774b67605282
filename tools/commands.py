"""The commands of ``./dev``, by name."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .environment import set_up
from .running import ROOT, run, say
from .system import (
    Packages,
    install_modules,
    need_browser,
    need_compiler,
    need_npm,
    need_servers,
    need_valgrind,
)

CHECKS = (
    ("ruff", ["ruff", "check", "."]),
    ("format", ["ruff", "format", "--check", "."]),
    ("mypy", ["mypy"]),
    ("layers", ["lint-imports"]),
    ("tsc", ["tsc", "-p", "."]),
)
RECORDER = ("tests/conformance", "tests/recorder")
"""Tests that are also run with the lowest supported versions of all requirements."""

FAST = "not browser and not database and not processes and not slow"
"""The marker expression of the fast tests, which take a minute."""

VERSIONS = ("3.11", "3.12", "3.13")

FUZZERS = {
    "templates": "tests.fuzzing",
    "texts": "tests.fuzzing.texts",
    "requests": "tests.fuzzing.requests",
    "secrets": "tests.canaries",
    "core": "tests.fuzzing.hostile",
}


def setup(arguments: list[str], packages: Packages) -> int:
    """Make the environment, and check that everything is installed that the tests need."""
    _ready_for_tests(_compiled(packages), packages)
    say("all is there; ./dev test runs everything, ./dev test --fast a part of it within a minute")
    return 0


def demo(arguments: list[str], packages: Packages) -> int:
    """Serve the example app, with recordings to watch."""
    binaries = set_up("example", packages)
    need_npm(packages)
    packages.require()
    install_modules("--omit=dev")
    return run(binaries / "python", "-m", "example", *arguments)


def check(arguments: list[str], packages: Packages) -> int:
    """Run only the linters."""
    binaries = set_up("dev", packages)
    need_npm(packages)
    packages.require()
    install_modules()
    return _report(_lint(binaries))


def format(arguments: list[str], packages: Packages) -> int:
    """Fix what ruff can fix, and format all code, or the named paths."""
    ruff = set_up("dev", packages) / "ruff"
    return run(ruff, "check", "--fix", "-q", *arguments) or run(ruff, "format", *arguments)


def test(arguments: list[str], packages: Packages) -> int:
    """Run the linters and all tests; with --fast, some; with paths or options, only these tests."""
    for option, other in (("--every-python", _test_every_python), ("--lowest", _test_lowest)):
        if option in arguments:
            return other([argument for argument in arguments if argument != option], packages)
    whole = packages.install or not arguments  # a single named test reports itself what is missing
    binaries = _compiled(packages) if whole else set_up("dev", packages)
    if "--fast" in arguments:
        words = ["-m", FAST, *(argument for argument in arguments if argument != "--fast")]
        return _pytest(binaries, words)
    if whole:
        _ready_for_tests(binaries, packages)
    if arguments:
        return _pytest(binaries, arguments, alone=any(map(_names_tests, arguments)))
    with ThreadPoolExecutor(1) as pool:  # these use one core while the tests use the others
        checks = pool.submit(_lint, binaries)
        say("pytest")
        results = {"pytest": _pytest(binaries, [])}
        results |= checks.result()
    return _report(results)


def docs(arguments: list[str], packages: Packages) -> int:
    """Build the documentation; warnings of Sphinx are errors."""
    binaries = set_up("docs", packages, folder=ROOT / ".venv-docs")
    return run(
        binaries / "sphinx-build", "-W", "-q", "--keep-going", *arguments, "docs", "build/docs"
    )


def benchmark(arguments: list[str], packages: Packages) -> int:
    """Measure time and size, or run only the named benchmarks."""
    binaries = set_up("benchmarks", packages)
    if "player" in arguments:
        need_browser(packages, binaries)
    if {"lists", "storage", "latency", "finishing", "sessions", "growth", "upkeep", "capturing"} & {
        *arguments
    }:
        need_servers(packages)
    if "instructions" in arguments:
        need_valgrind(packages)
    packages.require()
    return run(binaries / "python", "-m", "benchmarks", *arguments)


def survive(arguments: list[str], packages: Packages) -> int:
    """Kill workers for a minute, stop the store, and replace ten containers, all under load."""
    durations = {
        "REPLAY_CRASH_SECONDS": "60",
        "REPLAY_OUTAGE_SECONDS": "30",
        "REPLAY_CONTAINERS": "10",
    }
    python = set_up("dev", packages) / "python"
    need_servers(packages)
    packages.require()
    tests = ("tests/processes/test_survive.py", "tests/processes/test_containers.py")
    return run(python, "-m", "pytest", "-q", *tests, *arguments, env={**durations, **os.environ})


def soak(arguments: list[str], packages: Packages) -> int:
    """Visit the example for two hours, or --minutes, and check that memory does not grow."""
    return run(set_up("dev", packages) / "python", "-m", "tests.processes.soak", *arguments)


def fuzz(arguments: list[str], packages: Packages) -> int:
    """Test with random input: templates, texts, requests, secrets by every channel, or the core."""
    if not arguments or arguments[0] not in FUZZERS:
        print(
            f"./dev fuzz {', '.join(FUZZERS)}; for hostile bytes, ./dev benchmark fuzz",
            file=sys.stderr,
        )
        return 2
    return run(set_up("dev", packages) / "python", "-m", FUZZERS[arguments[0]], *arguments[1:])


def peers(arguments: list[str], packages: Packages) -> int:
    """Run test suites of other projects with and without recording, and compare the results."""
    return run(set_up("dev", packages) / "python", "-m", "peers", *arguments)


COMMANDS: dict[str, Callable[[list[str], Packages], int]] = {
    "setup": setup, "demo": demo, "check": check, "format": format, "test": test, "docs": docs,
    "benchmark": benchmark, "survive": survive, "soak": soak, "fuzz": fuzz, "peers": peers,
}  # fmt: skip


def _compiled(packages: Packages) -> Path:
    """Make the environment for tests, with the compiled core, and return the folder of its
    programs.
    """
    need_compiler(packages)
    packages.require()
    return set_up("dev", packages)


def _ready_for_tests(binaries: Path, packages: Packages) -> None:
    """Check everything on the system that tests need, and report all missing packages at once."""
    need_browser(packages, binaries)
    need_npm(packages)
    need_servers(packages)
    need_valgrind(packages)
    packages.require()
    with ThreadPoolExecutor(1) as pool:  # while npm waits for the network
        pool.submit(_compile_tests, binaries)
        install_modules()


def _pytest(
    binaries: Path, arguments: list[str], *, alone: bool = False, pure: bool = False
) -> int:
    """Run tests.

    There are two processes more than there are processors, because a fifth of the time tests wait
    for servers, browsers and databases.

    :param alone: run few tests in one process.
    :param pure: run the recorder without its compiled core.
    """
    environment = _caching() | ({"REPLAY_PURE": "1"} if pure else {})
    shared = () if alone else ("-n", str(2 + (os.cpu_count() or 1)))
    return run(binaries / "python", "-m", "pytest", "-q", *shared, *arguments, env=environment)


def _compile_tests(binaries: Path) -> None:
    """Cache the tests' bytecode in a new checkout. Otherwise each process of pytest would compile
    all tests for ten seconds. Whatever is wrong with the tests is reported when they run.
    """
    if any((ROOT / "tests" / "__pycache__").glob("*-pytest-*.pyc")):
        return
    subprocess.run(
        [binaries / "python", "-m", "pytest", "-qq", "--collect-only"],
        cwd=ROOT,
        env=_caching(),
        check=False,
        capture_output=True,
    )


def _caching() -> dict[str, str]:
    """Return the environment for tests. They start hundreds of interpreters, so Python caches its
    bytecode, whatever the environment says.
    """
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _names_tests(argument: str) -> bool:
    return (ROOT / argument.partition("::")[0]).is_file()


def _lint(binaries: Path) -> dict[str, int]:
    """Run the linters, print what they found, and return the status of each."""
    results = {}
    for name, command in CHECKS:
        found = subprocess.run(
            [_program(binaries, command[0]), *command[1:]],
            cwd=ROOT,
            check=False,
            capture_output=True,
            text=True,
        )
        results[name] = found.returncode
        if found.returncode:
            say(f"{name}\n{found.stdout}{found.stderr}")
    return results


def _program(binaries: Path, name: str) -> Path:
    """Return the path of a linter: those of Python are in the environment, others come from npm."""
    own = binaries / name
    return own if own.exists() else ROOT / "node_modules" / ".bin" / name


def _report(results: dict[str, int]) -> int:
    say(
        "  ".join(f"{name}: {'FAILED' if failed else 'passed'}" for name, failed in results.items())
    )
    return int(any(results.values()) or not results)


def _test_lowest(arguments: list[str], packages: Packages) -> int:
    """Run the recorder's tests, or the named ones, with the lowest versions that pyproject.toml
    allows, and without the compiled core.
    """
    binaries = set_up("dev", packages)
    constraints = subprocess.check_output(
        [binaries / "python", "tests/lowest.py"], cwd=ROOT, text=True
    )
    folder = ROOT / ".venv-lowest"
    lowest = set_up("conformance,encryption", packages, folder=folder, lowest=constraints)
    say("pytest on the lowest versions")
    named = any((ROOT / argument.partition("::")[0]).exists() for argument in arguments)
    return _pytest(lowest, arguments if named else [*arguments, *RECORDER], pure=True)


def _test_every_python(arguments: list[str], packages: Packages) -> int:
    """Run the suite on every Python interpreter that is found."""
    results = {}
    for version, python in _interpreters().items():
        say(f"Python {version}")
        binaries = set_up("dev", packages, python, ROOT / f".venv-{version}")
        _ready_for_tests(binaries, packages)
        results[version] = _pytest(binaries, arguments)
    missing = [version for version in VERSIONS if version not in results]
    if missing:
        say(f"not found: {', '.join(missing)}")
    return _report(results)


def _interpreters() -> dict[str, str]:
    """Return an interpreter for each version, including those of pyenv."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    found = {}
    for version in VERSIONS:
        places: list[str | Path | None] = [shutil.which(f"python{version}")]
        places += sorted(pyenv.glob(f"versions/{version}.*/bin/python"))
        places += [sys.executable] if sysconfig.get_python_version() == version else []
        for place in places:
            if place and run(place, "--version", **quiet) == 0:
                found[version] = str(place)
                break
    return found
