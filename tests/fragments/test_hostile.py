"""Random pages and fragments: there is always a page and a reason, and never an error."""

from __future__ import annotations

import random
from typing import Any

import pytest
from flask import Flask

from flask_replay.engine.replaying import Renderer
from flask_replay.fragments.rebuild import Rebuilder
from flask_replay.recording.batch import Batch
from flask_replay.recording.events import Message, Request, Socket
from flask_replay.recording.model import Recording
from flask_replay.recording.summary import Summary

PIECES = """<div id="a">|</div>|<p hx-swap-oob="|true|beforeend:|#a|">|<template>|</template>|<turbo-stream action="|append|replace|" target="a">|
<table>|<tr>|<td>|x|&amp;|<hx-partial hx-target="#a">|</hx-partial>|<title>t</title>|<body>|<html>|<head>|<turbo-frame id="f">|</turbo-frame>|<svg>|
<i sse-swap="m" hx-target="|closest |next |this">|[[|<div ws-connect="/s">|<div sse-connect="/s">|<b hx-get="/x" hx-target="|find b">|<!--|<select>|
<div up-hungry class="k">|<frameset>|\0|<meta name=htmx-config content='{"noSwap": 5, "responseHandling": 7, "defaultSwapStyle": 3}'>""".split(
    "|"
)
ASKED = "HX-Target|HX-Source|HX-Boosted|Turbo-Frame|X-Turbo-Request-Id|X-Up-Version|X-Up-Target|X-Up-Mode|HX-Current-URL".split(
    "|"
)
TOLD = "HX-Retarget|HX-Reswap|HX-Reselect|HX-Push-Url|X-Up-Target|X-Up-Title|X-Up-Location".split(
    "|"
)
WORDS = """true|a|#a|[[|body|/||div#a|closest p|:none|:main|beforeend|outerHTML swap:1s|textContent|p:after|"t"|innerMorph|delete|html|f|this|next""".split(
    "|"
)


@pytest.mark.parametrize("seed", range(4))
def test_every_response_gets_a_place_or_a_reason(seed: int) -> None:
    """With both ways to the last step: from the start, and from a cached page."""
    chance = random.Random(seed)

    def html() -> str:
        return "".join(chance.choices(PIECES, k=chance.randint(1, 14)))

    def headers(names: list[str], count: int) -> dict[str, str]:
        return {chance.choice(names): chance.choice(WORDS) for _ in range(count)}

    def came(offset: int) -> Batch:
        if chance.random() < 0.3:
            return Batch(
                (
                    Message(
                        offset_ms=offset,
                        socket="c",
                        sent=True,
                        url="/s",
                        event=chance.choice(["", "m"]),
                        parts=(html(),),
                    ),
                )
            )
        fields: dict[str, Any] = {
            "status": chance.choice([200, 204, 422, 500]),
            "parts": (html(),),
            "response_headers": headers(TOLD, 1),
        }
        mimetype = chance.choice(["text/html", "text/vnd.turbo-stream.html"])
        asked = {**headers(ASKED, 3), **({"HX-Request": "true"} if chance.random() < 0.6 else {})}
        return Batch(
            (
                Request(
                    offset_ms=offset,
                    method="GET",
                    url="/x",
                    mimetype=mimetype,
                    request_headers=asked,
                    **fields,
                ),
            )
        )

    with Flask("nothing").app_context():
        renderer = Renderer(lambda key: b"")
        for n in range(500):
            opened = Socket(
                offset_ms=1,
                socket="c",
                state="opened",
                protocol=chance.choice(["websocket", "events"]),
                url="/s",
            )
            page = Request(
                offset_ms=0,
                method="GET",
                url="/",
                status=200,
                mimetype="text/html",
                parts=(html(),),
            )
            connected = Batch((Request(offset_ms=1, method="GET", url="/s", status=200), opened))
            batches = [Batch((page,)), connected, *(came(offset) for offset in range(2, 8))]
            recording, rebuilder = (
                Recording(summary=Summary(id=str(n), status="finished"), batches=batches),
                Rebuilder(),
            )
            before = rebuilder.rebuild(recording, 3, renderer)
            rebuilt = rebuilder.rebuild(recording, 7, renderer)
            assert rebuilt == Rebuilder().rebuild(recording, 7, renderer)
            assert rebuilt.note or not rebuilt.beside
            assert before == rebuilder.rebuild(recording, 3, renderer)
