"""An app that handles secrets badly: it shows them in every place and in every way that templates
offer.
"""

from __future__ import annotations

import json
import re
import sqlite3
from base64 import b64decode
from collections import ChainMap, OrderedDict, UserDict
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, unquote

from flask import (
    Flask,
    Response,
    flash,
    g,
    jsonify,
    redirect,
    render_template_string,
    request,
    session,
    stream_with_context,
)
from flask_sock import Sock
from markupsafe import Markup, escape
from simple_websocket import Server
from sqlalchemy import create_engine, text
from werkzeug.datastructures import MultiDict

from flask_replay import Replay

from .plan import Canary, plan

SOURCES: dict[str, Callable[[str], Any]] = {
    "form": lambda name: request.form[name],
    "multipart": lambda name: request.form[name],
    "nested form": lambda name: request.form[f"user[{name}]"],
    "query": lambda name: request.args[name],
    "JSON": lambda name: request.get_json()[name],
    "deep JSON": lambda name: request.get_json()["a"][0]["b"][name],
    "named JSON": lambda name: next(
        pair["value"] for pair in request.get_json() if pair["name"] == name
    ),
    "header": lambda name: request.headers["X-Secret-Token"],
    "Authorization": lambda name: request.headers["Authorization"].removeprefix("Bearer "),
    "Basic": lambda name: (
        b64decode(request.headers["Authorization"].removeprefix("Basic "))
        .decode()
        .partition(":")[2]
    ),
    "cookie": lambda name: unquote(request.cookies["token"]),
    "path": lambda name: (request.view_args or {})["token"],
    "session": lambda name: session.setdefault(name, _canary().value),
    "g": lambda name: g.setdefault(name, _canary().value),
    "read": lambda name: (
        render_template_string(
            "{{ d[n] }}<i>{{ o.token }}</i>", d={name: ""}, n="", o=_own("token")
        )
        and _canary().value
    ),
}
"""Ways in which the app gets a secret from a visitor."""

_PAGE = (
    "<!doctype html><title>t</title><h1>Hello</h1>{% for n in range(9) %}<p>{{ n }}</p>{% endfor %}"
)
_CACHE: dict[int, str] = {}


def _own(name: str) -> Any:
    return SimpleNamespace(**{name: _canary().value})


def _rendered(source: str, **context: Any) -> str:
    return render_template_string(_PAGE + source, **context)


def _failing_statement(shown: str) -> str:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (v TEXT UNIQUE)"))
        for _ in range(2):
            connection.execute(text("INSERT INTO t (v) VALUES (:v)"), {"v": shown})
    return ""


def _raise(error: Exception) -> str:
    raise error


def _chunks(shown: str) -> Iterator[str]:
    yield _PAGE.partition("{%")[0]
    yield f"<p>{shown[: len(shown) // 2]}"
    yield f"{shown[len(shown) // 2 :]}</p>"


def _events(shown: str) -> Iterator[str]:
    yield f"data: {json.dumps(shown)}\n\n"
    yield "data: " + render_template_string("<p>{{ x }}</p>", x=shown).replace("\n", " ") + "\n\n"
    yield f"data: {shown}\n\n".replace("\r", "")


def _program(shown: str) -> str:
    replay: Replay = _replay()
    with replay.start("a program", metadata={"said": shown}) as run:
        run.record_action(
            "type", "#field", shown, dom_snapshot=f"<p>{escape(shown)}</p>", metadata={"x": shown}
        )
        run.record_action("navigate", value=f"/there?q={quote(shown)}")
        _rendered("{{ x }}", x=shown)
    return "done"


def _failing_program(shown: str) -> str:
    try:
        with _replay().start("a failing program"):
            return _raise(ValueError(f"cannot use {shown}"))
    except ValueError:
        return "failed"


def _job(shown: str) -> str:
    with _replay().record("a job"):
        _rendered("{{ x }}", x=shown)
    return "done"


def _later(shown: str) -> str:
    _CACHE[_canary().number] = shown
    flash(shown)
    return "kept"


