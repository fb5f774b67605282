"""The redirect to the app's login page, and from there back to the requested page of the player."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from flask import Request, url_for


def wants_page(request: Request) -> bool:
    """Whether the client requests a page, so that a login page helps: not a script, a form or a
    socket.
    """
    headers = request.headers
    shown = headers.get("Sec-Fetch-Dest", "document") == "document" and "Upgrade" not in headers
    accepted = request.accept_mimetypes
    return request.method == "GET" and shown and (not accepted or accepted["text/html"] > 0)


def address(url: str, request: Request) -> str:
    """Return the address of a login page, with the address to return to.

    The return address is a path, so it cannot lead to another site. A login page on another host
    gets the whole address.

    :param url: a path, an address, or the endpoint of a view.
    :raises BuildError: there is no such view, or it needs arguments.
    """
    query = request.query_string.decode("latin-1")
    path = quote(f"{request.script_root}{request.path}".lstrip("/"))
    back = f"/{path}?{query}" if query else f"/{path}"
    if "/" not in url:
        return url_for(url, next=back)
    if not url.startswith("/"):
        back = request.host_url.rstrip("/") + back
    before, mark, fragment = url.partition("#")
    return f"{before}{'&' if '?' in before else '?'}{urlencode({'next': back})}{mark}{fragment}"
