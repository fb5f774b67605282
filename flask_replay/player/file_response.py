"""The response with a file of a recording."""

from __future__ import annotations

from typing import Any

from werkzeug.datastructures import Headers

from ..web.responses import PlayerResponse

_FOREVER = "private, max-age=31536000, immutable"


class FileResponse(PlayerResponse):
    """A file of a recording. Nothing in it is executed.

    :ivar shared: a page without an origin may load it, because the address has a ticket.
    :ivar place: where the files are that it may load.
    """

    shared = False
    place = ""

    @property
    def policy(self) -> str:
        """Return the Content Security Policy that applies if the file is opened on its own."""
        loads = f"{self.place} data:".strip()
        own = (
            f"sandbox; default-src 'none'; style-src 'unsafe-inline' {self.place}; "
            f"img-src {loads}; font-src {loads}"
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


def answer(content: bytes, mimetype: str, *, shared: bool, place: str = "") -> FileResponse:
    """Return the response for a file.

    :param shared: the request had a ticket.
    :param place: where the files are that it may load, see :class:`FileResponse`.
    """
    response = FileResponse(content, mimetype=mimetype)
    response.shared, response.place = shared, place
    return response
