"""The HTTP API's responses to unknown addresses, and to methods that an address does not accept.
Programs expect JSON there, too.
"""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, request
from flask.globals import request_ctx
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, PathConverter, RequestRedirect
from werkzeug.wrappers import Response

from ..web.payloads import Problem
from ..web.responses import json

ANY_PATH = "flask_replay_rest"
"""Name of the converter for the rest of a path. Unlike ``path``, the rest may begin with a slash,
as a tag may.
"""

_METHODS = ("CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE")


class _Rest(PathConverter):
    part_isolating = False
    regex = ".+?"


def add_converter(routes: Map) -> None:
    """Add the converter :data:`ANY_PATH` to an app's routes."""
    routes.converters = {**routes.converters, ANY_PATH: _Rest}


def add_routes(blueprint: Blueprint) -> None:
    """Respond at all addresses below the API's that have no other route."""
    for rule in ("/api/", f"/api/<{ANY_PATH}:rest>"):
        for websocket in (False, True):
            blueprint.add_url_rule(
                rule,
                "api_nothing",
                nothing,
                methods=None if websocket else _METHODS,
                strict_slashes=False,
                websocket=websocket,
            )


def nothing(rest: str = "") -> Response:
    """Respond that the address does not exist, or does not accept the method."""
    taken = sorted(_taken())
    if not taken:
        return json(Problem(f"the API has no address {request.path}"), 404)
    listed = f"{', '.join(taken[:-1])} and {taken[-1]}"
    response = json(Problem(f"{request.path} takes {listed}, not {request.method}"), 405)
    response.headers["Allow"] = ", ".join(taken)
    return response


def _taken() -> Iterator[str]:
    """Yield the methods that the address of the current request accepts."""
    adapter, own = request_ctx.url_adapter, request.url_rule
    if adapter is None or own is None:
        return
    for method in _METHODS:
        try:
            rule, _ = adapter.match(method=method, return_rule=True, websocket=False)
        except (HTTPException, RequestRedirect):
            continue
        if rule.endpoint != own.endpoint:
            yield method
