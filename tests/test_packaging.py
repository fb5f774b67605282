"""The wheel records and replays when it is installed without access to the checkout."""

from __future__ import annotations

import email
import importlib
import inspect
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import flask_replay
from flask_replay import extension
from flask_replay.sanitize import text as sanitize_text

ROOT = Path(__file__).parents[1]

_SCRIPT = """
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from flask import Flask, render_template_string
import flask_replay
from flask_replay import Replay
from flask_replay.engine.recording import core

assert core.COMPILED, core.REASON
assert "site-packages" in flask_replay.__file__, flask_replay.__file__
(plugin,) = entry_points(group="pytest11")
assert find_spec(plugin.value) is not None
app = Flask("installed", instance_path=str(Path.cwd() / "instance"))
app.secret_key = "test"
app.debug = True
replay = Replay(app)

@app.get("/<name>")
def hello(name):
    return render_template_string("<h1>Hello {{ name }}</h1>", name=name)

client = app.test_client()
client.get("/ann").close()
client.get("/bob").close()
with app.app_context():
    replay.finalize()
    (summary,) = replay.recordings.summaries()
    assert replay.verify(summary.id).identical == 2
    assert replay.render(summary.id, 1).html == "<h1>Hello bob</h1>"
page = client.get(f"/replay/{summary.id}")
assert page.status_code == 200 and b"player" in page.data
script = client.get("/replay/static/any/player.js")
assert script.status_code == 200 and len(script.data) > 500
print("replayed")
"""


def run(*command: object, cwd: Path, **variables: str) -> str:
    result = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        capture_output=True,
        text=True,
        env={**os.environ, **variables},
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    # the wheel is built from the sdist
    run(sys.executable, "-m", "build", "--outdir", folder, ROOT, cwd=folder)
    (found,) = folder.glob("*.whl")
    return found


def test_the_wheel_records_and_replays_in_a_clean_environment(wheel: Path, tmp_path: Path) -> None:
    """It contains templates and static files, and needs nothing else."""
    run(sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv", cwd=tmp_path)
    python = tmp_path / "venv" / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-compile")
    run(*pip, "--disable-pip-version-check", wheel, cwd=tmp_path)
    (tmp_path / "script.py").write_text(_SCRIPT)
    assert "replayed" in run(python, "script.py", cwd=tmp_path)


def test_the_source_distribution_needs_no_compiler(wheel: Path, tmp_path: Path) -> None:
    """A wheel built from it without one lacks only the compiled core, and suits every system."""
    (source,) = wheel.parent.glob("*.tar.gz")
    options = ("--no-deps", "--no-build-isolation", "--disable-pip-version-check")
    python = (sys.executable, "-m", "pip", "wheel", "-q", *options, source)
    run(*python, cwd=tmp_path, CC="false", REPLAY_REQUIRE_CORE="")
    (pure,) = tmp_path.glob("*.whl")
    assert pure.name.endswith("-py3-none-any.whl")
    left = names_in(wheel) - names_in(pure)
    assert [Path(name).name.partition(".")[0] for name in left] == ["_core"]
    assert names_in(pure) < names_in(wheel)


def names_in(wheel: Path) -> set[str]:
    """Return the names of the files in a wheel."""
    with zipfile.ZipFile(wheel) as file:
        return set(file.namelist())


def test_links_on_the_package_page_lead_somewhere(wheel: Path) -> None:
    """There, the README has no files of the repository beside it."""
    with zipfile.ZipFile(wheel) as file:
        (name,) = (name for name in file.namelist() if name.endswith(".dist-info/METADATA"))
        page = email.message_from_bytes(file.read(name))
    assert page["Version"] == flask_replay.__version__
    links = re.findall(r"\]\(([^)]*)\)", str(page.get_payload()))
    assert links
    assert [link for link in links if not link.startswith(("https://", "#"))] == []


def test_a_plain_checkout_finds_its_assets(tmp_path: Path) -> None:
    """Without installation, the folders at the top of the checkout are used."""
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from flask_replay.player import assets; print(assets.__file__)"
    assert str(ROOT) in run(sys.executable, "-c", code, cwd=tmp_path)


WITHOUT = """
import sys
for name in {missing!r}:
    sys.modules[name] = None
import {modules}
"""


@pytest.mark.parametrize(
    ("missing", "modules"),
    [
        (
            ("fcntl", "resource", "pwd", "grp", "termios"),
            "flask_replay, flask_replay.cli.commands, flask_replay.storage.files.tar",
        ),
        (
            ("pytest", "_pytest"),
            "flask_replay.testing.browser, flask_replay.testing, flask_replay.testing.samples",
        ),
        (
            ("sqlalchemy", "flask_sqlalchemy", "playwright", "pytest", "ua_parser"),
            "flask_replay, flask_replay.player.blueprint",
        ),
    ],
)
def test_it_is_imported_without_optional_modules(missing: tuple[str, ...], modules: str) -> None:
    """Modules of some systems are imported when needed, and test tools, databases and what reads
    user agents only by those who use them.
    """
    code = WITHOUT.format(missing=missing, modules=modules)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_recorded_page_needs_no_pytest() -> None:
    """A program can record its browser without it."""
    code = WITHOUT.format(
        missing=("pytest", "_pytest"), modules="flask_replay.testing.browser as b; b.record_page"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_types_returned_by_methods_are_imported_from_the_package() -> None:
    """For annotations in an app's own code, stores and summaries included."""
    known, returned = vars(extension), set()
    for name, member in inspect.getmembers(flask_replay.Replay):
        function = member.fget if isinstance(member, property) else member
        if not name.startswith("_") and inspect.isfunction(function):
            returned |= set(re.findall(r"\w+", str(function.__annotations__.get("return", ""))))
    kinds = {
        name
        for name in returned
        if str(getattr(known.get(name), "__module__", "")).startswith("flask_replay.")
    }
    assert {"Recordings", "Rendered", "Verification"} <= kinds
    assert {"Storage", "Summary", *kinds} - set(flask_replay.__all__) == set()


def test_moved_names_are_imported_from_their_former_module_with_a_warning() -> None:
    """An app that imports them continues to work, and its developer learns the new place."""
    sys.modules.pop("flask_replay.capture.errors", None)
    with pytest.warns(DeprecationWarning, match=r"import clean from flask_replay\.sanitize\.text"):
        moved = importlib.import_module("flask_replay.capture.errors")
    assert moved.clean is sanitize_text.clean
