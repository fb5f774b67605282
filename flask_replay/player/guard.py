"""Access control of the player: users see it only if the app allows that; all others get 404, or
the app's own response.
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
from ..host.audit import Audit
from ..host.identity import Identity
from ..host.secret_keys import secret_keys
from ..recording.summary import Summary
from ..settings import Settings
from ..storage import Storage
from ..value_forms import kind
from . import local_requests as machine
from . import login
from .links import Link, Links

Authorize = Callable[[str, Summary | None], bool | Response]
"""``authorize(action, recording)``; see :class:`flask_replay.Replay`."""

_TOKEN_AGE = 12 * 3600
"""Seconds for which a form of the player may be submitted."""


class Rules(Protocol):
    """The app's rules about access."""

    authorize: Authorize | None
    login_url: str | None
    identity: Identity
    audit: Audit
    boundary: Boundary
    settings: Settings
    storage: Storage


class Guard:
    """Checks every request to the player.

    :param rules: the app's rules. Without an ``authorize``, the player is open in debug mode only,
        and only on this machine.
    """

    def __init__(self, app: Flask, rules: Rules) -> None:
        self.app = app
        self.rules = rules
        self.boundary = rules.boundary

    def allows(self, *actions: str, recording: Summary | None = None) -> bool:
        """Whether the current user may do all of these actions."""
        return all(self._decide(action, recording) is True for action in actions)

    def require(self, *actions: str, recording: Summary | None = None) -> None:
        """Refuse the request and log that, unless the current user may do all of these actions.

        :raises HTTPException: 404, or the response or exception of the app's rule.
        """
        for action in actions:
            refusal = self.refusal(action, recording)
            if refusal is not None:
                self.rules.audit(
                    "refused", "" if recording is None else recording.id, f"{action} {request.path}"
                )
                raise refusal

    def admit(self, *actions: str, recording: Summary | None = None) -> None:
        """Like :meth:`require`, and log the last of the actions."""
        self.require(*actions, recording=recording)
        self.note(actions[-1], recording)

    def note(self, action: str, recording: Summary | None = None) -> None:
        """Log an action of the current user, with the link that allowed it if they have no other
        right.
        """
        link = None if recording is None else self.by_link(recording, action)
        by = "" if link is None else f"{request.path} by link {link.id}"
        self.rules.audit(action, "" if recording is None else recording.id, by)

    def by_link(self, recording: Summary, action: str = "view") -> Link | None:
        """Return the link by which the current user may view a recording, ``None`` if the app's
        rule allows it as well.
        """
        link = self.links.here(recording.id)
        return None if link is None or self._rule_decides(action, recording) is True else link

    def refusal(self, action: str, recording: Summary | None = None) -> HTTPException | None:
        """Return the response to a user who may not do something, ``None`` if they may."""
        answer = self._decide(action, recording)
        if isinstance(answer, HTTPException):
            return answer
        return None if answer else self._closed()

    def missing(self) -> NoReturn:
        """Respond as if nothing existed, in the same way as to users without access, so that nobody
        learns which recordings exist.
        """
        raise NotFound() if self.rules.authorize is None else self._closed()

    @property
    def links(self) -> Links:
        """Return the links of the app."""
        return Links(self.app, self.rules.settings, self.rules.storage)

    def _decide(self, action: str, recording: Summary | None) -> bool | HTTPException:
        """Return whether an action is allowed: by the app's rule, or by a link, which allows
        viewing one recording.
        """
        answer = self._rule_decides(action, recording)
        if (
            answer is not True
            and action == "view"
            and recording is not None
            and self.links.here(recording.id)
        ):
            return True
        return answer

    def _rule_decides(self, action: str, recording: Summary | None) -> bool | HTTPException:
        """Return the answer of the app's rule to an action.

        Only ``True`` allows it. Rules may return other true values by mistake, such as a redirect
        to the login page, or a method that they forgot to call. A rule that raises allows nothing.
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
            what = f"got {kind(answer)} for {action!r}, which grants no access"
            self.boundary.say(
                "authorize", f"authorize must return True or False, or a response to send, {what}"
            )
        return answer is True

    def _closed(self) -> HTTPException:
        """Return the response to users without access: a redirect to the login page if they
        requested a page and are not logged in.
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
        """Whether a request comes from this machine, or was sent to a host that the settings
        trust.
        """
        environ = request.environ
        if machine.is_own(environ) or machine.is_named(environ, self.rules.settings.trusted_hosts):
            return True
        self.boundary.note(
            "trusted hosts",
            "the player was requested from outside, but in debug mode it is open only on this "
            "machine, at localhost:"
            " pass authorize= to Replay, or list the host that you use in REPLAY_TRUSTED_HOSTS",
        )
        return False

    # Only the player's own pages may change anything

    def token(self, action: str, recording_id: str = "") -> str:
        """Return a signed token for a form of the player; ``""`` if the app has no secret key."""
        serializer = self._serializer()
        return "" if serializer is None else str(serializer.dumps([action, recording_id]))

    def require_change(self, request: Request, action: str, recording_id: str = "") -> None:
        """Respond with 404 unless the request was sent recently by the player's own form."""
        if not same_site(request) or self._signed(request) != [action, recording_id]:
            self.rules.audit(
                "refused",
                recording_id,
                f"{action} by a form that is forged, too old or another site's",
            )
            refuse()

    def _signed(self, request: Request) -> object:
        """Return the content of a form's token; ``None`` if the signature is wrong or too old."""
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


def exempt_from_csrf(blueprint: Blueprint) -> Callable[[str | None, dict[str, Any] | None], None]:
    """Return a hook that exempts the player from the CSRF protection of Flask-WTF and
    Flask-SeaSurf, because the player signs its own forms.

    Their tokens are in the app's session, which the player does not use. The hook runs before each
    request to the player and before all hooks of the app, so the order of registration does not
    matter.
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
    """Respond with 404 to requests that pages of other sites embed or send. The response would
    reveal what exists.

    Requests of programs have a token. Requests of pages in the player, which have no origin, have a
    ticket.
    """
    view = (endpoint or "").rpartition(".")[2]
    free = view in {"static", "asset", "inner"} or view.startswith("api")
    if embedded(request) and not free:
        refuse()


def embedded(request: Request) -> bool:
    """Whether a page of another site made the request, other than by a link that the user
    followed.
    """
    site, headers = request.headers.get("Sec-Fetch-Site", "none"), request.headers
    follows = (
        headers.get("Sec-Fetch-Mode") == "navigate" and headers.get("Sec-Fetch-Dest") == "document"
    )
    return site not in {"none", "same-origin"} and not follows


def same_site(request: Request) -> bool:
    """Whether a browser sent the request from a page of the same origin, by headers that scripts
    cannot set.
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
    """Respond with 404, as if nothing existed."""
    abort(404)
