"""Send our cookie beside a response, never in it: an app may give one ``Response`` object to many
visitors.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

SENT = "flask_replay.sent"
"""Where, in the environment of a request, the list of the cookies stands that are sent with the
response.
"""


class Sending:
    """Stands for an app's ``wsgi_app``, and adds to the headers that pass.

    It holds the app no longer than others do.
    """

    def __init__(self, app: Flask) -> None:
        self.app = weakref.ref(app)
        self.inner: Application | None = app.__dict__.get("wsgi_app")

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Let the app answer."""
        cookies: list[str] = []
        environ[SENT] = cookies

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            if cookies:
                headers = [*headers, *(("Set-Cookie", cookie) for cookie in cookies)]
            return (
                start_response(status, headers)
                if exc_info is None
                else start_response(status, headers, exc_info)
            )

        if self.inner is not None:
            return self.inner(environ, start)
        app = self.app()
        assert app is not None  # it calls this
        return type(app).wsgi_app(app, environ, start)
