"""The code that runs per read, per entry and per value of a JSON document: compiled if available,
else in Python with the same result.

The compiled functions are in ``core/`` at the top of the repository. Each has the interface of the
Python function that it replaces, and calls that function in rare cases. ``REPLAY_PURE=1`` in the
environment selects Python; it is read once, when this module is imported.
"""

from __future__ import annotations

import os
from contextlib import suppress
from types import ModuleType
from typing import Any

from markupsafe import Markup

from ...sanitize import outline
from ...trace.cells import PLAIN
from .. import operations as op
from ..loops import RuntimeLoop
from ..objects import JINJA_TYPES, RuntimeMacro
from . import columns
from .entries import AGAIN, FREE
from .log import TAKEN_APART

INTERFACE = 7
"""The version of the compiled functions' interface; ``core/core.h`` has the same."""


def compiled() -> tuple[ModuleType | None, str]:
    """Return the compiled module, or ``None`` and the reason why it is missing."""
    if os.environ.get("REPLAY_PURE", "0") not in {"", "0"}:
        return None, "REPLAY_PURE is set"
    try:
        from . import _core
    except ImportError as error:
        return None, f"the compiled core is missing: {error}"
    if _core.INTERFACE != INTERFACE:
        return None, "the compiled core has another version: reinstall Flask-Replay"
    know(_core)
    return _core, ""


def know(module: Any) -> None:
    """Pass our types and objects, and those of Jinja, to a compiled module."""
    types = (JINJA_TYPES, TAKEN_APART, PLAIN, RuntimeMacro, RuntimeLoop)
    module.know(*types, RuntimeLoop.cycle, Markup, FREE, AGAIN, op.CALL, op.LIVE_GLOBALS)


COMPILED, REASON = compiled()

group = columns.group if COMPILED is None else COMPILED.group


def outline_of(document: Any) -> outline.Outline:
    """Return the outline of a JSON document."""
    if COMPILED is not None:
        with suppress(RecursionError):  # Python needs no recursion
            return outline.Outline(*COMPILED.outline(document))
    return outline.outline_of(document)


def bind_frequent_helpers(tracer: Any) -> None:
    """Set the most frequent helpers of a tracer: the compiled ones, or those in Python if the app's
    environment overrides how attributes are read or functions are called.
    """
    helpers: Any = None
    if COMPILED is not None:
        tracer.helpers = helpers = COMPILED.Helpers(tracer, tracer.base.undefined, tracer.escape)
        tracer.escape = helpers.escape
    if tracer.reads_usually and helpers is not None:
        tracer.getattr, tracer.getattr_pair = helpers.getattr, helpers.getattr_pair
    elif tracer.reads_usually:
        tracer.getattr, tracer.getattr_pair = tracer.python_reads()
    usual = helpers is not None and tracer.calls_usually
    tracer.call = helpers.call if usual else tracer.python_call
    usual = usual and tracer.reads_usually and not tracer.own_reads
    tracer.call_method = helpers.call_method if usual else tracer.python_call_method
