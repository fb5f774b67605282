"""Call the recorder for each request of Flask: at its beginning, and when its response is made.

Flask has signals for both moments, but a signal with a receiver costs more than all other work for
a request that is not recorded. For each signal, blinker makes a set of receivers and asks whether
each is a coroutine. So two methods beside the signals are wrapped in the app, like ``wsgi_app``:
``preprocess_request``, which Flask calls after the first signal, and ``process_response``, which it
calls before the second.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Flask, Response


def hook(
    app: Flask, began: Callable[[Flask], object], made: Callable[[Flask, Response], object]
) -> None:
    """Wrap an app's methods, so that it reports its requests. The wrappers hold the app only
    weakly.

    Replacements by other extensions and overrides in subclasses still run. Later versions of Flask
    also pass the context to both methods, so all arguments are passed on.

    :param began: called before all functions registered with ``before_request``.
    :param made: called with the result of the last function registered with ``after_request``.
    """
    known = weakref.ref(app)
    before, after = map(app.__dict__.get, ("preprocess_request", "process_response"))

    def preprocess_request(*given: Any) -> Any:
        own = known()
        assert own is not None  # the app itself is calling, so it exists
        began(own)
        inner = before or partial(type(own).preprocess_request, own)
        return inner(*given)

    def process_response(*given: Any) -> Response:
        own = known()
        assert own is not None
        inner = after or partial(type(own).process_response, own)
        response: Response = inner(*given)
        made(own, response)
        return response

    vars(app).update(preprocess_request=preprocess_request, process_response=process_response)