def _told(shown: str, name: str) -> Response:
    response = Response(_rendered(""))
    response.headers[name] = quote(shown, safe=" !#$%&'*+,-./:;=?@^_`|~()<>{}[]\"\\")
    return response


PLACES: dict[str, Callable[[str], Any]] = {
    "page": lambda shown: _rendered("{{ x }}", x=shown),
    "safe": lambda shown: _rendered("{{ x|safe }}", x=shown),
    "Markup": lambda shown: _rendered("<p>{{ x }}</p>", x=Markup(f"<b>{escape(shown)}</b>")),
    "attribute": lambda shown: _rendered('<input name="q" value="{{ x }}"><a href="/s?q={{ x|urlencode }}">s</a>', x=shown),
    "script": lambda shown: _rendered("<script>var x = {{ {'v': [x]}|tojson }};</script>", x=shown),
    "nested": lambda shown: _rendered("<div>{{ x }}</div>", x=Markup(_rendered("<b>{{ y }}</b>", y=shown))),
    "macro": lambda shown: _rendered("{% macro m(a, b='') %}<i>{{ a }}{{ b }}</i>{% endmacro %}{{ m(x) }}{{ m('', b=x) }}", x=shown),
    "set": lambda shown: _rendered("{% set y = x %}{% set z %}<b>{{ y }}</b>{% endset %}{{ z }}{{ y ~ '!' }}", x=shown),
    "filters": lambda shown: _rendered("{{ x|upper }} {{ x|lower }} {{ x|replace('zzz', '') }} {{ x|trim }} {{ [x]|join(',') }}", x=shown),
    "own filters": lambda shown: _rendered("{{ x|shout }} {{ shout(x) }}", x=shown),
    "formatted": lambda shown: _rendered("{{ '%s!'|format(x) }} {{ '{}?'.format(x) }} {{ 'a' + x }}", x=shown),
    "printed containers": lambda shown: _rendered("{{ [x] }} {{ {'q': x} }} {{ (x, 1) }} {{ d }}", x=shown, d={"q": [shown]}),
    "loop": lambda shown: _rendered("{% for k, v in d.items() %}<li>{{ k }}: {{ v }}</li>{% endfor %}", d={"q": shown, "r": 1}),
    "objects": lambda shown: _rendered("{% for o in l %}{{ o.q }}{% endfor %}{{ l|map(attribute='q')|join }}", l=[SimpleNamespace(q=shown)]),
    "literal page": lambda shown: f"<!doctype html><h1>Hello</h1><p>{shown}</p>",
    "minified page": lambda shown: re.sub(r">\s+<", "><", _rendered("  <p>{{ x }}</p>\n  <p>b</p>", x=shown)),
    "template text": lambda shown: render_template_string("<p>{% raw %}" + str(escape(shown)) + "{% endraw %}</p>"),
    "JSON answer": lambda shown: jsonify(q=shown, deep=[{"r": f"it is {shown}"}]),
    "HTML in JSON": lambda shown: jsonify(html=_rendered("<p>{{ x }}</p>", x=shown)),
    "text answer": lambda shown: Response(shown, mimetype="text/plain"),
    "streamed": lambda shown: Response(stream_with_context(_chunks(shown)), mimetype="text/html"),
    "streamed template": lambda shown: _streamed(shown),
    "events": lambda shown: Response(stream_with_context(_events(shown)), mimetype="text/event-stream"),
    "error": lambda shown: _raise(ValueError(f"cannot use {shown}")),
    "error's arguments": lambda shown: _raise(KeyError("x", {"q": shown})),
    "error of a cause": lambda shown: _caused(shown),
    "error in a template": lambda shown: _rendered("{{ x }}{{ fail(x) }}", x=shown, fail=lambda x: _raise(ValueError(x))),
    "error page": lambda shown: (_rendered("<p>{{ error }}</p>", error=ValueError(shown)), 400),
    "database": _failing_statement,
    "sqlite": lambda shown: sqlite3.connect(":memory:").execute(f"SELECT '{shown}' FROM nowhere") and "",
    "redirect's query": lambda shown: redirect(f"/sink?q={quote(shown)}&n=1"),
    "redirect's path": lambda shown: redirect(f"/there/{quote(shown, safe='')}/x"),
    "redirect's fragment": lambda shown: redirect(f"/sink#x={quote(shown)}"),
    "HX-Redirect": lambda shown: _told(f"/sink?q={shown}", "HX-Redirect"),
    "HX-Trigger": lambda shown: _told(json.dumps({"shown": {"q": shown}}), "HX-Trigger"),
    "X-Echo": lambda shown: _told(shown, "X-Echo"),
    "download": lambda shown: Response("a,b", headers={"Content-Disposition": f"attachment; filename={quote(shown)}.csv"}, mimetype="text/csv"),
    "program": _program,
    "failing program": _failing_program,
    "job": _job,
    "later": _later,
}  # fmt: skip
"""Places where the app shows a secret under a harmless name, in some encoding."""

