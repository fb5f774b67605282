"""What runs per read and per entry: compiled where that was built, else in Python, which does the
same.

The compiled functions are in ``core/`` at the top of the repository; each has the interface of the
one in Python that it replaces, and leaves to that what is rare. ``REPLAY_PURE=1`` in the
environment chooses Python; it is read once, when this module is imported.
"""

from __future__ import annotations

import os
from types import ModuleType

from . import columns

INTERFACE = 1
"""Of the compiled functions that this version knows how to call; ``core/core.h`` has it too."""


def compiled() -> tuple[ModuleType | None, str]:
    """Return the compiled module, or ``None`` and why there is none."""
    if os.environ.get("REPLAY_PURE", "0") not in {"", "0"}:
        return None, "REPLAY_PURE is set"
    try:
        from . import _core
    except ImportError as error:
        return None, f"the compiled core is not there: {error}"
    if _core.INTERFACE != INTERFACE:
        return None, "the compiled core is of another version: install Flask-Replay again"
    return _core, ""


COMPILED, REASON = compiled()

group = columns.group if COMPILED is None else COMPILED.group
