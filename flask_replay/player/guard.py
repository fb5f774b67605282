"""Who may see and do what: closed unless the app says otherwise, and 404 or the app's own answer for everybody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Request, abort, current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.wrappers import Response

from ..capture.boundary import Boundary
from ..forms import kind
from ..recording.model import Summary
from ..settings import Settings
from . import machine

Authorize = Callable[[str, Summary | None], bool | Response]
"""``authorize(action, recording)``; see :class:`flask_replay.Replay`."""

ACTIONS = ("list", "view", "pin", "delete", "clear", "health", "record")
_TOKEN_AGE = 12 * 3600


class Guard:
    """Checks every request to the player.

    :param authorize: the app's rule; without one the player is open in debug mode only, on this machine alone.
    """

    def __init__(self, app: Flask, authorize: Authorize | None, boundary: Boundary, settings: Settings) -> None:
        self.app = app
        self.authorize = authorize
        self.boundary = boundary
        self.settings = settings

    def allows(self, action: str, recording: Summary | None = None) -> bool:
        """Whether the current visitor may do something."""
        return self.refusal(action, recording) is None

    def require(self, action: str, recording: Summary | None = None) -> None:
        """Refuse the request unless the current visitor may do something.

        :raises HTTPException: 404, or what the app's rule answers or raises in its place.
        """
        refusal = self.refusal(action, recording)
        if refusal is not None:
            raise refusal

    def refusal(self, action: str, recording: Summary | None = None) -> HTTPException | None:
        """Return what the current visitor is answered who may not do something, or ``None``.

        Only ``True`` opens: much else is true in Python that no rule means so, such as a redirect to the login page or
        a method whose brackets were forgotten. A rule that fails opens nothing.
        """
        if self.authorize is None:
            return None if self.app.debug and self._is_near() else NotFound()
        answer: object = False
        with self.boundary.guard("ask who may see recordings"):
            try:
                answer = self.authorize(action, recording)
            except HTTPException as error:  # abort(401)
                return error
        if answer is True:
            return None
        if isinstance(answer, Response):
            return HTTPException(response=answer)
        if answer is not False:
            what = f"got {kind(answer)} for {action!r}, which opens nothing"
            self.boundary.say("authorize", f"authorize must return True or False, or a response to send, {what}")
        return NotFound()

    def _is_near(self) -> bool:
        """Whether a request comes from this machine, or to a host that the settings trust."""
        environ = request.environ
        if machine.is_own(environ) or machine.is_named(environ, self.settings.trusted_hosts):
            return True
        self.boundary.note(
            "trusted hosts",
            "the player was asked for from outside, and in debug mode is open on this machine alone, at localhost:"
            " give Replay an authorize, or name the host that you use in REPLAY_TRUSTED_HOSTS",
        )
        return False

    # Changes come from the player's own pages, and from nowhere else

    def token(self, action: str, recording_id: str = "") -> str:
        """Sign a form of the player's that changes something; ``""`` when the app has no secret key."""
        serializer = self._serializer()
        return "" if serializer is None else str(serializer.dumps([action, recording_id]))

    def require_change(self, request: Request, action: str, recording_id: str = "") -> None:
        """Answer 404 unless a request that changes something was sent by the player's own form."""
        if not same_site(request):
            refuse()
        serializer = self._serializer()
        if serializer is None:
            refuse()
        try:
            signed = serializer.loads(request.form.get("token", ""), max_age=_TOKEN_AGE)
        except BadData:
            refuse()
        if signed != [action, recording_id]:
            refuse()

    def _serializer(self) -> URLSafeTimedSerializer | None:
        if not self.app.secret_key:
            return None
        return URLSafeTimedSerializer(self.app.secret_key, salt="flask-replay.change")


def leave_tokens_to_us(blueprint: Blueprint) -> Callable[[str | None, dict[str, Any] | None], None]:
    """Make what tells an app-wide protection of Flask-WTF's or Flask-SeaSurf's that the player signs its own forms.

    Their tokens live in the app's session, which the player leaves alone. It runs before each request
    to the player and before any hook of the app's, so it does not matter which of both came first.
    """

    def exempt(endpoint: str | None, values: dict[str, Any] | None) -> None:
        protect = current_app.extensions.get("csrf")
        if any(base.__module__ == "flask_wtf.csrf" for base in type(protect).__mro__):
            protect.exempt(blueprint)  # type: ignore[union-attr]
        for hook in current_app.before_request_funcs.get(None, ()):
            owner = getattr(hook, "__self__", None)
            if any(base.__module__ == "flask_seasurf" for base in type(owner).__mro__):
                owner.exempt(current_app.view_functions[endpoint or ""])  # type: ignore[union-attr]

    return exempt


def same_site(request: Request) -> bool:
    """Tell whether a browser sent this from a page of the same origin, by the headers only it can set."""
    fetched = request.headers.get("Sec-Fetch-Site")
    if fetched is not None:
        return fetched == "same-origin"
    origin = request.headers.get("Origin") or request.headers.get("Referer")
    try:
        return origin is not None and urlsplit(origin).netloc == request.host
    except ValueError:
        return False


def refuse() -> NoReturn:
    """Answer as if there were nothing here."""
    abort(404)