AT_CLIENT = {"uploaded file", "Referer", "next", "HX-Current-URL", "second query"}
"""Where the visitor sends the secret again."""

OWN: dict[str, str] = {
    "variable": "{{ NAME }}",
    "attribute": "{{ o.NAME }}",
    "item": "{{ d[Q] }}{{ d.get(Q) }}",
    "attr": "{{ o|attr(Q) }}",
    "tojson": "<script>var s = {{ d|tojson }};</script>",
    "tojson of rows": "{{ [d]|tojson }}{{ rows|tojson }}",
    "tojson below": "{{ {'a': {'b': d}}|tojson(indent=2) }}",
    "JSON text": "{{ json }}<script>{{ json|safe }}</script>",
    "printed": "{{ d }}",
    "printed rows": "{{ rows }}",
    "printed kinds": "{{ kinds[0] }} {{ kinds[1] }} {{ kinds[2] }} {{ kinds[3] }}",
    "items": "{% for k, v in d.items() %}{{ k }}={{ v }}{% endfor %}",
    "|items": "{% for k, v in d|items %}{{ k }}={{ v }}{% endfor %}",
    "dictsort": "{% for k, v in d|dictsort %}{{ k }}={{ v }}{% endfor %}",
    "values": "{% for v in d.values() %}{{ v }}{% endfor %}",
    "map": "{{ rows|map(attribute=Q)|join(', ') }}{{ rows|map(attribute=Q)|list }}",
    "join": "{{ rows|join(',', attribute=Q) }}",
    "groupby": "{% for k, l in rows|groupby(Q) %}{{ k }}{{ l }}{% endfor %}",
    "sort": "{{ (rows|sort(attribute=Q)|first)[Q] }}",
    "selectattr": "{{ (rows|selectattr(Q)|first)[Q] }}",
    "unique": "{{ rows|map(attribute=Q)|unique|list|tojson }}",
    "xmlattr": "<a{{ d|xmlattr }}></a>",
    "urlencode": "<a href='/s?{{ d|urlencode }}'>s</a>",
    "pprint": "{{ d|pprint }}",
    "format": "{{ '%s'|format(d[Q]) }}{{ '{0}'.format(d[Q]) }}{{ '%(x)s'|format(x=d[Q]) }}",
    "concat": "{{ 'x' ~ d[Q] ~ 'y' }}{{ 'a' + d[Q] }}",
    "slices": "{{ d[Q][:7] }}<b>{{ d[Q][7:] }}</b>",
    "letters": "{% for c in d[Q] %}<i>{{ c }}</i>{% endfor %}",
    "batch": "{% for part in d[Q]|list|batch(4) %}<i>{{ part|join }}</i>{% endfor %}",
    "upper": "{{ d[Q]|upper }}{{ d[Q].lower() }}{{ d[Q]|title }}",
    "reverse": "{{ d[Q]|reverse }}{{ d[Q][::-1] }}",
    "truncate": "{{ d[Q]|truncate(9) }}{{ d[Q]|wordwrap(6) }}",
    "own filter": "{{ d[Q]|shout }}{{ shout(d[Q]) }}",
    "base64": "{{ d[Q]|coded }}",
    "set": "{% set x = d[Q] %}{% set y %}{{ x }}{% endset %}{{ y }}{% with z = x %}{{ z }}{% endwith %}",
    "namespace": "{% set n = namespace(x='') %}{% set n.x = d[Q] %}{{ n.x }}",
    "macro": "{% macro m(a) %}{{ a }}{{ caller() if caller }}{% endmacro %}{{ m(d[Q]) }}{% call m('') %}{{ d[Q] }}{% endcall %}",
    "macro's name": "{% macro m(NAME) %}{{ NAME }}{% endmacro %}{{ m(NAME=plain) }}",
    "nested": "{{ nested }}",
    "url_for": "<a href='{{ url_for('reset', token=d[Q]) }}'>x</a>",
    "url_for query": "<a href='{{ url_for('sink', q=d[Q]) }}'>x</a>",
    "conditional": "{{ d[Q] if d[Q] else '' }}{{ d[Q] or 'x' }}{{ d[Q]|default('x') }}",
    "field": "<input name='QNAME' value='{{ plain }}'>",
    "password field": "<input type=password name=q value='{{ plain }}'>",
    "hidden": "<input type='hidden' id='QNAME' value='{{ plain }}'>",
    "meta": "<meta name='QNAME' content='{{ plain }}'>",
    "data attribute": "<div data-QNAME='{{ plain }}' data-value='{{ d|tojson|forceescape }}'>x</div>",
    "textarea": "<textarea name='QNAME'>{{ plain }}</textarea>",
    "list below": "{% for x in below[Q] %}{{ x }}{% endfor %}{{ below }}",
    "objects below": "{% for x in box[Q] %}{{ x.value }}{% endfor %}",
    "environ": "{% for k, v in request.environ.items() %}{% if v is string %}{{ k }}={{ v }}{% endif %}{% endfor %}",
    "headers": "{{ request.headers }}{% for k, v in request.headers %}{{ k }}={{ v }}{% endfor %}{{ request.headers|string }}",
    "cookies": "{{ request.cookies }}{{ request.cookies|tojson }}{{ request.cookies.get('token') }}",
    "session": "{{ session }}{{ session.items()|list|tojson }}{% for k, v in session.items() %}{{ k }}={{ v }}{% endfor %}",
    "g": "{{ g.NAME }}{{ g.get(Q) }}",
    "config": "{{ config.items()|list }}{{ config['CANARY_TOKEN'] }}{{ config }}",
    "setting": "{{ config['MAIL_PASSWORD'] }}{{ said }}",
    "form": "{{ request.form }}{{ request.form|tojson }}{{ request.values }}",
    "query": "{{ request.args }}{{ request.url }}{{ request.full_path }}{{ request.query_string }}",
}  # fmt: skip
"""What the app's templates do with secrets that its objects have under sensitive names."""


