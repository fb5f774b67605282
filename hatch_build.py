"""Compile the core if possible; otherwise the package is pure Python.

A compiler is optional: all compiled functions have an equivalent in Python, which is installed,
too. ``REPLAY_PURE=1`` skips the core. With ``REPLAY_REQUIRE_CORE=1`` a failure to compile is an
error, for building wheels.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MODULE = "flask_replay.engine.recording._core"


def compile_core(root: Path, folder: Path) -> Path:
    """Compile the core, and return the file.

    :param root: root folder of the checkout, or of a source distribution.
    :param folder: the folder for the file and intermediate files.
    :raises Exception: there is no compiler, there are no headers of Python, or they do not work.
    """
    from setuptools import Distribution, Extension

    extension = Extension(MODULE, sorted(map(str, (root / "core").glob("*.c"))))
    command: Any = Distribution({"ext_modules": [extension]}).get_command_obj("build_ext")
    command.build_lib, command.build_temp, command.force = str(folder), str(folder / "objects"), 1
    command.ensure_finalized()
    command.run()
    return Path(command.get_ext_fullpath(MODULE))


class CoreHook(BuildHookInterface[Any]):
    """Adds the compiled core to a wheel, or puts it beside the sources in an editable install."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile before anything is packed.

        :param version: ``"standard"`` or ``"editable"``.
        """
        if os.environ.get("REPLAY_PURE", "0") not in {"", "0"}:
            return
        root = Path(self.root)
        package = root.joinpath(*MODULE.split(".")[:-1])
        try:
            file = compile_core(root, root / "build" / "core")
        except (Exception, SystemExit) as error:  # whatever the reason, Python code is sufficient
            if os.environ.get("REPLAY_REQUIRE_CORE"):
                raise
            self.app.display_warning(f"the core is not compiled, Python is used instead: {error}")
            return
        build_data["pure_python"], build_data["infer_tag"] = False, True
        if version == "editable":
            file.replace(package / file.name)
        else:
            build_data["force_include"][str(file)] = str((package / file.name).relative_to(root))
