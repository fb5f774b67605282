"""If the core cannot or should not be compiled, Python does the same, and nobody is told to install
anything.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import hatch_build
from flask_replay.engine import recording
from flask_replay.engine.recording import columns, core

ROOT = Path(hatch_build.__file__).parent


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Replace the installed compiled core by another module, or by none."""
    monkeypatch.setenv("REPLAY_PURE", "0")

    def install(module: object) -> None:
        monkeypatch.delattr(recording, "_core", raising=False)
        monkeypatch.setitem(sys.modules, hatch_build.MODULE, module)  # type: ignore[arg-type]

    return install


def test_the_compiled_core_is_used_if_available(compiled: ModuleType, installed: Any) -> None:
    """If it was built for this version."""
    installed(compiled)
    assert core.compiled() == (compiled, "")
    installed(SimpleNamespace(INTERFACE=core.INTERFACE - 1))
    found, reason = core.compiled()
    assert found is None
    assert "has another version: reinstall Flask-Replay" in reason


def test_an_installation_that_could_compile_it_uses_it() -> None:
    """Tests run with the compiled core unless Python was requested."""
    asked, _ = core.compiled()
    assert core.COMPILED is asked
    assert core.COMPILED is not None or core.REASON == "REPLAY_PURE is set"


def test_python_is_used_without_a_core(installed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """If nothing was compiled, or on request."""
    installed(None)
    found, reason = core.compiled()
    assert found is None
    assert "is missing" in reason
    installed(SimpleNamespace(INTERFACE=core.INTERFACE))
    monkeypatch.setenv("REPLAY_PURE", "1")
    assert core.compiled() == (None, "REPLAY_PURE is set")
    assert core.group in {columns.group, getattr(core.COMPILED, "group", None)}


def hook(folder: Path) -> hatch_build.CoreHook:
    """Return the hook that hatchling runs."""
    config: dict[str, Any] = {}
    return hatch_build.CoreHook(str(folder), config, None, None, "", "wheel")  # type: ignore[arg-type]


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project whose compiler fails."""
    (tmp_path / "core").symlink_to(ROOT / "core")
    monkeypatch.setenv("CC", "false")
    for name in ("REPLAY_PURE", "REPLAY_REQUIRE_CORE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_a_wheel_is_built_without_a_compiler(
    sources: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It contains only Python. Publishers can make this an error."""
    data: dict[str, Any] = {"force_include": {}}
    hook(sources).initialize("standard", data)
    hook(sources).initialize("editable", data)
    assert data == {"force_include": {}}
    monkeypatch.setenv("REPLAY_REQUIRE_CORE", "1")
    with pytest.raises(Exception, match="false"):
        hook(sources).initialize("standard", data)
    monkeypatch.setenv("REPLAY_PURE", "1")
    hook(sources).initialize("standard", data)
    assert data == {"force_include": {}}


def test_a_wheel_contains_the_compiled_core(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In its package. An editable installation has it beside the sources."""
    file = tmp_path / "made" / "_core.so"
    file.parent.mkdir()
    monkeypatch.setattr(hatch_build, "compile_core", lambda root, folder: file)
    data: dict[str, Any] = {"force_include": {}}
    hook(sources).initialize("standard", data)
    place = "flask_replay/engine/recording/_core.so"
    assert data == {
        "force_include": {str(file): place},
        "pure_python": False,
        "infer_tag": True,
    }
    file.write_bytes(b"compiled")
    (sources / place).parent.mkdir(parents=True)
    hook(sources).initialize("editable", data)
    assert (sources / place).read_bytes() == b"compiled"
    assert not file.exists()