def _canary() -> Canary:
    canary: Canary = g.canary
    return canary


def _replay() -> Replay:
    from flask import current_app

    replay: Replay = current_app.extensions["replay"].replay
    return replay


def _caused(shown: str) -> str:
    try:
        return _raise(LookupError(shown))
    except LookupError as error:
        raise RuntimeError("no such thing") from error


def _streamed(shown: str) -> Response:
    from flask import stream_template_string

    return Response(
        stream_template_string(_PAGE + "{% for n in range(3) %}<p>{{ x }}</p>{% endfor %}", x=shown)
    )


def _show_own(canary: Canary) -> str:
    name, value = canary.name, canary.value
    source = (
        OWN[canary.place]
        .replace("QNAME", str(escape(name)))
        .replace("NAME", name)
        .replace("Q", json.dumps(name))
    )
    record = {name: value, "id": 7}
    session[name] = value if canary.place == "session" else ""
    setattr(g, name, value if canary.place == "g" else "")
    rows = (
        [{name: value, "city": "Ulm"}, {name: "", "city": "Ulm"}]
        if canary.place != "groupby"
        else [record]
    )
    return render_template_string(
        _PAGE + source,
        d=record, rows=rows, o=SimpleNamespace(**record), json=json.dumps(record), plain=value,
        kinds=[MultiDict(record), OrderedDict(record), ChainMap(record), UserDict(record)],
        nested=Markup(render_template_string("<b>{{ d[n] }}{{ d }}</b>", d=record, n=name)) if canary.place == "nested" else "",
        below={name: [value, {"x": value}]}, box={name: [SimpleNamespace(value=value)]},
        said=value, **{name: value},
    )  # fmt: skip


