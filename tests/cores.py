"""The compiled core, built from the current sources whatever is installed, and the choice of a
core.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import portalocker
import pytest

import hatch_build
from flask_replay.engine.recording import columns, core

ROOT = Path(hatch_build.__file__).parent


@pytest.fixture(scope="session")
def compiled() -> ModuleType:
    """Return the compiled core. Without a compiler, this fails."""
    sources = b"".join(file.read_bytes() for file in sorted((ROOT / "core").iterdir()))
    folder = ROOT / "build" / f"tested-core-{hashlib.sha256(sources).hexdigest()[:16]}"
    folder.mkdir(parents=True, exist_ok=True)
    with portalocker.Lock(folder / "lock"):
        made = [*folder.rglob("_core.*.so"), *folder.rglob("_core.*.pyd")]
        file = made[0] if made else hatch_build.compile_core(ROOT, folder)
    spec = spec_from_file_location(hatch_build.MODULE, file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    core.know(module)
    return module


@contextmanager
def running_on(module: ModuleType | None) -> Iterator[None]:
    """Record with a compiled core, or with Python alone."""
    before = core.COMPILED, core.group
    core.COMPILED, core.group = module, columns.group if module is None else module.group
    try:
        yield
    finally:
        core.COMPILED, core.group = before
