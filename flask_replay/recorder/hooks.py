"""Call the recorder for each request of Flask: at its beginning, when its response is made, and
when it ends with an exception such as ``SystemExit``, for which Flask makes no response.

Flask has signals for these moments, but a signal with a receiver costs more than all other work for
a request that is not recorded. For each signal, blinker makes a set of receivers and asks whether
each is a coroutine. So three methods beside the signals are wrapped in the app, like ``wsgi_app``:
``preprocess_request``, which Flask calls after the first signal, ``process_response``, which it
calls before the second, and ``do_teardown_request``, which sends the third.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from flask import Flask, Response


def hook(
    app: Flask,
    began: Callable[[Flask], object],
    made: Callable[[Flask, Response], object],
    left: Callable[[Flask, BaseException], object],
) -> None:
    """Wrap an app's methods, so that it reports its requests. The wrappers hold the app only
    weakly.

    Replacements by other extensions and overrides in subclasses still run. Later versions of Flask
    also pass the context to these methods, so all arguments are passed on.

    :param began: called before all functions registered with ``before_request``.
    :param made: called with the result of the last function registered with ``after_request``.
    :param left: called when a request ends with an exception that is no ``Exception``, before all
        functions registered with ``teardown_request``.
    """
    known = weakref.ref(app)
    names = ("preprocess_request", "process_response", "do_teardown_request")
    before, after, end = map(app.__dict__.get, names)

    def preprocess_request(*given: Any) -> Any:
        own = known()
        assert own is not None  # the app itself is calling, so it exists
        began(own)
        if before is None:
            return type(own).preprocess_request(own, *given)
        return before(*given)

    def process_response(*given: Any) -> Response:
        own = known()
        assert own is not None
        response: Response = (
            type(own).process_response(own, *given) if after is None else after(*given)
        )
        made(own, response)
        return response

    def do_teardown_request(*given: Any, **named: Any) -> Any:
        own = known()
        assert own is not None
        error = named.get("exc") if named else given[-1] if given else None
        if isinstance(error, BaseException) and not isinstance(error, Exception):
            left(own, error)
        if end is None:
            return type(own).do_teardown_request(own, *given, **named)
        return end(*given, **named)

    wrappers = (preprocess_request, process_response, do_teardown_request)
    vars(app).update(zip(names, wrappers, strict=True))
