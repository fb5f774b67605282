"""The views by which people remark on a recording, and hand it on: notes, tags, links."""

from __future__ import annotations

from html import escape

from flask import redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..errors import ConfigError, RecordingNotFound
from ..forms import duration
from ..web import responses
from .guard import refuse
from .views import Views


class RemarkViews(Views):
    """The views of forms; each is signed by the player."""

    def note(self, id: str) -> BaseResponse:
        """Write a note at a moment of a recording, or take one away."""
        self._require_change("note", id)
        recordings, form = self._state().recordings, request.form
        at_ms = min(max(0, form.get("at", 0, type=int)), 1 << 40)
        try:
            if "remove" in form:
                recordings.unnote(id, form["remove"])
            else:
                recordings.note(id, form.get("text", ""), at_ms / 1000, self._state().identity.name() or "")
        except RecordingNotFound:
            refuse()
        except ConfigError as error:
            return responses.html(escape(str(error)), 400)
        return self._remarks(id, at_ms)

    def tag(self, id: str) -> BaseResponse:
        """Add a tag to a recording, or remove it."""
        self._require_change("note", id)
        recordings = self._state().recordings
        try:
            if "remove" in request.form:
                recordings.untag(id, request.form["remove"])
            else:
                recordings.tag(id, request.form.get("tag", ""))
        except RecordingNotFound:
            refuse()
        except ConfigError as error:
            return responses.html(escape(str(error)), 400)
        return self._remarks(id, min(max(0, request.form.get("at", 0, type=int)), 1 << 40))

    def share(self, id: str) -> BaseResponse:
        """Make a link to a recording that needs no login, and return its address to the player's script."""
        self._require_change("share", id)
        state, form = self._state(), request.form
        try:
            state.recordings.get(id)
            seconds = duration().read("expires", form.get("expires", "7d"))
            link, token = self._guard().links.make(id, seconds, max(0, form.get("at", 0, type=int)))
        except RecordingNotFound:
            refuse()
        except ConfigError as error:
            return responses.json({"problem": str(error)}, 400)
        state.audit("share", id, f"link {link.id} was made")
        address = url_for(".link", token=token, _external=True)
        return responses.json({"address": address, "id": link.id, "expires_at": link.expires_at})

    @staticmethod
    def _remarks(id: str, at_ms: int) -> BaseResponse:
        """Return to the player, its notes and the moment where one was."""
        return redirect(url_for(".show", id=id, tab="notes", _anchor=f"t={at_ms}"))
