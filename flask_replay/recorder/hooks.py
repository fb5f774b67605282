"""Call the recorder for each request of Flask: at its beginning, when its response is made, and
when it ends with an exception such as ``SystemExit``, for which Flask makes no response.

Flask has signals for these moments, but a signal with a receiver costs more than all other work for
a request that is not recorded. For each signal, blinker makes a set of receivers and asks whether
each is a coroutine. So three methods beside the signals are wrapped in the app, like ``wsgi_app``:
``preprocess_request``, which Flask calls after the first signal, ``process_response``, which it
calls before the second, and ``do_teardown_request``, which sends the third.

Functions of the app run within these wrappers, and may raise. The two methods that pass exceptions
to the app's handlers and loggers are wrapped, too, to remove these frames from tracebacks.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, current_app

from .tracebacks import prune


def hook(
    app: Flask,
    on_begin: Callable[[Flask], object],
    on_response: Callable[[Flask, Response], object],
    on_abort: Callable[[Flask, BaseException], object],
) -> None:
    """Wrap an app's methods, so that the recorder is called for its requests. The wrappers hold the
    app only weakly.

    Replacements by other extensions and overrides in subclasses still run. Later versions of Flask
    also pass the context to these methods, so all arguments are passed on.

    :param on_begin: called before all functions registered with ``before_request``.
    :param on_response: called with the result of the last function registered with
        ``after_request``.
    :param on_abort: called when a request ends with an exception that is no ``Exception``, before
        all functions registered with ``teardown_request``.
    """
    reference = weakref.ref(app)
    names = ("preprocess_request", "process_response", "do_teardown_request")
    before, after, end = map(app.__dict__.get, names)

    def preprocess_request(*arguments: Any) -> Any:
        own = reference() or calling_copy()
        on_begin(own)
        if before is None:
            return type(own).preprocess_request(own, *arguments)
        return before(*arguments)

    def process_response(*arguments: Any) -> Response:
        own = reference() or calling_copy()
        response: Response = (
            type(own).process_response(own, *arguments) if after is None else after(*arguments)
        )
        on_response(own, response)
        return response

    def do_teardown_request(*arguments: Any, **keywords: Any) -> Any:
        own = reference() or calling_copy()
        error = keywords.get("exc") if keywords else arguments[-1] if arguments else None
        if (
            error is not None
            and isinstance(error, BaseException)
            and not isinstance(error, Exception)
        ):
            on_abort(own, error)
        if end is None:
            return type(own).do_teardown_request(own, *arguments, **keywords)
        return end(*arguments, **keywords)

    wrappers = (preprocess_request, process_response, do_teardown_request)
    vars(app).update(zip(names, wrappers, strict=True))
    for name in ("handle_user_exception", "handle_exception"):
        vars(app)[name] = _pruning(name, reference, app.__dict__.get(name))


def calling_copy() -> Flask:
    """Return the app that is calling. It is a copy of the wrapped one, which is gone."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return app


def _pruning(
    name: str, reference: weakref.ref[Flask], inner: Callable[..., Any] | None
) -> Callable[..., Any]:
    """Return a wrapper of an app's method that handles an exception. It removes the recorder's
    frames from the traceback first.

    :param name: the name of the method.
    :param reference: returns the app.
    :param inner: what replaces the method, if anything does.
    """

    def handle(*arguments: Any, **keywords: Any) -> Any:
        own = reference() or calling_copy()
        for error in (*arguments, *keywords.values()):
            if isinstance(error, BaseException):
                prune(error)
        if inner is None:
            return getattr(type(own), name)(own, *arguments, **keywords)
        return inner(*arguments, **keywords)

    handle.__name__ = name
    return handle
