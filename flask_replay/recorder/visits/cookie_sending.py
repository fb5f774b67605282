"""Add our cookie to the outgoing headers, and never to the ``Response`` object: an app may send one
object to many visitors.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask

from ..tracebacks import prune

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

OUTGOING_COOKIES = "flask_replay.sent"
"""The key, in the environment of a request, of the list of cookies to send with the response."""


class Sending:
    """Replaces an app's ``wsgi_app``, and adds headers to its responses.

    It holds the app only weakly. It has the class and the attributes of what it wraps, the app's
    middleware or method, because apps read and set those. Attributes of its own, such as ``app``,
    would hide those of the middleware.
    """

    _replay_app: weakref.ref[Flask]
    _replay_inner: Application | None

    def __init__(self, app: Flask) -> None:
        inner = app.__dict__.get("wsgi_app")
        self.__dict__.update(_replay_app=weakref.ref(app), _replay_inner=inner)

    def _replay_wrapped(self) -> Any:
        app = self._replay_app()
        if self._replay_inner is not None or app is None:
            return self._replay_inner
        return type(app).wsgi_app.__get__(app)

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """Return the class that ``isinstance`` sees."""
        return type(self._replay_wrapped())

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of what is wrapped."""
        if name.startswith("_replay_"):  # a copy that has no attributes yet
            raise AttributeError(name)
        return getattr(self._replay_wrapped(), name)

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute of what is wrapped."""
        setattr(self._replay_wrapped(), name, value)

    def __delattr__(self, name: str) -> None:
        """Delete an attribute of what is wrapped."""
        delattr(self._replay_wrapped(), name)

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Call the app, and add the cookies to its response."""
        cookies: list[str] = []
        outer = environ.get(
            OUTGOING_COOKIES
        )  # a request within a request may have the same environment
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
            if self._replay_inner is not None:
                return self._replay_inner(environ, start)
            app = self._replay_app()
            assert app is not None  # the app itself is calling, so it exists
            return type(app).wsgi_app(app, environ, start)
        except BaseException as error:
            prune(error)
            raise
        finally:
            if outer is not None:
                environ[OUTGOING_COOKIES] = outer
