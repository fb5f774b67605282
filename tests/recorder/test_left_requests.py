"""Requests that end without a response, because the server stops or abandons them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import copy_current_request_context, render_template_string, session

from flask_replay.recording.events import Error, Frame

from ..conftest import AppMaker, recordings_of


class Abandoned(BaseException):
    """Resembles the exceptions with which servers and greenlets end a request."""


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt, Abandoned])
def test_a_request_aborted_by_the_server_is_recorded(
    kind: type[BaseException], make_app: AppMaker
) -> None:
    """With what was rendered until then, and the exception as its error."""
    app = make_app()

    @app.get("/slow")
    def slow() -> str:
        session["token"] = "correct horse 7 battery"
        render_template_string("<p>{{ name }}</p>", name="Ann")
        raise kind(1)

    client = app.test_client()
    client.get("/two")
    with pytest.raises(kind):
        client.get("/slow")
    (recording,) = recordings_of(app)
    last = recording.batches[-1]
    assert last.request is not None
    assert (last.request.path, last.request.status) == ("/slow", 500)
    _, frame, error = last.events
    assert isinstance(frame, Frame)
    assert isinstance(error, Error)
    assert (frame.unrecorded, error.type.rpartition(".")[2]) == ("", kind.__name__)


def test_functions_of_the_app_are_called_as_without_a_recorder(make_app: AppMaker) -> None:
    """Its teardown functions get the exception once."""
    app = make_app()
    got: list[type] = []
    app.teardown_request(lambda error: got.append(type(error)))

    @app.get("/slow")
    def slow() -> str:
        raise SystemExit

    with pytest.raises(SystemExit):
        app.test_client().get("/slow")
    assert got == [SystemExit]


def test_a_thread_that_ends_with_a_copy_of_the_request_does_not_end_it(make_app: AppMaker) -> None:
    """The request continues and has its response."""
    app = make_app()

    @app.get("/copied")
    def copied() -> str:
        @copy_current_request_context
        def leave() -> None:
            raise SystemExit

        with ThreadPoolExecutor() as pool, pytest.raises(SystemExit):
            pool.submit(leave).result()
        return render_template_string("<p>here</p>")

    assert app.test_client().get("/copied").text == "<p>here</p>"
    (recording,) = recordings_of(app)
    (batch,) = recording.batches
    assert batch.request is not None
    assert batch.request.status == 200
    assert not any(isinstance(event, Error) for event in batch.events)
