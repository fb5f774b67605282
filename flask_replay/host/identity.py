"""The name that the app gives the visitor of the current request."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from ..boundary import Boundary
from ..storage.lifecycle.forgetting import MAX_VISITOR_NAME
from ..value_forms import kind


class Identity:
    """Calls an app's ``identify``.

    :param identify: returns the name of the current request's visitor, or ``None``.
    """

    def __init__(self, identify: Callable[[], str | None] | None, boundary: Boundary) -> None:
        self.identify = identify
        self.boundary = boundary

    def name(self) -> str | None:
        """Return the name of the current request's visitor, ``""`` if nobody is logged in, or
        ``None`` if the app cannot tell.
        """
        if self.identify is not None:
            with self.boundary.guard("identify the visitor"):
                name: object = self.identify()
                if name is None:
                    return ""
                if isinstance(name, str | int | UUID) and not isinstance(name, bool):
                    return str(name)[:MAX_VISITOR_NAME]
                self.boundary.say(
                    "identify",
                    f"identify must return a string or None, got {kind(name)}: recordings get no "
                    "name",
                )
        return None
