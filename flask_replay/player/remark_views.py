"""The views by which people remark on a recording and share it: notes, tags, links."""

from __future__ import annotations

from collections.abc import Callable

from flask import redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..errors import ConfigError, RecordingNotFound
from ..value_forms import duration
from ..web import responses
from .guard import refuse
from .pages import Pages
from .recent import Recent
from .views import PlayerState, Views

_LATEST = 1 << 40
"""Milliseconds. No recording is that long."""


class RemarkViews(Views):
    """The views for forms, each of which the player signs."""

    def __init__(self, state: Callable[[], PlayerState], recent: Recent, pages: Pages) -> None:
        super().__init__(state, recent)
        self._pages = pages

    def note(self, id: str) -> BaseResponse:
        """Add a note at a moment of a recording, or remove one."""
        recordings, form = self._state().recordings, request.form
        if "remove" in form:
            return self._change(id, lambda: recordings.unnote(id, form["remove"]))
        author = self._state().identity.name
        return self._change(
            id, lambda: recordings.note(id, form.get("text", ""), _moment() / 1000, author() or "")
        )

    def tag(self, id: str) -> BaseResponse:
        """Add a tag to a recording, or remove one."""
        recordings, form = self._state().recordings, request.form
        if "remove" in form:
            return self._change(id, lambda: recordings.untag(id, form["remove"]))
        return self._change(id, lambda: recordings.tag(id, form.get("tag", "")))

    def _change(self, id: str, change: Callable[[], object]) -> BaseResponse:
        """Change the remarks on a recording if the user may, and redirect to its notes at the
        current moment.
        """
        self._require_change("note", id)
        back = url_for(".show", id=id, tab="notes", _anchor=f"t={_moment()}")
        try:
            change()
        except RecordingNotFound:
            refuse()
        except ConfigError as error:
            return self._pages.refusal(str(error), back)
        return redirect(back)

    def share(self, id: str) -> BaseResponse:
        """Make a link to a recording that needs no login, and return its address to the player's
        script.
        """
        self._require_change("share", id)
        state, form = self._state(), request.form
        try:
            state.recordings.get(id)
            seconds = duration().read("expires", form.get("expires", "7d"))
            link, token = self._guard().links.make(id, seconds, _moment())
        except RecordingNotFound:
            refuse()
        except ConfigError as error:
            return responses.json({"problem": str(error)}, 400)
        state.audit("share", id, f"link {link.id} was made")
        address = url_for(".link", token=token, _external=True)
        return responses.json({"address": address, "id": link.id, "expires_at": link.expires_at})


def _moment() -> int:
    """Return the moment in a form, in milliseconds."""
    return min(max(0, request.form.get("at", 0, type=int)), _LATEST)
