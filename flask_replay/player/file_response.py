"""The response with a file of a recording."""

from __future__ import annotations

from typing import Any

from werkzeug.datastructures import Headers

from ..web.responses import PlayerResponse

_FOREVER = "private, max-age=31536000, immutable"


class FileResponse(PlayerResponse):
    """A file of a recording. Nothing in it is executed.

    :ivar shared: a page without an origin may load it, because the address has a ticket.
    """

    shared = False

    @property
    def policy(self) -> str:
        """Return the Content Security Policy that applies if the file is opened on its own."""
        own = (
            "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"
        )
        return own if self.shared else f"{own}; frame-ancestors 'self'"

    def get_wsgi_headers(self, environ: Any) -> Headers:
        """Return the headers of the response."""
        headers = super().get_wsgi_headers(environ)
        headers["Cache-Control"] = _FOREVER
        if self.shared:
            headers["Access-Control-Allow-Origin"] = "*"  # a sandboxed page has no origin to name
            headers["Cross-Origin-Resource-Policy"] = "cross-origin"
            headers.pop("X-Frame-Options", None)  # such a page may show a drawing as an <object>
        return headers


def answer(content: bytes, mimetype: str, *, shared: bool) -> FileResponse:
    """Return the response for a file.

    :param shared: the request had a ticket.
    """
    response = FileResponse(content, mimetype=mimetype)
    response.shared = shared
    return response
