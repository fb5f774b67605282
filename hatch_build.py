"""Compile the core where that can be done; where it cannot, the package is one of Python alone.

Nobody needs a compiler: what is compiled has an equal in Python, which is installed, too.
``REPLAY_PURE=1`` leaves it out, ``REPLAY_REQUIRE_CORE=1`` makes it an error that it cannot be
compiled, which is for those who publish wheels.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MODULE = "flask_replay.engine.recording._core"


def compile_core(root: Path, folder: Path) -> Path:
    """Compile the core, and return the file.

    :param root: of the checkout, or of a source distribution.
    :param folder: takes the file, and what is made on the way.
    :raises Exception: there is no compiler, or no headers of Python's, or something else is wrong
        with them.
    """
    from setuptools import Distribution, Extension

    extension = Extension(MODULE, sorted(map(str, (root / "core").glob("*.c"))))
    command: Any = Distribution({"ext_modules": [extension]}).get_command_obj("build_ext")
    command.build_lib, command.build_temp, command.force = str(folder), str(folder / "objects"), 1
    command.ensure_finalized()
    command.run()
    return Path(command.get_ext_fullpath(MODULE))


class CoreHook(BuildHookInterface[Any]):
    """Adds the compiled core to a wheel, or puts it beside the sources of an editable one."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, before anything is packed.

        :param version: ``"standard"`` or ``"editable"``.
        """
        if os.environ.get("REPLAY_PURE", "0") not in {"", "0"}:
            return
        root = Path(self.root)
        package = root.joinpath(*MODULE.split(".")[:-1])
        try:
            file = compile_core(root, root / "build" / "core")
        except (Exception, SystemExit) as error:  # whatever it is, Python will do
            if os.environ.get("REPLAY_REQUIRE_CORE"):
                raise
            self.app.display_warning(f"the core is not compiled, Python is used instead: {error}")
            return
        build_data["pure_python"], build_data["infer_tag"] = False, True
        if version == "editable":
            file.replace(package / file.name)
        else:
            build_data["force_include"][str(file)] = str((package / file.name).relative_to(root))
