"""Where Flask calls the recorder for each request: as it begins, and when its response is made.

Flask has signals for both moments. One that somebody listens to takes longer than all else that is
done for a request which is not recorded: blinker makes a set of receivers, and asks of each whether
it is a coroutine. So what stands beside the signals is wrapped, as ``wsgi_app`` is, in one app:
``preprocess_request``, which Flask calls after the one, and ``process_response``, before the other.
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
    """Have an app tell of its requests, and hold it no longer than others do.

    What an extension has put in place of either method goes on, and so does what a class overrides.
    Later versions of Flask give both methods the context, too: what they are given is passed on.

    :param began: is called before any function that is registered for before a request.
    :param made: is called with what the last function that is registered for after one returned.
    """
    known = weakref.ref(app)
    before, after = map(app.__dict__.get, ("preprocess_request", "process_response"))

    def preprocess_request(*given: Any) -> Any:
        own = known()
        assert own is not None  # it calls this
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
