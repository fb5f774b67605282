"""Who may see and do what: closed unless the app says otherwise, and 404 or the app's own answer
for everybody else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn, Protocol
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Request, abort, current_app, redirect, request
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.wrappers import Response

from ..boundary import Boundary
from ..forms import kind
from ..host.audit import Audit
from ..host.identity import Identity
from ..host.secret_keys import secret_keys
from ..recording.summary import Summary
from ..settings import Settings
from ..storage import Storage
from . import login, machine
from .links import Link, Links

Authorize = Callable[[str, Summary | None], bool | Response]
"""``authorize(action, recording)``; see :class:`flask_replay.Replay`."""

_TOKEN_AGE = 12 * 3600
"""Seconds for which a form of the player's may be sent."""


class Rules(Protocol):
    """What an app says of who may look."""

    authorize: Authorize | None
    login_url: str | None
    identity: Identity
    audit: Audit
    boundary: Boundary
    settings: Settings
    storage: Storage


class Guard:
    """Checks every request to the player.

    :param rules: without an ``authorize`` among them the player is open in debug mode only, on this
        machine alone.
    """

    def __init__(self, app: Flask, rules: Rules) -> None:
        self.app = app
        self.rules = rules
        self.boundary = rules.boundary

    def allows(self, *actions: str, recording: Summary | None = None) -> bool:
        """Whether the current visitor may do all of something."""
        return all(self._ask(action, recording) is True for action in actions)

    def require(self, *actions: str, recording: Summary | None = None) -> None:
        """Refuse the request unless the current visitor may do all of something, and note that.

        :raises HTTPException: 404, or what the app's rule answers or raises in its place.
        """
        for action in actions:
            refusal = self.refusal(action, recording)
            if refusal is not None:
                self.rules.audit(
                    "refused", "" if recording is None else recording.id, f"{action} {request.path}"
                )
                raise refusal

    def admit(self, *actions: str, recording: Summary | None = None) -> None:
        """Do the same, and note what the visitor is shown: the last of the actions."""
        self.require(*actions, recording=recording)
        self.note(actions[-1], recording)

    def note(self, action: str, recording: Summary | None = None) -> None:
        """Note that the current visitor is shown something, and by which link, if they have no
        other right.
        """
        link = None if recording is None else self.by_link(recording, action)
        by = "" if link is None else f"{request.path} by link {link.id}"
        self.rules.audit(action, "" if recording is None else recording.id, by)

    def by_link(self, recording: Summary, action: str = "view") -> Link | None:
        """Return the link that alone lets the current visitor look at a recording, ``None`` if the
        rule does, too.
        """
        link = self.links.here(recording.id)
        return None if link is None or self._asked(action, recording) is True else link

    def refusal(self, action: str, recording: Summary | None = None) -> HTTPException | None:
        """Return what the current visitor is answered who may not do something, or ``None``."""
        answer = self._ask(action, recording)
        if isinstance(answer, HTTPException):
            return answer
        return None if answer else self._closed()

    def missing(self) -> NoReturn:
        """Answer as if there were nothing here, and as to whoever may not look: nobody learns what
        there is.
        """
        raise NotFound() if self.rules.authorize is None else self._closed()

    @property
    def links(self) -> Links:
        """Return the links of the app."""
        return Links(self.app, self.rules.settings, self.rules.storage)

    def _ask(self, action: str, recording: Summary | None) -> bool | HTTPException:
        """Return whether an action is open: by the app's rule, or by a link, which lets look at one
        recording.
        """
        answer = self._asked(action, recording)
        if (
            answer is not True
            and action == "view"
            and recording is not None
            and self.links.here(recording.id)
        ):
            return True
        return answer

    def _asked(self, action: str, recording: Summary | None) -> bool | HTTPException:
        """Return what the app's rule says of an action.

        Only ``True`` opens: much else is true in Python that no rule means so, such as a redirect
        to the login page or a method whose brackets were forgotten. A rule that fails opens
        nothing.
        """
        authorize = self.rules.authorize
        if authorize is None:
            return self.app.debug and self._is_near()
        answer: object = False
        with self.boundary.guard("ask who may see recordings"):
            try:
                answer = authorize(action, recording)
            except HTTPException as error:  # abort(401)
                return error
        if isinstance(answer, Response):
            return HTTPException(response=answer)
        if answer is not True and answer is not False:
            what = f"got {kind(answer)} for {action!r}, which opens nothing"
            self.boundary.say(
                "authorize", f"authorize must return True or False, or a response to send, {what}"
            )
        return answer is True

    def _closed(self) -> HTTPException:
        """Return what whoever may not look is answered: the way to log in, if they came for a page
        and are nobody.
        """
        url = self.rules.login_url
        if (
            url is None
            or self.rules.authorize is None
            or not login.wants_page(request)
            or self.rules.identity.name() != ""
        ):
            return NotFound()
        with self.boundary.guard("send people to log in"):
            return HTTPException(response=redirect(login.address(url, request)))
        return NotFound()

    def _is_near(self) -> bool:
        """Whether a request comes from this machine, or to a host that the settings trust."""
        environ = request.environ
        if machine.is_own(environ) or machine.is_named(environ, self.rules.settings.trusted_hosts):
            return True
        self.boundary.note(
            "trusted hosts",
            "the player was asked for from outside, and in debug mode is open on this machine "
            "alone, at localhost:"
            " give Replay an authorize, or name the host that you use in REPLAY_TRUSTED_HOSTS",
        )
        return False

    # Changes come from the player's own pages, and from nowhere else

    def token(self, action: str, recording_id: str = "") -> str:
        """Sign a form of the player's that changes something; ``""`` when the app has no secret
        key.
        """
        serializer = self._serializer()
        return "" if serializer is None else str(serializer.dumps([action, recording_id]))

    def require_change(self, request: Request, action: str, recording_id: str = "") -> None:
        """Answer 404 unless a request that changes something was sent by the player's own form, not
        long ago.
        """
        if not same_site(request) or self._signed(request) != [action, recording_id]:
            self.rules.audit(
                "refused",
                recording_id,
                f"{action} by a form that is forged, too old or another site's",
            )
            refuse()

    def _signed(self, request: Request) -> object:
        """Return what the token of a form says; ``None`` if it was not signed here, or too long
        ago.
        """
        serializer = self._serializer()
        if serializer is None:
            return None
        try:
            return serializer.loads(request.form.get("token", ""), max_age=_TOKEN_AGE)
        except BadData:
            return None

    def _serializer(self) -> URLSafeTimedSerializer | None:
        keys = secret_keys(self.app)
        return URLSafeTimedSerializer(keys, salt="flask-replay.change") if keys else None


def leave_tokens_to_us(blueprint: Blueprint) -> Callable[[str | None, dict[str, Any] | None], None]:
    """Make what tells an app-wide protection of Flask-WTF's or Flask-SeaSurf's that the player
    signs its own forms.

    Their tokens live in the app's session, which the player leaves alone. It runs before each
    request to the player and before any hook of the app's, so it does not matter which of both came
    first.
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


def keep_to_own_site(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Answer 404 to what a page of another site embeds or asks for: it would learn by the answer
    what there is.

    Requests of programs have a token, and those of pages that the player shows, which have no
    origin, a ticket.
    """
    view = (endpoint or "").rpartition(".")[2]
    if embedded(request) and view not in {"static", "asset"} and not view.startswith("api"):
        refuse()


def embedded(request: Request) -> bool:
    """Whether a page of another site asks for something; following a link is none of it."""
    site, headers = request.headers.get("Sec-Fetch-Site", "none"), request.headers
    follows = (
        headers.get("Sec-Fetch-Mode") == "navigate" and headers.get("Sec-Fetch-Dest") == "document"
    )
    return site not in {"none", "same-origin"} and not follows


def same_site(request: Request) -> bool:
    """Whether a browser sent this from a page of the same origin, by the headers only it can
    set.
    """
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
