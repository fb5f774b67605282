"""A small app for any server. Its responses name the process that sent them."""

from __future__ import annotations

import os
from pathlib import Path

import click
from flask import Flask, Response, render_template_string, request

from flask_replay import Replay

PAGE = "<!doctype html><h1>Hello {{ name }}</h1>{% for n in range(20) %}<p>{{ n }}</p>{% endfor %}"
FLUSH = 0.2
"""Seconds: ``REPLAY_FLUSH_INTERVAL``."""


def create_app(folder: str | Path) -> Flask:
    """Make the app.

    :param folder: of its recordings.
    """
    app = Flask(__name__, instance_path=str(folder))
    app.config.update(
        SECRET_KEY="test", REPLAY_STORAGE=str(Path(folder) / "replay"), REPLAY_FLUSH_INTERVAL=FLUSH
    )
    replay = Replay(app, identify=lambda: request.args.get("visitor"))

    @app.route("/<name>", methods=["GET", "POST"])
    def hello(name: str) -> str:
        return render_template_string(PAGE, name=name)

    @app.after_request
    def name_worker(response: Response) -> Response:
        response.headers["X-Worker"] = str(os.getpid())
        response.headers["X-Threadless"] = str(app.extensions["replay"].writer.threadless)
        return response

    @app.cli.command("letters")
    @click.option("--record", is_flag=True)
    def letters(record: bool) -> None:
        """Render two letters."""
        if record:
            with replay.record("letters") as id:
                render_template_string(PAGE, name="ann"), render_template_string(PAGE, name="bob")
                click.echo(id)
        else:
            render_template_string(PAGE, name="ann")

    return app