def create_app(instance: str, canaries: list[Canary] | None = None, **settings: Any) -> Flask:
    """Return the app, which knows the coming secrets."""
    app = Flask("canaries", instance_path=instance)
    known = canaries or planned()
    own = next((canary.value for canary in known if canary.place == "config"), "")
    mail = next((canary.value for canary in known if canary.place == "setting"), "")
    app.config.update(
        SECRET_KEY="k1",
        CANARY_TOKEN=own,
        MAIL_PASSWORD=mail,
        PROPAGATE_EXCEPTIONS=False,
        **settings,
    )
    app.jinja_env.filters["shout"] = app.jinja_env.globals["shout"] = lambda said: f"{said}!"
    app.jinja_env.filters["coded"] = WRITTEN
    app.logger.disabled = True
    Replay(app, authorize=lambda action, recording: True)
    sock = Sock(app)

    @app.before_request
    def find_canary() -> None:
        number = (request.view_args or {}).get("number")
        g.canary = known[number] if number is not None else None

    @app.route("/own/<int:number>", methods=["GET", "POST"])
    def own_place(number: int) -> str:
        return _show_own(_canary())

    def echo(number: int, token: str = "") -> Any:
        canary = _canary()
        value = SOURCES[canary.source](canary.name)
        shown = canary._replace(value=value).written
        return "ok" if canary.place in AT_CLIENT else PLACES[canary.place](shown)

    app.add_url_rule("/echo/<int:number>", view_func=echo, methods=["GET", "POST"])
    app.add_url_rule("/echo/<int:number>/<path:token>/end", view_func=echo, methods=["GET", "POST"])

    @app.get("/later/<int:number>")
    def later(number: int) -> str:
        return _rendered("<p>{{ x }}</p>{{ get_flashed_messages() }}", x=_CACHE.get(number, ""))

    @app.get("/later/<int:number>/literal")
    def later_literal(number: int) -> str:
        return f"<!doctype html><p>{_CACHE.get(number, '')}</p>"

    @app.get("/reset/<token>")
    def reset(token: str) -> str:
        return _rendered("")

    @app.post("/upload/<int:number>")
    def upload(number: int) -> str:
        SOURCES["form"](_canary().name)
        return _rendered("{{ f }}", f=request.files["file"].filename)

    @app.get("/sink")
    def sink() -> str:
        return _rendered("")

    @sock.route("/socket/<int:number>")
    def chat(socket: Server, number: int) -> None:
        canary = _canary()
        value = json.loads(socket.receive())[canary.name]
        shown = canary._replace(value=value).written
        socket.send(json.dumps({"q": shown}))
        socket.send(f"you said {shown}")
        socket.send(render_template_string("<p>{{ x }}</p>", x=shown))
        socket.send(f"<p>{escape(shown)}</p>")
        socket.close()

    return app


def WRITTEN(text: str) -> str:
    """Return a text in base64."""
    from base64 import b64encode

    return b64encode(text.encode()).decode()


def planned(rounds: int = 1, *, few: bool = False) -> list[Canary]:
    """Return the secrets, the same in every process."""
    return plan([*SOURCES], [*PLACES, *sorted(AT_CLIENT)], [*OWN], rounds=rounds, few=few)
