"""An app with pages and a WebSocket for any server. Everybody may watch."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask, Response, render_template_string
from flask_sock import Sock
from simple_websocket import Server

from flask_replay import Replay

from .app import FLUSH

WHO = "who is there?"
"""A message that is answered with the id of the process that holds the socket."""


def create_app(folder: str | Path, **settings: object) -> Flask:
    """Make the app.

    :param folder: of its recordings.
    """
    app = Flask(__name__, instance_path=str(folder))
    app.config.update(
        SECRET_KEY="test", REPLAY_STORAGE=str(Path(folder) / "replay"), REPLAY_FLUSH_INTERVAL=FLUSH
    )
    app.config.update(settings)
    sock = Sock(app)
    Replay(app, authorize=lambda action, recording: True)

    @app.get("/page/<name>")
    def page(name: str) -> str:
        return render_template_string("<!doctype html><h1>{{ name }}</h1>", name=name)

    @sock.route("/chat")
    def chat(socket: Server) -> None:
        while True:
            text = socket.receive()
            socket.send(
                str(os.getpid())
                if text == WHO
                else render_template_string("<p>{{ text }}</p>", text=text)
            )

    @app.after_request
    def name_worker(response: Response) -> Response:
        response.headers["X-Worker"] = str(os.getpid())
        return response

    return app
