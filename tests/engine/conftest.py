"""The compiled core, made of the sources that are there now, whatever is installed."""

from __future__ import annotations

import hashlib
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import portalocker
import pytest

import hatch_build

ROOT = Path(hatch_build.__file__).parent


@pytest.fixture(scope="session")
def compiled() -> ModuleType:
    """Give the compiled core; without a compiler, this fails."""
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
    return module
