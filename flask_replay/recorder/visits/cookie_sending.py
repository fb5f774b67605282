"""Add our cookie to the outgoing headers, and never to the ``Response`` object: an app may send one
object to many visitors.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

SENT = "flask_replay.sent"
"""The key, in the environment of a request, of the list of cookies to send with the response."""


class Sending:
    """Stands in for an app's ``wsgi_app``, and adds headers to its responses.

    It holds the app only weakly, and has the attributes of the middleware that it wraps, because
    apps read those. Names of its own would hide them, such as the ``app`` of most middleware.
    """

    def __init__(self, app: Flask) -> None:
        self._replay_app = weakref.ref(app)
        self._replay_inner: Application | None = app.__dict__.get("wsgi_app")

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of the app's own middleware."""
        inner = self.__dict__.get("_replay_inner")
        if inner is None or name.startswith("__"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return getattr(inner, name)

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Let the app respond."""
        cookies: list[str] = []
        outer = environ.get(SENT)  # a request within a request may have the same environment
        environ[SENT] = cookies

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
        finally:
            if outer is not None:
                environ[SENT] = outer
