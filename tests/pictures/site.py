"""The site that the visitor sees: a page for each kind of content, and the files that it loads."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from pathlib import Path

from flask import (
    Flask,
    Response,
    abort,
    jsonify,
    redirect,
    render_template_string,
    request,
    session,
    url_for,
)
from werkzeug.wrappers import Response as BaseResponse

from flask_replay import Replay

from .kinds import STYLE, Kind
from .material import GREEN, drawing, square

_PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title><style>%s</style>%s</head>'
    "<body>%s<p>{{ title }}</p></body></html>"
)


def make_app(static: Path, store: Path, kinds: Mapping[str, Kind]) -> Flask:
    """Return the recorded app.

    :param static: the folder of its static files.
    :param store: of its recordings.
    :param kinds: by title; each has a page.
    """
    app = Flask(
        "pictures", static_folder=static, static_url_path="/static", instance_path=str(store)
    )
    app.config.update(SECRET_KEY="only for tests", REPLAY_STORAGE=str(store), DEBUG=True)

    def integrity(name: str) -> str:
        return (
            "sha384-"
            + base64.b64encode(hashlib.sha384((static / name).read_bytes()).digest()).decode()
        )

    @app.get("/login")
    def login() -> str:
        session["user"] = "ann"
        return "Welcome"

    @app.get("/page/<title>")
    def page(title: str) -> Response:
        kind = kinds[title]
        if kind.mimetype.startswith("image/"):
            content = square(GREEN) if kind.mimetype == "image/png" else drawing()
            return Response(content, mimetype=kind.mimetype)
        source = kind.page or _PAGE % (STYLE, kind.head, kind.body)
        nonce = secrets.token_urlsafe(16)
        text = render_template_string(
            source, title=title, points=[3, 14, 15, 9], integrity=integrity, csp_nonce=nonce
        )
        headers = {name: said.replace("{csp_nonce}", nonce) for name, said in kind.headers.items()}
        return Response(text, mimetype=kind.mimetype, headers=headers)

    @app.get("/avatar")
    def avatar() -> Response:
        if session.get("user") != "ann":
            abort(403)
        return Response(square(GREEN), mimetype="image/png")

    @app.get("/named/<name>")
    def named(name: str) -> Response:
        return Response(square(GREEN), mimetype="image/png")

    @app.get("/chart.<kind>")
    def chart(kind: str) -> Response:
        if kind == "svg":
            return Response(drawing(), mimetype="image/svg+xml")
        return Response(square(GREEN), mimetype="image/png")

    @app.get("/inner")
    def inner() -> str:
        return render_template_string(
            '<!doctype html><link rel="stylesheet" href="/static/green.css"><div class="box" style="width: 200px;'
            ' height: 200px">{{ colour }}</div>',
            colour=request.args["colour"],
        )

    @app.get("/old")
    def old() -> str:
        return render_template_string(
            '<p style="background: rgb(0 128 64); height: 150px">{{ colour }}</p>',
            colour=request.args["colour"],
        )

    @app.get("/refuses/<header>")
    def refuses(header: str) -> Response:
        said = {"X-Frame-Options": "DENY"}.get(header, "frame-ancestors 'none'")
        page = render_template_string('<body style="background: red">{{ header }}', header=header)
        return Response(page, headers={header: said})

    @app.get("/latin.css")
    def latin() -> Response:
        sheet = '.box { background: rgb(0 128 64) } p::after { content: "\xe9\xfc" }'.encode(
            "latin-1"
        )
        return Response(sheet, content_type="text/css; charset=iso-8859-1")

    @app.get("/moved/nearby")
    def nearby() -> Response:
        return Response("", 302, {"Location": "../static/img/green.png"})

    @app.get("/text")
    def text() -> Response:
        return Response(render_template_string("{{ 1 }}\n<b>"), mimetype="text/plain")

    @app.get("/script")
    def script() -> str:
        return render_template_string(
            "document.write('<img src=/static/img/green.png width={{ width }} height=90>')",
            width=90,
        )

    @app.get("/gone.png")
    def gone() -> Response:
        abort(404)

    @app.get("/image/<int:status>")
    def image(status: int) -> Response:
        kinds = {404: "image/png", 415: "text/plain"}
        kind = kinds.get(status, "application/octet-stream")
        return Response(square(GREEN), status, mimetype=kind)

    @app.get("/data.json")
    def data() -> Response:
        return jsonify(colour="rgb(0 128 64)", of=request.args["of"])

    @app.get("/text.<kind>")
    def text_for_a_script(kind: str) -> Response:
        texts = {
            "csv": "name,width\nbox,200\n",
            "xml": "<box><width>200</width></box>",
            "ndjson": '{"width": 200}\n{"width": 90}\n',
        }
        types = {"csv": "text/csv", "xml": "text/xml", "ndjson": "application/x-ndjson"}
        return Response(texts[kind], mimetype=types[kind])

    @app.get("/fails")
    def fails() -> tuple[Response, int]:
        return jsonify(error="no such thing"), 422

    @app.get("/moved/<name>")
    def moved(name: str) -> BaseResponse:
        files = {"sheet": "green.css", "image": "img/green.png"}
        return redirect(
            url_for("static", filename=files[name])
            if name in files
            else url_for("inner", colour="green")
        )

    Replay(app)
    return app
