"""A client that repeats the requests of a recorded visitor. ``flask replay test`` prints tests that
use it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, template_rendered
from turbohtml import Document, parse
from werkzeug.test import TestResponse

_MARKUP = frozenset({"text/html", "application/xhtml+xml", "text/vnd.turbo-stream.html"})


class Page:
    """A response of the app.

    :ivar status: the status code.
    :ivar location: the target of a redirect: path and query, ``""`` for none.
    :ivar templates: names of the templates that Flask rendered for it, in order.
    :ivar text: its text without markup, on one line.
    """

    def __init__(self, response: TestResponse, templates: list[str]) -> None:
        self.status = response.status_code
        self.location = _path(response.headers.get("Location", ""))
        self.templates = templates
        body = response.get_data(as_text=True)
        self.document: Document | None = parse(body) if response.mimetype in _MARKUP else None
        self.text = _line(body if self.document is None else self.document.text)

    def shows(self, text: str) -> bool:
        """Whether the page contains a text, regardless of line breaks."""
        return _line(text) in self.text

    def missing(self, *texts: str) -> list[str]:
        """Return those of several texts that the page does not contain."""
        return [text for text in texts if not self.shows(text)]

    def token(self, name: str) -> str | None:
        """Return the value of a form field or of a ``<meta>``; ``None`` if the page has none with
        this name.
        """
        found = None if self.document is None else self.document.select("input[name], meta[name]")
        for element in found or ():
            if element.attrs.get("name") == name:
                value = element.attrs.get("value", element.attrs.get("content"))
                return value if isinstance(value, str) else None
        return None


class Visitor:
    """Sends requests to an app with its test client, like a visitor's browser: with cookies and
    form tokens.

    :param app: the app, with the data that the recorded visitor found.
    :param base_url: scheme and host.
    """

    def __init__(self, app: Flask, base_url: str = "http://localhost") -> None:
        self.app = app
        self.base_url = base_url
        self.client = app.test_client()
        self.pages: list[Page] = []

    def token(self, name: str) -> str:
        """Return the value of a hidden field on the last page that had it.

        :raises LookupError: no page had it.
        """
        found = next(
            (value for page in reversed(self.pages) if (value := page.token(name)) is not None),
            None,
        )
        if found is None:
            raise LookupError(f"no page so far has a field {name!r}")
        return found

    def get(self, path: str, **options: Any) -> Page:
        """Send a GET request."""
        return self.send("GET", path, **options)

    def post(self, path: str, form: Mapping[str, Any] | None = None, **options: Any) -> Page:
        """Send a form by POST."""
        return self.send("POST", path, data=form, **options)

    def send(self, method: str, path: str, **options: Any) -> Page:
        """Send a request. Redirects are not followed.

        :param options: options of ``FlaskClient.open``: ``data``, ``json``, ``headers``.
        """
        templates: list[str] = []

        def note(app: Flask, template: Any, **_: Any) -> None:
            templates.append(template.name or "")

        propagates = self.app.config["PROPAGATE_EXCEPTIONS"]
        self.app.config["PROPAGATE_EXCEPTIONS"] = (
            False  # an error is a page with status 500, as for a visitor
        )
        try:
            with template_rendered.connected_to(note, self.app):
                response = self.client.open(path, method=method, base_url=self.base_url, **options)
                page = Page(response, templates)
                response.close()
        finally:
            self.app.config["PROPAGATE_EXCEPTIONS"] = propagates
        self.pages.append(page)
        return page


def _path(address: str) -> str:
    """Return an address without scheme and host."""
    _, has_host, rest = address.partition("://")
    return f"/{rest.partition('/')[2]}" if has_host else address


def _line(text: str) -> str:
    return " ".join(text.split())
