"""Texts that the scripts of a page request are kept, sanitized like JSON."""

from __future__ import annotations

import time

import pytest
from flask import Flask, Response, render_template_string

from flask_replay.recorder.requests.text_answers import is_text_answer

from ..conftest import AppMaker, recordings_of

SCRIPT = {"Sec-Fetch-Dest": "empty", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"}
"""Headers with which a browser sends the request of a script."""


def answered(
    app: Flask, body: str, mimetype: str = "text/csv", headers: dict[str, str] = SCRIPT
) -> object:
    """Return what is kept of a text."""
    app.add_url_rule("/text", "text", lambda: Response(body, mimetype=mimetype))
    app.test_client().get("/text", headers=headers).close()
    (recording,) = recordings_of(app)
    request = recording.batches[0].request
    assert request is not None
    return request.data


@pytest.mark.parametrize(
    ("mimetype", "text"),
    [
        ("text/csv", "day,orders\r\n2026-11-30,17\r\n"),
        ("text/plain", "All 17 orders were sent.\nThe report is in /reports/17."),
        ("application/atom+xml", "<feed><title>Orders</title></feed>"),
        ("application/x-ndjson", '{"n": 1, "of": "a b"}\n\n{"n": 2}'),
    ],
)
def test_a_text_without_secrets_is_kept_as_it_is(app: Flask, mimetype: str, text: str) -> None:
    """So that a chart of it is the same in a replay."""
    assert answered(app, text, mimetype) == text


@pytest.mark.parametrize(
    ("mimetype", "text", "kept"),
    [
        ("text/plain", "user: ann\npassword: quiet-otter-9", "user: ann\npassword: [redacted]"),
        ("text/xml", "<a><password>quiet-otter-9</password></a>", "<a><password>[redacted]</password></a>"),
        ("application/x-ndjson", '{"n":1}\n{"password":"quiet-otter-9"}\n', '{"n":1}\n{"password":"[redacted]"}\n'),
        ("text/csv", "name,password\nann,quiet-otter-9\n", None),
    ],
)  # fmt: skip
def test_secrets_in_texts_are_not_kept(
    app: Flask, mimetype: str, text: str, kept: str | None
) -> None:
    """A table with a column of secrets is not kept at all."""
    assert answered(app, text, mimetype) == kept


@pytest.mark.parametrize(
    ("mimetype", "headers"),
    [
        ("text/csv", {"Sec-Fetch-Dest": "document"}),  # the visitor downloads it
        ("text/csv", {}),
        ("application/pdf", SCRIPT),
        ("text/event-stream", SCRIPT),
        ("text/html", SCRIPT),
    ],
)
def test_other_texts_are_none_for_a_script(mimetype: str, headers: dict[str, str]) -> None:
    """Pages and streams are recorded in another way."""
    environ = {f"HTTP_{name.upper().replace('-', '_')}": said for name, said in headers.items()}
    assert not is_text_answer(environ, mimetype)


def test_what_a_template_ignores_is_in_no_text(app: Flask) -> None:
    """The rest of the text is kept."""
    source = "a,b\n{% replay_ignore %}{{ card }}{% endreplay_ignore %},1\n"
    app.add_url_rule(
        "/cards",
        "cards",
        lambda: Response(render_template_string(source, card="4556 7375"), mimetype="text/csv"),
    )
    app.test_client().get("/cards", headers=SCRIPT).close()
    (recording,) = recordings_of(app)
    request = recording.batches[0].request
    assert request is not None
    assert request.data.startswith("a,b\n") and "4556" not in request.data


def test_a_long_text_is_not_kept(make_app: AppMaker) -> None:
    """It would be of no use in part."""
    assert answered(make_app(REPLAY_RAW_HTML=1000), "a,b\n" * 300) is None


@pytest.mark.parametrize("piece", ["a,", "password\n", "{}\n", "<a ", "[1]\n{\n"])
def test_texts_are_sanitized_in_linear_time(app: Flask, piece: str) -> None:
    """Whatever is in them."""
    text = piece * (200_000 // len(piece))
    began = time.process_time()
    answered(app, text)
    assert time.process_time() - began < 10
