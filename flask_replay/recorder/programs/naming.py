"""Name the recordings of programs, and note the run or session that they came from."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

TAKEOVER = "user_takeover_"
"""The prefix of recordings of visitors who took over from a demo."""

_GAP = re.compile(r"[^a-z0-9]+")


def generated_name(agent_run: Any, sandbox_session: Any, now: float) -> str:
    """Return a name made of the agent or template and the time:
    ``checkout-bot_20261120_101500``.
    """
    name = _name_of(agent_run, "agent") or _name_of(sandbox_session, "agent_template")
    prefix = _GAP.sub("-", name.lower()).strip("-") if name else ""
    return f"{prefix or 'session'}_{_stamp(now)}"


def takeover_name(now: float) -> str:
    """Return a name for a visitor who takes over: ``user_takeover_20261120_101500_5f0c2d1e``."""
    return f"{TAKEOVER}{_stamp(now)}_{secrets.token_hex(4)}"


def origin(agent_run: Any, sandbox_session: Any) -> dict[str, Any]:
    """Return metadata that names the run or session of a recording."""
    labels = {"agent_run": _label(agent_run), "sandbox_session": _label(sandbox_session)}
    return {name: value for name, value in labels.items() if value is not None}


def _label(source: Any) -> Any:
    if source is None or isinstance(source, str | int):
        return source
    found = _get(source, "id")
    return found if isinstance(found, str | int) else str(found) if found is not None else None


def _name_of(source: Any, part: str) -> str:
    """Return the name in an agent's run or a template's session, which may be an object, a mapping
    or the name itself.
    """
    if isinstance(source, str):
        return source
    found = _get(source, part)
    return found if isinstance(found, str) else str(_get(found, "name") or "")


def _get(source: Any, name: str) -> Any:
    return source.get(name) if isinstance(source, Mapping) else getattr(source, name, None)


def _stamp(now: float) -> str:
    return f"{datetime.fromtimestamp(now).astimezone():%Y%m%d_%H%M%S}"
