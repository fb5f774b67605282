"""Add our cookie to the outgoing headers, and never to the ``Response`` object: an app may send one
object to many visitors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from flask import Flask

from ..tracebacks import prune

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

OUTGOING_COOKIES = "flask_replay.sent"
"""The key, in the environment of a request, of the list of cookies to send with the response."""


def send_cookies(app: Flask) -> None:
    """Let an app add our cookies to its responses.

    Its own method ``wsgi_app`` is overridden in a subclass, not replaced in the app: whoever keeps
    the method, and not the app, keeps the app, as without us. A class that allows no subclass has
    its method wrapped like middleware; such an app is freed by the garbage collector.
    """
    if "wsgi_app" not in vars(app):
        with suppress(Exception):  # those of the app's metaclass
            object.__setattr__(app, "__class__", _sending(type(app)))
            return
    app.wsgi_app = SendingMiddleware(app.wsgi_app)  # type: ignore[method-assign]


def _sending(kind: type[Flask]) -> type[Flask]:
    """Return a subclass that adds the cookies, and has the names of its base."""
    names = {name: getattr(kind, name) for name in ("__module__", "__qualname__", "__doc__")}
    metaclass: Any = type(kind)
    bases = _SendingFlask, kind
    return metaclass(kind.__name__, bases, {"__slots__": (), **names})  # type: ignore[no-any-return]


def wsgi_app(
    self: Any, environ: dict[str, Any], start_response: Callable[..., Any]
) -> Iterable[bytes]:
    """Call the app, and add the cookies to its response.

    Two classes have this one method, because the server must see only one frame of ours.
    """
    cookies: list[str] = []
    # a request within a request may have the same environment
    outer = environ.get(OUTGOING_COOKIES)
    environ[OUTGOING_COOKIES] = cookies

    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        if cookies:
            headers = [*headers, *(("Set-Cookie", cookie) for cookie in cookies)]
        return (
            start_response(status, headers)
            if exc_info is None
            else start_response(status, headers, exc_info)
        )

    try:
        return self._replay_inner(environ, start)  # type: ignore[no-any-return]
    except BaseException as error:
        prune(error)
        raise
    finally:
        if outer is not None:
            environ[OUTGOING_COOKIES] = outer


class _SendingFlask(Flask):
    """An app that adds headers to its responses."""

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        """Tell no class of the app's that it has a subclass, which it may register."""

    @property
    def _replay_inner(self) -> Application:
        return super().wsgi_app

    wsgi_app = wsgi_app


class SendingMiddleware:
    """Wraps the middleware that replaces an app's ``wsgi_app``, and adds headers to its responses.

    It has the class and the attributes of the middleware, because apps read and set those.
    Attributes of its own, such as ``app``, would hide those of the middleware.
    """

    _replay_inner: Application

    def __init__(self, inner: Application) -> None:
        self.__dict__["_replay_inner"] = inner

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """Return the class that ``isinstance`` sees."""
        return type(self._replay_inner)

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of what is wrapped."""
        if name.startswith("_replay_"):  # a copy that has no attributes yet
            raise AttributeError(name)
        return getattr(self._replay_inner, name)

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute of what is wrapped."""
        setattr(self._replay_inner, name, value)

    def __delattr__(self, name: str) -> None:
        """Delete an attribute of what is wrapped."""
        delattr(self._replay_inner, name)

    __call__ = wsgi_app
